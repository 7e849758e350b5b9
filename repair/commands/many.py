"""`repair batch` and `repair diff`: the work around the batch itself, that is the progress
bar, the queue, the report and what the user is told."""

from __future__ import annotations

import filecmp
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from types import FrameType
from typing import Any

from repair import edits as ed
from repair import records, rules
from repair.config import Config
from repair.corpus import batch as corpus
from repair.corpus.batch import Options, Progress, Summary, silent, undecided
from repair.corpus.deliver import Settled, original
from repair.corpus.engine import collect_rarely
from repair.corpus.forking import begin
from repair.corpus.gather import paired
from repair.corpus.inputs import FILES, RECORDS, STDIN, listed_in
from repair.corpus.lines import loads
from repair.corpus.store import Store
from repair.corpus.writers import copy
from repair.model import Document

PHASES = {
    "find": "finding inputs",
    "read": "reading",
    "repair": "repairing",
    "collate": "comparing versions",
    "write": "writing",
}
SHOWN = 100  # errors that are told one by one


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    paths: Sequence[Path]
    out: Path
    options: Options
    scratch: TemporaryDirectory[str] | None = None  # holds standard input, gone with this


def asked(paths: Sequence[Path], files_from: str, out: Path, given: dict[str, Any]) -> Asked:
    """What the options of `repair batch` mean. ValueError for what cannot be."""
    if given["engine"] not in ("local", "spark"):
        raise ValueError(f"--engine must be local or spark, not '{given['engine']}'")
    if given["kind"] not in (*RECORDS, *FILES):
        raise ValueError(f"--kind must be one of {', '.join((*FILES, *RECORDS))}")
    if not paths and not files_from:
        raise ValueError("nothing to read: name files or folders, - or --files-from")
    standard = Path("-") in paths
    if standard and files_from == "-":
        raise ValueError("standard input cannot be a text and a list of files at once")
    if files_from:
        data = sys.stdin.buffer.read() if files_from == "-" else Path(files_from).read_bytes()
        given["listed"] = tuple(listed_in(data))
        if not (paths or given["listed"]):
            raise ValueError(f"{files_from}: names no file")
    if not standard:
        return Asked(paths, out, Options(**given))
    scratch = TemporaryDirectory() if given["dry_run"] else None
    named = _standard(Store(out), given["kind"], Path(scratch.name) if scratch else None)
    paths = [path for path in paths if path != Path("-")] + [named]
    return Asked(paths, out, Options(**given), scratch)


def _standard(store: Store, kind: str, scratch: Path | None) -> Path:
    """Keeps standard input in OUT, or in `scratch` where nothing may be written there, unless
    the same is there already."""
    kept = store.source / (STDIN if kind == "text" else f"{STDIN}.{kind}")
    if scratch is None:
        with store.locked(), store.draft(kept) as file:  # another batch may be reading it
            copy(sys.stdin.buffer, file)
        return kept
    named = scratch / kept.name
    with named.open("wb") as file:
        copy(sys.stdin.buffer, file)
    return kept if kept.exists() and filecmp.cmp(kept, named, shallow=False) else named


def batch(
    paths: Iterable[str | Path],
    out: str | Path,
    config: Config | None = None,
    options: Options | None = None,
    progress: Progress = silent,
    queue: str = "",
) -> Summary:
    """Repairs all inputs below the paths into OUT, with the review queue (`queue` is its
    address, else it lies in OUT) and the report; `config` is used as it is, no file is read.

    InputError, StoreError and errors of single inputs as of `repair.corpus.batch.batch`."""
    config, options, store = config or Config(), options or Options(), Store(Path(out))
    settle = partial(_settled, queue)
    summary = corpus.batch([Path(p) for p in paths], store.out, config, options, progress, settle)
    if not options.dry_run:
        _report(store, summary, config)
    return summary


def run_batch(
    given: Asked,
    config: Config,
    queue_url: str = "",
    articles: Path | None = None,
    log: Path | None = None,
) -> tuple[int, int]:
    """A whole batch into OUT. The number of findings that wait, and of errors."""
    collect_rarely()
    out, options = given.out, given.options
    if begin(options.engine, given.paths, options.jobs):
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        Thread(target=_import_ahead).start()  # while this one waits for workers
    store = Store(out)
    with _bar() as shown, logged(log) as (progress, tell):
        both = _both(shown, progress)
        tell(
            "begin",
            paths=[str(path) for path in given.paths],
            out=str(out),
            config=config.as_dict(),
        )
        summary = batch(given.paths, out, config, options, both, queue_url)
        for error in summary.errors:
            tell("error", message=error)
        counts = {"documents": summary.documents, "resumed": summary.resumed}
        tell("end", **counts, findings=summary.findings, seconds=summary.seconds)
    _name(summary.errors)
    if options.dry_run:
        print(
            f"{summary.documents} documents, {summary.resumed} of them done before: "
            f"{summary.documents - summary.resumed} to do; nothing was written",
            file=sys.stderr,
        )
        return 0, len(summary.errors)
    waiting = _waiting(queue_url, store)
    if articles:
        _article_files(store, articles)
    _say(summary, waiting)
    return waiting, len(summary.errors)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Ctrl-C, once nothing is being imported: it left a lock of the imports locked for ever, and
    the two threads that import waited for each other."""
    if frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        Timer(0.05, signal.raise_signal, (number,)).start()
    else:
        signal.default_int_handler(number, frame)


def _import_ahead() -> None:
    """What the end of a batch needs, and one process would import there."""
    for name in ("duckdb", "pyarrow.parquet", "jinja2", "repair.commands.decide"):
        import_module(name)
    rules.all_rules()  # whose titles the report says


def _unasked(queue_url: str, store: Store) -> bool:
    """Whether nothing is asked here and nothing ever was. Then the queue is an empty file, which
    to SQLite is a database without tables: who opens it makes them."""
    queue = store.out / "queue.db"
    if queue_url or store.findings.stat().st_size or store.decided.exists():
        return False
    queue.touch()
    return not queue.stat().st_size


def _settled(queue_url: str, store: Store) -> Settled:
    """See `batch.Settle`."""
    if _unasked(queue_url, store):
        return undecided(store)
    from repair.commands.decide import loaded

    return loaded(store, queue_url)


def _waiting(queue_url: str, store: Store) -> int:
    """The findings that nobody has decided."""
    if _unasked(queue_url, store):
        return 0
    from repair.commands.decide import open_queue

    queue = open_queue(store, queue_url)
    counts = queue.counts()
    queue.close()
    return counts.get("pending", 0) + counts.get("skipped", 0)


def _name(errors: Sequence[str]) -> None:
    for error in errors[:SHOWN]:
        print(f"repair: {error}", file=sys.stderr)
    if len(errors) > SHOWN:
        print(f"repair: and {len(errors) - SHOWN} more errors (--log has all)", file=sys.stderr)


def _both(one: Progress, two: Progress) -> Progress:
    def progress(phase: str, done: int, total: int, findings: int) -> None:
        one(phase, done, total, findings)
        two(phase, done, total, findings)

    return progress


Tell = Callable[..., None]


@contextmanager
def logged(path: Path | None) -> Iterator[tuple[Progress, Tell]]:
    """Events as lines of JSON in a file: progress once a second at most, and what is told."""
    if path is None:
        yield silent, lambda event, **fields: None
        return
    with path.open("a", encoding="utf-8", buffering=1) as file:
        last: dict[str, float] = {}

        def tell(event: str, **fields: Any) -> None:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            file.write(json.dumps({"time": now, "event": event, **fields}) + "\n")

        def progress(phase: str, done: int, total: int, findings: int) -> None:
            now = time.monotonic()
            if done == total or now - last.get(phase, 0.0) >= 1:
                last[phase] = now
                tell("progress", phase=phase, done=done, total=total, findings=findings)

        try:
            yield progress, tell
        except BaseException as error:
            tell("failed", message=str(error) or type(error).__name__)
            raise


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar with rate and time left on a terminal; nothing on a pipe."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[findings]} findings"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        tasks = {
            phase: bar.add_task(name, total=None, findings=0, rate="", visible=False)
            for phase, name in PHASES.items()
        }

        def progress(phase: str, done: int, total: int, findings: int) -> None:
            speed = bar.tasks[tasks[phase]].speed
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(
                tasks[phase],
                completed=done,
                total=total or None,
                findings=findings,
                rate=rate,
                visible=True,
            )

        yield progress


def _report(store: Store, summary: Summary, config: Config) -> None:
    from repair.report import render, summarise, uncompared

    value = summarise(summary.totals, summary.seconds)
    value["warnings"] += uncompared(asdict(summary.compared))
    value["errors"] = list(summary.errors[:SHOWN])
    value["config"] = config.as_dict()
    store.write(store.out / "report.json", json.dumps(value, ensure_ascii=False, indent=1))
    store.write(store.out / "report.html", render(value))


def _article_files(store: Store, folder: Path) -> None:
    """Each article as a text file, named by its document's place and its index: never by
    what a document says."""
    target = Store(folder)
    for number, record in enumerate(loads(store.out / "articles.jsonl")):
        head = [record[key] for key in ("title", "byline") if record[key]]
        name = f"{number:06d}-{record['index']:02d}.txt"
        target.write(folder / name, "\n".join([*head, *record["paragraphs"]]) + "\n")


def _say(summary: Summary, waiting: int) -> None:
    from repair.report import uncompared

    again = f" ({summary.resumed} done before)" if summary.resumed else ""
    totals = summary.totals
    lines = [
        f"{summary.documents} documents{again}, {summary.characters:,} characters, "
        f"{totals.articles} articles: {totals.held} edits applied, {waiting} findings wait",
        f"  read     {summary.out / 'report.html'}",
    ]
    lines += [f"  missed   {said['what']}" for said in uncompared(asdict(summary.compared))]
    if summary.errors:
        lines.append(f"  mend     {len(summary.errors)} errors above, then the same command again")
    if waiting:
        lines += [
            f"  decide   repair review {summary.out}",
            f"  apply    repair apply {summary.out}",
        ]
    lines.append(f"  undo     repair undo {summary.out} --all")
    print("\n".join(lines), file=sys.stderr)


def differences(out: Path, doc_id: str) -> Iterator[str]:
    """Unified diffs from each original (or the one named) to its repaired text.

    KeyError when OUT has no such document."""
    store = Store(out)
    store.whole()
    if doc_id:
        document, _ = original(store, doc_id)
        here = [r for r in loads(out / "edits.jsonl") if r["doc_id"] == doc_id]
        yield _difference(document, here)
        return
    journal = groupby(loads(out / "edits.jsonl"), key=lambda record: record["doc_id"])
    name, edits = next(journal, (None, iter(())))
    for entry in store.shards():
        for row, _ in chain.from_iterable(paired(store, entry)):
            if row.doc_id == name:
                yield _difference(row.document, edits)
                name, edits = next(journal, (None, iter(())))


def _difference(document: Document, edits: Iterable[records.Record]) -> str:
    from repair.commands.one import unified

    made = [records.edit_of(record) for record in edits if record["layer"] == document.layer]
    return unified(document.text, ed.apply(document.text, made), document.doc_id)
