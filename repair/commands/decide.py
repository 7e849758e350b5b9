"""`repair apply`, `undo`, `export`, `import`, `review`: what follows a batch in its folder.

`OUT/.repair/applied.json` says up to which line of the decision log the text was built, so
that a batch that runs again leaves it as the last `apply` or `undo` did.
"""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import lru_cache, partial
from getpass import getuser
from itertools import chain, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from repair.commands.one import short
from repair.corpus.batch import clear
from repair.corpus.deliver import Decide, Decided, Delivered, Settled, deliver
from repair.corpus.engine import Local
from repair.corpus.forking import jobs_here
from repair.corpus.joining import joining
from repair.corpus.lines import decoded, loads
from repair.corpus.store import Store, reading
from repair.model import Document, Edit
from repair.records import Lines, Record, context, place
from repair.review.apply import rebuild
from repair.review.deciding import named_by
from repair.review.filters import DECIDED
from repair.review.queue import Queue
from repair.review.rows import STATUS, Decision, Taken, Undone, batched
from repair.rules import all_rules

LOST = "remove it, then run the batch (with its --queue, if it had one) and `repair apply`"
ENOUGH = 8  # shards from which on several processes repay their start


def open_queue(store: Store, url: str = "") -> Queue:
    """The queue of OUT: the one named, else the one that OUT remembers, else SQLite in OUT.

    A password in the address is used but never written: later commands find it where libpq
    looks, in PGPASSWORD or ~/.pgpass."""
    import sqlalchemy as sa

    state = _state(store)
    url = url or state.get("queue", "")
    try:
        queue = Queue(url or str(store.out / "queue.db"))
    except ImportError as error:
        raise ValueError(f"--queue: no driver for this address ({error})") from None
    except sa.exc.DBAPIError as error:
        name = without_password(url) if url else store.out / "queue.db"
        raise ValueError(f"{name}: {str(error.orig).splitlines()[0]}") from None
    if url and without_password(url) != _state(store).get("queue"):  # only one that opened
        _remember(store, queue=without_password(url))
    return queue


def without_password(url: str) -> str:
    """The address of a database without what opens it."""
    if "://" not in url:
        return url
    import sqlalchemy as sa

    address = sa.make_url(url)
    secret = [name for name in address.query if "password" in name]
    plain = address.difference_update_query(secret)._replace(password=None)
    return plain.render_as_string(hide_password=False)


def reviewer() -> str:
    """Who decides, for the log."""
    try:
        return os.environ.get("REPAIR_REVIEWER") or getuser()
    except (OSError, KeyError):
        return "unknown"


def _state(store: Store) -> dict[str, Any]:
    if not store.decided.exists():
        return {}
    with reading(store.decided, LOST):
        value: dict[str, Any] = json.loads(store.decided.read_text(encoding="utf-8"))
    return value


def _remember(store: Store, **values: Any) -> None:
    store.write(store.decided, json.dumps({**_state(store), **values}))


def journal(store: Store) -> Iterator[Record]:
    """The edits that the batch applied, before any decision."""
    for entry in store.shards():
        with reading(store.file("shards", entry.key)):
            for found in chain.from_iterable(store.rows(entry.key)):
                yield from decoded(found.edits)


def markup(store: Store) -> Iterator[Record]:
    """The repairs of the pages' markup, made before their text was taken out."""
    for entry in store.shards():
        with reading(store.file("shards", entry.key)):
            for found in chain.from_iterable(store.rows(entry.key)):
                if found.problem is None:
                    yield from decoded(found.markup)


def _holding(store: Store, queue: Queue, upto: int | None = None) -> Decide | None:
    """The decisions that hold, of the log up to and including a line; None for none."""
    path = store.passing / f"decisions.{uuid4().hex}.db"  # no reader knows an older one
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE said (id TEXT PRIMARY KEY, line BLOB) WITHOUT ROWID")
        base.executemany(
            "INSERT OR REPLACE INTO said VALUES (?, ?)",
            (
                (finding_id, pickle.dumps(decision))
                for finding_id, decision in queue.verdicts(upto=upto).items()
            ),
        )
        base.commit()
        some = base.execute("SELECT 1 FROM said LIMIT 1").fetchone()
    return partial(_decided, str(path)) if some else None


@lru_cache(maxsize=1)
def _base(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, check_same_thread=False)


def _decided(
    path: str, document: Document, journal: Sequence[Record], asked: Sequence[Record]
) -> Decided:
    """The edits of a document that hold, where any decision is about it (`Decide`)."""
    ids = [r["id"] for r in (*journal, *asked)]
    holding: dict[str, Decision] = {}
    for some in batched(ids):
        marks = ",".join("?" * len(some))
        query = f"SELECT line FROM said WHERE id IN ({marks})"
        for (line,) in _base(path).execute(query, some):
            decision: Decision = pickle.loads(line)
            holding[decision.finding_id] = decision
    if not holding:
        return None, ()
    final = rebuild(document.text, document.sha256, journal, asked, holding)
    undone = [
        f"{document.doc_id}:{conflict.start}: decision not applied: {conflict.reason}"
        for conflict in final.conflicts
    ]
    lines = Lines(document.text)
    return [
        _made(document.text, lines, edit, record, holding.get(record["id"]))
        for edit, record in zip(final.edits, final.records, strict=True)
    ], undone


def _made(
    text: str, lines: Lines, edit: Edit, record: Mapping[str, Any], decision: Decision | None
) -> Record:
    """The line of the journal for a final edit: the record that makes it, with what the
    decision made of that; of a move, the place of this one of its two edits."""
    said: Record = {}
    if decision is not None:
        said = {"after": edit.after, "status": STATUS[decision.verdict]}
    if (edit.start, edit.end) != (record["start"], record["end"]):
        said |= place(text, lines, edit.start, edit.end)
        said["context"] = context(text, edit.start, edit.end)
    return {**record, **said}


def loaded(store: Store, queue_url: str) -> Settled:
    """Loads a batch's findings into the queue, where decisions are kept, and gives what the
    decisions that were applied before make of each document, and whether all was undone."""
    queue = open_queue(store, queue_url)
    upto = _state(store).get("applied", 0)
    whole = upto == queue.last()
    queue.load(loads(store.findings), journal(store))
    if whole and upto:  # lines that only carry applied decisions over to changed inputs
        upto = queue.last()
    restore = bool(_state(store).get("restore", False))
    _remember(store, applied=upto, restore=restore)
    decide = _holding(store, queue, upto)
    queue.close()
    return decide, restore


def rebuild_all(store: Store, queue: Queue, restore: bool) -> Delivered:
    """Writes OUT anew as the decisions say now."""
    store.manifest()
    with store.locked():
        store.whole()
        clear(store)  # what one that was killed has left follows other decisions
        decide = _holding(store, queue)
        few = sum(1 for _ in islice(store.shards(), ENOUGH)) < ENOUGH
        with closing(Local(1 if few else jobs_here())) as engine, joining(store) as joint:
            done = deliver(store, joint, engine.run, lambda: (decide, restore))
        _remember(store, applied=queue.last(), restore=restore)
        clear(store)
    return done


def apply(
    out: Path,
    decisions: Path | None = None,
    accept_above: float | None = None,
    rule: str = "",
    yes: bool = False,
) -> int:
    """Writes the decisions into the text. The number of findings that still wait.

    ValueError for a decision file that cannot be used, and for a rule that there is not."""
    if rule and accept_above is None:
        raise ValueError("--rule says what --accept-above accepts; give both")
    _known(rule)
    store = Store(out)
    store.whole()
    queue = open_queue(store)
    try:
        if decisions is not None:
            _take_file(queue, decisions)
        if accept_above is not None:
            _accept_above(queue, accept_above, rule, yes)
        _tell(rebuild_all(store, queue, restore=False))
        waiting = _waiting(queue)
    finally:
        queue.close()
    return waiting


def _waiting(queue: Queue) -> int:
    """Findings without a decision that holds; says how people agree where two must."""
    counts = queue.counts()
    waiting = counts.get("pending", 0) + counts.get("skipped", 0)
    if queue.two:
        decided = sum(counts.get(status, 0) for status in DECIDED)
        said = queue.agreement()
        alone = max(0, decided - said.checked)
        share = f" ({said.agreed / said.checked:.1%})" if said.checked else ""
        print(
            f"two must agree: {said.agreed} of {said.checked}{share} do, "
            f"{len(said.disputed)} are disputed, {alone} wait for a second person",
            file=sys.stderr,
        )
        for pair in said.pairs:
            kappa = "–" if pair.kappa is None else f"{pair.kappa:.2f}"
            names = " and ".join(pair.reviewers)
            print(f"  {names}: {pair.agreed} of {pair.checked}, kappa {kappa}", file=sys.stderr)
        waiting += len(said.disputed) + alone
    return waiting


def _take_file(queue: Queue, path: Path) -> None:
    from repair.review import exports

    count, unknown = queue.take(exports.decisions_from(path))
    print(f"{count} decisions taken from {path}", file=sys.stderr)
    for finding_id in unknown:
        print(f"repair: {path}: no open finding '{finding_id}'", file=sys.stderr)


def take(out: Path, path: Path) -> None:
    """Decisions made elsewhere into the queue. ExportError or QueueError names a bad one."""
    store = Store(out)
    store.manifest()
    queue = open_queue(store)
    try:
        _take_file(queue, path)
    finally:
        queue.close()


def _accept_above(queue: Queue, least: float, rule: str, yes: bool) -> None:
    """Accepts what is surer than `least`, after showing how many and some samples."""
    from repair.review.queue import Filter

    where = Filter(status=("pending",), rule=rule or None, min_confidence=least)
    chosen = [f for f in queue.stream(where) if f["after"] != f["before"]]
    print(f"{len(chosen)} findings of confidence {least} or more", file=sys.stderr)
    for finding in chosen[:5]:
        print(f"  {short(finding['before'])} → {short(finding['after'])}", file=sys.stderr)
    if chosen and not yes and sys.stdin.isatty():
        print("accept them all? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return
    queue.take(Taken(finding["id"], "accept", None, reviewer()) for finding in chosen)


def undo(out: Path, everything: bool = False, **named: Any) -> int:
    """Takes back: applied edits and decisions, all or those named (finding, pattern, rule,
    by, since as ISO 8601). The number of findings that wait again. ValueError for a rule or a
    finding that there is not."""
    _known(named.get("rule", ""))
    if "since" in named:
        named["since"] = _moment(named["since"])
    store = Store(out)
    store.whole()
    queue = open_queue(store)
    try:
        undone = queue.undo(
            everything=everything, reviewer=reviewer(), journal=journal(store), **named
        )
        if not everything:
            _beyond(store, undone, **named)
            finding = named.get("finding", "")
            if finding and not undone.edits and queue.finding(finding) is None:
                raise ValueError(f"{out}: no finding or edit '{finding}'")
        done = rebuild_all(store, queue, restore=everything)
        print(f"taken back: {undone.edits} edits, {undone.decisions} decisions", file=sys.stderr)
        _tell(done)
        counts = queue.counts()
    finally:
        queue.close()
    return counts.get("pending", 0) + counts.get("skipped", 0)


def _moment(iso: str) -> float:
    try:
        return datetime.fromisoformat(iso).timestamp()
    except ValueError as error:
        raise ValueError(f"--since: {error}") from None


def _known(codes: str) -> None:
    """ValueError for a rule's code, or several joined by `+`, that is misspelt: it would name
    nothing."""
    for code in filter(None, codes.split("+")):
        if code not in all_rules():
            raise ValueError(f"no rule '{code}'")


def _beyond(store: Store, undone: Undone, **named: Any) -> None:
    """Says which of the edits named cannot be taken back one by one: what was put right in a
    page's markup stands in the extracted text, and without it that would be another text.
    ValueError where nothing else was named."""
    what = {name: named.get(name) for name in ("finding", "pattern", "rule")}
    if not any(what.values()) or named.keys() - what.keys():
        return
    kept = sum(named_by(record, **what) for record in markup(store))
    if kept:
        message = (
            f"{kept} repairs of a page's markup stay: its text was taken out after them; "
            "`repair undo --all` gives the pages back, `ignore` in repair.toml leaves them out"
        )
        if not undone.edits and not undone.decisions:
            raise ValueError(message)
        print(f"repair: {message}", file=sys.stderr)


def _tell(done: Delivered) -> None:
    for message in done.conflicts:
        print(f"repair: {message}", file=sys.stderr)
    for message in done.errors:
        print(f"repair: {message}", file=sys.stderr)
    totals = done.totals
    print(f"{totals.documents} documents written, {totals.held} edits hold", file=sys.stderr)
    if done.errors:
        raise SystemExit(2)


def export(out: Path, to: str, target: Path | None) -> None:
    """Findings and decisions in another tool's format, on stdout or into a file."""
    from repair.review import exports

    store = Store(out)
    store.manifest()
    queue = open_queue(store)
    try:
        data = exports.export(queue, to)
        if target is None:
            sys.stdout.buffer.write(data)
        else:
            Store(target.parent).write(target, data)
    finally:
        queue.close()
