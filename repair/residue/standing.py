"""Which of the lexicon's patterns could match in a line.

The gate's tables tell of a pattern by a run of three characters. What else each match holds
(`literals.needs`) is looked for here, in the few lines that are told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from repair.residue.lexicon import Pattern, lexicon
from repair.residue.lines import KNOWN, WORDS
from repair.residue.telling import clues


class Standing(NamedTuple):
    """What could match in a line."""

    told: int  # WORDS, KNOWN, FORM, PATH and FORMULA, as far as something tells of them
    some: tuple[tuple[Pattern, ...], tuple[Pattern, ...]]  # clauses, forms; in the rules' order


def standing(spelt: str, numbers: Sequence[int], size: int, loose: int, lacking: int) -> Standing:
    """What these numbers of the tables stand for, as far as it could match in the line as the gate
    spells it, its newline behind it. A number may stand there several times; `size` are the
    characters of a line that a form must take whole, separators aside, or 0; `loose` are the
    neighbours in the line that no word holds, `lacking` four times the characters that sure clauses
    must be if the line is to be known."""
    told = held = filled = 0
    some: list[Pattern] = []
    every, clauses, table = lexicon().patterns, len(lexicon().clauses), _tells()
    arrow = len(table) - 1
    for number in sorted(set(numbers)):
        if number < len(every):
            pattern = every[number]
            if size and number >= clauses and not pattern.fits(spelt, size):
                continue
            if not pattern.stands(spelt):
                continue
            some.append(pattern)
        elif number == arrow and "<" in spelt:  # a title of a law in brackets
            continue
        tells, holds, fills = table[number]
        told |= tells
        if holds or fills:
            times = numbers.count(number)
            held += holds * times
            filled += fills * times
    if loose > held:
        told &= ~WORDS
    if lacking > 4 * filled:
        told &= ~KNOWN
    first = sum(pattern.number < clauses for pattern in some)
    return Standing(told, (tuple(some[:first]), tuple(some[first:])))


@cache
def _tells() -> list[tuple[int, int, int]]:
    """By number: what it tells of, how many neighbours its wildcards may hold, how many characters
    of a line it may be if it is sure."""
    columns = clues().tells, clues().swallows, clues().fillers
    return list(zip(*(column.tolist() for column in columns), strict=True))
