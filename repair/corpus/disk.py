"""DuckDB on disk with a limit of memory: joins and sorts over all shards of a batch."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from repair.columns import array as arrow
from repair.columns import binary, insert
from repair.corpus.store import Store, StoreError

MEMORY = "384MB"
HELD = 5_000  # rows that wait to be written
FILES = 1000  # Parquet files that one statement reads
SHIFT = 32  # bits of a row's number; the shard's number stands above them


@contextmanager
def database(store: Store, name: str) -> Iterator[Any]:
    """A new database of OUT, removed at the end. StoreError where the disk or the memory is
    full."""
    import duckdb

    folder = store.passing / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": 2,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
    }
    try:
        with duckdb.connect(str(folder / "db"), config=settings) as connection:
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")  # it is removed anyway
            yield connection
    except duckdb.OperationalError as error:
        raise StoreError(f"{store.out}: {str(error).splitlines()[0]}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(connection: Any, table: str, columns: str, files: Sequence[tuple[int, Path]]) -> None:
    """Makes a table of some columns of numbered Parquet files; `place` is a row's number over
    all of them, in the order of the files' numbers."""
    for first in range(0, len(files), FILES):
        numbers = {str(path): number for number, path in files[first : first + FILES]}
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE files AS SELECT unnest($names) AS filename,"
            " unnest($numbers) AS shard",
            {"names": list(numbers), "numbers": list(numbers.values())},
        )
        query = (
            f"SELECT shard::BIGINT << {SHIFT} | file_row_number AS place, {columns}"
            " FROM read_parquet($names, filename = true, file_row_number = true)"
            " JOIN files USING (filename)"
        )
        verb = f"INSERT INTO {table}" if first else f"CREATE TABLE {table} AS"
        connection.execute(f"{verb} {query}", {"names": list(numbers)})


class Groups:
    """Which of the numbers from 0 on belong together."""

    def __init__(self, size: int, most: int | None = None) -> None:
        self._parent = array("q", range(size))
        self._sizes = array("q", [1]) * size
        self._most = most

    def root(self, member: int) -> int:
        """The number that stands for the group."""
        parent = self._parent
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    def join(self, a: int, b: int) -> bool:
        """Makes one group of two, unless it became too large; whether they are one now."""
        low, high = sorted((self.root(a), self.root(b)))
        if low == high:
            return True
        size = self._sizes[low] + self._sizes[high]
        if self._most is not None and size > self._most:
            return False
        self._parent[high] = low
        self._sizes[low] = size
        return True

    def roots(self) -> list[int]:
        """Of each number the one that stands for its group."""
        return [self.root(member) for member in range(len(self._parent))]


def streamed(connection: Any, query: str, parameters: Any = None) -> Iterator[Any]:
    """The rows of a query, some in memory at a time. No other query may run on the same
    connection meanwhile."""
    cursor = connection.execute(query, parameters or {})
    while rows := cursor.fetchmany(10_000):
        yield from rows


class Inserter:
    """Rows of numbers and bytes, none of them null, on their way into a table, many in one
    statement: DuckDB takes a millisecond for each, a table of Arrow's at once. `close` writes
    what is held."""

    def __init__(self, connection: Any, table: str, columns: Sequence[str]) -> None:
        self._connection, self._table, self._columns = connection.cursor(), table, columns
        self._held: list[Sequence[Any]] = []

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Some more rows."""
        self._held += rows
        if len(self._held) >= HELD:
            self.close()

    def close(self) -> None:
        """Writes what is held."""
        if self._held:
            columns = [
                binary(values) if isinstance(values[0], bytes) else arrow(np.asarray(values))
                for values in zip(*self._held, strict=True)
            ]
            named = dict(zip(self._columns, columns, strict=True))
            insert(self._connection, self._table, named)
            self._held = []


def cluster(base: Any, pairs: str, most: int | None = None) -> int:
    """A table `clusters(place, cluster)`: the rows of `members(place, member)`, grouped by the
    pairs of members that a query gives, the strongest first; `most` members a cluster. How many
    pairs are in no cluster because of that."""
    import pyarrow as pa

    groups = Groups(base.execute("SELECT count(*) FROM members").fetchone()[0], most)
    apart = sum([not groups.join(one, two) for one, two in streamed(base, pairs)])
    roots = groups.roots()
    numbers = arrow(np.arange(len(roots))), arrow(np.asarray(roots))
    found = pa.Table.from_arrays(numbers, ("member", "root"))
    base.register("found", found)
    base.execute(
        "CREATE TABLE clusters AS SELECT m.place, r.place AS cluster FROM members m"
        " JOIN found USING (member) JOIN members r ON r.member = found.root"
    )
    base.unregister("found")
    return apart
