"""What a batch reads: files and folders of text, and files of records (JSONL, Parquet).

Nothing read from a document is used as a path; names of files are only ever joined to OUT
after they were found below the PATH that the user gave.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repair.config import Config
from repair.encoding.decode import decode
from repair.model import Document

KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
RECORDS = ("jsonl", "parquet")
SHARD_ROWS = 500  # rows of a record file that are done, and redone after a crash, together
SNIFF = 8192  # characters looked at to tell text from a picture or an archive
# One character in 20 is a control that no text has: compressed data read as GB18030 has one
# in 9 or 10. A few may stand in any text.
CONTROLS = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")
FEW = 4


class InputError(ValueError):
    """One line about one input: the file, the place in it, and what is wrong."""

    def __init__(self, path: str | Path, what: str, place: str = "") -> None:
        where = f"{plain(str(path))}:{place}" if place else plain(str(path))
        super().__init__(f"{where}: {what}")


def plain(name: str) -> str:
    """A name as it can stand in one line of a terminal: control characters escaped."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read. `name` is its path relative to the PATH given, with slashes."""

    path: str
    name: str
    kind: str  # "text", "html", "jsonl" or "parquet"

    @property
    def output(self) -> str:
        """Where the repaired text goes, below `text/`."""
        return self.name if self.name.endswith(".txt") else f"{self.name}.txt"

    @property
    def doc_id(self) -> str:
        """The name as an id: valid Unicode even where the file system's name is not."""
        return self.name.encode("utf-8", "backslashreplace").decode("utf-8")


def discover(
    paths: Sequence[Path], out: Path | None = None
) -> tuple[list[Input], list[InputError]]:
    """All inputs below the paths, sorted by name, and what could not be read.

    OUT itself, and what other batches wrote, is passed over in an input folder. Two inputs
    with one output path raise InputError before any work starts."""
    found: list[Input] = []
    errors: list[InputError] = []
    for path in paths:
        if path.is_dir():
            found += _below(path, out, errors)
        elif os.path.lexists(path):
            found += _file(path, path.name, errors)
        else:
            errors.append(InputError(path, "no such file or folder"))
    if errors and not found:
        raise errors[0]  # a mistyped path must not empty OUT
    found.sort(key=lambda item: (item.name, item.path))
    outputs: dict[str, Input] = {}
    for item in found:
        if item.kind in RECORDS:
            continue
        other = outputs.setdefault(item.output, item)
        if other is not item:
            raise InputError(
                item.path, f"has the same output path as {plain(other.path)}: {plain(item.output)}"
            )
    return found, errors


def _below(folder: Path, out: Path | None, errors: list[InputError]) -> Iterator[Input]:
    def unreadable(error: OSError) -> None:
        errors.append(InputError(error.filename or folder, error.strerror or "cannot be read"))

    skipped = out.resolve() if out else None
    for at, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(at)
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".")
            and (here / f).resolve() != skipped
            and not (here / f / ".repair").is_dir()  # what another batch wrote
        )
        for name in sorted(files):
            if not name.startswith("."):
                path = here / name
                yield from _file(path, path.relative_to(folder).as_posix(), errors)


def _file(path: Path, name: str, errors: list[InputError]) -> Iterator[Input]:
    """The input, if it is a file that ends: to read a pipe could take for ever."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            yield Input(str(path), name, KINDS.get(path.suffix.lower(), "text"))
        else:
            errors.append(InputError(path, "is no regular file"))
    except OSError as error:
        errors.append(InputError(path, error.strerror or str(error)))


def read_bytes(path: str) -> bytes:
    """The file's bytes; InputError names the file and the system's reason."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, error.strerror or str(error)) from None
    except MemoryError:
        raise InputError(path, "does not fit into memory") from None


def read_text(item: Input, config: Config) -> Document:
    """The document of a text file or a page. InputError for a file that is no text."""
    document = document_of(read_bytes(item.path), item.doc_id, item.path)
    if item.kind != "html":
        return document
    from repair.corpus.markup import extracted

    return extracted(document, config)


def document_of(data: bytes, doc_id: str, path: str) -> Document:
    """Decoded bytes as a document. InputError for binary data."""
    decoded = decode(data)
    head = decoded.text[:SNIFF]
    controls = len(CONTROLS.findall(head))
    if controls >= FEW and controls * 20 > len(head):
        raise InputError(path, "is no text (control characters)")
    sha = hashlib.sha256(data).hexdigest()
    return Document(
        doc_id, decoded.text, sha, doc_id, codec=decoded.codec, exact=decoded.exact
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its place in the file, all its columns, and its document."""

    number: int  # from 0
    columns: dict[str, Any]
    document: Document


def shard_rows(shard: Shard, id_key: str, text_key: str) -> Iterator[Row | InputError]:
    """The rows of a shard, without those to skip."""
    for row in read_rows(shard.item, id_key, text_key, shard.start, shard.count):
        if isinstance(row, InputError) or row.number not in shard.skip:
            yield row


def read_rows(
    item: Input, id_key: str, text_key: str, start: int = 0, count: int | None = None
) -> Iterator[Row | InputError]:
    """Rows `start` to `start + count` of a record file; a bad one as the error it is."""
    rows = _jsonl(item.path) if item.kind == "jsonl" else _parquet(item.path, start)
    stop = None if count is None else start + count
    for number, columns in rows:
        if number < start:
            continue
        if stop is not None and number >= stop:
            return
        if isinstance(columns, InputError):
            yield columns
            continue
        yield _row(item, number, columns, id_key, text_key)


def _row(
    item: Input, number: int, columns: dict[str, Any], id_key: str, text_key: str
) -> Row | InputError:
    place = f"{number + 1}"
    if columns.get(id_key) is None:
        return InputError(item.path, f"record without '{id_key}'", place)
    text = columns.get(text_key)
    if not isinstance(text, str):
        return InputError(item.path, f"record without text in '{text_key}'", place)
    sha = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Row(number, columns, Document(str(columns[id_key]), text, sha, item.doc_id))


def _jsonl(path: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    try:
        with Path(path).open("rb") as lines:
            number = -1
            for at, raw in enumerate(lines, 1):
                if not raw.strip():
                    continue
                number += 1
                yield number, _parsed(path, at, raw)
    except OSError as error:
        yield -1, InputError(path, error.strerror or str(error))


def _parsed(path: str, at: int, raw: bytes) -> dict[str, Any] | InputError:
    try:
        value = json.loads(raw)
    except UnicodeDecodeError as error:
        return InputError(path, f"broken UTF-8 ({error.reason})", f"{at}:{error.start + 1}")
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        return InputError(path, f"broken JSON ({reason})", str(at))
    if not isinstance(value, dict):
        return InputError(path, "not a JSON object", str(at))
    return value


def _parquet(path: str, start: int) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if number + rows <= start:
                    number += rows
                    continue
                for batch in file.iter_batches(row_groups=[group]):
                    for columns in batch.to_pylist():
                        yield number, columns
                        number += 1
    except (OSError, pa.ArrowException) as error:
        yield (
            number,
            InputError(path, f"broken Parquet ({str(error).splitlines()[0]})", str(number + 1)),
        )


@dataclass(frozen=True, slots=True)
class Shard:
    """The unit of work: a text file, or some rows of a record file."""

    item: Input
    start: int = 0
    count: int | None = None
    skip: tuple[int, ...] = ()  # rows whose id another record has already


def shards(
    inputs: Iterable[Input], rows: Mapping[str, int], repeated: Mapping[str, Sequence[int]]
) -> list[Shard]:
    """The work in the order of the outputs; by input path, `rows` is the number of its rows
    and `repeated` the rows whose id stands already elsewhere."""
    work: list[Shard] = []
    for item in inputs:
        if item.kind not in RECORDS:
            work.append(Shard(item))
        else:
            for at in range(0, rows.get(item.path, 0), SHARD_ROWS):
                here = range(at, at + SHARD_ROWS)
                skip = tuple(n for n in repeated.get(item.path, ()) if n in here)
                work.append(Shard(item, at, SHARD_ROWS, skip))
    return work
