"""Samples of shingles: the same of the same text, wherever it stands."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate import shingles
from repair.collate.shingles import AT, BINS, BUCKETS, DENSE, SIZE, SPARSE, Sampler, sample

TEXTS = st.text("一二三四五六七八九十百千萬万 \n\u200b𠀀a", max_size=80)


def _text(size: int) -> str:
    return "".join(random.Random(size).choices([chr(c) for c in range(0x4E00, 0x9000)], k=size))


def _sampled(texts: list[str]) -> list[tuple[int, int, int]]:
    rows: list[tuple[int, int, int]] = sample(texts)[1].tolist()
    return rows


@given(st.lists(TEXTS, max_size=6))
def test_texts_together_are_sampled_like_each_alone(texts: list[str]) -> None:
    alone = [(h, n, at) for n, text in enumerate(texts) for h, _, at in _sampled([text])]
    assert _sampled(texts) == alone


@given(TEXTS, TEXTS)
def test_equal_shingles_have_equal_hashes(before: str, text: str) -> None:
    start = sample([before])[0][0]
    place = (1 << AT) - 1
    mine = {(h, at & place) for h, _, at in _sampled([text])}
    there = {(h, (at & place) - start) for h, _, at in _sampled([before + text])}
    assert {(h, at) for h, at in there if at >= 0} == mine


def test_what_is_folded_away_changes_no_hash() -> None:
    text = "关于进一步优化营商环境的若干意见" + _text(300)
    other = text.replace("关于进一步优化营商环境", "關於進一步優化\n　 營商環境\u200b")
    assert [h for h, _, _ in _sampled([other])] == [h for h, _, _ in _sampled([text])]
    assert sample([other])[0].tolist() == [len(text)]


def test_one_shingle_in_so_many_is_taken_from_everywhere() -> None:
    (size,), rows = sample([_text(100_000)])
    assert len(rows) == pytest.approx(size / DENSE, rel=0.05)
    assert (rows["hash"] >> np.uint64(60) == 0).sum() == pytest.approx(size / SPARSE, rel=0.05)
    places, parts = rows["place"] & ((1 << AT) - 1), rows["place"] >> AT
    assert (parts == places * BINS // size).all()
    assert places.max() <= size - SIZE


@pytest.mark.parametrize("chunk", [1, 1000, shingles.CHUNK])
def test_a_sampler_puts_rows_in_buckets(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shingles, "CHUNK", chunk)
    texts = [_text(size) for size in (0, 5, 700, 1500, 30)]
    sampler = Sampler()
    for text in texts:
        sampler.add(text)
    sizes, starts, rows = sampler.made()
    assert sizes.tolist() == [len(text) for text in texts]
    assert sorted(rows.tolist()) == sorted(_sampled(texts))
    bucket = np.repeat(np.arange(BUCKETS), np.diff(starts))
    assert (rows["hash"] >> np.uint64(54) == bucket).all()
    sparse = rows[: starts[BUCKETS * DENSE // SPARSE]]
    assert len(sparse) == (rows["hash"] >> np.uint64(60) == 0).sum()


def test_a_sampler_without_texts() -> None:
    sizes, starts, rows = Sampler().made()
    assert (len(sizes), len(rows), starts.tolist()) == (0, 0, [0] * (BUCKETS + 1))
