"""Tables over the files of many shards."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from repair.columns import array
from repair.corpus import disk


def test_rows_of_a_large_shard_have_places_of_their_own(tmp_path: Path) -> None:
    """A row group of Parquet may hold millions of short texts."""
    sizes = (1 << 20) + 1, 2
    for number, size in enumerate(sizes):
        table = pa.table({"number": array(np.arange(size, dtype=np.int32))})
        pq.write_table(table, tmp_path / f"{number}.parquet")
    with duckdb.connect() as base:
        files = [(number, tmp_path / f"{number}.parquet") for number in range(len(sizes))]
        disk.load(base, "docs", "number, shard", files)
        found = base.execute("SELECT count(DISTINCT place) FROM docs").fetchall()
        order = base.execute("SELECT shard, number FROM docs ORDER BY place DESC LIMIT 3")
        assert found == [(sum(sizes),)]
        assert order.fetchall() == [(1, 1), (1, 0), (0, sizes[0] - 1)]
