"""What a worker does to bring the documents of a group of versions together: those of one
shard that have versions, written out with what was found in them."""

from __future__ import annotations

import pickle
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document lies that has versions."""

    group: int
    at: int  # its number over all shards
    start: int  # byte in the file that `gather` wrote
    size: int


def gather(task: Wanted) -> list[Place]:
    """Writes the documents, one after the other; none when an input has changed: then its
    versions are compared at the next batch."""
    store = Store(Path(task.out))
    places: list[Place] = []
    try:
        with store.draft(Path(task.path), lasting=False) as file:
            pairs = (p for p in paired(store, task.entry) if p[1]["problem"] is None)
            for number, (document, row, _) in enumerate(pairs):
                if number in task.groups:
                    name = document.path if task.entry.shard.records else document.doc_id
                    data = pickle.dumps((document, name in task.trusted, row))
                    at = task.number << SHIFT | number
                    places.append(Place(task.groups[number], at, file.tell(), len(data)))
                    file.write(data)
    except InputError:
        return []
    return places


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
