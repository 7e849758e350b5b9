"""`repair batch`: discover, learn the tables, work through the shards, collate, deliver.

Every step leaves its results in OUT, so that a batch that died goes on where it stopped:
a shard whose input, place and setting are unchanged is not done again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repair import __version__
from repair.config import Config
from repair.corpus import engine
from repair.corpus.collation import collate_all
from repair.corpus.deliver import Decide, as_journalled, deliver, loads
from repair.corpus.inputs import (
    RECORDS,
    Input,
    InputError,
    Shard,
    discover,
    plain,
    read_rows,
    read_text,
    shards,
)
from repair.corpus.store import (
    FORMAT,
    Store,
    StoreError,
    file_hash,
    shard_entry,
    shard_key,
    tables_of,
    tables_record,
)
from repair.corpus.work import Done, Task, perform
from repair.model import Tables
from repair.records import Record

REPAYS = 50_000  # bytes that take about as long as a worker's start, 1 to 2 s on one core

# phase, done, total, findings so far
Progress = Callable[[str, int, int, int], None]


# The findings in, what earlier decisions make of each document out.
Settle = Callable[[Store, Sequence[Record]], tuple[Decide, bool]]


def undecided(store: Store, findings: Sequence[Record]) -> tuple[Decide, bool]:
    """No queue: every edit of the journal holds."""
    return as_journalled, False


def silent(phase: str, done: int, total: int, findings: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a batch may be told beside the configuration; none of it changes the results."""

    jobs: int = 0  # 0: as many as the machine has cores
    id_key: str = "id"
    text_key: str = "text"
    reference: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch did."""

    out: Path
    documents: int
    characters: int
    articles: int
    edits: int
    findings: tuple[Record, ...]
    errors: tuple[str, ...]
    resumed: int = 0  # shards that an earlier run had done
    seconds: dict[str, float] = field(default_factory=dict)


def batch(
    paths: Sequence[Path],
    out: Path,
    config: Config | None = None,
    options: Options | None = None,
    progress: Progress = silent,
    settle: Settle = undecided,
) -> Summary:
    """Repairs all inputs below the paths into OUT.

    InputError for two inputs with one output; StoreError when OUT is in use. Whatever is
    wrong with a single input stands in `Summary.errors`, all others are done."""
    config, options = config or Config(), options or Options()
    store = Store(out)
    began = time.perf_counter()
    inputs, problems = discover([*paths, *options.reference], out)
    errors = [str(problem) for problem in problems]
    with store.locked():
        hashes = _hashes(inputs, errors)
        inputs = [item for item in inputs if item.path in hashes]
        tables, rows, repeated = _learn(inputs, config, options, errors, progress)
        record = tables_record(tables)
        store.write(out / "tables.json", json.dumps(record, ensure_ascii=False, indent=1))
        tasks = _plan(store, shards(inputs, rows, repeated), hashes, config, options, record)
        done, resumed = _work(store, tasks, options, progress)
        for one in done:
            errors += one.errors
        before = _outputs(store)
        store.write_manifest(_manifest(tasks, config, options, record))
        progress("collate", 0, 1, 0)
        trusted = frozenset(i.doc_id for i in _below_reference(inputs, options))
        findings = collate_all(store, trusted, config, options.id_key, options.text_key)
        progress("collate", 1, 1, len(findings))
        decide, restore = settle(store, findings)
        delivered = deliver(store, decide, restore, options.id_key, options.text_key)
        errors += delivered.errors
        _forget(store, before, tasks)
    seconds: dict[str, float] = {"total": time.perf_counter() - began}
    for one in done:
        for stage, spent in one.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    return Summary(
        out,
        delivered.documents,
        sum(_sizes(store)),
        delivered.articles,
        delivered.edits,
        tuple(findings),
        tuple(dict.fromkeys(errors)),
        resumed,
        seconds,
    )


def _hashes(inputs: Sequence[Input], errors: list[str]) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for item in inputs:
        try:
            hashes[item.path] = file_hash(item.path)
        except InputError as error:
            errors.append(str(error))
    return hashes


def _learn(
    inputs: Sequence[Input],
    config: Config,
    options: Options,
    errors: list[str],
    progress: Progress,
) -> tuple[Tables, dict[str, int], dict[str, list[int]]]:
    """The batch's tables; by input path how many rows it has, and which of them repeat an
    id, which is an error."""
    from repair.residue import tables as learn

    parts = []
    rows: dict[str, int] = {}
    repeated: dict[str, list[int]] = {}
    seen: dict[str, str] = {}
    for number, item in enumerate(inputs):
        progress("read", number, len(inputs), 0)
        if item.kind not in RECORDS:
            try:
                document = read_text(item, config)
            except InputError:
                continue  # the worker reports it
            seen[document.doc_id] = item.path
            parts.append(learn.collect(document.doc_id, document.text))
            continue
        for row in read_rows(item, options.id_key, options.text_key):
            if isinstance(row, InputError):
                errors.append(str(row))
                continue
            rows[item.path] = row.number + 1
            doc_id, place = row.document.doc_id, f"{row.number + 1}"
            if doc_id in seen:
                what = f"id '{plain(doc_id)}' stands already in {plain(seen[doc_id])}"
                errors.append(str(InputError(item.path, what, place)))
                repeated.setdefault(item.path, []).append(row.number)
                continue
            seen[doc_id] = f"{item.path}:{place}"
            parts.append(learn.collect(doc_id, row.document.text))
    progress("read", len(inputs), len(inputs), 0)
    return learn.merge(parts), rows, repeated


def _plan(
    store: Store,
    work: Sequence[Shard],
    hashes: dict[str, str],
    config: Config,
    options: Options,
    tables: dict[str, Any],
) -> list[Task]:
    plain_setting = [
        FORMAT,
        __version__,
        _code_hash(),
        config.as_dict(),
        options.id_key,
        options.text_key,
        tables["sha256"],
    ]
    setting = hashlib.sha256(json.dumps(plain_setting, sort_keys=True).encode()).hexdigest()
    return [
        Task(
            shard,
            shard_key(shard, hashes[shard.item.path], setting),
            hashes[shard.item.path],
            str(store.out),
            config,
            tables_of(tables),
            options.id_key,
            options.text_key,
        )
        for shard in work
    ]


def _code_hash() -> str:
    """The hash of the rules and the model's size: a changed table redoes what it decides."""
    from importlib.resources import files

    digest = hashlib.sha256()
    for package in sorted(p.name for p in files("repair").iterdir() if p.is_dir()):
        folder = files("repair") / package / "rules"
        if folder.is_dir():
            for path in sorted(folder.iterdir(), key=lambda p: p.name):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _work(
    store: Store, tasks: Sequence[Task], options: Options, progress: Progress
) -> tuple[list[Done], int]:
    todo = [task for task in tasks if not store.shard_path(task.key).exists()]
    resumed = len(tasks) - len(todo)
    done: list[Done] = []
    findings = 0
    progress("repair", resumed, len(tasks), 0)
    jobs = min(options.jobs or _worth(todo), len(todo))
    try:
        for one in engine.run(perform, todo, jobs):
            done.append(one)
            findings += one.findings
            progress("repair", resumed + len(done), len(tasks), findings)
    except BrokenProcessPool:
        name = plain(todo[len(done)].shard.item.path)
        done.append(
            Done("", errors=(f"{name}: a worker process died here; run the batch again to go on",))
        )
    return done, resumed


def _worth(todo: Sequence[Task]) -> int:
    """As many processes as have enough to do to repay their start."""
    paths = {task.shard.item.path for task in todo}
    size = sum(Path(path).stat().st_size for path in paths if Path(path).exists())
    return min(engine.jobs_here(), 1 + size // REPAYS)


def _manifest(
    tasks: Sequence[Task], config: Config, options: Options, tables: dict[str, Any]
) -> dict[str, Any]:
    return {
        "version": __version__,
        "config": config.as_dict(),
        "tables": tables["sha256"],
        "id_key": options.id_key,
        "text_key": options.text_key,
        "shards": [shard_entry(task.shard, task.key) for task in tasks],
    }


def _below_reference(inputs: Sequence[Input], options: Options) -> list[Input]:
    roots = [path.resolve() for path in options.reference]
    return [
        item
        for item in inputs
        if any(Path(item.path).resolve().is_relative_to(root) for root in roots)
    ]


def _outputs(store: Store) -> dict[Path, None]:
    """The texts that the batch before this one wrote."""
    try:
        store.manifest()
    except StoreError:
        return {}
    return {store.text / shard.item.output: None for shard, _ in store.shards()}


def _forget(store: Store, before: dict[Path, None], tasks: Sequence[Task]) -> None:
    """Removes what belongs to inputs that are gone or have changed."""
    now = {store.text / task.shard.item.output for task in tasks}
    for path in before:
        if path not in now:
            path.unlink(missing_ok=True)
    keys = {task.key for task in tasks}
    for path in (store.state / "shards").glob("*/*.jsonl"):
        if path.stem not in keys:
            path.unlink(missing_ok=True)


def _sizes(store: Store) -> list[int]:
    return [r["document"]["characters"] for _, key in store.shards() for r in store.shard(key)]


def findings_of(out: Path) -> list[Record]:
    """The findings of the last batch in OUT."""
    return list(loads(Store(out).state / "findings.jsonl"))
