"""What a worker does: the kernel over one shard, its results into one file in OUT."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from repair.config import Config
from repair.corpus.inputs import InputError
from repair.corpus.kernel import ABOUT, about, repair_batches
from repair.corpus.packed import whole
from repair.corpus.reading import content, documents
from repair.corpus.rows import Keys, Row
from repair.corpus.shards import Shard
from repair.corpus.store import Entry, Store, tables_of
from repair.corpus.survey import kept
from repair.model import Result, Tables

ROWS = 2048  # documents a batch, at most
BYTES = 1 << 20  # of text a batch, unless one document alone has more


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs to know."""

    entry: Entry
    out: str
    config: Config
    tables: str  # hash of the tables in OUT
    keys: Keys


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: counts for the progress bar, errors for the user."""

    shard: Shard
    documents: int = 0
    characters: int = 0
    edits: int = 0
    findings: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)  # by stage
    errors: tuple[str, ...] = ()


def perform(task: Task) -> Done:
    """Runs one shard. An input that fails is named in the result; nothing is raised."""
    store, shard = Store(Path(task.out)), task.entry.shard
    try:
        return _perform(store, task)
    except InputError as error:
        return Done(shard, errors=(str(error),))
    except OSError as error:
        place = error.filename or task.out
        return Done(shard, errors=(str(InputError(place, error.strerror or str(error))),))


def _perform(store: Store, task: Task) -> Done:
    import pyarrow as pa

    seconds: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    sampler = None
    if "collate" in task.config.stages:
        from repair.corpus.samples import Sampler

        sampler = Sampler()

    def each(result: Result) -> None:
        for stage, spent in result.stages.items():
            seconds[stage] += spent
        counts["documents"] += 1
        counts["characters"] += len(result.document.text)
        counts["edits"] += len(result.edits)
        counts["findings"] += len(result.findings)
        if sampler:
            sampler.add(result)

    errors: list[str] = []
    layers, markup = kept(store, task.entry.survey)
    tables = _tables(task.out, task.tables)
    schema = _schema()
    with (
        store.draft(store.file("shards", task.entry.key)) as file,
        pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as out,
    ):
        for rows in _batches(documents(task.entry.shard, task.keys, store.state, layers)):
            batch = _batch(rows)
            (made,) = repair_batches([batch], task.config, tables, each=each)
            problems = made.column("problem").to_pylist()
            for row, problem in zip(rows, problems, strict=True):
                if problem is not None:
                    errors.append(str(InputError(row.path, problem, row.place)))
                _keep_source(store, task, row)
            out.write_batch(_state(rows, made, markup, schema))
        if content(task.entry.shard, store.state) != task.entry.content:
            raise InputError(task.entry.shard.item.path, "changed while it was read")
        if sampler:  # before the results, which say that the shard is done
            sampler.write(store, task.entry.key)
    return Done(task.entry.shard, **counts, seconds=dict(seconds), errors=tuple(errors))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    held: list[Row] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row.text) * 3
        if len(held) == ROWS or size >= BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _batch(rows: list[Row]) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_pydict(
        {
            "id": pa.array([row.doc_id for row in rows], pa.string()),
            "text": pa.array(
                [row.text.encode("utf-8", "surrogatepass") for row in rows], pa.large_binary()
            ),
            ABOUT: pa.array([about(row.path, row.read) for row in rows], pa.binary()),
        }
    )


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        {
            "number": pa.int32(),
            "id": pa.string(),
            "sha256": pa.string(),  # null where the shard's own says whether it has changed
            "characters": pa.int64(),
            "markup": pa.binary(),  # records of the repairs of the markup
            "edits": pa.large_binary(),
            "findings": pa.large_binary(),
            "articles": pa.large_binary(),
            "problem": pa.string(),
        }
    )


def _state(rows: list[Row], made: Any, markup: Mapping[int, bytes], schema: Any) -> Any:
    import pyarrow as pa

    columns = {
        "number": pa.array([row.number for row in rows], pa.int32()),
        "id": made.column("id"),
        "sha256": pa.array([row.read and row.read.sha256 for row in rows], pa.string()),
        "characters": pa.array([len(row.text) for row in rows], pa.int64()),
        "markup": pa.array([markup.get(row.number, b"") for row in rows], pa.binary()),
        "problem": made.column("problem"),
    }
    for name in ("edits", "findings", "articles"):
        columns[name] = made.column(name).cast(pa.large_binary())
    return pa.RecordBatch.from_pydict(columns, schema=schema)


def _keep_source(store: Store, task: Task, row: Row) -> None:
    """Keeps what undo needs and the input cannot give back as text."""
    if task.entry.shard.records:
        return
    item, document = task.entry.shard.items[row.number], row.document
    if not document.exact:
        store.write(store.source / f"{item.name}.bytes", whole(item, task.keys.largest), False)
    if document.layer == "extracted":
        store.write(store.source / f"{item.name}.extracted.txt", document.text, False)


@lru_cache(maxsize=2)
def _tables(out: str, sha256: str) -> Tables:
    record = json.loads((Path(out) / "tables.json").read_text(encoding="utf-8"))
    if record["sha256"] != sha256:
        raise InputError(Path(out) / "tables.json", "changed while it was read")
    return tables_of(record)
