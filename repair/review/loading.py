"""What `Queue.load` does after it has written the findings of a new run: decisions go over
to the places they were about, or their findings stay as stale. Nothing decided is lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from repair.review import carry, opinions, rows
from repair.review.carry import Record
from repair.review.rows import Decision
from repair.review.schema import decisions, findings


def known_edits(
    connection: Connection, journal: Iterable[Record] | None, run: int
) -> list[Record]:  # fmt: skip
    """Keeps the decided edits that the journal still has; gives those of its edits that a
    decision about another edit could go over to."""
    query = sa.select(findings.c.id, findings.c.doc_id).where(findings.c.applied)
    known = {row.id: row.doc_id for row in connection.execute(query)}
    if not known:
        return []
    documents = set(known.values())
    others: list[Record] = []
    for record in journal or ():
        if record["id"] in known:
            rows.upsert(connection, [rows.row(record, run, applied=True)])
        elif record["doc_id"] in documents:
            others.append({**record, "applied": True})
    return others


def carry_over(
    connection: Connection, run: int, edits_too: bool, edits: Sequence[Record]
) -> tuple[int, int]:
    """Deals with the findings that are not of this run: numbers carried over and stale."""
    c = findings.c
    gone = sa.and_(c.run < run, sa.true() if edits_too else ~c.applied)
    never = ~sa.exists().where(decisions.c.finding_id == c.id)
    decided_in = sa.select(c.doc_key).where(gone, ~never).distinct()
    documents = sorted(row.doc_key for row in connection.execute(decided_in))
    lost: list[Record] = []
    fresh: list[Record] = list(edits)
    for chunk in rows.batched(documents):
        here = sa.select(findings).where(c.doc_key.in_(chunk))
        lost += [dict(row._mapping) for row in connection.execute(here.where(gone))]
        new = here.where(c.run == run, ~c.applied)
        fresh += [dict(row._mapping) for row in connection.execute(new)]
    last = rows.latest(connection, c.run == run)
    standing = {d.finding_id: d for d in last if d.verdict != "undo"}
    held = opinions.live(rows.lines(connection, [old["id"] for old in lost]))
    places = carry.matches(lost, fresh)
    action = uuid.uuid4().hex
    carried: list[str] = []
    stale: list[str] = []
    for old in lost:
        lines = held.get(old["id"])
        if lines is None:
            continue
        new_place = places.get(old["id"])
        there = standing.get(new_place["id"]) if new_place else None
        if new_place is None or there:
            if not there or not _alike(there, lines[-1]):  # else an input is again as it was
                stale.append(old["id"])
            continue
        if old["applied"]:
            rows.insert_new(connection, [rows.row(new_place, run, applied=True)])
        for line in lines:
            said, replacement = carry.verdict(line.verdict, line.replacement, old, new_place)
            scope = line.scope if line.scope == opinions.ORDER else "carried"
            rows.write(
                connection, [new_place["id"]], said, replacement, line.reviewer, scope, action
            )
        carried.append(old["id"])
    for chunk in rows.batched(stale):
        connection.execute(sa.update(findings).where(c.id.in_(chunk)).values(status="stale"))
    connection.execute(sa.delete(findings).where(gone, c.status != "stale"))
    for chunk in rows.batched(carried):
        connection.execute(sa.delete(findings).where(c.id.in_(chunk)))
    return len(carried), len(stale)


def _alike(one: Decision, two: Decision) -> bool:
    return (one.verdict, one.replacement) == (two.verdict, two.replacement)
