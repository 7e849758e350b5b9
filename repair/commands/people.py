"""`repair review`, `serve`, `phrases`: where people and programs meet the queue."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from repair.commands.decide import journal, open_queue, reviewer
from repair.commands.one import short
from repair.config import Config, phrase_table
from repair.corpus.deliver import original
from repair.corpus.store import Store
from repair.phrasebook import phrase
from repair.records import Record


def serve(
    out: Path | None, host: str, port: int, password_file: Path | None, config: Config
) -> None:
    """The JSON service, with the queue of OUT where one is given. ValueError for a host or a
    password file that it must not be started with."""
    from repair.review.service import serve_api

    queue = None
    store = Store(out or Path())
    if out is not None:
        store.manifest()
        queue = open_queue(store)
    edits = (lambda: journal(store)) if queue else tuple
    try:
        serve_api(
            queue, _documents(store), edits, host=host, port=port,
            password_file=password_file, config=config,
        )  # fmt: skip
    finally:
        if queue is not None:
            queue.close()


def _documents(store: Store) -> Callable[[str], tuple[str, list[Record]]]:
    """What the pages show of a document: its layer and its journal."""

    def documents(doc_id: str) -> tuple[str, list[Record]]:
        document, edits = original(store, doc_id)
        return document.text, edits

    return documents


def review(
    out: Path,
    *,
    terminal: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    password_file: Path | None = None,
    browser: bool = True,
    second: bool | None = None,
) -> None:
    """The queue for a person: a web page, or the terminal. `second` says whether from now on
    two people must agree before a decision holds; None leaves it as it is. ValueError for a
    host or a password file that it must not be started with."""
    from repair.review.filters import PENDING
    from repair.review.filters import second as check

    store = Store(out)
    store.manifest()
    table = phrase_table(Path.cwd())
    queue = open_queue(store)
    try:
        if second is not None:
            queue.ask_two(second)
        if terminal:
            from repair.review.terminal import run

            run(queue, table, reviewer(), check(reviewer()) if second else PENDING)
        else:
            from repair.review.web import serve

            serve(
                queue, _documents(store), table, host=host, port=port,
                password_file=password_file, open_browser=browser, reviewer=reviewer(),
            )  # fmt: skip
    finally:
        queue.close()


def phrases(before: str, after: str, verdict: str) -> None:
    """The user's own rules: one more (`accept`, `ignore`), one less (`undo`), or all of them
    on stdout. ValueError for what is no rule."""
    table = phrase_table(Path.cwd())
    if verdict == "undo":
        if not table.remove(before=before, after=after):
            raise ValueError(f"{table.path}: no rule '{before}' → '{after}'")
    elif verdict:
        about = {"by": reviewer(), "time": datetime.now(UTC).isoformat(timespec="seconds")}
        table.add(phrase({"before": before, "after": after, "verdict": verdict}), **about)
    else:
        for row in table.rows():
            sys.stdout.write(f"{row['verdict']}\t{short(row['before'])}\t{short(row['after'])}\n")
