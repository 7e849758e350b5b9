"""The samples of a shard's articles, which the search for versions reads."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from repair.collate import match
from repair.collate.match import CHUNK
from repair.corpus.samples import MORE, SPARSE, Sampler, read
from repair.corpus.store import Store
from repair.model import Document, Result


@pytest.mark.parametrize("sizes", [[], [5], [200], [CHUNK], [CHUNK, 200], [200, CHUNK]])
def test_each_article_has_its_row(tmp_path: Path, sizes: list[int]) -> None:
    """Also where the last text fills the chunk that is hashed at once."""
    store, sampler = Store(tmp_path), Sampler()
    texts = ["".join(chr(0x4E00 + at * 7 % 20000) for at in range(size)) for size in sizes]
    for n, text in enumerate(texts):
        sampler.add(Result(Document(f"d{n}", text, ""), text))
    sampler.write(store, "key")
    assert pq.read_table(store.file("samples", "key"))["size"].to_pylist() == sizes
    halves = [read(store.file("samples", "key"), kind) for kind in (SPARSE, MORE)]
    assert [half[0].tolist() for half in halves] == [sizes, sizes]
    found = [row for _, columns in halves for row in zip(*columns, strict=True)]
    assert sorted(found) == sorted(zip(*match.sample(texts)[1], strict=True))
