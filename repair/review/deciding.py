"""Decisions into the log: of one finding, of a pattern, from elsewhere, and taken back.

`findings.status` repeats the log for speed and is written in the same transaction.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from repair.review import opinions, rows
from repair.review.carry import Record
from repair.review.filters import EVERYTHING, Filter
from repair.review.reading import Reading
from repair.review.rows import Decision, QueueError, Taken, Undone
from repair.review.schema import decisions, findings, key, settle, writing

Verdict = Literal["accept", "reject", "edit", "skip", "undo"]
Scope = Literal["one", "pattern"]
OPEN = ("pending", "skipped")  # what a decision about a whole pattern may still cover


class Deciding(Reading):
    """The writes; each is one transaction."""

    def lease(
        self, where: Filter, holder: str, finding_id: str | None = None, seconds: float = 180
    ) -> dict[str, Any] | None:
        """The next open finding that `where` names and nobody else holds, held for `holder`
        from now on; or the finding named, if it is free. Gives back what was held before."""
        c, now = findings.c, time.time()
        free = sa.or_(c.lease_by.is_(None), c.lease_by == holder, c.lease_until < now)
        if finding_id is not None:
            query = sa.select(findings).where(c.id == finding_id, free)
        else:
            query = sa.select(findings).where(*where.conditions(), free, ~c.applied)
            query = query.order_by(c.doc_key, c.start, c.id).limit(1)
        with writing(self.engine) as connection:
            row = connection.execute(query.with_for_update(skip_locked=True)).first()
            held = c.id == (row.id if row else "")  # what was lent before goes back
            lent = {"lease_by": sa.case((held, holder)), "lease_until": now + seconds}
            mine = sa.or_(held, c.lease_by == holder)
            connection.execute(sa.update(findings).where(mine).values(lent))
        return None if row is None else rows.record(row)

    def release(self, holders: Iterable[str]) -> None:
        """Gives back what these hold, so that others need not wait until it runs out."""
        held = findings.c.lease_by.in_(list(holders))
        with writing(self.engine) as connection:
            connection.execute(sa.update(findings).where(held).values(lease_by=None))

    def decide(
        self,
        target: str,
        verdict: Verdict,
        replacement: str | None = None,
        *,
        reviewer: str,
        scope: Scope = "one",
        where: Filter = EVERYTHING,
        only_open: bool = False,
        action: str | None = None,
    ) -> list[str]:
        """Writes one decision and gives the ids that it covers.

        With scope "one", `target` is the id of a finding or of an adopted edit; with
        `only_open` nothing is written where somebody has decided meanwhile. With scope
        "pattern", `target` is a group's key (or the pattern itself) and the decision covers
        its open findings that `where` admits, never one that was decided by itself.
        QueueError: unknown or stale finding, or an edit without its text, or a typed
        replacement for findings that do not all read the same."""
        if verdict not in rows.STATUS or (verdict == "edit") != (replacement is not None):
            raise QueueError("an edit needs a replacement and nothing else has one")
        c = findings.c
        query = sa.select(c.id, c.before, c.status).with_for_update()
        if scope == "pattern":
            query = query.where(
                *where.conditions(),
                c.pattern_key.in_((target, key(target))),
                c.status.in_(OPEN),
                ~c.applied,
            )
        else:
            query = query.where(c.id == target)
        with writing(self.engine) as connection:
            found = connection.execute(query).all()
            if scope == "one":
                if not found:
                    raise QueueError(f"no finding '{target}'")
                if found[0].status == "stale" and verdict != "undo":
                    raise QueueError(f"finding '{target}' is stale: its place has changed")
                if only_open and found[0].status not in OPEN:
                    return []
            elif verdict == "edit" and len({row.before for row in found}) > 1:
                raise QueueError("the findings of this pattern do not all read the same")
            ids = [row.id for row in found]
            act = action or uuid.uuid4().hex
            rows.write(connection, ids, verdict, replacement, reviewer, scope, act)
        settle(self.engine, len(ids))
        return ids

    def take(
        self,
        taken: Iterable[Taken],
        *,
        scope: str = "import",
        action: str | None = None,
        only_open: bool = False,
    ) -> tuple[int, list[str]]:
        """Writes decisions made elsewhere, all in one transaction: how many, and the ids
        that this queue does not have or whose place has changed. What says again what its
        reviewer says already is passed over, so that a file can be taken twice; with
        `only_open`, what anybody has decided is too."""
        refused: list[str] = []
        count = 0
        act, alone = action or uuid.uuid4().hex, not self.two
        if alone:  # of several people's words the last one
            taken = {t.finding_id: t for t in taken}.values()
        with writing(self.engine) as connection:
            for chunk in rows.batched(taken):
                ids = [t.finding_id for t in chunk]
                query = sa.select(findings.c.id, findings.c.status)
                found = connection.execute(query.where(findings.c.id.in_(ids)))
                status = {row.id: row.status for row in found}
                said = opinions.live(rows.lines(connection, ids))
                same: defaultdict[tuple[str, str | None, str], list[str]] = defaultdict(list)
                for t in chunk:
                    if status.get(t.finding_id, "stale") == "stale":
                        refused.append(t.finding_id)
                        continue
                    last = said.get(t.finding_id, [])
                    if only_open and status[t.finding_id] not in OPEN:
                        continue
                    if not _says(last, t, alone):
                        same[t.verdict, t.replacement, t.reviewer].append(t.finding_id)
                for (verdict, replacement, reviewer), these in same.items():
                    rows.write(connection, these, verdict, replacement, reviewer, scope, act)
                    count += len(these)
        settle(self.engine, count)
        return count, refused

    def undo(
        self,
        *,
        finding: str | None = None,
        pattern: str | None = None,
        rule: str | None = None,
        by: str | None = None,
        since: float | None = None,
        action: str | None = None,
        everything: bool = False,
        reviewer: str,
        journal: Iterable[Record] = (),
    ) -> Undone:
        """Withdraws the decisions that all given conditions name (at least one is needed):
        their findings are open again. Of the `journal`, the applied edits that they name
        are taken back (`by`, `since` and `action` speak of decisions and name no edits)."""
        c, d = findings.c, decisions.c
        named = (finding, pattern, rule, by, since, action)
        if not everything and all(value is None for value in named):
            raise QueueError("undo needs to be told what")
        terms: list[sa.ColumnElement[bool]] = [c.status.not_in(("pending", "applied"))]
        if finding is not None:
            terms.append(c.id == finding)
        if pattern is not None:
            terms.append(c.pattern_key.in_((pattern, key(pattern))))
        if rule is not None:
            plus = sa.literal("+").concat(c.rule).concat("+")
            terms.append(plus.contains(f"+{rule}+", autoescape=True))
        said: list[sa.ColumnElement[bool]] = []
        if by is not None:
            said.append(d.reviewer == by)
        if since is not None:
            said.append(d.time >= since)
        if action is not None:
            said.append(d.action == action)
        takes_edits = not said
        edits = [r for r in journal if takes_edits and named_by(r, finding, pattern, rule)]
        taken = {record["id"] for record in edits}
        act = uuid.uuid4().hex
        with writing(self.engine) as connection:
            ids, others = self._withdrawn(connection, sa.and_(*terms), said)
            ids = [finding for finding in ids if finding not in taken]
            rows.write(connection, ids, "undo", None, reviewer, "undo", act)
            for line in others:
                if line.finding_id not in taken:
                    rows.write(
                        connection, [line.finding_id], line.verdict, line.replacement,
                        line.reviewer, line.scope, line.action,
                    )  # fmt: skip
            run = connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0
            for chunk in rows.batched(edits):
                rows.insert_new(connection, [rows.row(r, run, applied=True) for r in chunk])
            rows.write(connection, sorted(taken), "reject", None, reviewer, "undo", act)
        settle(self.engine, len(ids) + len(taken))
        return Undone(len(ids), len(taken))

    def _withdrawn(
        self,
        connection: Connection,
        where: sa.ColumnElement[bool],
        said: Sequence[sa.ColumnElement[bool]],
    ) -> tuple[list[str], list[Decision]]:
        """The findings whose decision goes, and, where two people must agree, what others
        said about them, which is to be said again: one does not take back another's word."""
        if not said or not self.two:
            lines = rows.latest(connection, where, *said)
            return [x.finding_id for x in lines if x.verdict != "undo"], []
        d = decisions.c
        named = sa.select(d.seq, d.finding_id).join(findings, findings.c.id == d.finding_id)
        found = connection.execute(named.where(where, *said)).all()
        meant = {row.seq for row in found}
        live = opinions.live(rows.lines(connection, sorted({row.finding_id for row in found})))
        ids = [i for i, lines in live.items() if any(x.seq in meant for x in lines)]
        return ids, [x for i in ids for x in live[i] if x.seq not in meant]


def named_by(record: Record, finding: str | None, pattern: str | None, rule: str | None) -> bool:
    """Whether `undo` with these means that edit."""
    return (
        (finding is None or record["id"] == finding)
        and (pattern is None or pattern in (record["pattern"], key(record["pattern"])))
        and (rule is None or rule in record["rule"].split("+"))
    )


def _says(lines: Sequence[Decision], taken: Taken, alone: bool) -> bool:
    """Whether that is said already: by the last line, or, where several are heard, by the
    same person's."""
    heard = lines[-1:] if alone else [d for d in lines if d.reviewer == taken.reviewer]
    said = [(d.verdict, d.replacement) for d in heard] or [("undo", None)]
    return (taken.verdict, taken.replacement) in said
