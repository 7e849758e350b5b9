"""Which new finding an old decision belongs to, when an input or a rule has changed. Pure.

A decision is carried over where `before` and 20 characters on either side match in one
place, and in one place only, on both sides: two equal places are not told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]
AROUND = 20  # characters on either side that must be the same (DESIGN.md)


def place(record: Record) -> tuple[str, bool, str, str, str]:
    """What must be equal for two records to mean the same place."""
    context = record.get("context") or {}
    return (
        record["doc_id"],
        bool(record.get("applied")),
        record["before"],
        context.get("before", "")[-AROUND:],
        context.get("after", "")[:AROUND],
    )


def matches(gone: Iterable[Record], new: Iterable[Record]) -> dict[str, Record]:
    """Old record's id -> the new record in its place, for those that have exactly one."""
    old: defaultdict[tuple[str, bool, str, str, str], list[Record]] = defaultdict(list)
    for record in gone:
        if record.get("context"):  # nothing known about the surroundings: nothing is carried
            old[place(record)].append(record)
    fresh: defaultdict[tuple[str, bool, str, str, str], list[Record]] = defaultdict(list)
    for record in new:
        where = place(record)
        if where in old:
            fresh[where].append(record)
    return {
        records[0]["id"]: fresh[where][0]
        for where, records in old.items()
        if len(records) == 1 and len(fresh[where]) == 1
    }


def verdict(said: str, replacement: str | None, old: Record, new: Record) -> tuple[str, str | None]:
    """The decision for the new place. What was accepted is kept to the letter: where the
    proposal is another one now, the old one becomes a typed replacement."""
    if said == "accept" and old["after"] != new["after"]:
        return "edit", old["after"]
    return said, replacement
