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
from repair.residue.lines import BAR, FIELD, FORM, FORMULA, GLUED, KNOWN, PATH, WORDS
from repair.residue.telling import clues

_NUMBERED = WORDS | KNOWN | FORM  # what tells of these has a number
_CLAUSES = WORDS | KNOWN | FIELD | BAR | GLUED  # the hints of lines in which clauses are looked for
ASKED = _NUMBERED | _CLAUSES  # those of lines for which the numbers are of use


class Standing(NamedTuple):
    """What could match in a line."""

    hints: int
    some: tuple[tuple[Pattern, ...], tuple[Pattern, ...]]  # clauses, forms; in the rules' order


def standing(
    spelt: str, numbers: Sequence[int], hints: int, size: int, loose: int, lacking: int
) -> Standing:
    """What is left of the line's `hints` by what these numbers of the tables stand for, as far as
    it could match in the line as the gate spells it, its newline behind it. A number may stand
    there several times; `size` are the characters of a line that a form must take whole, separators
    aside, or 0; `loose` are the neighbours in the line that no word holds, `lacking` four times the
    characters that sure clauses must be if the line is to be known."""
    told = held = filled = 0
    some: list[Pattern] = []
    begins: tuple[str, ...] | None = None
    rows = _rows()
    letter, arrow = len(rows) - 4, len(rows) - 1
    for number in sorted(set(numbers)):
        pattern, asked, tells, holds, fills = rows[number]
        if not asked & hints:
            continue
        if pattern is not None:
            if size and tells & FORM:
                begins = heads(spelt) if begins is None else begins
                if not pattern.fits(size, begins):
                    continue
            if not pattern.stands(spelt):
                continue
            some.append(pattern)
        elif (number == arrow and "<" in spelt) or (
            number == letter and not lexicon().free.search(spelt)
        ):
            continue  # a title of a law in brackets; a part of longer words
        told |= tells
        if holds or fills:
            times = numbers.count(number)
            held += holds * times
            filled += fills * times
    if loose > held:
        told &= ~WORDS
    if lacking > 4 * filled:
        told &= ~KNOWN
    told &= hints | (PATH | FORMULA) * (hints & FORM > 0)
    first = sum(rows[pattern.number][1] != FORM for pattern in some)
    return Standing(hints & ~_NUMBERED | told, (tuple(some[:first]), tuple(some[first:])))


@cache
def _rows() -> list[tuple[Pattern | None, int, int, int, int]]:
    """By number: the pattern; the hints that ask for it; what it tells of, how many neighbours its
    wildcards may hold, how many characters of a line it may be if it is sure."""
    patterns, lines = lexicon().patterns, set(lexicon().lines)
    asked = (FORM if pattern in lines else _CLAUSES for pattern in patterns)
    columns = (column.tolist() for column in (clues().tells, clues().swallows, clues().fillers))
    rows = zip_longest(patterns, asked, *columns)
    return [(pattern, ASKED if bits is None else bits, *row) for pattern, bits, *row in rows]
