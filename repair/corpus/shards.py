"""The unit of work: some small files, or a stretch of a file of records that can be read
without what stands before it. Where a stretch ends is decided by the file alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from repair.corpus import warc
from repair.corpus.inputs import RECORDS, Input, InputError
from repair.corpus.packed import plain_file

SIZE = 4 << 20  # bytes of a stretch: enough to repay a task, little to redo after a crash
SMALL = 128 << 10  # bytes of small files that are done together
TOGETHER = 16  # on the average; which name ends a group does not depend on its neighbours
MOST = 64
CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Shard:
    """`start` and `end` are bytes of the plain file, or row groups of a Parquet file."""

    items: tuple[Input, ...]  # several files of one document, or one file of records
    start: int = 0
    end: int = 0
    rows: tuple[int, ...] | None = None  # the documents to do, by number; None means all
    first: int = 0  # lines or rows of the file before this stretch, for messages

    @property
    def item(self) -> Input:
        """The file of records, or the first of the files."""
        return self.items[0]

    def path(self, number: int) -> str:
        """The file of a document."""
        return (self.item if self.records else self.items[number]).path

    @property
    def records(self) -> bool:
        """Whether it is a stretch of a file of records."""
        return self.item.kind in RECORDS

    @property
    def plain(self) -> bool:
        """Whether its documents are columns of records and nothing else: no markup that they
        were taken out of, no bytes with a codec of their own as in web archives."""
        return self.records and self.item.kind != "warc"

    def entry(self) -> dict[str, Any]:
        """The shard as plain values. Its paths are absolute, so that `apply` and `undo`
        find the input from any folder."""
        value = asdict(self)
        for item in value["items"]:
            item["path"] = str(Path(item["path"]).absolute())
        return value


def shard_of(entry: dict[str, Any]) -> Shard:
    """The shard of plain values."""
    rows = entry["rows"]
    return Shard(
        tuple(Input(**item) for item in entry["items"]),
        entry["start"],
        entry["end"],
        None if rows is None else tuple(rows),
        entry["first"],
    )


def grouped(inputs: Iterable[Input]) -> Iterator[Shard]:
    """The inputs in their order: small files together, each file of records whole.

    What ends a group is a file's own name and the sizes before it, so that a file that is
    added or gone changes the groups beside it and no others."""
    held: list[Input] = []
    size = 0
    for item in inputs:
        if item.kind in RECORDS:
            if held:
                yield Shard(tuple(held))
            held, size = [], 0
            yield Shard((item,))
            continue
        held.append(item)
        with suppress(OSError):  # the worker names it
            size += Path(item.path).stat().st_size
        last = zlib.crc32(item.doc_id.encode()) % TOGETHER == 0
        if last or size >= SMALL or len(held) == MOST:
            yield Shard(tuple(held))
            held, size = [], 0
    if held:
        yield Shard(tuple(held))


def cut(whole: Shard, state: Path) -> list[Shard]:
    """The stretches of a file of records. InputError where it cannot be read."""
    item = whole.item
    if item.kind not in RECORDS:
        return [whole]
    try:
        path = plain_file(item, state)
        if item.kind == "parquet":
            ends = _row_groups(path, item.path)
        elif item.kind == "warc":
            ends = _warc(path)
        else:
            ends = _lines(path, quoted=item.kind != "jsonl")
        stretches: list[Shard] = []
        start = first = 0
        for end, size in ends:
            stretches.append(replace(whole, start=start, end=end, first=first))
            start, first = end, first + size
    except OSError as error:
        raise InputError(item.path, error.strerror or str(error)) from None
    return stretches


def _lines(path: Path, quoted: bool) -> Iterator[tuple[int, int]]:
    """Ends of stretches of whole lines, at least SIZE bytes each but the last, and how many
    lines each has; with `quoted`, a line break in quotes ends no line of a table."""
    import numpy as np

    at = start = lines = 0
    inside = False  # quotes
    data = bytearray(CHUNK)
    codes = np.frombuffer(data, np.uint8)

    def breaks(first: int, last: int) -> int:  # `bytes.count` takes eight times as long
        return int(np.count_nonzero(codes[first:last] == ord("\n")))

    with path.open("rb", 0) as file:
        while size := file.readinto(data):
            look = 0
            if at + size - start >= SIZE:
                look = max(0, start + SIZE - 1 - at)
                inside ^= quoted and data.count(b'"', 0, look) % 2 == 1
                end = look
                while (found := data.find(b"\n", end, size)) >= 0:
                    inside ^= quoted and data.count(b'"', end, found) % 2 == 1
                    end = found + 1
                    if not inside:
                        yield at + end, lines + breaks(0, end)
                        start, lines, look = at + end, -breaks(0, end), end
                        break
                else:
                    look = end
            inside ^= quoted and data.count(b'"', look, size) % 2 == 1
            lines += breaks(0, size)
            at += size
    if at > start:
        yield at, lines


def _row_groups(path: Path, name: str) -> Iterator[tuple[int, int]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(name, f"broken Parquet ({str(error).splitlines()[0]})") from None
    size = rows = 0
    for group in range(about.num_row_groups):
        size += about.row_group(group).total_byte_size
        rows += about.row_group(group).num_rows
        if size >= SIZE or group == about.num_row_groups - 1:
            yield group + 1, rows
            size = rows = 0


def _warc(path: Path) -> Iterator[tuple[int, int]]:
    start = 0
    for at, record in warc.records(path, 0, parse_http=False):
        if record is not None and at - start >= SIZE:
            yield at, 0
            start = at
    total = path.stat().st_size
    if total > start:
        yield total, 0
