"""What the alignment alone says of two texts, before their differences are made."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from repair.collate.pair import Side, draft
from repair.collate.witnesses import _surely_unlike, _unlike

HAN = [chr(c) for c in range(0x4E00, 0x4E80)]
SHARES = st.sampled_from([0.0, 0.02, 0.05, 0.2, 0.5])
PIECES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 60), st.sampled_from(["", "，", "。\n", "一"])),
    max_size=12,
)


def _text(pieces: list[tuple[int, int, str]]) -> str:
    """Stretches of a few texts, so that two of them share some, in any order."""
    made = ("".join(random.Random(n).choices(HAN, k=60))[:size] + mark for n, size, mark in pieces)
    return "".join(made)


@given(PIECES, PIECES, SHARES)
def test_texts_that_are_surely_unlike_are(
    one: list[tuple[int, int, str]], two: list[tuple[int, int, str]], share: float
) -> None:
    made = draft(Side(_text(one)), Side(_text(two)))
    assert _unlike(made, share) or not _surely_unlike(made, share)


@given(PIECES, st.integers(0, 1000), SHARES)
def test_so_are_texts_with_paragraphs_lost_moved_and_new(
    pieces: list[tuple[int, int, str]], seed: int, share: float
) -> None:
    rng = random.Random(seed)
    other = [p for p in pieces if rng.random() < 0.8]
    other += [(31 + n, rng.randrange(1, 60), "。") for n in range(rng.randrange(4))]
    if rng.random() < 0.5:
        rng.shuffle(other)
    made = draft(Side(_text(pieces)), Side(_text(other)))
    assert _unlike(made, share) or not _surely_unlike(made, share)


def test_statutes_that_share_paragraphs_are_told_without_their_differences() -> None:
    shared = [(n, 60, "。\n") for n in range(4)]
    ours, theirs = ([(p, 60, "。\n") for p in range(n, n + 4)] for n in (40, 50))
    made = draft(
        *(
            Side(_text([x for pair in zip(shared, own, strict=True) for x in pair] + shared[:1]))
            for own in (ours, theirs)
        )
    )
    assert _surely_unlike(made, 0.2)
