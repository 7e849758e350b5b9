"""The one place that writes what users read: `text/`, `documents.*`, `articles.jsonl` and
`edits.jsonl`, each time from the originals, the journal and the decisions.

For every document `edits.jsonl` holds exactly the edits that lead from its layer to its
repaired text, so that whoever has that file can take them back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from repair import edits as ed
from repair.corpus.inputs import RECORDS, InputError, Row, Shard, plain, read_bytes, shard_rows
from repair.corpus.store import Store
from repair.corpus.work import read_document
from repair.model import Document
from repair.records import Record, article_of, article_records, edit_of, line

# A document and its journal in, the records of the edits that hold now out.
Decide = Callable[[Document, Sequence[Record]], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was written."""

    documents: int
    edits: int
    articles: int
    errors: tuple[str, ...]


class _OtherColumnsError(InputError):
    """Rows that do not fit into the one file that is written."""


def as_journalled(document: Document, journal: Sequence[Record]) -> Sequence[Record]:
    """No decisions: every edit of the journal holds."""
    return journal


def deliver(
    store: Store,
    decide: Decide = as_journalled,
    restore: bool = False,
    id_key: str = "id",
    text_key: str = "text",
) -> Delivered:
    """Writes the results of the last batch's shards.

    With `restore`, a text file without edits gets its input's own bytes, not UTF-8. A text
    file whose input is gone keeps its text, edits and articles as they stand; rows are one
    file together, so for them InputError is raised and nothing of OUT's tables changes."""
    counts = {"documents": 0, "edits": 0, "articles": 0}
    errors: list[str] = []
    with ExitStack() as stack:
        edits = stack.enter_context(store.draft(store.out / "edits.jsonl"))
        articles = stack.enter_context(store.draft(store.out / "articles.jsonl"))
        rows = _RowWriter(store, stack, text_key)
        lost: set[str] = set()
        for shard, key in store.shards():
            try:
                for document, columns, record in documents(store, shard, key, id_key, text_key):
                    final = decide(document, record["edits"])
                    made = [edit_of(r) for r in final]
                    text = ed.apply(document.text, made)
                    if columns is not None:
                        rows.write(shard, columns, text)
                    elif restore and not made:
                        store.write(store.text / shard.item.output, read_bytes(shard.item.path))
                    else:
                        store.write(store.text / shard.item.output, text)
                    shapes = [article_of(shape) for shape in record["articles"]]
                    written = article_records(document, shapes, made)
                    if not restore:
                        edits.writelines(_lines(record["markup"]))
                    edits.writelines(_lines(final))
                    articles.writelines(_lines(written))
                    counts["documents"] += 1
                    counts["edits"] += len(made)
                    counts["articles"] += len(written)
            except (InputError, ed.EditError) as error:
                if shard.item.kind in RECORDS and not isinstance(error, _OtherColumnsError):
                    raise
                errors.append(str(error))
                lost.add(shard.item.doc_id)
        if lost:
            edits.writelines(_kept(store.out / "edits.jsonl", lost))
            articles.writelines(_kept(store.out / "articles.jsonl", lost))
    return Delivered(**counts, errors=tuple(errors))


def _kept(path: Path, doc_ids: Collection[str]) -> Iterator[bytes]:
    """The lines about these documents as they stand."""
    if path.exists():
        yield from _lines([r for r in loads(path) if r["doc_id"] in doc_ids])


def _lines(records: Sequence[Record]) -> Iterator[bytes]:
    return (line(record).encode("utf-8") for record in records)


def documents(
    store: Store, shard: Shard, key: str, id_key: str, text_key: str
) -> Iterator[tuple[Document, dict[str, Any] | None, Record]]:
    """The documents of a shard with their columns (None for a text file) and results."""
    records = {record["document"]["doc_id"]: record for record in store.shard(key)}
    if shard.item.kind not in RECORDS:
        for record in records.values():
            yield read_document(store, shard.item, record["document"]), None, record
        return
    for row in shard_rows(shard, id_key, text_key):
        if isinstance(row, Row) and row.document.doc_id in records:
            record = records.pop(row.document.doc_id)
            if row.document.sha256 != record["document"]["sha256"]:
                raise InputError(
                    shard.item.path,
                    f"record {plain(row.document.doc_id)} has changed since the batch",
                )
            yield row.document, row.columns, record
    if records:
        gone = plain(next(iter(records)))
        raise InputError(shard.item.path, f"record {gone} is gone since the batch")


class _RowWriter:
    """Rows out in the format that they came in, every column kept."""

    def __init__(self, store: Store, stack: ExitStack, text_key: str) -> None:
        self._store, self._stack, self._text_key = store, stack, text_key
        self._jsonl: BinaryIO | None = None
        self._parquet: Any = None
        self._schema: Any = None

    def write(self, shard: Shard, columns: dict[str, Any], text: str) -> None:
        """One row with its text replaced."""
        row = {**columns, self._text_key: text}
        if shard.item.kind == "jsonl":
            if self._jsonl is None:
                path = self._store.out / "documents.jsonl"
                self._jsonl = self._stack.enter_context(self._store.draft(path))
            self._jsonl.write(line(row).encode("utf-8"))
            return
        self._write_parquet(Path(shard.item.path), row)

    def _write_parquet(self, path: Path, row: dict[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._parquet is None:
            self._schema = pq.read_schema(path)
            draft = self._stack.enter_context(
                self._store.draft(self._store.out / "documents.parquet")
            )
            self._parquet = self._stack.enter_context(pq.ParquetWriter(draft, self._schema))
        try:
            table = pa.Table.from_pylist([row], schema=self._schema)
        except (pa.ArrowException, TypeError) as error:
            raise _OtherColumnsError(
                path, f"other columns than the first Parquet file ({error})"
            ) from None
        self._parquet.write_table(table)


def original(store: Store, doc_id: str) -> tuple[Document, list[Record]]:
    """A document and its journal, for showing; KeyError when OUT has none such."""
    manifest = store.manifest()
    for shard, key in store.shards():
        found = documents(store, shard, key, manifest["id_key"], manifest["text_key"])
        for document, _, record in found:
            if document.doc_id == doc_id:
                return document, record["edits"]
    raise KeyError(doc_id)


def loads(path: Path) -> Iterator[Record]:
    """The records of a JSONL file of OUT."""
    with path.open(encoding="utf-8") as lines:
        for text in lines:
            yield json.loads(text)
