"""The gate of `sequence`: the numbered lines of many texts, read without a loop.

The signs at the head of each line are looked up in a table; what they spell is what
`sequence.STYLES` describe, and the lists are those in which `sequence.find` finds a hole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.plane import plane

HEAD = 5  # characters that the longest number has with its marks and what follows: (十一)、
LEAST = 4  # items that a list must have before a hole in it is odd
_ONE, _TEN, _DIGIT, _OPENS, _CLOSES, _NTH, _PAUSE, _COMMA, _DOT, _BLANK = (
    1 << i for i in range(10)
)
_KINDS = {
    _ONE: "一二三四五六七八九",
    _TEN: "十",
    _OPENS: "（(",
    _CLOSES: "）)",
    _NTH: "第",
    _PAUSE: "、",
    _COMMA: "，,",
    _DOT: "．.",
    _BLANK: " \t\u3000",
}
_BLANKS = scan.kind(_KINDS[_BLANK])
_BEGINS = _ONE | _TEN | _DIGIT | _OPENS | _NTH
Signs = NDArray[np.uint16]


@cache
def _tables() -> tuple[Signs, NDArray[np.uint8]]:
    """Of each unit: its kind, and its value where it is a number."""
    kinds, values = np.zeros(scan.PLANE, np.uint16), np.zeros(scan.PLANE, np.uint8)
    for kind, characters in _KINDS.items():
        kinds[[ord(char) for char in characters]] = kind
    for value, char in enumerate(_KINDS[_ONE], 1):
        values[ord(char)] = value
    for char in re.findall(r"\d", plane()):
        kinds[ord(char)], values[ord(char)] = _DIGIT, unicodedata.decimal(char)
    return kinds, values


def holes(texts: scan.Texts) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The lines that follow the hole in a list, in order: where they begin, but for blanks,
    and their numbers."""
    kinds, values = _tables()
    units = np.append(texts.scan.units, np.zeros(HEAD, np.uint16))
    heads = np.append(0, texts.scan.breaks + 1)
    first = kinds.take(units[heads])
    if (first == _BLANK).any():
        blanks = texts.scan.where(_BLANKS)
        ends = blanks[np.append(np.diff(blanks) > 1, True)] + 1  # of each row of them
        indented = first == _BLANK
        heads[indented] = ends[np.searchsorted(ends, heads[indented], "right")]
        first = kinds.take(units[heads])
    heads = heads[first & _BEGINS != 0]
    if len(heads) < LEAST:
        return heads[:0], heads[:0]
    signs = units[heads[:, None] + np.arange(HEAD)].T
    owners = texts.owners(heads)
    found = np.zeros(len(heads), np.intp)  # the number of each line that follows a hole
    for items, numbers in _styles(kinds.take(signs), values.take(signs).astype(np.intp)):
        listed = np.flatnonzero(items)
        if len(listed) >= LEAST:
            after = listed[_after_hole(owners[listed], numbers[listed])]
            found[after] = numbers[after]
    lines = np.flatnonzero(found)
    return heads[lines], found[lines]


def _after_hole(owners: NDArray[np.intp], numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Which of the items, given by their texts and numbers, follow the one hole of a list: it
    begins with 1, goes up, and lacks one number in one place, after two that follow."""
    steps = np.diff(numbers)
    begins = np.append(True, (np.diff(owners) > 0) | (steps <= 0) | (numbers[1:] == 1))
    runs = np.cumsum(begins) - 1
    gaps = np.append(False, steps != 1) & ~begins
    holes = np.flatnonzero(gaps[2:] & (steps[1:] == 2) & ~gaps[1:-1] & ~begins[1:-1]) + 2
    whole = (numbers[begins] == 1) & (np.bincount(runs, gaps) == 1)
    kept: NDArray[np.intp] = holes[whole[runs[holes]] & (np.bincount(runs)[runs[holes]] >= LEAST)]
    return kept


def _styles(
    kinds: Signs, values: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.intp]]]:
    """For each of `sequence.STYLES`: which of the lines have it, and their numbers. The rows
    of `kinds` and `values` are the first, second … signs of all lines."""
    bare, after = _numeral(kinds, values, 0)
    inner, behind = _numeral(kinds, values, 1)
    yield (bare > 0) & (after == _PAUSE), bare
    yield (kinds[0] == _OPENS) & (inner > 0) & (behind == _CLOSES), inner
    yield (kinds[0] == _NTH) & (inner > 0) & (behind & (_PAUSE | _COMMA) != 0), inner
    two = kinds[1] == _DIGIT
    mark, then = np.where(two, kinds[2:4], kinds[1:3])
    listed = (kinds[0] == _DIGIT) & (mark & (_PAUSE | _DOT) != 0) & (then != _DIGIT)
    yield listed, np.where(two, 10 * values[0] + values[1], values[0])


def _numeral(kinds: Signs, values: NDArray[np.intp], at: int) -> tuple[NDArray[np.intp], Signs]:
    """The Chinese number from 1 to 19 that begins with a sign, 0 where none does; and the kind
    of the sign behind it."""
    ten, longer = kinds[at] == _TEN, (kinds[at] == _TEN) & (kinds[at + 1] == _ONE)
    number = np.where(kinds[at] == _ONE, values[at], 0) + np.where(ten, 10, 0)
    number += np.where(longer, values[at + 1], 0)
    return number, np.where(longer, kinds[at + 2], kinds[at + 1])
