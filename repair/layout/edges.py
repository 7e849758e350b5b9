"""The gate in front of the evidence: what the characters beside a break let it say at most.

Most lines without an end are headings above their paragraphs. Whether any of the marks of
`evidence` or a cut word could speak for such a break is told for all breaks at once, by the
characters at its edges; what is told here may still turn out to be nothing, but nothing is
missed.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout import evidence
from repair.layout.lines import CHINESE, CLOSED, Counts, Lines, characters, counted, plane

_OPENED = scan.kind("“《（(「『【")
_BITS = 22  # of the table of pairs: one break in twenty passes that joins no word's characters


def spoken(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Of the breaks after these lines those that punctuation, a binding word or a cut word
    may speak for."""
    told = _marked(lines, rows) | worded(lines, rows)
    left = np.flatnonzero(~told)
    ends, starts = lines.ends[rows[left]], lines.starts[rows[left] + 1]
    near = evidence.NEAR
    may = counted(lines.scan, _OPENED, ends - near, ends) > 0
    may |= counted(lines.scan, CLOSED, starts, starts + near) > 0
    for n in left[may].tolist():  # brackets are few, and must be paired
        told[n] = evidence.bracketed(*(lines.content(int(rows[n]) + k) for k in (0, 1)))
    return told


def worded(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Of the breaks after these lines those that may cut a word."""
    above, below = lines.ends[rows] - 1, lines.starts[rows + 1]
    kinds, units = lines.scan.kinds, lines.scan.units
    told = (kinds[above] & kinds[below] & np.uint32(CHINESE)) > 0
    if told.any():
        folded, pairs = _pairs()
        told &= pairs[_place(folded[units[above]], folded[units[below]])]
    return told


def _marked(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Those where the characters at the edges are such as `evidence` looks for."""
    comma, quote, ends, begins = _edges()
    units, starts = lines.scan.units, lines.starts[rows]
    last = lines.ends[rows] - 1
    back = [units[np.maximum(last - n, starts)] for n in range(4)]
    below = lines.starts[rows + 1]
    told = ends[back[0]] | begins[units[below]]
    told |= quote[back[0]] & comma[back[1]]
    told |= comma[back[1]] | comma[back[2]] | comma[back[3]]
    for n in range(1, 5):  # a sentence's rest
        told |= units[np.minimum(below + n, len(units) - 1)] == ord("。")
    return np.asarray(told)


@cache
def _edges() -> tuple[NDArray[np.bool_], ...]:
    """Tables of the basic plane: commas, closing quotes, all that a line may end in to go on,
    and all that it may begin with. The halves of surrogate pairs may be digits."""
    digits = "".join(re.findall(r"\d", plane())) + "".join(map(chr, range(0xD800, 0xDC00)))
    ends = evidence.COMMAS + evidence.BOUND + digits
    return tuple(map(characters, (evidence.COMMAS, evidence.QUOTES, ends, evidence.NO_START)))


@cache
def _pairs() -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """The folded form of each character, and by `_place` the pairs of characters that stand
    side by side in some word."""
    units = np.frombuffer(evidence.words().encode("utf-16-le", "surrogatepass"), np.uint16)
    table = np.zeros(1 << _BITS, np.bool_)
    table[_place(units[:-1], units[1:])] = True
    folded = np.arange(0x10000, dtype=np.uint16)
    points = np.frombuffer(plane().encode("utf-16-le"), np.uint16)
    folded[points] = np.frombuffer(evidence.folded(plane()).encode("utf-16-le"), np.uint16)
    return folded, table


def _place(first: NDArray[np.uint16], second: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """The place of a pair of characters in the table."""
    pair = first.astype(np.uint32) << np.uint32(16) | second
    return (pair * np.uint32(0x9E3779B1)) >> np.uint32(32 - _BITS)
