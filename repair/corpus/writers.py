"""Records in the format that they came in, every column kept: each shard becomes a piece,
the pieces become one file, in order.

JSON lines and records of tables whose text is unchanged stay as they were, byte for byte.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from repair.columns import numbers, strings
from repair.corpus.inputs import Input, InputError
from repair.corpus.lines import encoded
from repair.corpus.packed import plain_file
from repair.corpus.rows import SEPARATORS, Keys, Row, header

OUTPUTS = {
    "jsonl": "documents.jsonl",
    "warc": "documents.jsonl",
    "csv": "documents.csv",
    "tsv": "documents.tsv",
    "parquet": "documents.parquet",
}
CHUNK = 1 << 20


class Columns:
    """The rows of one shard with all their columns, written to a file of their own."""

    def __init__(self, item: Input, file: BinaryIO, keys: Keys, state: Path) -> None:
        self._kind, self._file, self._text = item.kind, file, keys.text
        if self._kind in SEPARATORS:
            names, _ = header(plain_file(item, state), item)
            self._column = names.index(keys.text)
        self._batch: Any = None
        self._rows: list[tuple[int, str]] = []  # of the batch: place, text
        self._writer: Any = None

    def add(self, rows: Sequence[Row], texts: Mapping[int, str]) -> None:
        """Some rows, and by their place among these the texts that are others now."""
        if self._kind in ("jsonl", *SEPARATORS):
            lines = [row.origin for row in rows]
            for place, text in texts.items():
                if text != rows[place].text:
                    lines[place] = self._changed(lines[place], text)
            self._file.writelines(lines)
            if lines and not lines[-1].endswith(b"\n"):
                self._file.write(b"\n")
            return
        for place, row in enumerate(rows):
            self._add(row.origin, texts.get(place, row.text))

    def _add(self, origin: Any, text: str) -> None:
        if self._kind == "warc":
            self._file.write(encoded({**origin, self._text: text}))
        else:
            batch, at = origin
            if batch is not self._batch:
                self._flush()
                self._batch = batch
            self._rows.append((at, text))

    def _changed(self, line: bytes, text: str) -> bytes:
        """A line, or a record of a table, with another text."""
        if self._kind == "jsonl":
            return _object(line, self._text, text)
        return _record(line, SEPARATORS[self._kind], self._column, text)

    def _flush(self) -> None:
        import pyarrow as pa

        if self._batch is None:
            return
        batch = self._batch
        if len(self._rows) < len(batch):
            batch = batch.take(numbers((at for at, _ in self._rows), "int32"))
        at = batch.schema.get_field_index(self._text)
        kind = batch.schema.field(at).type
        texts = [text.encode("utf-8", "replace").decode() for _, text in self._rows]
        column = strings(texts).cast(kind)
        batch = batch.set_column(at, batch.schema.field(at), column)
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)
        self._rows = []

    def close(self) -> None:
        """Writes what is held."""
        self._flush()
        if self._writer is not None:
            self._writer.close()


def _record(record: bytes, separator: str, column: int, text: str) -> bytes:
    """A record of a table with another text, and the end of line that it has."""
    (cells,) = csv.reader([record.decode("utf-8")], delimiter=separator)
    cells[column] = text
    written = io.StringIO()
    end = "\r\n" if record.endswith(b"\r\n") else "\n"
    csv.writer(written, delimiter=separator, lineterminator=end).writerow(cells)
    return written.getvalue().encode("utf-8", "replace")


def _object(line: bytes, key: str, text: str) -> bytes:
    """A line of JSON with another text. Not by orjson, which cannot give back every number."""
    columns = {**json.loads(line), key: text}
    try:
        return (json.dumps(columns, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates, which UTF-8 has no bytes for, are escaped
        return (json.dumps(columns) + "\n").encode("ascii")


class Table:
    """The one file of all rows of a kind, made of the pieces."""

    def __init__(self, kind: str, file: BinaryIO) -> None:
        self._kind, self._file = kind, file
        self._writer: Any = None
        self._names: Sequence[str] | None = None

    def add(self, item: Input, piece: Path, state: Path) -> None:
        """The rows of a piece. InputError where its columns are others than the first's."""
        if self._kind in SEPARATORS:
            self._table(item, state)
        if self._kind != "parquet":
            with piece.open("rb") as file:
                copy(file, self._file)
        else:
            self._parquet(item, piece, state)

    def _table(self, item: Input, state: Path) -> None:
        names, lines = header(plain_file(item, state), item)
        if self._names is None:
            self._names = names
            self._file.write(lines if lines.endswith(b"\n") else lines + b"\n")
        elif names != self._names:
            raise InputError(item.path, "other columns than the first table")

    def _parquet(self, item: Input, piece: Path, state: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            schema = pq.read_schema(plain_file(item, state))
            self._writer = pq.ParquetWriter(self._file, schema)
        if not piece.stat().st_size:
            return
        with pa.memory_map(str(piece)) as source, pa.ipc.open_stream(source) as batches:
            schema = self._writer.schema
            for rows in grouped(batches):
                table = pa.Table.from_batches(rows)
                if not table.schema.equals(schema):
                    raise InputError(item.path, "other columns than the first Parquet file")
                self._writer.write_table(table)

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            self._writer.close()


def grouped(batches: Iterable[Any]) -> Iterable[list[Any]]:
    """Small batches together: a row group of a few rows costs as much as one of many."""
    held: list[Any] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= 16 * CHUNK:
            yield held
            held, size = [], 0
    if held:
        yield held


def copy(source: BinaryIO, target: BinaryIO) -> None:
    """The rest of one file to the end of another."""
    while data := source.read(CHUNK):
        target.write(data)
