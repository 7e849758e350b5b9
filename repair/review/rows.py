"""Rows of the queue's tables: a record to a row and back, the log's last lines, the write
of a decision. Functions of a connection; the transactions are queue.py's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from repair.review.carry import Record
from repair.review.schema import FIELDS, decisions, findings, key

STATUS = {
    "accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped",
    "undo": "pending",
}  # fmt: skip
CHUNK = 400  # rows a statement: below every database's limit of bound parameters
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log."""

    seq: int
    finding_id: str
    verdict: str
    replacement: str | None
    reviewer: str
    time: float  # seconds since 1970, UTC
    scope: str
    action: str  # equal for all lines that one key press wrote


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that somebody made elsewhere."""

    finding_id: str
    verdict: str
    replacement: str | None
    reviewer: str


class QueueError(ValueError):
    """A decision that cannot be taken: unknown finding, missing replacement, stale."""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that one decision can cover."""

    key: str
    pattern: str
    count: int
    confidence: float  # mean
    rule: str
    kind: str
    stage: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load` did: findings in the queue now, decisions carried over, made stale."""

    findings: int
    carried: int
    stale: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What `undo` took back: decisions, and edits of the journal."""

    decisions: int
    edits: int


def batched(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists, of a size that one statement can take."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def row(record: Record, run: int, *, applied: bool) -> dict[str, Any]:
    """A record as a row of the findings table."""
    pattern = record.get("pattern") or f"{record['before']}→{record['after']}"
    return dict(zip(FIELDS, map(record.get, FIELDS), strict=True)) | {
        "pattern": pattern,
        "status": "applied" if applied else "pending",
        "context": record.get("context") or {},
        "pattern_key": key(pattern),
        "doc_key": key(record["doc_id"]),
        "applied": applied,
        "run": run,
    }


def record(row: sa.Row[Any]) -> dict[str, Any]:
    """A row as a record, with `applied` and the key of its pattern."""
    said = row._mapping
    fields = {name: said[name] for name in FIELDS}
    return fields | {"applied": said["applied"], "pattern_key": said["pattern_key"]}


def _insert(connection: Connection) -> Any:
    dialect = import_module(f"sqlalchemy.dialects.{connection.engine.dialect.name}")
    return dialect.insert(findings)


def upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Adds rows, or renews all but the status and the lease of those that exist."""
    insert = _insert(connection)
    renewed = {
        name: insert.excluded[name]
        for name in (*FIELDS, "pattern_key", "doc_key", "applied", "run")
        if name not in ("id", "status")
    }
    connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=renewed), rows)


def insert_new(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Adds the rows that do not exist yet."""
    connection.execute(_insert(connection).on_conflict_do_nothing(), rows)


def latest(
    connection: Connection, where: sa.ColumnElement[bool], *said: sa.ColumnElement[bool]
) -> list[Decision]:
    """The last line about each finding that `where` names, if `said` holds of the line."""
    newer = decisions.alias()
    last = (
        sa.select(sa.func.max(newer.c.seq))
        .where(newer.c.finding_id == decisions.c.finding_id)
        .scalar_subquery()
    )
    query = (
        sa.select(decisions)
        .join(findings, findings.c.id == decisions.c.finding_id)
        .where(where, decisions.c.seq == last, *said)
        .order_by(decisions.c.seq)
    )
    return [Decision(*row) for row in connection.execute(query)]


def lines(connection: Connection, ids: Sequence[str]) -> list[Decision]:
    """Every line of the log about these, in order."""
    found: list[Decision] = []
    for chunk in batched(ids):
        query = sa.select(decisions).where(decisions.c.finding_id.in_(chunk))
        found += [Decision(*r) for r in connection.execute(query.order_by(decisions.c.seq))]
    return found


def write(
    connection: Connection,
    ids: Sequence[str],
    verdict: str,
    replacement: str | None,
    reviewer: str,
    scope: str,
    action: str,
) -> None:
    """One line for each finding, and their status."""
    now = time.time()
    line = {
        "verdict": verdict, "replacement": replacement, "reviewer": reviewer, "time": now,
        "scope": scope, "action": action,
    }  # fmt: skip
    for chunk in batched(ids):
        if verdict == "undo":  # a stale finding stays only for its decision
            stale = findings.c.id.in_(chunk) & (findings.c.status == "stale")
            connection.execute(sa.delete(findings).where(stale))
        connection.execute(sa.insert(decisions), [{"finding_id": i, **line} for i in chunk])
        connection.execute(
            sa.update(findings)
            .where(findings.c.id.in_(chunk))
            .values(
                status=_status(verdict),
                lease_by=None,
                lease_until=None,
            )
        )


def sync(connection: Connection, run: int) -> None:
    """The status of the findings of this run, from the log."""
    for line in latest(connection, findings.c.run == run):
        status = _status(line.verdict)
        connection.execute(
            sa.update(findings)
            .where(findings.c.id == line.finding_id, findings.c.status != status)
            .values(status=status)
        )


def _status(verdict: str) -> Any:
    if verdict == "undo":
        return sa.case((findings.c.applied, "applied"), else_="pending")
    return STATUS[verdict]
