"""`repair batch` and `repair diff`: the work around the batch itself, that is the progress
bar, the queue, the report and what the user is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from repair import edits as ed
from repair import records
from repair.commands.decide import loaded, open_queue
from repair.commands.one import unified
from repair.config import Config
from repair.corpus.batch import Options, Progress, Summary, batch, silent
from repair.corpus.deliver import loads, original
from repair.corpus.store import Store

PHASES = {"read": "reading", "repair": "repairing", "collate": "comparing versions"}


def run_batch(
    paths: Sequence[Path],
    out: Path,
    config: Config,
    options: Options,
    queue_url: str = "",
    articles: Path | None = None,
) -> tuple[int, int]:
    """A whole batch into OUT. The number of findings that wait, and of errors."""
    store = Store(out)
    with _bar() as progress:
        settle = lambda at, found: loaded(at, queue_url, found)  # noqa: E731
        summary = batch(paths, out, config, options, progress, settle)
    queue = open_queue(store, queue_url)
    waiting = sum(queue.counts().get(status, 0) for status in ("pending", "skipped"))
    queue.close()
    _report(store, summary, config)
    if articles:
        _article_files(store, articles)
    for error in summary.errors:
        print(f"repair: {error}", file=sys.stderr)
    _say(summary, waiting)
    return waiting, len(summary.errors)


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
                total=total,
                findings=findings,
                rate=rate,
                visible=True,
            )

        yield progress


def _report(store: Store, summary: Summary, config: Config) -> None:
    from repair.report import render, summarise

    edits = list(loads(store.out / "edits.jsonl"))
    articles = list(loads(store.out / "articles.jsonl"))
    documents = [r["document"] for _, key in store.shards() for r in store.shard(key)]
    value = summarise(edits, summary.findings, articles, documents, summary.seconds)
    value["errors"] = list(summary.errors)
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
    again = f" ({summary.resumed} done before)" if summary.resumed else ""
    lines = [
        f"{summary.documents} documents{again}, {summary.characters:,} characters, "
        f"{summary.articles} articles: {summary.edits} edits applied, {waiting} findings wait",
        f"  read     {summary.out / 'report.html'}",
    ]
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
    store.manifest()
    edits: dict[str, list[records.Record]] = {}
    for record in loads(out / "edits.jsonl"):
        edits.setdefault(record["doc_id"], []).append(record)
    names = [doc_id] if doc_id else sorted(edits)
    for name in names:
        document, _ = original(store, name)
        here = [r for r in edits.get(name, []) if r["layer"] == document.layer]
        repaired = ed.apply(document.text, [records.edit_of(record) for record in here])
        yield unified(document.text, repaired, name)
