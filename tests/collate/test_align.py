"""Alignment: it replays, it costs what the best one costs, and it finds what moved."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from repair.collate.align import Alignment, align
from repair.collate.fold import Folded, decode, encode
from repair.collate.grams import grams

FEW = st.text(alphabet="甲乙丙", max_size=40)
LONG = "".join(chr(0x4E00 + n % 2000) for n in range(0, 40000, 7))


def _aligned(a: str, b: str) -> Alignment:
    return align(*(Folded(text, encode(text), np.arange(len(text))) for text in (a, b)))


def _replayed(a: str, b: str, found: Alignment) -> str:
    out, at = [], 0
    for block in found.blocks:
        out += [a[at : block.a0], b[block.b0 : block.b1]]
        at = block.a1
    return "".join([*out, a[at:]])


def _noisy(text: str, share: float, seed: int) -> str:
    rng = random.Random(seed)
    return "".join(
        rng.choice(["", rng.choice(text), c + rng.choice(text)]) if rng.random() < share else c
        for c in text
    )


@given(FEW, FEW)
def test_the_blocks_turn_the_one_into_the_other(a: str, b: str) -> None:
    found = _aligned(a, b)
    assert _replayed(a, b, found) == b
    for one, two in pairwise(found.blocks):
        assert one.a1 < two.a0 or one.b1 < two.b0


@given(FEW, FEW)
def test_the_cost_of_short_texts_is_optimal(a: str, b: str) -> None:
    assert _aligned(a, b).cost() == Levenshtein.distance(a, b)


@given(st.integers(0, 1000), st.sampled_from([0.01, 0.05, 0.2]))
def test_the_cost_of_long_noisy_texts_is_near_it(seed: int, share: float) -> None:
    text = LONG[seed : seed + 1500]
    other = _noisy(text, share, seed)
    found = _aligned(text, other)
    assert _replayed(text, other, found) == other
    assert found.cost() <= 1.02 * Levenshtein.distance(text, other) + 1


def test_a_dropped_block_is_one_block() -> None:
    text = "".join(random.Random(1).choices([chr(c) for c in range(0x4E00, 0x5800)], k=3000))
    (block,) = _aligned(text, text[:900] + text[2100:]).blocks
    assert (block.a1 - block.a0, block.b1 - block.b0) == (1200, 0)


def test_a_doubled_character_is_one_insertion() -> None:
    text = LONG[:400]
    (block,) = _aligned(text, text[:200] + text[199:]).blocks
    assert (block.a1 - block.a0, block.b1 - block.b0) == (0, 1)


def test_a_moved_paragraph_is_a_move() -> None:
    head, moved, tail = LONG[:300], LONG[1000:1060], LONG[2000:2400]
    (move,) = _aligned(head + moved + tail, head + tail + moved).moves
    assert (move.a0, move.a1, move.b0, move.b1) == (300, 360, 700, 760)


def test_a_move_with_slips_in_it_is_one_move() -> None:
    head, moved, tail = LONG[:300], LONG[1000:1060], LONG[2000:2400]
    read = moved[:30] + "々" + moved[31:]
    (move,) = _aligned(head + moved + tail, head + tail + read).moves
    assert (move.a0, move.a1, len(move.inner)) == (300, 360, 1)


def test_the_core_is_what_both_have() -> None:
    article = LONG[500:1100]
    page = LONG[3000:3400] + article + LONG[4000:4500]
    core = _aligned(page, article).core(len(page), len(article))
    assert (core.a0, core.a1, core.b0, core.b1) == (400, 1000, 0, 600)


@given(st.text(alphabet="甲乙丙丁", max_size=30), st.integers(1, 17))
def test_equal_grams_have_equal_hashes(text: str, size: int) -> None:
    hashes = grams(encode(text), size).tolist()
    pieces = [text[n : n + size] for n in range(len(text) - size + 1)]
    if text:
        assert len(hashes) == max(0, len(pieces))
    assert (
        len(set(zip(hashes, pieces, strict=False)))
        == len(set(pieces))
        == len(set(hashes[: len(pieces)]))
    )
    assert decode(encode(text)) == text


def test_long_stretches_with_nothing_in_common_are_one_difference() -> None:
    """They are not strung up on what agrees by chance; a text that stands twice is found."""
    rng = random.Random(5)
    head, tail, one, two = (
        "".join(rng.choices("一二三四五六七八九十", k=size)) for size in (90, 90, 3000, 3000)
    )
    (block,) = _aligned(head + one + tail, head + two + tail).blocks
    assert block.a1 - block.a0 > 2980
    assert _aligned(one + one, one).cost() == len(one)
