"""What a worker does to bring the documents of a group of versions together: those of one
shard that have versions, written out with what was found in them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from repair.corpus import disk
from repair.corpus.inputs import InputError, plain, read_bytes
from repair.corpus.reading import content, documents
from repair.corpus.rows import Row
from repair.corpus.store import Entry, Found, Store
from repair.corpus.survey import kept

CHANGED = "has changed since the batch; run the batch again"


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
    if not task.groups:
        return places
    try:
        with store.draft(Path(task.path), lasting=False) as file:
            rows = _rows(store, task)
            shard = replace(task.entry.shard, rows=tuple(rows))
            pairs = chain.from_iterable(paired(store, replace(task.entry, shard=shard)))
            for number, (row, found) in zip(rows.values(), pairs, strict=True):
                name = row.path if shard.records else row.doc_id
                data = pickle.dumps((row.document, name in task.trusted, found))
                at = task.number << disk.SHIFT | number
                places.append(Place(task.groups[number], at, file.tell(), len(data)))
                file.write(data)
    except InputError:
        return []
    return places


def _rows(store: Store, task: Wanted) -> dict[int, int]:
    """The rows of the documents that have versions, and their places among the repaired ones."""
    rows: list[int] = []
    for batch in store.results(task.entry.key, "number", "problem"):
        numbers, problems = (batch.column(name).to_pylist() for name in ("number", "problem"))
        rows += [number for number, what in zip(numbers, problems, strict=True) if what is None]
    return {rows[place]: place for place in sorted(task.groups)}


def paired(
    store: Store,
    entry: Entry,
    errors: list[str] | None = None,
    lost: list[str] | None = None,
) -> Iterator[list[tuple[Row, Found]]]:
    """The documents of a shard, or those of its `rows` where it names some, and what was found
    in each, neighbours together.

    InputError when the input is gone or has changed since the batch. With `errors` and
    `lost`, that costs of several files only those that did, which are named there."""
    shard = entry.shard
    layers = {} if shard.plain else kept(store, entry.survey)[0]
    if shard.records and content(shard, store.state) != entry.content:
        raise InputError(shard.item.path, CHANGED)
    rows = chain.from_iterable(documents(shard, store.keys(), store.state, layers))
    row = next(rows, None)
    wanted = None if shard.rows is None else frozenset(shard.rows)
    for batch in store.rows(entry.key):
        pairs: list[tuple[Row, Found]] = []
        for found in batch:
            if wanted is not None and found.number not in wanted:
                continue
            while row is not None and row.number < found.number:
                row = next(rows, None)
            what = ""
            if row is None or row.number != found.number:
                what = _gone(entry, found)
            elif found.sha256 is not None and found.sha256 != row.document.sha256:
                what = CHANGED
            if not what and row is not None:
                pairs.append((row, found))
                continue
            error = InputError(shard.path(found.number), what)
            if shard.records or errors is None or lost is None:
                yield pairs
                raise error
            errors.append(str(error))
            lost.append(found.id)
        yield pairs


def _gone(entry: Entry, found: Found) -> str:
    if entry.shard.records:
        return f"record {plain(found.id)} is gone since the batch"
    try:
        read_bytes(entry.shard.items[found.number].path)
    except InputError as error:
        return str(error).rpartition(": ")[2]
    return CHANGED
