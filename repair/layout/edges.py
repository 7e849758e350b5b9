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
from repair.layout.lines import CHINESE, Counts, Lines
from repair.lm.wordlist import dictionary
from repair.plane import among, plane

_BRACKET = scan.kind("".join(evidence.PAIRS) + "".join(evidence.PAIRS.values()))
_BITS = 22  # of the table of pairs: one break in twenty passes that joins no word's characters


def spoken(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Of the breaks after these lines those that punctuation, a binding word or a cut word
    may speak for."""
    told = _marked(lines, rows) | _bracketed(lines)[rows]
    may = (worded(lines, rows) & ~told).nonzero()[0]
    told[may] = list(map(bool, evidence.cut_words(lines.sides(rows[may]))))
    return told


def _bracketed(lines: Lines) -> NDArray[np.bool_]:
    """For each line but the last, whether a bracket or a quote is open at its end, or one
    closes near the next one's beginning that never opened there."""
    at = lines.scan.where(_BRACKET)
    units = lines.scan.units[at]
    kind = _brackets()[units]
    line = np.searchsorted(lines.starts, at, "right") - 1
    opened = np.full(len(at), -1)  # the last opening one of the same kind up to each
    closed = np.full(len(at), len(at))  # the first closing one from each on
    for n in set(np.abs(kind).tolist()):
        here = (np.abs(kind) == n).nonzero()[0]
        left = kind[here] > 0
        opened[here] = np.maximum.accumulate(np.where(left, here, -1))
        later = np.where(left, len(at), here)[::-1]
        closed[here] = np.minimum.accumulate(later)[::-1]
    first = np.searchsorted(line, line)  # the first and last bracket of each one's line
    last = np.searchsorted(line, line, "right")
    near = at >= lines.ends[line] - evidence.NEAR
    hangs = (kind > 0) & (closed >= last) & near & (at < lines.ends[line] - 1)
    comes = (kind < 0) & (opened < first) & (at < lines.starts[line] + evidence.NEAR)
    told = np.zeros(len(lines), bool)
    told[line[hangs]] = True
    below = line[comes]
    told[below[below > 0] - 1] = True
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
    return tuple(map(among, (evidence.COMMAS, evidence.QUOTES, ends, evidence.NO_START)))


@cache
def _brackets() -> NDArray[np.int8]:
    """A table of the basic plane: the number of a bracket's kind, negative where it closes."""
    table = np.zeros(0x10000, np.int8)
    for n, (left, right) in enumerate(evidence.PAIRS.items(), 1):
        table[[ord(left), ord(right)]] = n, -n
    return table


@cache
def _pairs() -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """The folded form of each character, and by `_place` the pairs of characters that stand
    side by side in some word."""
    units = np.frombuffer(dictionary().decode("utf-8").encode("utf-16-le"), np.uint16)
    wide = units > 0xFF
    first = np.flatnonzero(wide[:-1] & wide[1:])
    table = np.zeros(1 << _BITS, np.bool_)
    table[_place(units[first], units[first + 1])] = True
    folded = np.arange(0x10000, dtype=np.uint16)
    points = np.frombuffer(plane().encode("utf-16-le"), np.uint16)
    folded[points] = np.frombuffer(evidence.folded(plane()).encode("utf-16-le"), np.uint16)
    return folded, table


def _place(first: NDArray[np.uint16], second: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """The place of a pair of characters in the table."""
    pair = first.astype(np.uint32) << np.uint32(16) | second
    return (pair * np.uint32(0x9E3779B1)) >> np.uint32(32 - _BITS)
