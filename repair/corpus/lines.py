"""Records as lines of JSON in bytes: how they lie in OUT and in the columns of the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: a record's own would cost half


def encoded(record: Mapping[str, Any]) -> bytes:
    """One line, the same bytes for equal records. Lone surrogates, which UTF-8 has no bytes
    for, are escaped."""
    try:
        return (_json(record) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(record) + "\n").encode("ascii")


def joined(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Some records, a line each."""
    return b"".join(map(encoded, records))


def decoded(data: bytes) -> list[Record]:
    """The records of some lines."""
    return [json.loads(line) for line in data.split(b"\n") if line]


def loads(path: Path) -> Iterator[Record]:
    """The records of a file of lines."""
    with path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)
