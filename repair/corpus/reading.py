"""The documents of a shard, whatever its kind; and the hash of the bytes they come from.

Text that had to be taken out of markup is taken out once, by the survey (survey.py), and
read from there ever after: `kept` maps a document's number to it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from repair.config import Config
from repair.corpus import ocr
from repair.corpus.inputs import InputError, defect, document_of, made
from repair.corpus.packed import opened, plain_file, whole
from repair.corpus.rows import Keys, Read, Row, row_of, rows, together
from repair.corpus.shards import Shard
from repair.model import Document, Mark, Markup

CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Kept:
    """What the survey took out of a document's markup."""

    text: str
    marks: tuple[Mark, ...]


def surveyed(shard: Shard, keys: Keys, state: Path, config: Config) -> Read:
    """The documents as the survey sees them: text taken out of markup, `markup` whole."""
    for read in _read(shard, keys, state):
        yield [
            _taken(row, shard.path(row.number), config)
            if isinstance(row, Row) and row.page else row
            for row in read
        ]  # fmt: skip


def _taken(row: Row, path: str, config: Config) -> Row | InputError:
    try:
        document = _extracted(row.document, path, config)
    except InputError as error:
        return error
    except Exception as error:
        return defect(path, error, row.place)
    return row_of(document, row.number, str(row.place), row.origin, row.page)


def documents(
    shard: Shard, keys: Keys, state: Path, kept: Mapping[int, Kept]
) -> Iterator[list[Row]]:
    """The documents to do, without what the survey reported as errors."""
    wanted = None if shard.rows is None else frozenset(shard.rows)
    for read in _read(shard, keys, state):
        there = [row for row in read if isinstance(row, Row)]
        if wanted is not None:
            there = [row for row in there if row.number in wanted]
        if any(row.page for row in there):
            there = [_known(row, kept) for row in there if not row.page or row.number in kept]
        if there:
            yield there


def single(path: str, config: Config) -> Document:
    """A file as one document, as a batch reads it: unpacked, and text taken out of markup.
    InputError where it cannot be read."""
    item = made(path, Path(path).name)
    with opened(item) as stream:
        data = b"".join(iter(partial(stream.read, CHUNK), b""))
    document = document_of(data, item.doc_id, path)
    page = item.kind == "html" or ocr.known(item.kind, data)
    return _extracted(document, path, config) if page else document


def _known(row: Row, kept: Mapping[int, Kept]) -> Row:
    if not row.page:
        return row
    one = kept[row.number]
    markup = Markup("", (), one.marks)
    document = row.document._replace(text=one.text, layer="extracted", markup=markup)
    return row_of(document, row.number, str(row.place), row.origin, row.page)


def _read(shard: Shard, keys: Keys, state: Path) -> Read:
    return together(rows(shard, keys, state) if shard.records else _files(shard, keys))


def _files(shard: Shard, keys: Keys) -> Read:
    for number in range(len(shard.items)) if shard.rows is None else shard.rows:
        item = shard.items[number]
        try:
            data = whole(item, keys.largest)
            document = document_of(data, item.doc_id, item.path)
            page = item.kind == "html" or ocr.known(item.kind, data)
            yield [row_of(document, number, "", item, page)]
        except InputError as error:
            yield [error]
        except Exception as error:
            yield [defect(item.path, error)]


def _extracted(document: Document, path: str, config: Config) -> Document:
    if ocr.known("xml", document.text[: ocr.HEAD].encode("utf-8", "replace")):
        return ocr.extracted(document, path)
    from repair.corpus.markup import extracted

    return extracted(document, config)


def content(shard: Shard, state: Path) -> str:
    """SHA-256 of the bytes of a shard. InputError when they cannot be read; of several
    files those that cannot are passed over, the survey names them."""
    digest = hashlib.sha256()
    if shard.records:
        start, end = shard.start, shard.end
        path = plain_file(shard.item, state)
        if shard.item.kind == "parquet":
            start, end = _row_groups(path, start, end)
        _update(digest, path, start, end)
        return digest.hexdigest()
    for item in shard.items:
        try:
            one = hashlib.sha256()
            _update(one, Path(item.path), 0, None)
            digest.update(one.digest())
        except InputError as error:
            digest.update(str(error).encode())
    return digest.hexdigest()


def _update(digest: Any, path: Path, start: int, end: int | None) -> None:
    held = memoryview(bytearray(CHUNK))  # one for all: new memory costs more than the reading
    try:
        with path.open("rb", 0) as file:
            file.seek(start)
            left = sys.maxsize if end is None else end - start
            while size := file.readinto(held[: min(CHUNK, left)]):
                digest.update(held[:size])
                left -= size
    except OSError as error:
        raise InputError(path, error.strerror or str(error)) from None


def _row_groups(path: Path, first: int, last: int) -> tuple[int, int]:
    """The bytes of some row groups."""
    import pyarrow.parquet as pq

    about = pq.read_metadata(path)
    starts: list[int] = []
    ends: list[int] = []
    for group in range(first, last):
        for n in range(about.num_columns):
            column = about.row_group(group).column(n)
            begin = column.data_page_offset
            if column.has_dictionary_page and column.dictionary_page_offset is not None:
                begin = min(begin, column.dictionary_page_offset)
            starts.append(begin)
            ends.append(begin + column.total_compressed_size)
    return min(starts, default=0), max(ends, default=0)
