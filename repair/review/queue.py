"""The review queue: findings, and an append-only log of decisions about them.

    queue = Queue("out/queue.db")              # or postgresql://user:pw@host/name
    queue.load(finding_records, journal)       # after every batch; decisions are kept
    for group in queue.groups(): ...           # by pattern, confidence × size first
    queue.findings(Filter(pattern=group.key), limit=50)
    queue.decide(finding_id, "accept", reviewer="ann")
    queue.decide(pattern_key, "reject", reviewer="ann", scope="pattern")
    queue.undo(rule="COL001", journal=edit_records)
    final_edits(journal_of_doc, findings_of_doc, queue.verdicts(doc_id))   # apply.py

A record is a mapping with the fields of DESIGN.md's table plus `move_to` and `context`.
The last line of the log about an id is what holds (`effective`); `undo` is a line that
says that nothing holds any more. About an **applied edit** (its id is an edit's id): no
decision leaves it applied, `reject` takes it back, `edit` changes it; `adopt` makes such
an edit known to the queue, and `undo(journal=…)` rejects the edits that it names.

`findings.status` repeats the log for speed and is written in the same transaction. Every
method is one transaction; several processes and reviewers may use one queue.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import sqlalchemy as sa

from repair.review import loading, rows
from repair.review.carry import Record
from repair.review.filters import EVERYTHING, PENDING, Filter
from repair.review.rows import (
    Agreement,
    Decision,
    Group,
    Loaded,
    QueueError,
    Taken,
    Undone,
)
from repair.review.schema import decisions, findings, key, open_engine, writing

__all__ = ["Agreement", "Decision", "Filter", "Group", "Loaded", "Queue", "QueueError", "Undone"]

Verdict = Literal["accept", "reject", "edit", "skip", "undo"]
Scope = Literal["one", "pattern"]
OPEN = ("pending", "skipped")  # what a decision about a whole pattern may still cover


class Queue:
    """The queue at a SQLite path or a database URL."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()

    # ---- filling

    def load(self, records: Iterable[Record], journal: Iterable[Record] | None = None) -> Loaded:
        """Makes the findings of the queue those of `records`, and keeps every decision.

        A finding that is gone and was decided hands its decision to the one in its place
        (carry.py), else it stays, `stale`. `journal` are the applied edits: with it, the
        same is done for decisions about edits. Reads both in a stream."""
        with writing(self.engine) as connection:
            run = (connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0) + 1
            count = 0
            for chunk in rows.batched(records):
                rows.upsert(connection, [rows.row(r, run, applied=False) for r in chunk])
                count += len(chunk)
            edits = loading.known_edits(connection, journal, run)
            rows.sync(connection, run)
            carried, stale = loading.carry_over(connection, run, journal is not None, edits)
            if self.engine.dialect.name == "postgresql":
                # Measured: a decision takes half the time; on SQLite it takes ten times as long.
                connection.execute(sa.text("ANALYZE findings"))
        return Loaded(count, carried, stale)

    def adopt(self, records: Iterable[Record]) -> None:
        """Makes edits of the journal known, so that they can be decided about."""
        with writing(self.engine) as connection:
            run = connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0
            for chunk in rows.batched(records):
                rows.insert_new(connection, [rows.row(r, run, applied=True) for r in chunk])

    # ---- reading

    def groups(
        self,
        where: Filter = PENDING,
        limit: int | None = None,
    ) -> list[Group]:
        """The patterns with findings that `where` names, the most sure and most frequent
        (mean confidence × number) first."""
        c = findings.c
        size, sure = sa.func.count().label("size"), sa.func.avg(c.confidence).label("sure")
        query = (
            sa.select(c.pattern_key, size, sure)
            .where(*where.conditions())
            .group_by(c.pattern_key)
            .order_by((size * sure).desc(), c.pattern_key)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            found = connection.execute(query).all()
            words: dict[str, Any] = {}
            for chunk in rows.batched(row.pattern_key for row in found):
                sample = sa.select(sa.func.min(c.id)).where(*where.conditions())
                sample = sample.where(c.pattern_key.in_(chunk)).group_by(c.pattern_key)
                named = sa.select(c.pattern_key, c.pattern, c.rule, c.kind, c.stage)
                for row in connection.execute(named.where(c.id.in_(sample))):
                    words[row.pattern_key] = row
        return [
            Group(r.pattern_key, w.pattern, r.size, float(r.sure), w.rule, w.kind, w.stage)
            for r in found
            if (w := words.get(r.pattern_key))
        ]

    def findings(
        self,
        where: Filter = EVERYTHING,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """The records, in the order of documents and places, each with its status and with
        `applied` (whether it is an edit of the journal)."""
        with self.engine.connect() as connection:
            query = _ordered(where).limit(limit).offset(offset)
            return [rows.record(row) for row in connection.execute(query)]

    def page(self, where: Filter, limit: int) -> list[dict[str, Any]]:
        """The first records in the order in which `lease` gives them out: by documents too,
        but in an order that the index knows, so that a large group costs no more."""
        c = findings.c
        query = sa.select(findings).where(*where.conditions(), ~c.applied)
        query = query.order_by(c.doc_key, c.start, c.id).limit(limit)
        with self.engine.connect() as connection:
            return [rows.record(row) for row in connection.execute(query)]

    def samples(self, where: Filter, number: int) -> list[dict[str, Any]]:
        """Some of the records, the same ones each time: those with the smallest ids, which
        are hashes, so that they come from everywhere."""
        query = sa.select(findings).where(*where.conditions()).order_by(findings.c.id)
        with self.engine.connect() as connection:
            return [rows.record(row) for row in connection.execute(query.limit(number))]

    def of_action(self, action: str) -> str | None:
        """The first finding that an action was about."""
        query = sa.select(decisions.c.finding_id).where(decisions.c.action == action)
        with self.engine.connect() as connection:
            return connection.scalar(query.order_by(decisions.c.seq).limit(1))

    def stream(self, where: Filter = EVERYTHING) -> Iterator[dict[str, Any]]:
        """The same for any number of records, without holding them."""
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            for row in connection.execute(_ordered(where)):
                yield rows.record(row)

    def finding(self, finding_id: str) -> dict[str, Any] | None:
        """One record, or None."""
        with self.engine.connect() as connection:
            row = connection.execute(
                sa.select(findings).where(findings.c.id == finding_id)
            ).one_or_none()
        return None if row is None else rows.record(row)

    def counts(self, where: Filter = EVERYTHING) -> dict[str, int]:
        """Number of findings by status."""
        query = (
            sa.select(findings.c.status, sa.func.count())
            .where(*where.conditions())
            .group_by(findings.c.status)
        )
        with self.engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def facets(self, limit: int = 200) -> dict[str, list[tuple[str, int]]]:
        """What `stage`, `rule`, `kind` and `doc_id` can be filtered by: values and their
        pending findings, the most first; of the documents only the first ones."""
        c, size = findings.c, sa.func.count()
        pending = c.status == "pending"
        tallies: dict[str, Counter[str]] = {n: Counter() for n in ("stage", "rule", "kind")}
        kinds = sa.select(c.stage, c.rule, c.kind, size).where(pending)
        files = (
            sa.select(c.doc_key, size.label("size"))
            .where(pending)
            .group_by(c.doc_key)
            .order_by(sa.desc("size"), c.doc_key)
            .limit(limit)
            .subquery()
        )
        any_row = findings.alias()
        name = sa.select(any_row.c.doc_id).where(any_row.c.doc_key == files.c.doc_key).limit(1)
        with self.engine.connect() as connection:
            for *values, count in connection.execute(kinds.group_by(c.stage, c.rule, c.kind)):
                for field, value in zip(tallies, values, strict=True):
                    tallies[field][value] += count
            named = sa.select(name.scalar_subquery(), files.c.size)
            documents = [(row[0], row[1]) for row in connection.execute(named)]
        documents.sort(key=lambda item: (-item[1], item[0]))
        ordered = {n: sorted(t.items(), key=lambda i: (-i[1], i[0])) for n, t in tallies.items()}
        return ordered | {"doc_id": documents}

    def effective(self, finding_id: str) -> Decision | None:
        """The decision that holds about a finding or an edit, or None."""
        with self.engine.connect() as connection:
            query = sa.select(decisions).where(decisions.c.finding_id == finding_id)
            row = connection.execute(query.order_by(decisions.c.seq.desc()).limit(1)).one_or_none()
        return None if row is None or row.verdict == "undo" else Decision(*row)

    def verdicts(self, doc_id: str | None = None) -> dict[str, Decision]:
        """The decisions that hold, by id: of one document, or all. For `final_edits`."""
        where = Filter(doc_id=doc_id).conditions()
        with self.engine.connect() as connection:
            lines = rows.latest(connection, sa.and_(sa.true(), *where))
        return {d.finding_id: d for d in lines if d.verdict != "undo"}

    def log(self) -> Iterator[Decision]:
        """Every line ever written, in order."""
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            for row in connection.execute(sa.select(decisions).order_by(decisions.c.seq)):
                yield Decision(*row)

    # ---- several reviewers

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
        held = {"lease_by": holder, "lease_until": now + seconds}
        with writing(self.engine) as connection:
            row = connection.execute(query.with_for_update(skip_locked=True)).first()
            ids = [row.id] if row else []
            mine = (c.lease_by == holder) & c.id.not_in(ids)
            connection.execute(sa.update(findings).where(mine).values(lease_by=None))
            connection.execute(sa.update(findings).where(c.id.in_(ids)).values(held))
        return None if row is None else rows.record(row)

    def release(self, holders: Iterable[str]) -> None:
        """Gives back what these hold, so that others need not wait until it runs out."""
        held = findings.c.lease_by.in_(list(holders))
        with writing(self.engine) as connection:
            connection.execute(sa.update(findings).where(held).values(lease_by=None))

    def agreement(self) -> Agreement:
        """What the log says about reviewers who decided the same findings: the last word of
        each since the last undo, skips left out. For a second person's check, ask for
        `Filter(status=("accepted", "rejected", "edited"), not_by=reviewer)`."""
        c, opinions = decisions.c, dict[str, dict[str, tuple[str, str | None]]]()
        several = (
            sa.select(c.finding_id)
            .group_by(c.finding_id)
            .having(sa.func.count(sa.distinct(c.reviewer)) > 1)
        )
        query = sa.select(decisions).where(c.finding_id.in_(several)).order_by(c.seq)
        with self.engine.connect() as connection:
            for line in (Decision(*row) for row in connection.execute(query)):
                said = opinions.setdefault(line.finding_id, {})
                if line.verdict == "undo":
                    said.clear()
                elif line.verdict != "skip":
                    said[line.reviewer] = (line.verdict, line.replacement)
        checked = {i: set(said.values()) for i, said in opinions.items() if len(said) > 1}
        disputed = tuple(sorted(i for i, said in checked.items() if len(said) > 1))
        return Agreement(len(checked), len(checked) - len(disputed), disputed)

    # ---- deciding

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
        return ids

    def take(self, taken: Iterable[Taken]) -> tuple[int, list[str]]:
        """Writes decisions made elsewhere, all in one transaction: how many, and the ids
        that this queue does not have or whose place has changed. What says again what holds
        already is passed over, so that a file can be taken twice."""
        refused: list[str] = []
        count = 0
        action = uuid.uuid4().hex
        with writing(self.engine) as connection:
            for chunk in rows.batched(taken):
                here = findings.c.id.in_([t.finding_id for t in chunk])
                query = sa.select(findings.c.id, findings.c.status).where(here)
                status = {row.id: row.status for row in connection.execute(query)}
                holding = {d.finding_id: d for d in rows.latest(connection, here)}
                for t in chunk:
                    if status.get(t.finding_id, "stale") == "stale":
                        refused.append(t.finding_id)
                        continue
                    now = holding.get(t.finding_id)
                    said = (now.verdict, now.replacement) if now else ("undo", None)
                    if said != (t.verdict, t.replacement):
                        rows.write(
                            connection, [t.finding_id], t.verdict, t.replacement, t.reviewer,
                            "import", action,
                        )  # fmt: skip
                        count += 1
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

        def names(record: Record) -> bool:
            return (
                (finding is None or record["id"] == finding)
                and (pattern is None or pattern in (record["pattern"], key(record["pattern"])))
                and (rule is None or rule in record["rule"].split("+"))
            )

        edits = [r for r in journal if takes_edits and names(r)]
        taken = {record["id"] for record in edits}
        act = uuid.uuid4().hex
        with writing(self.engine) as connection:
            lines = rows.latest(connection, sa.and_(*terms), *said)
            ids = [x.finding_id for x in lines if x.verdict != "undo" and x.finding_id not in taken]
            rows.write(connection, ids, "undo", None, reviewer, "undo", act)
            run = connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0
            for chunk in rows.batched(edits):
                rows.insert_new(connection, [rows.row(r, run, applied=True) for r in chunk])
            rows.write(connection, sorted(taken), "reject", None, reviewer, "undo", act)
        return Undone(len(ids), len(taken))


def _ordered(where: Filter) -> sa.Select[Any]:
    c = findings.c
    return sa.select(findings).where(*where.conditions()).order_by(c.doc_id, c.start, c.end, c.id)
