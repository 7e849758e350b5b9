"""What the queue is asked: groups, findings, counts, what holds. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from repair.review import opinions, rows
from repair.review.filters import EVERYTHING, PENDING, Filter
from repair.review.opinions import Agreement
from repair.review.rows import Decision, Group
from repair.review.schema import decisions, findings, settings


class Reading:
    """The questions; each is one transaction."""

    engine: Engine

    def groups(
        self,
        where: Filter = PENDING,
        limit: int | None = None,
    ) -> list[Group]:
        """The patterns with findings that `where` names, the most sure and most frequent
        (mean confidence × number) first."""
        c, one = findings.c, findings.alias()
        size, sure = sa.func.count().label("size"), sa.func.avg(c.confidence).label("sure")
        top = (
            sa.select(c.pattern_key, size, sure)
            .where(*where.conditions())
            .group_by(c.pattern_key)
            .order_by((size * sure).desc(), c.pattern_key)
            .limit(limit)
            .subquery()
        )
        first = (  # of each pattern, found in the index
            sa.select(one.c.id)
            .where(one.c.pattern_key == top.c.pattern_key, *where.conditions(one))
            .order_by(one.c.status, one.c.doc_key, one.c.start, one.c.id)
            .limit(1)
            .scalar_subquery()
        )
        named = (
            sa.select(top, c.pattern, c.rule, c.kind, c.stage)
            .select_from(top)
            .join(findings, c.id == first)
            .order_by((top.c.size * top.c.sure).desc(), top.c.pattern_key)
        )
        with self.engine.connect() as connection:
            return [
                Group(r.pattern_key, r.pattern, r.size, float(r.sure), r.rule, r.kind, r.stage)
                for r in connection.execute(named)
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

    def verdicts(self, doc_id: str | None = None, upto: int | None = None) -> dict[str, Decision]:
        """The decisions that hold, by id: of one document, or all; with `upto`, as the log
        stood after that line. For `final_edits`."""
        here = sa.select(findings.c.id).where(*Filter(doc_id=doc_id).conditions())
        query = sa.select(decisions).where(decisions.c.finding_id.in_(here))
        query = query.order_by(decisions.c.seq)
        if upto is not None:
            query = query.where(decisions.c.seq <= upto)
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            lines = (Decision(*row) for row in connection.execute(query))
            return opinions.holding(lines, self.two)

    def last(self) -> int:
        """The number of the log's last line."""
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.max(decisions.c.seq))) or 0

    def log(self) -> Iterator[Decision]:
        """Every line ever written, in order."""
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            for row in connection.execute(sa.select(decisions).order_by(decisions.c.seq)):
                yield Decision(*row)

    # ---- several people

    @property
    def two(self) -> bool:
        """Whether two people must agree before a decision holds."""
        query = sa.select(settings.c.value).where(settings.c.name == "two")
        with self.engine.connect() as connection:
            return bool(connection.scalar(query))

    def opinions(self, finding_id: str) -> list[Decision]:
        """Every reviewer's last word about a finding, in their order."""
        query = sa.select(decisions).where(decisions.c.finding_id == finding_id)
        with self.engine.connect() as connection:
            lines = [Decision(*r) for r in connection.execute(query.order_by(decisions.c.seq))]
        return opinions.live(lines).get(finding_id, [])

    def agreement(self) -> Agreement:
        """How far those agree who decided the same findings."""
        c = decisions.c
        several = (
            sa.select(c.finding_id)
            .group_by(c.finding_id)
            .having(sa.func.count(sa.distinct(c.reviewer)) > 1)
        )
        query = sa.select(decisions).where(c.finding_id.in_(several)).order_by(c.seq)
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            return opinions.agreement(Decision(*row) for row in connection.execute(query))


def _ordered(where: Filter) -> sa.Select[Any]:
    c = findings.c
    return sa.select(findings).where(*where.conditions()).order_by(c.doc_id, c.start, c.end, c.id)
