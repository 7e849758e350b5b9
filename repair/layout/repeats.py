"""Bodies that stand twice in one document.

A page that was saved with its print view, or an extractor that met one text in two
elements, gives the same body twice. Only a whole block of lines counts, at least LEAST
characters of it, and only running text: choruses, forms and statutes repeat lines by right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout.clauses import BODY, LEAST, LONG, ODD, ordered, suspects
from repair.layout.lines import Counts, Lines
from repair.patterns import lazy
from repair.plane import wordy

SHINGLE = 6  # characters a shingle: a misread character spoils six
NEAR = 0.9  # share of the shorter block's shingles that a near copy holds
SPOILT = 10  # one shingle in so many at most stands nowhere else, then
FITS = 0.6  # share of a line's shingles that the other block must hold
SEED = 20  # characters of a line that a block may start from: verse has shorter ones
SOME = 32  # texts that are searched together: the arrays of more fall out of the caches
OFTEN = 20  # lines from which a shingle is a form's, and no copy's

_TRUE = np.ones(1, np.bool_)
_NONE = np.zeros(0, np.intp)
_OTHER = np.uint64(0xD6E8FEB86659FD93)  # odd: tells the texts' codes apart
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
    numbers = suspects(lines)
    found: dict[int, list[Repeat]] = {}
    for first in range(0, len(numbers), SOME):
        found |= _found(lines, numbers[first : first + SOME])
    return found


def _found(lines: Lines, numbers: Counts) -> dict[int, list[Repeat]]:
    found: dict[int, list[Repeat]] = {}
    ink = _Ink(lines, numbers)
    taken: set[int] = set()
    for repeat in sorted(_blocks(ink), key=lambda r: (not r.exact, -r.length)):
        used = {*range(*_past(repeat.first)), *range(*_past(repeat.second))}
        if (
            repeat.length >= ink.least[repeat.first[0]]
            and repeat.share >= NEAR
            and not used & taken
        ):
            taken |= used
            n = int(ink.owner[repeat.first[0]])
            found.setdefault(int(numbers[n]), []).append(_shifted(repeat, int(ink.heads[n]) + 1))
    return found


def _shifted(repeat: Repeat, by: int) -> Repeat:
    (a, b), (c, d) = repeat.first, repeat.second
    return replace(repeat, first=(a - by, b - by), second=(c - by, d - by))


class _Ink:
    """The characters of some texts without white space and punctuation, by line, and their
    shingles: those that lie in one line, with a code and the line of each. Above each text's
    lines stands an empty one, its head, that no block goes beyond."""

    def __init__(self, lines: Lines, numbers: Counts) -> None:
        begin, stop = lines.bounds(numbers)
        sizes = stop - begin + 1
        self.lines, self.rows = lines, scan.spread(begin - 1, stop)
        self.heads = np.cumsum(sizes) - sizes
        self.owner = np.repeat(np.arange(len(numbers)), sizes)  # in `numbers`
        first, last = lines.starts[begin], lines.ends[stop - 1]
        bounds = zip(first.tolist(), last.tolist(), strict=True)
        units = np.concatenate([lines.scan.units[a:b] for a, b in bounds])
        shift = (first - (np.cumsum(last - first) - (last - first)))[self.owner]
        starts = lines.starts.take(self.rows) - shift
        starts[self.heads] = starts[self.heads + 1]
        word, beyond = wordy().take(units), (units >> 11 == 0xD800 >> 11).nonzero()[0]
        rows = np.searchsorted(starts, beyond, "right") - 1
        chars = [lines.text[at] for at in (beyond + shift[rows]).tolist()]  # of no basic plane
        word[beyond] = [bool(_WORD.match(char)) for char in chars]
        kept = word.nonzero()[0]
        edges = np.searchsorted(kept, np.append(starts, len(units)))
        self.sizes = np.diff(edges)
        total = np.bincount(self.owner, self.sizes)
        self.least = np.maximum(LEAST, np.minimum(BODY * total, LONG))[self.owner]  # of a body
        ink = units.astype(np.uint64)
        ink[beyond] = list(map(ord, chars))
        ink = ink.take(kept)
        three = ink[:-2] << np.uint64(42) | ink[1:-1] << np.uint64(21) | ink[2:]
        six = three[:-3] * ODD + three[3:]
        self.counts = np.maximum(self.sizes - SHINGLE + 1, 0)  # shingles of each line
        self.codes = six.take(scan.spread(edges[:-1], edges[:-1] + self.counts))
        self.line = np.repeat(np.arange(len(self)), self.counts)
        self._marks: dict[int, frozenset[int]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, i: int) -> str:
        """The ink of a line."""
        return _INK.sub("", self.lines.content(self.rows[i]))

    @cached_property
    def order(self) -> tuple[NDArray[np.uint64], Counts]:
        """The codes in order, and the line of each; those of two texts differ."""
        texts = np.repeat(self.owner.astype(np.uint64) * _OTHER, self.counts)
        codes, place = ordered(self.codes + texts)
        return codes, self.line.take(place)

    @cached_property
    def odd(self) -> Counts:
        """Shingles of each line that stand nowhere else in its text."""
        codes, line = self.order
        other = np.concatenate((_TRUE, codes[1:] != codes[:-1], _TRUE))
        return np.bincount(line.compress(other[1:] & other[:-1]), minlength=len(self))

    @cached_property
    def copied(self) -> NDArray[np.bool_]:
        """The second gate, a line of which is in the shorter block of every repeat: the lines
        in a row with the characters of a body, a tenth of whose shingles at most stand nowhere
        else in their text."""
        steps = self.counts - SPOILT * self.odd
        steps[self.heads] = -SPOILT * (len(self.codes) + 1)  # below all that stands before
        score = np.append(0, np.cumsum(steps))
        before = np.minimum.accumulate(score)  # the lowest of the starts up to each line
        ends = np.append(0, np.cumsum(self.sizes))
        least = np.append(self.least[:1], self.least)
        last = np.searchsorted(ends, ends - least, side="right") - 1  # start of a body
        stop = ((last >= 0) & (score >= before[last])).nonzero()[0]
        first = np.searchsorted(-before, -score[stop])
        inside = np.bincount(first, minlength=len(ends)) - np.bincount(stop, minlength=len(ends))
        return np.asarray(np.cumsum(inside[:-1]) > 0)

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
        left = np.where(stays, 0, room[number - 1])
        return np.asarray(room[number] + left + np.where(stays, 0, self.sizes) >= self.least)

    def beside(self, above: Counts, below: Counts) -> NDArray[np.bool_]:
        """The fourth: which pairs of lines could be the seeds of two bodies. Both in one run, it
        has room for both."""
        stays, number, room = self.runs
        one = stays[above] & stays[below] & (number[above] == number[below])
        return np.asarray(~one | (room[number[above]] >= 2 * self.least[above]))

    def marks(self, i: int) -> frozenset[int]:
        """The shingles of a line; none beyond the first and the last."""
        made = self._marks.get(i)
        if made is None:
            inside = 0 <= i < len(self)
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
        found: list[int] = np.searchsorted(self.line, np.arange(len(self) + 1)).tolist()
        return found

    def holding(self, which: NDArray[np.bool_] | Counts) -> NDArray[np.bool_]:
        """The lines of the texts that have any of these."""
        told = np.zeros(len(self.heads), np.bool_)
        told[self.owner[which]] = True
        return told[self.owner]

    def alike(self) -> Iterator[tuple[int, int]]:
        """Two lines each that share half of the shingles of the shorter one, and could be a
        body's: for each line at most two, those below it with which it shares most."""
        may = self.holding(self.copied)
        wide = may & self.wide() if may.any() else may
        if not wide.any():
            return
        seed = (self.holding(wide) & (self.sizes >= SEED)).take(self.order[1]).nonzero()[0]
        order, line = (part.take(seed) for part in self.order)
        new = np.append(True, (order[1:] != order[:-1]) | (line[1:] != line[:-1]))[: len(order)]
        order, line = order.compress(new), line.compress(new)
        kinds = np.bincount(line, minlength=len(self))  # different shingles of each line
        begins = np.append(True, order[1:] != order[:-1])[: len(order)].nonzero()[0]
        counts = np.diff(np.append(begins, len(order)))
        few = np.repeat((counts > 1) & (counts <= OFTEN), counts)
        order, line = order.compress(few), line.compress(few)
        pairs = []
        same = wide.take(line).nonzero()[0]  # which have one like them so far on
        for far in range(1, OFTEN):
            same = same[: np.searchsorted(same, len(order) - far)]
            same = same.compress(order.take(same + far) == order.take(same))
            if not len(same):
                break
            pairs.append(line.take(same) * len(self) + line.take(same + far))
        every = np.sort(np.concatenate((_NONE, *pairs)))
        begins = np.diff(every, prepend=-1).nonzero()[0]
        shared = np.diff(np.append(begins, len(every)))
        above, below = np.divmod(every[begins], len(self))
        fit = wide[below] & self.beside(above, below)
        fit &= shared >= 0.5 * np.minimum(kinds[above], kinds[below])
        copied = fit & (self.copied[above] | self.copied[below])
        fit &= self.holding(above[copied])[above]
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
    sizes, least = ink.lengths, ink.least[i]
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
    if min(size) >= least and share >= NEAR:  # else it is no repeat
        one, two = ("".join(map(ink.text, range(a, b + 1))) for a, b in blocks)
        exact = one == two
    return Repeat(
        (blocks[0][0], blocks[0][1]), (blocks[1][0], blocks[1][1]), exact, share, min(size)
    )  # fmt: skip
