"""What a worker does: the kernel over one shard, its results into one file in OUT."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby, repeat
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from repair.columns import binary, numbers, strings
from repair.config import Config
from repair.corpus.inputs import NAME, Input, InputError, defect, plain
from repair.corpus.kernel import Made, repaired, said
from repair.corpus.packed import whole
from repair.corpus.pieces import Into, opened
from repair.corpus.reading import content, documents
from repair.corpus.rows import Keys, Row
from repair.corpus.shards import Shard
from repair.corpus.store import Entry, Store, tables_of
from repair.corpus.survey import kept
from repair.model import Document, Result, Tables


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs to know."""

    entry: Entry
    out: str
    config: Config
    tables: str  # hash of the tables in OUT
    keys: Keys
    small: bool  # the batch
    into: Into | None = None  # where its pieces belong


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
    except Exception as error:
        return Done(shard, errors=(str(defect(shard.item.path, error)),))


def _perform(store: Store, task: Task) -> Done:
    import pyarrow as pa

    seconds: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    sampler = None
    if "collate" in task.config.stages:
        from repair.corpus.samples import Sampler

        sampler = Sampler(task.small)

    schema, shard = _schema(), task.entry.shard
    layers, markup = ({}, {}) if shard.plain else kept(store, task.entry.survey)
    tables = _tables(task.out, task.tables)
    with (
        store.draft(store.file("shards", task.entry.key)) as file,
        pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as out,
        opened(store, task.entry, task.keys, task.into) if shard.plain else nullcontext() as pieces,
        store.drafts() as source,  # on the disk before the results, which refer to it
    ):
        for rows in documents(shard, task.keys, store.state, layers):
            made = repaired(_documents(rows), task.config, tables)
            results = [result for result, _ in made if result is not None]
            _count(results, counts, seconds)
            if sampler:
                sampler.add(results)
            there = rows
            if len(results) < len(rows):
                there = [row for row, (_, what) in zip(rows, made, strict=True) if what is None]
            if not shard.records:
                for row in rows:
                    _keep_source(store, source, task, row)
            lines = [said(result) for result, _ in made]
            out.write_batch(_state(rows, made, lines, markup, schema))
            if pieces:
                changed = {n: (r.text, r.edits) for n, r in enumerate(results) if r.edits}
                journal = b"".join([edits for edits, _, _ in lines])
                pieces.add(there, [result.articles for result in results], changed, journal)
        if content(shard, store.state) != task.entry.content:
            raise InputError(shard.item.path, "changed while it was read")
        if sampler:  # before the results, which say that the shard is done
            sampler.write(store, task.entry.key)
    return Done(shard, **counts, seconds=dict(seconds), errors=())


def _documents(rows: Sequence[Row]) -> list[Document]:
    """The rows as the kernel gets them: the hash of a record is made where something is found
    in it."""
    _, _, paths, names, texts, _, reads, _ = zip(*rows, strict=True)
    columns = zip(names, texts, repeat(""), paths, *map(repeat, _PLAIN), strict=False)
    made = map(partial(tuple.__new__, Document), columns)
    return [read or one for read, one in zip(reads, made, strict=True)] if any(reads) else [*made]


_PLAIN = list(Document._field_defaults.values())[1:]  # what follows the path


def _count(
    results: Sequence[Result], counts: Counter[str], seconds: defaultdict[str, float]
) -> None:
    counts["documents"] += len(results)
    counts["characters"] += sum([len(result.document.text) for result in results])
    for what in ("edits", "findings"):
        counts[what] += sum(map(len, map(attrgetter(what), results)))
    for stages, same in groupby(map(attrgetter("stages"), results)):
        times = len(list(same))
        for stage, spent in stages.items():
            seconds[stage] += spent * times


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


def _state(
    rows: Sequence[Row],
    made: Sequence[Made],
    lines: Sequence[tuple[bytes, bytes, bytes]],
    markup: Mapping[int, bytes],
    schema: Any,
) -> Any:
    import pyarrow as pa

    edits, findings, articles = zip(*lines, strict=True)
    places, _, _, names, texts, _, reads, _ = zip(*rows, strict=True)
    columns = {
        "number": numbers(places, "int32"),
        "id": strings(names),
        "sha256": strings([read.sha256 if read else None for read in reads]),
        "characters": numbers(map(len, texts), "int64"),
        "markup": binary([markup.get(place, b"") for place in places]),
        "edits": binary(edits, large=True),
        "findings": binary(findings, large=True),
        "articles": binary(articles, large=True),
        "problem": strings(_problems(rows, made)),
    }
    return pa.RecordBatch.from_pydict(columns, schema=schema)


def _problems(rows: Sequence[Row], made: Sequence[Made]) -> list[str | None]:
    """By document, what is to be said where nothing came of it."""
    problems = [what for _, what in made]
    for number, what in enumerate(problems):
        if what is not None:
            row = rows[number]
            problems[number] = str(InputError(row.path, plain(what), row.place))
    return problems


def _keep_source(store: Store, source: Callable[[Path], BinaryIO], task: Task, row: Row) -> None:
    """Keeps what undo needs and the input cannot give back as text."""
    item, document = task.entry.shard.items[row.number], row.document
    if not document.exact:
        data = whole(item, task.keys.largest)
        source(_kept(store, item, ".bytes")).write(data)
    if document.layer == "extracted":
        text = document.text.encode("utf-8", "surrogatepass")
        source(_kept(store, item, ".extracted.txt")).write(text)


def _kept(store: Store, item: Input, ending: str) -> Path:
    """Where something of a file is kept: by its name, or by its hash if it is too long."""
    path = store.source / f"{item.name}{ending}"
    if len(os.fsencode(path.name)) > NAME:
        path = path.with_name(hashlib.sha256(os.fsencode(path.name)).hexdigest() + ending)
    return path


@lru_cache(maxsize=2)
def _tables(out: str, sha256: str) -> Tables:
    record = json.loads((Path(out) / "tables.json").read_text(encoding="utf-8"))
    if record["sha256"] != sha256:
        raise InputError(Path(out) / "tables.json", "changed while it was read")
    return tables_of(record)
