"""What the search for versions needs of a shard: a sample of the shingles of each article.
One Parquet row an article; `repair.collate.match` says which shingles and why."""

from __future__ import annotations

from typing import Any

from repair.corpus.store import Store
from repair.model import Result


class Sampler:
    """Collects the samples of a shard's results, in their order."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._held: list[Any] = []  # folded texts whose shingles are not hashed yet
        self._size = 0
        self._documents = 0

    def add(self, result: Result) -> None:
        """The articles of one more document."""
        from repair.collate import match
        from repair.collate.fold import fold_codes
        from repair.collate.units import Source, units

        for unit in units(Source(result, False)):
            codes = fold_codes(unit.text)
            self._rows.append(
                {
                    "doc": self._documents,
                    "doc_id": result.document.doc_id,
                    "unit": unit.number,
                    "size": len(codes),
                }
            )
            self._held.append(codes)
            self._size += len(codes)
        self._documents += 1
        if self._size >= match.CHUNK:
            self._hash()

    def _hash(self) -> None:
        import numpy as np

        from repair.collate import match

        first = len(self._rows) - len(self._held)
        if self._held:
            text, hashes, bins = match.sample(first, self._held)
            ends = np.searchsorted(text, np.arange(first + 1, len(self._rows)))
            for row, h, b in zip(
                self._rows[first:], np.split(hashes, ends), np.split(bins, ends), strict=True
            ):
                row["hashes"], row["bins"] = h, b
        self._held, self._size = [], 0

    def write(self, store: Store, key: str) -> None:
        """Leaves the samples in OUT."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._hash()
        schema = pa.schema(
            {
                "doc": pa.int32(),  # of those that were repaired, in their order
                "doc_id": pa.string(),
                "unit": pa.int32(),
                "size": pa.int32(),
                "hashes": pa.list_(pa.uint64()),
                "bins": pa.list_(pa.uint8()),
            }
        )
        columns = {
            name: pa.array([row[name] for row in self._rows], schema.field(name).type)
            for name in schema.names
        }
        with store.draft(store.file("samples", key)) as file:
            pq.write_table(
                pa.table(columns, schema), file, compression="none", use_dictionary=False
            )
