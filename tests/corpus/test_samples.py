"""The samples of a shard's articles, which the search for versions reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from repair.collate import match, shingles
from repair.collate.match import LEAST
from repair.config import Config
from repair.corpus.batch import Options, batch
from repair.corpus.samples import Sampler, read
from repair.corpus.store import Store
from repair.model import Document, Result


def _sampled(folder: Path, texts: list[str], small: bool) -> Path:
    store, sampler = Store(folder), Sampler(small)
    results = [Result(Document(f"d{n}", text, ""), text) for n, text in enumerate(texts)]
    for first in range(0, len(results), 2):
        sampler.add(results[first : first + 2])
    sampler.write(store, "key")
    return store.file("samples", "key")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    texts = ["".join(chr(0x4E00 + at * 7 % 20000) for at in range(size)) for size in (0, 5, 900)]
    sampled = read(_sampled(tmp_path, texts, small=True))
    assert (sampled.texts, sampled.places.tolist()) == (2, [[1, 0], [2, 0]])  # one is empty
    part = sampled.part(7)
    assert part.share == shingles.FINE
    assert (part.first, part.sizes.tolist()) == (7, [5, 900])
    sampler = shingles.Sampler(shingles.FINE)
    for text in texts[1:]:
        sampler.add(text)
    _, starts, rows = sampler.made()
    assert part.starts.tolist() == starts.tolist()
    assert part.read(0, len(rows)).tolist() == rows.tolist()
    assert part.read(3, 9).tolist() == rows[3:9].tolist()


def test_in_a_large_batch_texts_that_are_too_short_are_only_counted(tmp_path: Path) -> None:
    texts = ["一" * (LEAST - 1), "二" * LEAST, "三" * 5, "四" * LEAST]
    sampled = read(_sampled(tmp_path, texts, small=False))
    assert (sampled.texts, sampled.places.tolist()) == (4, [[1, 0], [3, 0]])
    assert sampled.part(0).share == shingles.SHARE


@pytest.mark.parametrize(("most", "share"), [(2, shingles.FINE), (1, shingles.SHARE)])
def test_a_batch_that_grows_large_is_sampled_anew(
    most: int, share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    out = tmp_path / "out"
    monkeypatch.setattr(match, "FEW", most)
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).write_text("会议听取了有关工作情况的汇报。", "utf-8")
        batch([tmp_path / "in"], out, Config(stages=("characters", "collate")), Options(jobs=1))
    found = [read(path) for path in (out / ".repair" / "samples").glob("*/*")]
    assert {one.share for one in found} == {share}
    assert sum(one.texts for one in found) == 2
