"""The records of a web archive, and what stands between them that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = 1 << 16  # bytes in which a record's header ends
CHUNK = 1 << 20


def records(path: Path, start: int, **options: Any) -> Iterator[tuple[int, Any]]:
    """The records from a byte on, each with the byte where it begins; None for what is no
    record, after which reading goes on at the next line that begins one. OSError of the
    system, where the file cannot be read."""
    from fastwarc.warc import ArchiveIterator

    while start >= 0:
        at = last = start
        with path.open("rb") as file:
            file.seek(start)
            start = -1
            try:
                for record in ArchiveIterator(file, **options):
                    at, last = record.stream_pos, -1
                    yield at, record
            except OSError as error:
                if error.errno:
                    raise
                at = last if last >= 0 else end(path, at)
                yield at, None
                start = _next(path, at + 1)


def end(path: Path, at: int) -> int:
    """Where the record that begins at a byte ends, by what its header says."""
    with path.open("rb") as file:
        file.seek(at)
        head = file.read(HEAD)
    size = head.find(b"\r\n\r\n") + 4
    for line in head[:size].split(b"\r\n"):
        name, _, said = line.partition(b":")
        if name.lower() == b"content-length" and said.strip().isdigit():
            return at + size + int(said)
    return at + size


def _next(path: Path, at: int) -> int:
    """The next byte at which a record may begin; -1 for none."""
    mark = b"\nWARC/1."
    with path.open("rb") as file:
        file.seek(at)
        held = b""
        while data := file.read(CHUNK):
            found = (held + data).find(mark)
            if found >= 0:
                return at - len(held) + found + 1
            at += len(data)
            held = (held + data)[-len(mark) :]
    return -1
