"""The records of a stretch of a file: JSON lines, tables, Parquet, web archives."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, repeat
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from repair.corpus import warc
from repair.corpus.inputs import ColumnsError, Input, InputError, document_of
from repair.corpus.lines import value
from repair.corpus.packed import plain_file
from repair.corpus.shards import Shard
from repair.model import Document, sha256_of

CHUNK = 1 << 20
LINES = 500_000  # bytes of JSON lines that are read together: what is made of them stays near
# What is worth one look of the stages (`pipeline.TOGETHER` says why).
ROWS, CHARACTERS = 6_000, 1_450_000
BATCH = 128  # rows of a Parquet file that are read at once; ROWS of them may be held
SEPARATORS = {"csv": ",", "tsv": "\t"}
PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Keys:
    """Where a record's id and text stand, and how large a document may be, in bytes."""

    id: str = "id"
    text: str = "text"
    largest: int = 64 << 20


class Row(NamedTuple):
    """One record: its number in the stretch, its place in the file, its text, and what the
    writer of its format needs to give all columns back. A tuple, because there may be one for
    every few words of a corpus."""

    number: int
    place: int | str
    path: str  # the id of the file that it comes from
    doc_id: str
    text: str
    origin: Any
    read: Document | None = None  # where the text was bytes of its own, what they were
    page: bool = False  # the text is markup, the document has to be taken out of it

    @property
    def document(self) -> Document:
        """The record as a document."""
        if self.read is not None:
            return self.read
        return Document(self.doc_id, self.text, sha256_of(self.text), self.path)


def row_of(document: Document, number: int, place: str, origin: Any, page: bool) -> Row:
    """The row of a document that was bytes of its own."""
    path, name, text = document.path, document.doc_id, document.text
    return Row(number, place, path, name, text, origin, document, page)


_made = partial(tuple.__new__, Row)  # the row of its columns, for many at once
Read = Iterator[list[Row | InputError]]  # neighbours together


def rows(shard: Shard, keys: Keys, state: Path) -> Read:
    """All records of a stretch, a bad one as the error it is."""
    read = {"jsonl": _jsonl, "parquet": _parquet, "warc": _warc}.get(shard.item.kind, _table)
    try:
        yield from read(plain_file(shard.item, state), shard, keys)
    except ColumnsError:
        raise
    except InputError as error:
        yield [error]
    except OSError as error:
        yield [InputError(shard.item.path, error.strerror or str(error))]


def together(parts: Read) -> Read:
    """The same records in lists that are worth a look of the stages at all of them."""
    held: list[Row | InputError] = []
    size = 0
    for part in parts:
        held += part
        size += sum([len(row.text) for row in part if isinstance(row, Row)])
        if size >= CHARACTERS or len(held) >= ROWS:
            yield held
            held, size = [], 0
    if held:
        yield held


def _row(
    shard: Shard, keys: Keys, number: int, place: int | str, columns: dict[str, Any], origin: Any
) -> Row | InputError:
    name, text = columns.get(keys.id), columns.get(keys.text)
    if name is None or name == "":
        return InputError(shard.item.path, f"record without '{keys.id}'", place)
    if not isinstance(text, str):
        return InputError(shard.item.path, f"record without text in '{keys.text}'", place)
    doc_id = str(name)
    if not doc_id.isascii():
        doc_id = doc_id.encode("utf-8", "backslashreplace").decode("utf-8")
    return Row(number, place, shard.item.doc_id, doc_id, text, origin)


def _too_long(shard: Shard, keys: Keys, place: int | str) -> InputError:
    return InputError(shard.item.path, f"longer than {keys.largest >> 20} MB; see --largest", place)


# ---- JSON lines: the origin is the line as it stands, with its end, which the last may lack


def _jsonl(path: Path, shard: Shard, keys: Keys) -> Read:
    first, at, size = 0, shard.start, LINES
    wanted = None if shard.rows is None else frozenset(shard.rows)
    with path.open("rb") as file:
        while data := _read(file, min(size, shard.end - at), at):
            last = len(data) < size
            end = len(data) if last else data.rfind(b"\n") + 1
            if not end and len(data) <= keys.largest:
                size = min(2 * size, keys.largest + 1)
                continue
            at += end or len(data)
            lines = io.BytesIO(data).readlines()  # `split` takes five times as long
            if not end:  # the line is too long
                at = _line_end(file, at, shard.end)
            elif end < len(data):
                lines.pop()  # it is read again with its rest
            if wanted is not None:
                some = [n for n in range(len(lines)) if first + n in wanted]
                yield [_line(shard, keys, first + n, lines[n]) for n in some if lines[n].strip()]
            else:
                yield _plain(shard, keys, first, lines) or _one_by_one(shard, keys, first, lines)
            first += len(lines)
            size = LINES


def _read(file: BinaryIO, size: int, at: int) -> bytes:
    """So many bytes from a place on, fewer only where the file ends: network disks may give
    less at once, and Linux gives 2 GB."""
    data = b""
    while more := os.pread(file.fileno(), size - len(data), at + len(data)):
        data += more
    return data


def _plain(shard: Shard, keys: Keys, first: int, lines: Sequence[bytes]) -> list[Any]:
    """The rows of lines that all hold a name in ASCII, or an integer, and a text; of other
    lines none. What a line means is said by `_line`: this is a look at many in one."""
    try:
        columns = list(map(orjson.loads, lines))
        names = [column[keys.id] for column in columns]
        texts = [column[keys.text] for column in columns]
    except (ValueError, LookupError, TypeError):
        return []
    if set(map(type, texts)) != {str} or not set(map(type, names)) <= {str, int}:
        return []
    ids = list(map(str, names))
    if not all(ids) or not "".join(ids).isascii() or max(map(len, lines)) > keys.largest:
        return []
    number = shard.first + first + 1
    places = range(number, number + len(ids))
    path = repeat(shard.item.doc_id)
    numbers = range(first, first + len(ids))
    read, page = repeat(None), repeat(False)
    return list(map(_made, zip(numbers, places, path, ids, texts, lines, read, page, strict=False)))


def _one_by_one(shard: Shard, keys: Keys, first: int, lines: Sequence[bytes]) -> list[Any]:
    """The rows and errors of lines of any kind; blank ones are none."""
    return [_line(shard, keys, n, line) for n, line in enumerate(lines, first) if line.strip()]


def _line(shard: Shard, keys: Keys, number: int, line: bytes) -> Row | InputError:
    place = shard.first + number + 1
    said = line.removesuffix(b"\n")
    if len(said) > keys.largest:
        return _too_long(shard, keys, place)
    columns = _parsed(shard.item.path, place, said)
    if isinstance(columns, InputError):
        return columns
    if type(columns.get(keys.id)) is float:  # or an integer of very many digits
        columns = json.loads(said)
    return _row(shard, keys, number, place, columns, line)


def _line_end(file: BinaryIO, at: int, stop: int) -> int:
    """Where the line ends that has a byte at `at`."""
    while data := _read(file, min(CHUNK, stop - at), at):
        end = data.find(b"\n") + 1
        at += end or len(data)
        if end:
            break
    return at


def _parsed(path: str, place: int, raw: bytes) -> Any:
    """The object of a line, or what is wrong with it."""
    try:
        said = value(raw)
    except UnicodeDecodeError as error:
        return InputError(path, f"broken UTF-8 ({error.reason})", f"{place}:{error.start + 1}")
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        return InputError(path, f"broken JSON ({reason})", place)
    except ValueError as error:  # an integer of thousands of digits
        return InputError(path, f"broken JSON ({error})", place)
    return said if isinstance(said, dict) else InputError(path, "not a JSON object", place)


# ---- tables: the origin is the record as it stands, with its end, which the last may lack


def header(path: Path, item: Input) -> tuple[list[str], bytes]:
    """The names of a table's columns, and the lines that they stand in, without the mark of
    their encoding. InputError where the first is none of a table."""
    with path.open("rb") as file:
        lines = iter(partial(file.readline, CHUNK), b"")
        texts = (line.decode("utf-8-sig", "surrogateescape") for line in lines)
        try:
            names = next(csv.reader(texts, delimiter=SEPARATORS[item.kind]), [])
            size = file.tell()
            file.seek(0)
            return names, file.read(size).removeprefix(codecs.BOM_UTF8)
        except csv.Error as error:
            raise InputError(item.path, f"broken table ({error})", "1") from None


def _check(shard: Shard, keys: Keys, names: Sequence[str]) -> None:
    """ColumnsError for wrong columns of name and text. Of two nobody can say which is meant."""
    what = {key: "several columns" if key in names else "no column" for key in (keys.id, keys.text)}
    wrong = [f"{said} '{key}'" for key, said in what.items() if names.count(key) != 1]
    if wrong:
        place = "1" if shard.item.kind in SEPARATORS else ""
        raise ColumnsError(shard.item.path, ", ".join(wrong), place)


def _table(path: Path, shard: Shard, keys: Keys) -> Read:
    names, _ = header(path, shard.item)
    _check(shard, keys, names)
    csv.field_size_limit(keys.largest)
    with path.open("rb") as file:
        file.seek(shard.start)
        lines = _Lines(file, shard, keys)
        first = shard.first
        if shard.start == 0:
            above = csv.reader(lines, delimiter=SEPARATORS[shard.item.kind])
            next(above, None)
            first = above.line_num
        reader = csv.reader(lines, delimiter=SEPARATORS[shard.item.kind])
        for number in count():
            place = str(first + reader.line_num + 1)
            lines.record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield [InputError(shard.item.path, f"broken table ({error})", place)]
                return
            record = "".join(lines.record)
            if not lines.left and _open(record, shard.item.kind):
                yield [InputError(shard.item.path, "a quote that nothing closes", place)]
            elif cells:
                yield [_cells(shard, keys, number, place, names, cells, record)]


def _cells(
    shard: Shard, keys: Keys, number: int, place: str, names: list[str], cells: list[str],
    record: str,
) -> Row | InputError:  # fmt: skip
    if len(cells) != len(names):
        what = f"{len(cells)} cells instead of {len(names)}"
        return InputError(shard.item.path, what, place)
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:  # a byte that was none of a character
        return InputError(shard.item.path, "broken UTF-8", place)
    columns = dict(zip(names, cells, strict=True))
    return _row(shard, keys, number, place, columns, record.encode("utf-8"))


class _Lines:
    """The lines of a stretch of a table, and the last record among them as it stands."""

    def __init__(self, file: BinaryIO, shard: Shard, keys: Keys) -> None:
        self._file, self._shard, self._keys = file, shard, keys
        self.left = shard.end - file.tell()
        self._codec = "utf-8-sig" if file.tell() == 0 else "utf-8"
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(min(self.left, self._keys.largest))
        if not raw:
            raise StopIteration
        if len(raw) == self._keys.largest:
            raise _too_long(self._shard, self._keys, f"byte {self._shard.end - self.left}")
        self.left -= len(raw)
        line = raw.decode(self._codec, "surrogateescape")
        self._codec = "utf-8"
        self.record.append(line)
        return line


def _open(record: str, kind: str) -> bool:
    """Whether the last record of a table ends inside quotes: it holds all that follows them."""
    try:
        list(csv.reader([record], delimiter=SEPARATORS[kind], strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


# ---- Parquet: the origin is (the batch, the place in it)


def _parquet(path: Path, shard: Shard, keys: Keys) -> Read:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=CHUNK) as file:
        _check(shard, keys, file.schema_arrow.names)
        for group in range(shard.start, shard.end):
            after = number + file.metadata.row_group(group).num_rows
            try:
                for batch in file.iter_batches(BATCH, row_groups=[group], use_threads=False):
                    ids, texts = (batch.column(key).to_pylist() for key in (keys.id, keys.text))
                    first, number = number, number + len(batch)
                    yield [
                        _row(
                            shard, keys, first + at, f"row {shard.first + first + at + 1}",
                            {keys.id: name, keys.text: text}, (batch, at),
                        )
                        for at, (name, text) in enumerate(zip(ids, texts, strict=True))
                    ]  # fmt: skip
            except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
                what = f"broken Parquet ({str(error).splitlines()[0]})"
                yield [InputError(shard.item.path, what, f"row {shard.first + number + 1}")]
            number = after


# ---- web archives: the origin is the columns that are written beside the text


def _warc(path: Path, shard: Shard, keys: Keys) -> Read:
    from fastwarc.warc import WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.conversion | WarcRecordType.resource
    options = {"parse_http": True, "auto_decode": "transfer"}
    total = path.stat().st_size
    for number, (at, record) in enumerate(warc.records(path, shard.start, **options)):
        if at >= shard.end:
            return
        place = f"byte {at}"
        if record is None:
            yield [InputError(shard.item.path, "what stands here is no record", place)]
            continue
        if not record.record_type & kinds:
            continue
        if at + record.content_length + warc.HEAD > total and warc.end(path, at) > total:
            yield [InputError(shard.item.path, "the record is cut short", place)]
            continue
        kind = record.http_content_type or (record.headers.get("Content-Type") or "")
        kind = kind.split(";")[0].strip().lower()
        if kind not in PAGES and kind != "text/plain":
            continue
        if record.content_length > keys.largest:
            yield [_too_long(shard, keys, place)]
            continue
        about = {
            keys.id: (record.record_id or "").strip("<>"),
            "url": record.headers.get("WARC-Target-URI") or "",
            "date": record.headers.get("WARC-Date") or "",
        }
        if not about[keys.id]:
            yield [InputError(shard.item.path, "record without an id", place)]
            continue
        try:
            data = warc.body(path, at, record, keys.largest + 1)  # unpacked, it may be longer
            if len(data) > keys.largest:
                yield [_too_long(shard, keys, place)]
                continue
            document = document_of(data, about[keys.id], shard.item.doc_id)
        except InputError as error:
            yield [InputError(shard.item.path, str(error).split(": ", 1)[-1], place)]
            continue
        except OSError as error:
            yield [InputError(shard.item.path, f"broken content ({str(error)[:80]})", place)]
            continue
        yield [row_of(document, number, place, about, kind in PAGES)]
