"""Which of the lexicon's patterns could match in a line.

The gate's tables tell of a pattern by a run of three characters. What else each match holds
(`literals.needs`) is looked for here, in the few lines that are told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from repair.residue.lexicon import Pattern, heads, lexicon
from repair.residue.lines import FORM, KNOWN, WORDS
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
    begins: tuple[str, ...] | None = None
    rows = _rows()
    arrow = len(rows) - 1
    for number in sorted(set(numbers)):
        pattern, tells, holds, fills = rows[number]
        if pattern is not None:
            if size and tells & FORM:
                begins = heads(spelt) if begins is None else begins
                if not pattern.fits(size, begins):
                    continue
            if not pattern.stands(spelt):
                continue
            some.append(pattern)
        elif number == arrow and "<" in spelt:  # a title of a law in brackets
            continue
        told |= tells
        if holds or fills:
            times = numbers.count(number)
            held += holds * times
            filled += fills * times
    if loose > held:
        told &= ~WORDS
    if lacking > 4 * filled:
        told &= ~KNOWN
    first = sum(not rows[pattern.number][1] & FORM for pattern in some)
    return Standing(told, (tuple(some[:first]), tuple(some[first:])))


@cache
def _rows() -> list[tuple[Pattern | None, int, int, int]]:
    """By number: the pattern; what it tells of, how many neighbours its wildcards may hold, how
    many characters of a line it may be if it is sure."""
    columns = clues().tells, clues().swallows, clues().fillers
    return list(zip_longest(lexicon().patterns, *(column.tolist() for column in columns)))
