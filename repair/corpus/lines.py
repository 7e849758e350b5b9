"""Records as lines of JSON in bytes: how they lie in OUT and in the columns of the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

Record = dict[str, Any]
AGAIN = "run the batch again"


def encoded(record: Mapping[str, Any]) -> bytes:
    """One line, the same bytes for equal records. Lone surrogates, which UTF-8 has no bytes
    for, are escaped."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return (json.dumps(record, separators=(",", ":")) + "\n").encode("ascii")


def joined(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Some records, a line each."""
    return b"".join(map(encoded, records))


def value(line: bytes | str) -> Any:
    """What one line of JSON says; the errors of `json.loads`. Lone surrogates, which orjson
    does not read, cost more than other lines."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def decoded(data: bytes) -> list[Record]:
    """The records of some lines."""
    return [value(line) for line in data.splitlines()] if data else []


def loads(path: Path) -> Iterator[Record]:
    """The records of a file of lines that we wrote; ValueError names what is none."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = value(line)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: broken ({error}); {AGAIN}") from None
            yield record
