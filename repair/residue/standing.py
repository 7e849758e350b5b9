"""Which of the lexicon's patterns could match in a line.

The gate's tables tell of a pattern by a run of three characters. What else each match holds
(`literals.needs`) is looked for here, in the few lines that are told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from repair.residue.lexicon import Pattern, lexicon
from repair.residue.lines import WORDS
from repair.residue.telling import clues


class Standing(NamedTuple):
    """What could match in a line."""

    told: int  # WORDS, KNOWN and FORM, as far as something tells of them
    some: tuple[tuple[Pattern, ...], tuple[Pattern, ...]]  # clauses, forms; in the rules' order


def standing(spelt: str, numbers: Sequence[int], loose: int) -> Standing:
    """What these numbers of the tables stand for, as far as it could match in the line as the gate
    spells it, its newline behind it. A number may stand there several times; `loose` are the
    neighbours in the line that no word holds."""
    told = held = 0
    some: list[Pattern] = []
    every, clauses = lexicon().patterns, len(lexicon().clauses)
    for number in sorted(set(numbers)):
        if number < len(every):
            if not every[number].stands(spelt):
                continue
            some.append(every[number])
        tells, holds = _tells()[number]
        told |= tells
        held += holds * numbers.count(number)
    if loose > held:
        told &= ~WORDS
    first = sum(pattern.number < clauses for pattern in some)
    return Standing(told, (tuple(some[:first]), tuple(some[first:])))


@cache
def _tells() -> list[tuple[int, int]]:
    """By number: what it tells of, how many neighbours its wildcards may hold."""
    return list(zip(clues().tells.tolist(), clues().swallows.tolist(), strict=True))
