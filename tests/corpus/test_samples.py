"""The samples of a shard's articles, which the search for versions reads."""

from __future__ import annotations

from pathlib import Path

from repair.collate import shingles
from repair.collate.match import FEW, LEAST
from repair.corpus.samples import Sampler, read
from repair.corpus.store import Store
from repair.model import Document, Result


def _sampled(folder: Path, texts: list[str], together: int) -> Path:
    store, sampler = Store(folder), Sampler()
    results = [Result(Document(f"d{n}", text, ""), text) for n, text in enumerate(texts)]
    for first in range(0, len(results), together):
        sampler.add(results[first : first + together])
    sampler.write(store, "key")
    return store.file("samples", "key")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    texts = ["".join(chr(0x4E00 + at * 7 % 20000) for at in range(size)) for size in (0, 5, 900)]
    sampled = read(_sampled(tmp_path, texts, 2))
    assert (sampled.texts, sampled.places.tolist()) == (2, [[1, 0], [2, 0]])  # one is empty
    part = sampled.part(7)
    assert (part.first, part.sizes.tolist()) == (7, [5, 900])
    sampler = shingles.Sampler()
    for text in texts[1:]:
        sampler.add(text)
    _, starts, rows = sampler.made()
    assert part.starts.tolist() == starts.tolist()
    assert part.read(0, len(rows)).tolist() == rows.tolist()
    assert part.read(3, 9).tolist() == rows[3:9].tolist()


def test_among_many_texts_those_that_are_too_short_are_only_counted(tmp_path: Path) -> None:
    sampled = read(_sampled(tmp_path, ["一" * (LEAST - 1)] * FEW + ["二" * 5, "三" * LEAST], 99))
    assert sampled.texts == FEW + 2
    assert sampled.places[-2:].tolist() == [[FEW - 1, 0], [FEW + 1, 0]]
    assert len(sampled.sizes) == FEW + 1
