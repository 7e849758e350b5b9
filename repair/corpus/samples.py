"""What the search for versions needs of a shard: a sample of the shingles of each article.
One Parquet row an article; `repair.collate.match` says which shingles and why."""

from __future__ import annotations

from typing import Any

import numpy as np

from repair.collate import match
from repair.collate.units import texts
from repair.corpus.store import Store
from repair.model import Result


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
        columns: dict[str, Any] = {"size": pa.array(sizes, pa.int32())}
        for kind, part in (("", everywhere), ("more_", ~everywhere)):
            starts = np.searchsorted(text[part], np.arange(len(sizes) + 1))
            for name, values in (("hashes", hashes), ("bins", bins)):
                starting = pa.array(starts, pa.int32())
                columns[kind + name] = pa.ListArray.from_arrays(starting, pa.array(values[part]))
        self._hashed.append(pa.record_batch(columns))
        self._held, self._size = [], 0

    def write(self, store: Store, key: str) -> None:
        """Leaves the samples in OUT."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._hash()
        table = pa.Table.from_batches(self._hashed)
        kinds = {"doc": pa.int32(), "doc_id": pa.string(), "unit": pa.int32()}
        for n, (name, kind) in enumerate(kinds.items()):
            table = table.append_column(name, pa.array([p[n] for p in self._places], kind))
        with store.draft(store.file("samples", key)) as file:
            pq.write_table(
                table, file, compression="none", use_dictionary=False, write_statistics=False
            )
