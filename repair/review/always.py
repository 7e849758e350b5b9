"""A decision that becomes a rule of the user's own, in the table and in the queue at once.

phrase = from_finding(record, "accept")         # repair/phrasebook.py: what it would say
covered = covers(queue, record, phrase)         # what it decides here, to be shown first
make(queue, table, record, phrase, reviewer, action)
take_back(queue, table, action, reviewer)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from repair import phrases
from repair.model import Finding
from repair.phrasebook import Phrase, PhraseError, Table, phrase
from repair.review.filters import Filter
from repair.review.queue import OPEN, Queue
from repair.review.rows import Taken

Record = Mapping[str, Any]


def covers(queue: Queue, record: Record, rule: Phrase, where: Filter | None = None) -> list[Record]:
    """The open findings of the record's pattern that the rule speaks of: those whose
    surroundings read as its phrase does. A rule that was made narrower covers fewer."""
    where = where or Filter(pattern=record["pattern_key"], status=OPEN)
    return [r for r in queue.stream(where) if not r["applied"] and _speaks(rule, r)]


def _speaks(rule: Phrase, record: Record) -> bool:
    """Whether the rule, seen in the record's surroundings, makes the record's change."""
    context = record["context"] or {}
    left, before = context.get("before", ""), record["before"]
    text = left + before + context.get("after", "")
    place = Finding(len(left), len(left) + len(before), before, record["after"], "", 0)
    ignored = Phrase(rule.before, rule.after, "ignore", rule.line)
    return not phrases.wanted(text, [place], [ignored])


def make(
    queue: Queue, table: Table, record: Record, rule: Phrase, reviewer: str, action: str
) -> list[str]:
    """Writes the rule and decides what it covers; the ids of that. PhraseError where it is
    no rule, does not speak of the record itself, or contradicts another one."""
    rule = phrase(
        {"before": rule.before, "after": rule.after, "verdict": rule.verdict, "line": rule.line}
    )
    if not _speaks(rule, record):
        raise PhraseError("the rule does not make this change here")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    table.add(rule, by=reviewer, time=now, action=action, finding=record["id"])
    verdict = "accept" if rule.verdict == "accept" else "reject"
    found = [r["id"] for r in covers(queue, record, rule)]
    taken = (Taken(finding, verdict, None, reviewer) for finding in found)
    queue.take(taken, scope="rule", action=action, only_open=True)
    return found


def take_back(queue: Queue, table: Table, action: str, reviewer: str) -> tuple[int, int]:
    """Takes the rule out and opens again what it decided: numbers of rules and decisions."""
    gone = table.remove(action=action)
    return len(gone), queue.undo(action=action, reviewer=reviewer).decisions
