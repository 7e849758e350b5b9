"""What a worker does to bring the documents of a group of versions together: those of one
shard that have versions, written out with what was found in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repair.corpus.inputs import InputError, plain, read_bytes
from repair.corpus.reading import documents
from repair.corpus.store import Entry, Store
from repair.corpus.survey import kept
from repair.model import Document

SHIFT = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """The documents of a shard that have versions."""

    out: str
    entry: Entry
    number: int  # of the shard
    groups: Mapping[int, int]  # by place among its repaired documents, the group
    path: str  # of the file to write
    trusted: frozenset[str]  # files whose documents are the reference


def gather(task: Wanted) -> str:
    """Writes the documents; the file's path, or nothing when an input has changed: then its
    versions are compared at the next batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    store = Store(Path(task.out))
    found: list[dict[str, Any]] = []
    try:
        pairs = (p for p in paired(store, task.entry) if p[1]["problem"] is None)
        for at, (document, row, _) in enumerate(pairs):
            if at in task.groups:
                name = document.path if task.entry.shard.records else document.doc_id
                found.append(
                    {
                        "cluster": task.groups[at],
                        "place": task.number << SHIFT | at,
                        "id": document.doc_id,
                        "trusted": name in task.trusted,
                        "text": document.text.encode("utf-8", "surrogatepass"),
                        **{key: row[key] for key in ("about", "edits", "findings", "articles")},
                    }
                )
    except InputError:
        return ""
    schema = pa.schema(
        {
            "cluster": pa.int64(),
            "place": pa.int64(),
            "id": pa.string(),
            "trusted": pa.bool_(),
            **{k: pa.binary() for k in ("text", "about", "edits", "findings", "articles")},
        }
    )
    with store.draft(Path(task.path), lasting=False) as file:
        pq.write_table(pa.Table.from_pylist(found, schema), file, compression="lz4")
    return task.path


def paired(
    store: Store,
    entry: Entry,
    errors: list[str] | None = None,
    lost: list[str] | None = None,
) -> Iterator[tuple[Document, dict[str, Any], Any]]:
    """The documents of a shard, what was found in each (a row of `Store.rows`), and the
    origin that the writer of its format needs.

    InputError when the input is gone or has changed since the batch. With `errors` and
    `lost`, that costs of several files only those that did, which are named there."""
    layers, _ = kept(store, entry.survey)
    shard = entry.shard
    found = documents(shard, store.keys(), store.state, layers)
    one = next(found, None)
    for row in store.rows(entry.key):
        while one is not None and one.number < row["number"]:
            one = next(found, None)
        what = ""
        if one is None or one.number != row["number"]:
            what = _gone(entry, row)
        else:
            about = f'"sha256": "{one.document.sha256}"'.encode()
            if one.document.doc_id != row["id"] or about not in row["about"]:
                what = _changed(entry, row)
        if not what and one is not None:
            yield one.document, row, one.origin
            continue
        error = InputError(
            shard.item.path if shard.records else shard.items[row["number"]].path, what
        )
        if shard.records or errors is None or lost is None:
            raise error
        errors.append(str(error))
        lost.append(row["id"])


def _gone(entry: Entry, row: dict[str, Any]) -> str:
    if not entry.shard.records:
        try:
            read_bytes(entry.shard.items[row["number"]].path)
        except InputError as error:
            return str(error).rpartition(": ")[2]
        return "has changed since the batch; run the batch again"
    return f"record {plain(row['id'])} is gone since the batch"


def _changed(entry: Entry, row: dict[str, Any]) -> str:
    if not entry.shard.records:
        return "has changed since the batch; run the batch again"
    return f"record {plain(row['id'])} has changed since the batch"
