"""The cheap gate of `repeats`: texts whose clauses stand again, a body away."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout.lines import Counts, Lines

LEAST = 200  # characters of a body: the seeds' sound repetitions reach 80
# A block counts as a body from this share of the document's characters, or this length: in
# 60,000 lines each of news, laws_prc, gazette_tw and twlaw, the longest sound copy has 400.
BODY, LONG = 0.25, 600
CLAUSE = 6  # characters of a clause that says something
WHOLE = 0.6  # of a body's characters at least stand in such clauses

_NONE = np.zeros(0, np.intp)
ODD = np.uint64(0x9E3779B97F4A7C15)  # what codes are mixed with
_MARKS = scan.kind(  # with all white space
    "，。；：！？、,.;:!?“”‘’「」『』（）()《》"
    r"\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
)


def suspects(lines: Lines) -> Counts:
    """The cheap gate: the texts (their numbers) where in two places half of a body's clauses
    stand again, most of a body away. (Of a near copy with a tenth of its shingles spoilt nine
    clauses in ten are whole if they have a shingle each, and half of them if they have
    thirty.)"""
    found = _clauses(lines)
    for code in (_edges, _inside):  # few clauses are left for the second
        if not len(found.owner):
            return _NONE
        codes = code(lines.scan.units, found) + found.owner.astype(np.uint64) * ODD
        found = found.of((3 * _apart(codes, found.last) >= 2 * found.body).nonzero()[0])
        found = found.of(_dense(found)[found.owner].nonzero()[0])
    return found.owner.take(np.diff(found.owner, prepend=-1).nonzero()[0])


class _Clauses(NamedTuple):
    """Clauses that say something, in order: where each begins and ends, also without what lies
    between them, its text's number, and the characters of a body's clauses there."""

    starts: Counts
    ends: Counts
    last: Counts
    owner: Counts
    body: Counts

    @property
    def sizes(self) -> Counts:
        return self.ends - self.starts

    def of(self, which: Counts) -> _Clauses:
        """Some of them."""
        return _Clauses(*(part.take(which) for part in self))


def _clauses(lines: Lines) -> _Clauses:
    """Those of the texts that could hold two bodies."""
    size = len(lines.scan.units)
    marks = lines.scan.where(_MARKS)
    starts, ends = np.append(0, marks + 1), np.append(marks, size)
    long = (ends - starts >= CLAUSE).nonzero()[0]
    starts, ends = starts.take(long), ends.take(long)
    last = np.cumsum(ends - starts)
    begins = np.searchsorted(starts, np.append(lines.firsts, size))
    total = np.diff(np.append(0, last)[begins])  # of each text
    body = (WHOLE * np.maximum(LEAST, np.minimum(BODY * total, LONG))).astype(np.intp)
    owner = np.repeat(np.arange(len(body)), np.diff(begins))
    found = _Clauses(starts, ends, last, owner, body[owner])
    return found.of((total >= 2 * body)[owner].nonzero()[0])


def _edges(units: NDArray[np.uint16], found: _Clauses) -> NDArray[np.uint64]:
    """A code for each clause, the same for those of a length that are the same at the edges."""
    codes = found.sizes.astype(np.uint64)
    for place in (found.starts, found.starts + 2, found.ends - 3, found.ends - 1):
        codes = codes * ODD + units.take(place)
    return codes


def _inside(units: NDArray[np.uint16], found: _Clauses) -> NDArray[np.uint64]:
    """A code for each clause: its characters as digits of a number."""
    sizes = found.sizes
    begins = np.cumsum(sizes) - sizes
    column = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    powers = np.multiply.accumulate(np.full(sizes.max(), ODD))
    digits = units[column + np.repeat(found.starts, sizes)] * powers[column]
    return np.asarray(np.add.reduceat(digits, begins), np.uint64)


def _dense(found: _Clauses) -> NDArray[np.bool_]:
    """In which of the texts (by their numbers) clauses with half of a body's characters stand
    near together, in two places."""
    last, owner, body = found.last, found.owner, found.body
    # those within a body's length up to each, and from each on
    first = np.maximum(np.searchsorted(last, last - body, "right"), np.searchsorted(owner, owner))
    stop = np.searchsorted(last, last + body)
    stop = np.minimum(stop, np.searchsorted(owner, owner, "right"))
    sums = np.append(0, np.cumsum(found.sizes))
    ends = (2 * (sums[1:] - sums[first]) >= body).nonzero()[0]
    begins = (2 * (sums[stop] - sums[:-1]) >= body).nonzero()[0]
    texts = owner[-1] + 1 if len(owner) else 0
    earliest, latest = np.full(texts, len(owner)), np.zeros(texts, np.intp)
    earliest[owner[ends[::-1]]] = ends[::-1]
    latest[owner[begins]] = begins
    return np.asarray(latest > earliest)  # apart from one another


def ordered(codes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Counts]:
    """The codes in some order, mixed and without their last bits, and the place of each. (To
    sort numbers is several times as fast as to sort places by them.)"""
    bits = np.uint64(len(codes).bit_length())
    mixed = codes * ODD >> bits << bits
    mixed |= np.arange(len(codes), dtype=np.uint64)
    mixed.sort()
    return mixed >> bits, (mixed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)


def _apart(codes: NDArray[np.uint64], at: Counts) -> Counts:
    """How far from each code the farthest one like it stands, given where they stand."""
    order, place = ordered(codes)
    same = order[1:] == order[:-1]
    some = (np.append(False, same) | np.append(same, False)).nonzero()[0]
    order, place = order[some], place[some]
    here = at[place]  # rising among those that are alike
    begins = np.append(True, order[1:] != order[:-1])[: len(order)].nonzero()[0]
    sizes = np.diff(np.append(begins, len(order)))
    found = np.zeros_like(at)
    found[place] = np.maximum(
        here - np.repeat(here[begins], sizes), np.repeat(here[begins + sizes - 1], sizes) - here
    )
    return found
