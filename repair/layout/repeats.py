"""Bodies that stand twice in one document.

A page that was saved with its print view, or an extractor that met one text in two
elements, gives the same body twice. Only a whole block of lines counts, at least LEAST
characters of it, and only running text: choruses, forms and statutes repeat lines by right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout.lines import Counts, Lines
from repair.patterns import lazy
from repair.plane import wordy

LEAST = 200  # characters: the seeds' sound repetitions reach 80
SHINGLE = 6  # characters a shingle: a misread character spoils six
NEAR = 0.9  # share of the shorter block's shingles that a near copy holds
# A block counts as a body from this share of the document's characters, or this length: in
# 60,000 lines each of news, laws_prc, gazette_tw and twlaw, the longest sound copy has 400.
BODY, LONG = 0.25, 600
FITS = 0.6  # share of a line's shingles that the other block must hold
SEED = 20  # characters of a line that a block may start from: verse has shorter ones
OFTEN = 20  # lines from which a shingle is a form's, and no copy's

CLAUSE = 6  # characters of a clause that says something
WHOLE = 0.6  # of a body's characters at least stand in such clauses

_TRUE = np.ones(1, np.bool_)
_NONE = np.zeros(0, np.intp)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MARKS = scan.kind(  # with all white space
    "，。；：！？、,.;:!?“”‘’「」『』（）()《》"
    r"\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
)
_INK, _WORD = lazy(r"\W+"), lazy(r"\w")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two blocks of lines, given as (first, last) line index, both inside."""

    first: tuple[int, int]
    second: tuple[int, int]
    exact: bool  # the same characters but for white space and punctuation
    share: float  # of the smaller block's shingles that the other one holds
    length: int  # characters of the shorter block

    @property
    def confidence(self) -> float:
        """That one of the two is superfluous: sure only where nothing differs."""
        return 0.999 if self.exact else 0.9


def find(lines: Lines) -> dict[int, list[Repeat]]:
    """The repeated bodies of each text (its number) that has some, exact and long ones first,
    none overlapping another. Lines are counted in their text."""
    found = {n: _found(lines.only(n)) for n in suspects(lines).tolist()}
    return {n: repeated for n, repeated in found.items() if repeated}


def _found(lines: Lines) -> list[Repeat]:
    ink = _Ink(lines)
    found: list[Repeat] = []
    taken: set[int] = set()
    for repeat in sorted(_blocks(ink), key=lambda r: (not r.exact, -r.length)):
        used = {*range(repeat.first[0], repeat.first[1] + 1)}
        used |= {*range(repeat.second[0], repeat.second[1] + 1)}
        if repeat.length >= ink.least and repeat.share >= NEAR and not used & taken:
            taken |= used
            found.append(repeat)
    return found


def suspects(lines: Lines) -> Counts:
    """The cheap gate: the texts (their numbers) where in two places a third of a body's clauses
    stand again, most of a body away. (Of a near copy with a tenth of its shingles spoilt nine
    clauses in ten are whole if they have a shingle each, and half of them if they have
    thirty.)"""
    found = _clauses(lines)
    for code in (_edges, _inside):  # few clauses are left for the second
        if not len(found.owner):
            return _NONE
        codes = code(lines.scan.units, found) + found.owner.astype(np.uint64) * _ODD
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
        codes = codes * _ODD + units.take(place)
    return codes


def _inside(units: NDArray[np.uint16], found: _Clauses) -> NDArray[np.uint64]:
    """A code for each clause: its characters as digits of a number."""
    sizes = found.sizes
    begins = np.cumsum(sizes) - sizes
    column = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    powers = np.multiply.accumulate(np.full(sizes.max(), _ODD))
    digits = units[column + np.repeat(found.starts, sizes)] * powers[column]
    return np.asarray(np.add.reduceat(digits, begins), np.uint64)


def _dense(found: _Clauses) -> NDArray[np.bool_]:
    """In which of the texts (by their numbers) clauses with a third of a body's characters stand
    near together, in two places."""
    last, owner, body = found.last, found.owner, found.body
    # those within a body's length up to each, and from each on
    first = np.maximum(np.searchsorted(last, last - body, "right"), np.searchsorted(owner, owner))
    stop = np.searchsorted(last, last + body)
    stop = np.minimum(stop, np.searchsorted(owner, owner, "right"))
    sums = np.append(0, np.cumsum(found.sizes))
    ends = (3 * (sums[1:] - sums[first]) >= body).nonzero()[0]
    begins = (3 * (sums[stop] - sums[:-1]) >= body).nonzero()[0]
    texts = owner[-1] + 1 if len(owner) else 0
    earliest, latest = np.full(texts, len(owner)), np.zeros(texts, np.intp)
    earliest[owner[ends[::-1]]] = ends[::-1]
    latest[owner[begins]] = begins
    return np.asarray(latest > earliest)  # apart from one another


def _sorted(codes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Counts]:
    """The codes in some order, mixed and without their last bits, and the place of each. (To
    sort numbers is several times as fast as to sort places by them.)"""
    bits = np.uint64(len(codes).bit_length())
    mixed = codes * _ODD >> bits << bits
    mixed |= np.arange(len(codes), dtype=np.uint64)
    mixed.sort()
    return mixed >> bits, (mixed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)


def _apart(codes: NDArray[np.uint64], at: Counts) -> Counts:
    """How far from each code the farthest one like it stands, given where they stand."""
    order, place = _sorted(codes)
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


class _Ink:
    """A document's characters without white space and punctuation, by line, and its shingles:
    those that lie in one line, with a code and the line of each."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        first, last = int(lines.starts[0]), int(lines.ends[-1])
        points = lines.scan.units[first:last].astype(np.uint64)
        word = wordy().take(lines.scan.units[first:last])
        for i in (points & 0xF800 == 0xD800).nonzero()[0].tolist():  # beyond the basic plane
            char = lines.text[first + i]
            points[i], word[i] = ord(char), bool(_WORD.match(char))
        place = word.nonzero()[0]
        edges = np.searchsorted(place, np.append(lines.starts, last) - first)
        self.sizes = np.diff(edges)
        self.least = max(LEAST, min(BODY * len(place), LONG))  # characters of a body
        line = np.repeat(np.arange(len(lines)), self.sizes)
        ink = points[place]
        three = ink[:-2] << np.uint64(42) | ink[1:-1] << np.uint64(21) | ink[2:]
        six = three[:-3] * _ODD + three[3:]
        inside = (line[: len(six)] == line[SHINGLE - 1 :]).nonzero()[0]
        self.codes, self.line = six[inside], line[inside]
        self._marks: dict[int, frozenset[int]] = {}

    def text(self, i: int) -> str:
        """The ink of a line."""
        return _INK.sub("", self.lines.content(i))

    @cached_property
    def counts(self) -> Counts:
        """Shingles of each line."""
        return np.bincount(self.line, minlength=len(self.lines))

    @cached_property
    def order(self) -> tuple[NDArray[np.uint64], Counts]:
        """The codes in order, and the line of each."""
        codes, place = _sorted(self.codes)
        return codes, self.line[place]

    @cached_property
    def odd(self) -> Counts:
        """Shingles of each line that stand nowhere else in the document."""
        codes, line = self.order
        other = np.concatenate((_TRUE, codes[1:] != codes[:-1], _TRUE))
        return np.bincount(line[other[1:] & other[:-1]], minlength=len(self.lines))

    @cached_property
    def copied(self) -> NDArray[np.bool_]:
        """The second gate, a line of which is in the shorter block of every repeat: the lines
        in a row with the characters of a body, a tenth of whose shingles at most stand nowhere
        else in the document."""
        score = np.concatenate(([0.0], np.cumsum((1 - NEAR + 1e-9) * self.counts - self.odd)))
        before = np.minimum.accumulate(score)  # the lowest of the starts up to each line
        ends = np.concatenate(([0], np.cumsum(self.sizes)))
        last = np.searchsorted(ends, ends - self.least, side="right") - 1  # start of a body
        stop = ((last >= 0) & (score >= before[last])).nonzero()[0]
        steps = np.zeros(len(ends), np.intp)
        np.add.at(steps, np.searchsorted(-before, -score[stop]), 1)
        np.add.at(steps, stop, -1)
        return np.asarray(np.cumsum(steps[:-1]) > 0)

    @cached_property
    def runs(self) -> tuple[NDArray[np.bool_], Counts, Counts]:
        """Which lines a block could take in, since their shingles stand elsewhere; the number of
        the run of such lines that each is in, or any other stands above; characters of the runs."""
        stays = (self.counts > 0) & (self.counts - self.odd >= FITS * self.counts)
        number = np.cumsum(~stays, dtype=np.intp)
        room = np.bincount(number, np.where(stays, self.sizes, 0))
        return stays, number, room.astype(np.intp)

    def wide(self) -> NDArray[np.bool_]:
        """The third: which lines could be the seeds of a body. With all the lines around that a
        block could take in they have its length."""
        stays, number, room = self.runs
        left = np.where(stays, 0, room[np.maximum(number - 1, 0)])
        return np.asarray(room[number] + left + np.where(stays, 0, self.sizes) >= self.least)

    def beside(self, above: Counts, below: Counts) -> NDArray[np.bool_]:
        """The fourth: which pairs of lines could be the seeds of two bodies. Both in one run, it
        has room for both."""
        stays, number, room = self.runs
        one = stays[above] & stays[below] & (number[above] == number[below])
        return np.asarray(~one | (room[number[above]] >= 2 * self.least))

    def marks(self, i: int) -> frozenset[int]:
        """The shingles of a line; none beyond the first and the last."""
        made = self._marks.get(i)
        if made is None:
            inside = 0 <= i < len(self.lines)
            codes = self.codes[self.edges[i] : self.edges[i + 1]].tolist() if inside else ()
            made = self._marks[i] = frozenset(codes)
        return made

    @cached_property
    def lengths(self) -> list[int]:
        """Characters of each line, for one look."""
        found: list[int] = self.sizes.tolist()
        return found

    @cached_property
    def edges(self) -> list[int]:
        """Where the shingles of each line begin, and the end."""
        found: list[int] = np.searchsorted(self.line, np.arange(len(self.lines) + 1)).tolist()
        return found

    def alike(self) -> Iterator[tuple[int, int]]:
        """Two lines each that share half of the shingles of the shorter one, and could be a
        body's: for each line at most two, those below it with which it shares most."""
        if not self.copied.any():
            return
        wide = self.wide()
        if not wide.any():
            return
        order, line = self.order
        new = np.concatenate((_TRUE, (order[1:] != order[:-1]) | (line[1:] != line[:-1])))
        seed = new & (self.sizes >= SEED)[line]
        order, line = order[seed], line[seed]
        kinds = np.bincount(line, minlength=len(self.lines))  # different shingles of each line
        begins = (np.concatenate((_TRUE, order[1:] != order[:-1]))).nonzero()[0]
        counts = np.diff(np.append(begins, len(order)))
        few = np.repeat((counts > 1) & (counts <= OFTEN), counts)
        order, line = order[few], line[few]
        pairs = []
        same = wide[line].nonzero()[0]  # which have one like them so far on
        for far in range(1, OFTEN):
            same = same[: np.searchsorted(same, len(order) - far)]
            same = same[order[same + far] == order[same]]
            if not len(same):
                break
            pairs.append(line[same] * len(self.lines) + line[same + far])
        every = np.sort(np.concatenate((_NONE, *pairs)))
        begins = np.diff(every, prepend=-1).nonzero()[0]
        shared = np.diff(np.append(begins, len(every)))
        above, below = np.divmod(every[begins], len(self.lines))
        fit = wide[below] & self.beside(above, below)
        fit &= shared >= 0.5 * np.minimum(kinds[above], kinds[below])
        if not (fit & (self.copied[above] | self.copied[below])).any():
            return
        most = np.lexsort((below, -shared, above))
        best = np.searchsorted(above, above) + 1 >= np.arange(len(above))  # two of each line
        for n in most[best & fit[most]].tolist():
            yield int(above[n]), int(below[n])


def _blocks(ink: _Ink) -> list[Repeat]:
    """Pairs of blocks that hold the same text: seeded by two similar lines, grown while the
    next lines on both sides are in the other block too."""
    blocks: list[Repeat] = []
    done: set[tuple[int, int]] = set()
    for i, j in ink.alike():
        if (i, j) not in done:
            block = _grow(ink, i, j)
            done |= set(product(range(*_past(block.first)), range(*_past(block.second))))
            blocks.append(block)
    return blocks


def _past(block: tuple[int, int]) -> tuple[int, int]:
    return block[0], block[1] + 1


def _grow(ink: _Ink, i: int, j: int) -> Repeat:
    """The largest two blocks around lines i and j that hold the same text, however each is
    cut into lines: a line is taken in while the other block, or the line that it would take
    in next, holds it."""
    sizes = ink.lengths
    blocks = [[i, i], [j, j]]
    held = [set(ink.marks(i)), set(ink.marks(j))]
    size = [sizes[i], sizes[j]]
    grown = True
    while grown:
        grown = False
        for own, other, end, step in ((0, 1, 0, -1), (0, 1, 1, 1), (1, 0, 0, -1), (1, 0, 1, 1)):
            at, ahead = blocks[own][end] + step, blocks[other][end] + step
            apart = at < blocks[1][0] if own == 0 else blocks[0][1] < at
            marks = ink.marks(at)
            if not marks or not apart:
                continue
            room = size[own] + sizes[at] <= 1.1 * size[other]
            inside = room and len(marks & held[other]) >= FITS * len(marks)
            if not inside and len(marks & ink.marks(ahead)) < FITS * len(marks):
                continue
            blocks[own][end] = at
            held[own] |= marks
            size[own] += sizes[at]
            grown = True
    share = len(held[0] & held[1]) / (min(map(len, held)) or 1)
    exact = False
    if min(size) >= ink.least and share >= NEAR:  # else it is no repeat
        one, two = ("".join(map(ink.text, range(a, b + 1))) for a, b in blocks)
        exact = one == two
    return Repeat(
        (blocks[0][0], blocks[0][1]), (blocks[1][0], blocks[1][1]), exact, share, min(size)
    )  # fmt: skip
