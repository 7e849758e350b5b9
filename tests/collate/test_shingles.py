"""Samples of shingles: the same of the same text, wherever it stands."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate import shingles
from repair.collate.shingles import BUCKETS, SHARE, SIZE, Sampler, sample

TEXTS = st.text("一二三四五六七八九十百千萬万 \n\u200b𠀀a", max_size=80)


def _text(size: int) -> str:
    return "".join(random.Random(size).choices([chr(c) for c in range(0x4E00, 0x9000)], k=size))


def _sampled(texts: list[str], share: int = 2) -> list[tuple[int, int]]:
    """Of each shingle its hash with the bucket above it, and its place in all texts."""
    _, buckets, rows = sample(texts, share)
    columns = buckets.tolist(), (rows >> np.uint64(32)).tolist(), rows.astype(np.uint32).tolist()
    return [(bucket << 32 | hashed, at) for bucket, hashed, at in zip(*columns, strict=True)]


@given(st.lists(TEXTS, max_size=6))
def test_texts_together_are_sampled_like_each_alone(texts: list[str]) -> None:
    before = np.cumsum([0, *(int(sample([text], 2)[0][0]) for text in texts)]).tolist()
    alone = [
        (h, n + at) for n, text in zip(before, texts, strict=False) for h, at in _sampled([text])
    ]
    assert _sampled(texts) == alone


@given(TEXTS, TEXTS)
def test_equal_shingles_have_equal_hashes(before: str, text: str) -> None:
    start = sample([before], 2)[0][0]
    there = {(h, at - start) for h, at in _sampled([before + text]) if at >= start}
    assert there == set(_sampled([text]))


def test_what_is_folded_away_changes_no_hash() -> None:
    text = "关于进一步优化营商环境的若干意见" + _text(300)
    other = text.replace("关于进一步优化营商环境", "關於進一步優化\n　 營商環境\u200b")
    assert _sampled([other]) == _sampled([text])
    assert sample([other], 2)[0].tolist() == [len(text)]


def test_one_shingle_in_so_many_is_taken_from_everywhere() -> None:
    text = _text(100_000)
    places = np.array([at for _, at in _sampled([text], SHARE)])
    assert len(places) == pytest.approx(len(text) / SHARE, rel=0.05)
    tenths = np.bincount(places * 10 // len(text))
    assert tenths.tolist() == pytest.approx([len(places) / 10] * 10, rel=0.15)
    assert places.max() <= len(text) - SIZE


@pytest.mark.parametrize("chunk", [1, 1000, shingles.CHUNK])
def test_a_sampler_puts_rows_in_buckets(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shingles, "CHUNK", chunk)
    texts = [_text(size) for size in (0, 5, 700, 1500, 30)]
    sampler = Sampler(2)
    for text in texts:
        sampler.add(text)
    sizes, starts, rows = sampler.made()
    assert sizes.tolist() == [len(text) for text in texts]
    hashed = shingles.hashes(rows, starts, 0, BUCKETS)
    found = zip(hashed.tolist(), rows.astype(np.uint32).tolist(), strict=True)
    assert sorted(found) == sorted(_sampled(texts))
    assert (np.diff(hashed >> np.uint64(32)).astype(np.int64) >= 0).all()
    assert shingles.hashes(rows[starts[7] : starts[9]], starts, 7, 9).tolist() == (
        hashed[starts[7] : starts[9]].tolist()
    )


def test_a_sampler_without_texts() -> None:
    sizes, starts, rows = Sampler(2).made()
    assert (len(sizes), len(rows), starts.tolist()) == (0, 0, [0] * (BUCKETS + 1))
