"""What the stage proposes at a place: an edit where its rule is sure enough, else a finding."""

from __future__ import annotations

from functools import cache

from repair import rules
from repair.model import Candidate, Edit, Finding


def change(
    before: str, start: int, after: str, rule: str, sure: float, why: str
) -> Edit | Finding:  # fmt: skip
    """That `before`, which stands at `start`, becomes `after`."""
    made = Edit if sure >= _least(rule) else Finding
    return made(start, start + len(before), before, after, rule, sure, why)


def flag(before: str, start: int, after: str, rule: str, sure: float, why: str) -> Finding:
    """A place where no change is proposed, with the change that it might be."""
    reading = Candidate(after, sure, rule)
    end = start + len(before)
    return Finding(start, end, before, before, rule, sure, why, (reading,))


@cache
def _least(rule: str) -> float:
    """How sure the rule has to be to change the text."""
    return rules.table("layout")[rule].apply_above
