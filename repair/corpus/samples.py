"""What the search for versions needs of a shard: a sample of the shingles of each article.
One Parquet row an article, hashes and parts as bytes; `repair.collate.match` says which
shingles and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from repair.collate import match
from repair.collate.fold import Offsets
from repair.collate.units import texts
from repair.corpus.columns import array, numbers, strings
from repair.corpus.store import Store
from repair.model import Result

SPARSE, MORE = "", "more_"  # the sample of all texts, and what the dense one has beside it


class Sampler:
    """Collects the samples of a shard's results, in their order."""

    def __init__(self) -> None:
        self._places: list[tuple[int, str, int]] = []  # of each article
        self._held: list[str] = []  # texts whose shingles are not hashed yet
        self._size = 0
        self._documents = 0
        self._hashed: list[Any] = []  # record batches without the places

    def add(self, result: Result) -> None:
        """The articles of one more document."""
        for number, text, _ in texts(result):
            self._places.append((self._documents, result.document.doc_id, number))
            self._held.append(text)
            self._size += len(text)
        self._documents += 1
        if self._size >= match.CHUNK:
            self._hash()

    def _hash(self) -> None:
        import pyarrow as pa

        sizes, (text, hashes, bins) = match.sample(self._held)
        everywhere = (hashes & match.SAMPLE) == 0
        columns: dict[str, Any] = {"size": array(sizes.astype(np.int32))}
        for kind, part in ((SPARSE, everywhere), (MORE, ~everywhere)):
            starts = np.searchsorted(text[part], np.arange(len(sizes) + 1)).astype(np.int32)
            for name, values in (("hashes", hashes), ("bins", bins)):
                offsets, data = starts * np.int32(values.itemsize), values[part]
                buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
                columns[kind + name] = pa.Array.from_buffers(pa.binary(), len(sizes), buffers)
        self._hashed.append(pa.record_batch(columns))
        self._held, self._size = [], 0

    def write(self, store: Store, key: str) -> None:
        """Leaves the samples in OUT."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._hash()
        table = pa.Table.from_batches(self._hashed)
        documents, names, units = zip(*self._places, strict=True) if self._places else ((), (), ())
        table = table.append_column("doc", numbers(documents, "int32"))
        table = table.append_column("doc_id", strings(names))
        table = table.append_column("unit", numbers(units, "int32"))
        with store.draft(store.file("samples", key)) as file:
            pq.write_table(
                table, file, compression="none", use_dictionary=False, write_statistics=False
            )


def read(path: Path, kind: str) -> tuple[Offsets, match.Sample]:
    """The folded sizes of a shard's articles and a sample of their shingles, as Sampler left
    them."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=True) as file:
        table = file.read(["size", f"{kind}hashes", f"{kind}bins"], use_threads=False)
    sizes: list[Any] = []
    text: list[match.Numbers] = []
    values: list[list[Any]] = [[], []]
    first = 0
    for batch in table.to_batches():
        size = batch.columns[0]
        sizes.append(np.frombuffer(size.buffers()[1], np.int32)[size.offset :][: len(size)])
        for column, kinds, held in zip(
            batch.columns[1:], (np.uint64, np.uint8), values, strict=True
        ):
            _, offsets, data = column.buffers()
            ends = np.frombuffer(offsets, np.int32)[column.offset :][: len(column) + 1]
            held.append(np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]].view(kinds))
        text.append(np.repeat(np.arange(first, first + len(batch), dtype=np.uint32), np.diff(ends)))
        first += len(batch)
    empty = (np.empty(0, np.uint32), np.empty(0, np.uint64), np.empty(0, np.uint8))
    columns = zip((text, *values), empty, strict=True)
    rows, hashes, bins = (np.concatenate([*held, none]) for held, none in columns)
    return np.concatenate([*sizes, np.empty(0, np.int64)]), (rows, hashes, bins)
