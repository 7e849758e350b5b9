"""What the stage proposes at a place: an edit where its rule is sure enough, else a finding."""

from __future__ import annotations

from repair import rules
from repair.model import Candidate, Edit, Finding


def change(
    before: str, start: int, after: str, rule: str, sure: float, why: str
) -> Edit | Finding:  # fmt: skip
    """That `before`, which stands at `start`, becomes `after`."""
    made = Edit if rules.table("layout")[rule].sure(sure) else Finding
    return made(start, start + len(before), before, after, rule, sure, why)


def flag(before: str, start: int, after: str, rule: str, sure: float, why: str) -> Finding:
    """A place where no change is proposed, with the change that it might be."""
    reading = Candidate(after, sure, rule)
    end = start + len(before)
    return Finding(start, end, before, before, rule, sure, why, (reading,))
