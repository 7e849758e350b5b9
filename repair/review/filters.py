"""Which findings somebody means: the filter of the page, of bulk decisions and of exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from repair.review.schema import decisions, findings, key

DECIDED = ("accepted", "rejected", "edited")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings; what is None or empty does not restrict. `pattern` is a group's key,
    `doc_id` a document's id or its key."""

    status: tuple[str, ...] = ()
    pattern: str | None = None
    stage: str | None = None
    rule: str | None = None
    kind: str | None = None
    doc_id: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    not_by: str | None = None  # wants a second opinion, and this reviewer has given none yet
    disputed: bool = False  # people differ, and no two of them agree

    def conditions(self, table: Any = findings) -> list[sa.ColumnElement[bool]]:
        """As SQL, on the findings table or an alias of it."""
        c = table.c
        terms: list[sa.ColumnElement[bool]] = []
        if self.status:
            terms.append(c.status.in_(self.status))
        if self.pattern is not None:
            terms.append(c.pattern_key == self.pattern)
        for column, value in ((c.stage, self.stage), (c.rule, self.rule), (c.kind, self.kind)):
            if value:
                terms.append(column == value)
        if self.doc_id:
            terms.append(c.doc_key.in_((self.doc_id, key(self.doc_id))))
        if self.min_confidence is not None:
            terms.append(c.confidence >= self.min_confidence)
        if self.max_confidence is not None:
            terms.append(c.confidence <= self.max_confidence)
        if self.not_by is not None:
            mine = decisions.alias()
            said = sa.exists().where(
                mine.c.finding_id == c.id, mine.c.reviewer == self.not_by, _stands(mine)
            )
            terms += [~said, ~_two(c.id, alike=True)]
        if self.disputed:
            terms += [_two(c.id, alike=False), ~_two(c.id, alike=True)]
        return terms


def _stands(line: Any) -> sa.ColumnElement[bool]:
    """Whether a line of the log is somebody's last word, and not undone."""
    later = decisions.alias()
    gone = sa.exists().where(
        later.c.finding_id == line.c.finding_id,
        later.c.seq > line.c.seq,
        sa.or_(later.c.reviewer == line.c.reviewer, later.c.verdict == "undo"),
    )
    return sa.and_(line.c.verdict != "undo", ~gone)


def _two(finding: Any, alike: bool) -> sa.ColumnElement[bool]:
    """Whether two reviewers of a finding say the same, or differ."""
    a, b = decisions.alias(), decisions.alias()
    same = sa.and_(
        a.c.verdict == b.c.verdict,
        sa.func.coalesce(a.c.replacement, "") == sa.func.coalesce(b.c.replacement, ""),
    )
    return sa.exists().where(
        a.c.finding_id == finding,
        b.c.finding_id == finding,
        a.c.reviewer < b.c.reviewer,
        a.c.verdict != "skip",
        b.c.verdict != "skip",
        same if alike else ~same,
        _stands(a),
        _stands(b),
    )


EVERYTHING = Filter()
PENDING = Filter(status=("pending",))


def second(reviewer: str) -> Filter:
    """What others decided and this reviewer is to check."""
    return Filter(status=DECIDED, not_by=reviewer)
