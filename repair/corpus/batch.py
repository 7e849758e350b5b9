"""`repair batch`: plan, survey, learn the tables, work through the shards, collate, deliver.

Every step leaves its results in OUT, so that a batch that died goes on where it stopped:
a shard whose input, place and setting are unchanged is not done again. Memory stays flat:
what grows with the batch goes through files.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from repair import __version__
from repair.config import Config
from repair.corpus.collation import Compared, collate_all
from repair.corpus.deliver import Settled, deliver
from repair.corpus.engine import Engine, Local
from repair.corpus.forking import jobs_for
from repair.corpus.inputs import Found, plain
from repair.corpus.joining import Joint, joining
from repair.corpus.plan import Plan, Scope, planned, shards_of, surveyed, tasks
from repair.corpus.rows import Keys
from repair.corpus.store import Store, StoreError, entries
from repair.corpus.work import Done, Task, perform
from repair.report import Totals

STATE = ("survey", "shards", "samples")  # what another batch goes on from
PASSING = ("passing", "unpacked")  # what is gone when a batch ends

# phase, done, total (0: not known), findings so far
Progress = Callable[[str, int, int, int], None]
# The findings lie in OUT; what earlier decisions make of the documents comes back.
Settle = Callable[[Store], Settled]


def undecided(store: Store) -> Settled:
    """No queue: every edit of the journal holds."""
    return None, False


def silent(phase: str, done: int, total: int, findings: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a batch may be told beside the configuration."""

    jobs: int = 0  # 0: as many as the machine has cores
    id_key: str = "id"
    text_key: str = "text"
    reference: tuple[Path, ...] = ()
    listed: tuple[str, ...] = ()  # files named one by one
    kind: str = "text"  # of files without a known ending
    largest: int = 64 << 20  # bytes of a document
    limit: int = 0  # documents; 0: all
    sample: int = 0
    dry_run: bool = False
    resume: bool = True
    engine: str = "local"
    master: str = ""  # of Spark

    @property
    def keys(self) -> Keys:
        """Where id and text of a record stand."""
        return Keys(self.id_key, self.text_key, self.largest)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch did."""

    out: Path
    totals: Totals
    compared: Compared
    errors: tuple[str, ...]
    resumed: int = 0  # documents that an earlier run had done
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def findings(self) -> int:
        """How many lie in OUT."""
        return self.compared.findings

    @property
    def documents(self) -> int:
        """How many were written."""
        return self.totals.documents

    @property
    def characters(self) -> int:
        """Of their layers."""
        return self.totals.characters


def batch(
    paths: Sequence[Path],
    out: Path,
    config: Config | None = None,
    options: Options | None = None,
    progress: Progress = silent,
    settle: Settle = undecided,
) -> Summary:
    """Repairs all inputs below the paths into OUT.

    InputError for two inputs with one output and for OUT as input; StoreError when OUT is
    in use. Whatever is wrong with a single input stands in `Summary.errors`, all others are
    done."""
    config, options = config or Config(), options or Options()
    if options.dry_run:
        with tempfile.TemporaryDirectory() as folder:
            return _dry(paths, Store(out), Store(Path(folder)), config, options, progress)
    store = Store(out)
    found = Found([*paths, *options.reference], out, options.listed, options.kind)
    began = time.perf_counter()
    errors: list[str] = []
    seconds: dict[str, float] = {}
    with store.locked():
        clear(store)
        if not options.resume:
            for name in STATE:
                shutil.rmtree(store.state / name, ignore_errors=True)
        with (
            _planned(store, found, config, options, errors, progress) as (plan, engine),
            joining(store) as joint,
        ):
            record = json.dumps(plan.tables, ensure_ascii=False, indent=1)
            store.write(out / "tables.json", record)
            resumed = _work(store, plan, config, options, engine, joint, errors, seconds, progress)
            store.write_manifest(_manifest(config, options, plan), plan.path)
            trusted = frozenset(path.resolve() for path in options.reference)
            progress("collate", 0, 0, 0)
            compared = collate_all(
                store, trusted, config, engine.run, errors,
                lambda done, total: progress("collate", done, total, 0),
            )  # fmt: skip
            store.finish()
            with ThreadPoolExecutor(1) as beside:
                delivered = deliver(
                    store, joint, engine.run, beside.submit(settle, store).result,
                    lambda done, asked: progress("write", done, plan.documents, asked),
                )  # fmt: skip
        _forget(store)
        clear(store)
    errors += delivered.errors
    seconds["total"] = time.perf_counter() - began
    unique = tuple(dict.fromkeys(errors))
    return Summary(out, delivered.totals, compared, unique, resumed, seconds)


@contextmanager
def _planned(
    store: Store,
    found: Found,
    config: Config,
    options: Options,
    errors: list[str],
    progress: Progress,
) -> Iterator[tuple[Plan, Engine]]:
    """The plan, and the engine that is to carry it out."""
    shards, size = shards_of(store, found, errors, lambda n: progress("find", n, 0, 0))
    with closing(_engine(options, size)) as engine:
        scope = Scope(options.limit, options.sample)
        looked = surveyed(
            store, shards, config, options.keys, scope, engine, errors,
            lambda n: progress("read", n, 0, 0),
        )  # fmt: skip
        yield planned(store, looked, config, options.keys, scope, errors), engine


def _engine(options: Options, size: int) -> Engine:
    """Processes of this machine, or Spark."""
    if options.engine == "spark":
        from repair.corpus.spark import Spark

        return Spark(options.master)
    return Local(jobs_for(size, options.jobs))


def _dry(
    paths: Sequence[Path],
    store: Store,
    scratch: Store,
    config: Config,
    options: Options,
    progress: Progress,
) -> Summary:
    """What a batch would do: nothing is written to OUT."""
    errors: list[str] = []
    totals = Totals()
    done = 0
    found = Found([*paths, *options.reference], store.out, options.listed, options.kind)
    with _planned(scratch, found, config, options, errors, progress) as (plan, _):
        for task in tasks(scratch, plan, config, options.keys):
            known = store.file("shards", task.entry.key).exists()
            count = _count(scratch, task)
            totals.documents += count
            done += count if known else 0
    return Summary(store.out, totals, Compared(), tuple(dict.fromkeys(errors)), done)


def _count(store: Store, task: Task) -> int:
    """How many documents a task has."""
    if task.entry.shard.rows is not None:
        return len(task.entry.shard.rows)
    import pyarrow.parquet as pq

    return int(pq.read_metadata(store.file("survey", task.entry.survey)).num_rows)


def _work(
    store: Store,
    plan: Plan,
    config: Config,
    options: Options,
    engine: Engine,
    joint: Joint,
    errors: list[str],
    seconds: dict[str, float],
    progress: Progress,
) -> int:
    """Does what is not done yet; the number of documents that are."""
    done = findings = resumed = 0

    def todo() -> Iterator[Task]:
        nonlocal resumed, done
        for task in tasks(store, plan, config, options.keys):
            if store.file("shards", task.entry.key).exists():
                count = _count(store, task)
                resumed, done = resumed + count, done + count
            elif engine.alone and not resumed:
                yield replace(task, into=joint.into(task.entry))
            else:
                yield task

    progress("repair", 0, plan.documents, 0)
    listed = entries(plan.path)
    for one in engine.run(perform, todo(), _died):
        for entry in listed:
            joint.follow(entry)
            if entry.shard == one.shard:
                break
        errors += one.errors
        for stage, spent in one.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
        findings += one.findings
        done += one.documents
        progress("repair", done, plan.documents, findings)
    return resumed


def _died(task: Task) -> Done:
    names = [plain(item.path) for item in task.entry.shard.items[:3]]
    name = ", ".join(names) + (" …" if len(task.entry.shard.items) > 3 else "")
    return Done(
        task.entry.shard,
        errors=(f"{name}: a worker process died here; run the batch again to go on",),
    )


def _manifest(config: Config, options: Options, plan: Plan) -> dict[str, Any]:
    return {
        "version": __version__,
        "config": config.as_dict(),
        "tables": plan.tables["sha256"],
        "id_key": options.id_key,
        "text_key": options.text_key,
        "largest": options.largest,
    }


def _forget(store: Store) -> None:
    """Removes what belongs to inputs that are gone or have changed since earlier batches,
    whose lists are still there."""
    now = store.state / str(store.manifest()["shards"])
    keys = {"shards": set[str](), "survey": set[str]()}
    for entry in entries(now):
        keys["shards"].add(entry.key)
        keys["survey"].add(entry.survey)
    for before in store.state.glob("shards.*.jsonl"):
        if before == now:
            continue
        was: set[str] = set()
        outputs: set[str] = set()
        with suppress(StoreError):  # another version's, or broken
            for entry in entries(before):
                was.add(entry.key)
                if entry.key not in keys["shards"] and not entry.shard.records:
                    outputs.update(item.output for item in entry.shard.items)
        for entry in entries(now):
            if entry.key not in was and not entry.shard.records:
                wanted = entry.shard.rows
                items = entry.shard.items
                outputs -= {items[n].output for n in (wanted or range(len(items)))}
        for output in outputs:
            (store.text / output).unlink(missing_ok=True)
        before.unlink()
    keys["samples"] = keys["shards"]
    for what, known in keys.items():
        for path in (store.state / what).glob("*/*"):
            if path.stem not in known:
                path.unlink(missing_ok=True)


def clear(store: Store) -> None:
    """Removes what only passes through OUT."""
    for name in PASSING:
        shutil.rmtree(store.state / name, ignore_errors=True)
