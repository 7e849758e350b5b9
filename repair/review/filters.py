"""Which findings somebody means: the filter of the page, of bulk decisions and of exports."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from repair.review.schema import decisions, findings, key


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
    not_by: str | None = None  # a reviewer who has not yet said anything about it

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As SQL, on the findings table."""
        c = findings.c
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
            said = decisions.c.finding_id == c.id
            mine = sa.exists().where(said, decisions.c.reviewer == self.not_by)
            terms.append(~mine)
        return terms


EVERYTHING = Filter()
PENDING = Filter(status=("pending",))
