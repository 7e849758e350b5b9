"""What the alignment alone says of two texts, before their differences are made."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate import witnesses
from repair.collate.pair import Side, draft
from repair.collate.witnesses import _afresh, _unlike

HAN = [chr(c) for c in range(0x4E00, 0x4E80)]
PIECES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 60), st.sampled_from(["", "，", "。\n", "一"])),
    max_size=12,
)


def _text(pieces: list[tuple[int, int, str]]) -> str:
    """Stretches of a few texts, so that two of them share some, in any order."""
    made = ("".join(random.Random(n).choices(HAN, k=60))[:size] + mark for n, size, mark in pieces)
    return "".join(made)


def _kept(one: str, two: str, quoted: bool, short: bool) -> None:
    """What is refused at once would be refused, by the measure of short texts and by that of
    others, but where something has moved."""
    made = draft(Side(one), Side(two))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(witnesses, "SHORT", 10_000 if short else 0)
        assert _unlike(made, quoted) or not _afresh(made, quoted) or made.found.moves


@given(PIECES, PIECES, st.booleans(), st.booleans())
def test_texts_that_are_afresh_are(
    one: list[tuple[int, int, str]], two: list[tuple[int, int, str]], quoted: bool, short: bool
) -> None:
    _kept(_text(one), _text(two), quoted, short)


@given(PIECES, st.integers(0, 1000), st.booleans(), st.booleans())
def test_so_are_texts_with_paragraphs_lost_moved_and_new(
    pieces: list[tuple[int, int, str]], seed: int, quoted: bool, short: bool
) -> None:
    rng = random.Random(seed)
    other = [p for p in pieces if rng.random() < 0.8]
    other += [(31 + n, rng.randrange(1, 60), "。") for n in range(rng.randrange(4))]
    if rng.random() < 0.5:
        rng.shuffle(other)
    _kept(_text(pieces), _text(other), quoted, short)


def test_statutes_that_share_paragraphs_are_told_without_their_differences() -> None:
    shared = [(n, 60, "。\n") for n in range(4)]
    ours, theirs = ([(p, 60, "。\n") for p in range(n, n + 4)] for n in (40, 50))
    made = draft(
        *(
            Side(_text([x for pair in zip(shared, own, strict=True) for x in pair] + shared[:1]))
            for own in (ours, theirs)
        )
    )
    assert _afresh(made, quoted=False)


def test_short_texts_that_share_a_clause_are_unlike() -> None:
    """Also where no difference is long; a clause that one of them lacks is spared."""
    clauses = [_text([(n, 12, "，")]) for n in range(5)]
    ours, theirs = (
        "".join(clause + _text([(n + m, 4, "，")]) for n, clause in enumerate(clauses))
        for m in (40, 50)
    )
    assert _unlike(draft(Side(ours), Side(theirs)), quoted=False)
    assert not _unlike(draft(Side(ours), Side(ours.replace(clauses[3], ""))), quoted=False)


@pytest.mark.parametrize("order", [(1, 0, 2, 3, 4, 5, 6, 7, 8, 9), (0, 1, 7, 2, 3, 4, 5, 6, 9, 8)])
def test_paragraphs_that_have_moved_are_compared(order: tuple[int, ...]) -> None:
    """A tenth of the text in another place, or two."""
    one, two = (
        "".join(_text([(n, 60, "。\n"), (n + 20, 60, "。\n")]) for n in places)
        for places in (range(10), order)
    )
    made = draft(Side(one), Side(two))
    assert not _afresh(made, quoted=False)
    assert not _unlike(made, quoted=False)
