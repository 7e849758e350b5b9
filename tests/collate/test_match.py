"""Matching: versions are found by what they share, whatever else the texts hold."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate.match import COMMON, FEW, Seen, pairs, parted

HAN = [chr(c) for c in range(0x4E00, 0x5E00)]


def _text(seed: int, size: int) -> str:
    return "".join(random.Random(seed).choices(HAN, k=size))


def _noisy(text: str, share: float, seed: int = 1) -> str:
    rng = random.Random(seed)
    return "".join(rng.choice(HAN) if rng.random() < share else c for c in text)


def _found(*texts: str) -> set[tuple[str, str]]:
    return {(p.a, p.b) for p in pairs((str(n), text) for n, text in enumerate(texts))}


@pytest.mark.parametrize("size", [45, 120, 500, 1500, 6000])
def test_a_page_that_holds_an_article(size: int) -> None:
    article = _text(1, size)
    page = _text(2, 3000) + article + _text(3, 2000)
    assert _found(article, _text(4, 2000), page) == {("0", "2")}


@pytest.mark.parametrize(("size", "share"), [(400, 0.05), (1000, 0.08), (5000, 0.1)])
def test_a_version_that_was_misread(size: int, share: float) -> None:
    article = _text(5, size)
    assert _found(article, _noisy(article, share), _text(6, size)) == {("0", "1")}


def test_other_script_width_and_lines_are_the_same_text() -> None:
    text = "关于進一步優化營商環境的若干意見，" * 1 + _text(7, 100)
    assert _found(text, text.replace("关", "關").replace("，", ",\n　　")) == {("0", "1")}


def test_a_headline_among_many_texts_is_no_version() -> None:
    headline, article = _text(10, 40), _text(11, 200)
    many = [_text(1000 + n, 100) for n in range(FEW)]
    assert _found(headline, headline, article, article, *many) == {("2", "3")}


def test_template_text_does_not_match() -> None:
    template = _text(8, 200)
    texts = [_text(100 + n, 500) + template for n in range(COMMON + 2)]
    assert _found(*texts) == set()


def test_a_shared_quotation_is_no_version() -> None:
    quotation = _text(9, 150)
    assert _found(_text(10, 3000) + quotation, quotation + _text(11, 3000)) == set()


def test_a_long_shared_passage_is_told_as_such() -> None:
    passage = _text(12, 1500)
    (pair,) = pairs([("a", _text(13, 6000) + passage), ("b", passage + _text(14, 6000))])
    assert not pair.versions


def test_the_same_texts_give_the_same_pairs() -> None:
    texts = [(str(n), _noisy(_text(n % 7, 700), 0.03, n)) for n in range(20)]
    assert pairs(texts) == pairs(iter(texts))
    assert {frozenset((p.a, p.b)) for p in pairs(texts[::-1])} == {
        frozenset((p.a, p.b)) for p in pairs(texts)
    }


@pytest.mark.parametrize("texts", [[], ["一"], ["", ""], ["短", "短"]])
def test_too_little_text(texts: list[str]) -> None:
    assert _found(*texts) == set()


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=6), st.integers(0, 2))
def test_what_stands_alone_is_only_counted(texts: list[list[int]], short: int) -> None:
    """A shingle that may stand more than once is kept; the others are the text's lone ones."""
    text = np.repeat(np.arange(len(texts), dtype=np.uint32), [len(t) for t in texts])
    hashes = np.array([h for t in texts for h in t], np.uint64) << np.uint64(58)
    bins = (np.arange(len(hashes)) % 16).astype(np.uint8)
    seen = Seen(len(hashes))
    seen.add(hashes[text >= short])
    seen.meet(hashes[text < short])
    (kept, _, _), (lone, sizes, parts) = parted((text, hashes, bins), seen)
    added, met = hashes[text >= short].tolist(), hashes[text < short].tolist()
    repeated = {h for h in added if added.count(h) > 1 or h in met}
    again = np.array([h in repeated for h in hashes.tolist()], np.bool_)
    assert kept.tolist() == text[again].tolist()
    assert np.repeat(lone, sizes).tolist() == text[~again].tolist()
    for name, part in zip(lone.tolist(), parts.tolist(), strict=True):
        mine = bins[~again & (text == name)].tolist()
        assert part == sum(1 << b for b in set(mine))
