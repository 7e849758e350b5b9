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
The last line of the log about an id is what holds (`effective`), unless two people must
agree (opinions.py); `undo` is a line that says that nothing holds any more. About an
**applied edit** (its id is an edit's id): no decision leaves it applied, `reject` takes it
back, `edit` changes it; `adopt` makes such an edit known to the queue, and
`undo(journal=…)` rejects the edits that it names.

Every method is one transaction; several processes and reviewers may use one queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext

import sqlalchemy as sa

from repair.review import loading, rows
from repair.review.carry import Record
from repair.review.deciding import OPEN, Deciding, Scope, Verdict
from repair.review.filters import Filter
from repair.review.rows import Decision, Group, Loaded, QueueError, Undone
from repair.review.schema import findings, open_engine, settings, settle, unindexed, writing

__all__ = [
    "OPEN", "Decision", "Filter", "Group", "Loaded", "Queue", "QueueError", "Scope", "Undone",
    "Verdict",
]  # fmt: skip

HELD = 1000  # findings in memory together while they are loaded


class Queue(Deciding):
    """The queue at a SQLite path or a database URL."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()

    def load(self, records: Iterable[Record], journal: Iterable[Record] | None = None) -> Loaded:
        """Makes the findings of the queue those of `records`, and keeps every decision.

        A finding that is gone and was decided hands its decisions to the one in its place
        (carry.py), else it stays, `stale`. `journal` are the applied edits: with it, the
        same is done for decisions about edits. Reads both in a stream."""
        with writing(self.engine) as connection:
            run = (connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0) + 1
            count = 0
            with unindexed(connection) if run == 1 else nullcontext():
                for chunk in rows.batched(records, HELD):
                    rows.upsert(connection, [rows.row(r, run, applied=False) for r in chunk])
                    count += len(chunk)
            edits = loading.known_edits(connection, journal, run)
            rows.sync(connection, run)
            carried, stale = loading.carry_over(connection, run, journal is not None, edits)
        settle(self.engine, count)
        return Loaded(count, carried, stale)

    def adopt(self, records: Iterable[Record]) -> None:
        """Makes edits of the journal known, so that they can be decided about."""
        with writing(self.engine) as connection:
            run = connection.scalar(sa.select(sa.func.max(findings.c.run))) or 0
            for chunk in rows.batched(records):
                rows.insert_new(connection, [rows.row(r, run, applied=True) for r in chunk])

    def ask_two(self, wanted: bool) -> None:
        """Whether a decision holds only when two people agree on it, from now on."""
        with writing(self.engine) as connection:
            connection.execute(sa.delete(settings).where(settings.c.name == "two"))
            connection.execute(sa.insert(settings).values(name="two", value=wanted))
