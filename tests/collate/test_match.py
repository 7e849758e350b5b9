"""Matching: versions are found by what they share, whatever else the texts hold."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.collate import match, meeting
from repair.collate.match import FEW, pairs
from repair.collate.meeting import COMMON, LANE
from repair.collate.shingles import BUCKETS, FINE, sample

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


@pytest.mark.parametrize("others", [1, FEW + 1])
def test_a_short_text_with_a_slip_is_found_where_it_is_quoted(others: int) -> None:
    short = _text(15, 140)
    slip = short[:70] + "々" + short[71:]
    many = [_text(2000 + n, 130) for n in range(others)]
    assert _found(short, _text(16, 3000) + slip + _text(17, 900), *many) == {("0", "1")}


def test_a_passage_with_slips_and_a_clause_more_is_found() -> None:
    passage = _text(18, 900)
    quoted = passage[:300] + "々" + passage[301:600] + _text(19, 30) + passage[600:]
    assert _found(_text(20, 5000) + passage, quoted + _text(21, 5000)) == {("0", "1")}


def test_the_same_texts_give_the_same_pairs() -> None:
    texts = [(str(n), _noisy(_text(n % 7, 700), 0.03, n)) for n in range(20)]
    assert pairs(texts) == pairs(iter(texts))
    assert {frozenset((p.a, p.b)) for p in pairs(texts[::-1])} == {
        frozenset((p.a, p.b)) for p in pairs(texts)
    }


@pytest.mark.parametrize("texts", [[], ["一"], ["", ""], ["短", "短"]])
def test_too_little_text(texts: list[str]) -> None:
    assert _found(*texts) == set()


def test_passages_here_and_there_are_no_quotation() -> None:
    """Clauses that statutes take from one another: much together, but no passage."""
    clauses = [_text(200 + n, 90) for n in range(12)]
    one, two = (
        "".join(clause + _text(size + n, size) for n, clause in enumerate(clauses))
        for size in (600, 750)
    )
    assert _found(one, "".join(clauses), two) == {("0", "1"), ("1", "2")}


POOL = [_text(600 + n, size) for n, size in enumerate((20, 45, 100, 300, 700, 900, 1200))]


def _plainly(texts: list[str]) -> set[tuple[str, str, int]]:
    """The pairs by their definition, and how much they share."""
    held: dict[int, dict[int, list[int]]] = defaultdict(dict)
    for n, text in enumerate(texts):
        _, buckets, rows = sample([text], FINE)
        for bucket, row in zip(buckets.tolist(), rows.tolist(), strict=True):
            held[bucket << 32 | row >> 32].setdefault(n, []).append(row & 0xFFFFFFFF)
    rare = [of for of in held.values() if sum(map(len, of.values())) <= COMMON]
    found = set()
    most = meeting.PASSAGE // FINE
    for b in range(len(texts)):
        for a in range(b):
            both = [of for of in rare if a in of and b in of]
            lanes = Counter((of[a][0] - of[b][0]) >> LANE for of in both)
            passage = max((n + lanes[lane + 1] for lane, n in lanes.items()), default=0)
            sizes = {n: sum(len(of[n]) for of in rare if n in of) for n in (a, b)}
            least = a if sizes[a] <= sizes[b] else b
            parts = {p for of in rare for p in _parts(texts[least], of.get(least, []))}
            shared = {p for of in both for p in _parts(texts[least], of[least][:1])}
            smaller = min(len(texts[a]), len(texts[b]))
            if len(both) < min(max(smaller // (10 * FINE), meeting.SHARED), most):
                continue
            part = len(both) / sizes[least]
            spread = len(shared) / len(parts) >= match.COVERED
            along = part >= match.CONTAINED and passage >= match.ALONG * len(both)
            if part >= match.MOST or (spread and along) or passage >= most:
                found.add((str(a), str(b), len(both)))
    return found


def _parts(text: str, places: list[int]) -> list[int]:
    parts = min(max(len(text) // 64, meeting.FEWEST), meeting.BINS)
    return [place * parts // len(text) for place in places]


@given(st.lists(st.lists(st.sampled_from(POOL), max_size=4).map("".join), max_size=9))
@settings(max_examples=25, deadline=None)
def test_the_search_finds_what_its_definition_says(texts: list[str]) -> None:
    """Also where the shingles are sorted in many stretches."""
    wanted = _plainly(texts)
    for together in (meeting.TOGETHER, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(meeting, "TOGETHER", together)
            found = pairs((str(n), text) for n, text in enumerate(texts))
        assert {(p.a, p.b, p.shared) for p in found} == wanted


def _soup(size: int) -> list[str]:
    """Texts of few sentences, each of which stands in 20 to 50 of them; every tenth text comes
    again at the end, with a character misread."""
    rng = random.Random(12)
    known = [_text(2000 + n, 40) for n in range(size // 3)]
    texts = ["".join(rng.choices(known, k=12)) for _ in range(size)]
    return [*texts, *(text[:200] + "的" + text[201:] for text in texts[::10])]


def test_versions_in_a_heap_that_repeats_itself_are_found_with_little_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = _soup(300)
    parts = [match._sampled(0, texts, few=True)]
    rows = int(parts[0].starts[-1])
    whole = _found(*texts)
    monkeypatch.setattr(meeting, "FREE", 0)
    said = meeting.reach(next(meeting.stretches(lambda: parts, 0, BUCKETS, 1 << 40)), rows)
    assert said.texts < COMMON - 1
    assert said.share < 1 / 2
    assert whole >= _found(*texts) >= {(str(10 * n), str(300 + n)) for n in range(30)}


def test_of_many_equal_texts_each_meets_a_neighbour_however_little_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(meeting, "FREE", 0)
    articles = [_text(3000 + n, 400) for n in range(4)]
    texts = [_noisy(articles[n % 4], 0.01, n) for n in range(160)]
    found = _found(*texts)
    assert {(str(n), str(n + 4)) for n in range(156)} <= found
    assert len(found) < 4 * 40 * 39 / 2


def test_where_a_heap_does_not_repeat_itself_all_is_looked_at() -> None:
    parts = [match._sampled(0, _soup(300), few=True)]
    said = meeting.reach(next(meeting.stretches(lambda: parts, 0, BUCKETS, 1 << 40)), 1)
    assert said == (COMMON - 1, 1.0)
