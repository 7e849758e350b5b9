"""The records of a web archive, and what stands between them that is none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = 1 << 16  # bytes in which a record's header ends
CHUNK = 1 << 20
GZIP = ("gzip", "x-gzip", "deflate")
ANY = 32 + zlib.MAX_WBITS  # the head says whether it is gzip or zlib


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


def body(path: Path, at: int, record: Any, most: int) -> bytes:
    """What the record that begins at a byte holds, unpacked, and of it so many bytes at most.
    OSError where it is broken or cut short: of gzip the reader takes as much as there is."""
    headers = record.http_headers
    coding = (headers and headers.get("Content-Encoding") or "").strip().lower()
    if coding not in GZIP:
        if coding:
            _, record = next(records(path, at, parse_http=True, auto_decode="all"))
        return bytes(record.reader.read(most))
    data, left = b"", record.reader.read()
    while left and len(data) < most:
        unpacker = zlib.decompressobj(ANY)
        try:
            data += unpacker.decompress(left, most - len(data))
        except zlib.error as error:
            raise OSError(str(error)) from None
        if not unpacker.eof and len(data) < most:
            raise OSError("cut short")
        left = unpacker.unused_data
    return data


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
