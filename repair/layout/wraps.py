"""Hard-wrapped runs: lines in a row most of which are as wide as the column, while the breaks
between them cut words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repair.layout import breaks
from repair.layout.lines import Bools, Counts, Lines, columns
from repair.scan import spread

# A run of wrapped lines: at least so many, none wider than WIDEST columns, at least this
# share of them full, and of the breaks between two Chinese characters this share cuts words.
SHORTEST, WIDEST, FULL, CUTS = 5, 120, 0.4, 0.12
LEAST_CUTS = 3
NARROWEST = 16  # columns: verse, names and word lists are narrower
UNDER, OVER = 5, 4  # columns by which a full line may miss or pass the width


@dataclass(frozen=True, slots=True)
class Wrap:
    """A run of hard-wrapped lines: from `first` to `last`, both inside."""

    first: int
    last: int
    columns: int
    indent: int  # columns before an ordinary line
    full: Bools  # which lines reach the edge of the column
    above: Counts  # characters of the word that is cut after each line, as `breaks.cut` has them
    below: Counts


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of lines: where each begins and stops."""

    first: Counts
    stop: Counts

    def of(self, which: Bools) -> _Runs:
        return _Runs(self.first[which], self.stop[which])


def find(lines: Lines) -> list[Wrap]:
    """The hard-wrapped runs in order."""
    if len(lines) < SHORTEST:
        return []
    free = (lines.sizes <= WIDEST) & ~lines.barred
    may = np.append(lines.open[:-1] & lines.linked, False)  # a word be cut after a line
    rows = may.nonzero()[0]
    may[rows] = breaks.paired(breaks.after(lines, rows))
    runs = _torn(may, _linked(lines, free))
    if not len(runs.first):
        return []
    inside = _inside(runs, len(lines)).nonzero()[0]
    widths = np.zeros(len(lines), np.intp)
    widths[inside] = lines.widths(inside)
    free &= widths <= WIDEST
    for i in lines.columned(inside).tolist():
        free[i] &= not columns(lines.content(i))
    runs = _torn(may, _linked(lines, free))
    return _even(lines, may, widths, runs) if len(runs.first) else []


def _linked(lines: Lines, free: Bools) -> _Runs:
    """The runs of free lines of one text."""
    on = free[1:] & free[:-1] & lines.linked
    first = (free & ~np.append(False, on)).nonzero()[0]
    stop = (free & ~np.append(on, False)).nonzero()[0] + 1
    return _Runs(first, stop).of(stop - first >= SHORTEST)


def _torn(may: Bools, runs: _Runs) -> _Runs:
    """Those with enough lines after which a word may be cut."""
    sums = np.append(0, np.cumsum(may))
    return runs.of(sums[runs.stop - 1] - sums[runs.first] >= LEAST_CUTS)


def _inside(runs: _Runs, size: int) -> Bools:
    """Which lines are in any of the runs."""
    steps = np.zeros(size + 1, np.intp)
    steps[runs.first] += 1
    steps[runs.stop] -= 1
    return np.cumsum(steps[:-1]) > 0


def _even(lines: Lines, may: Bools, widths: Counts, runs: _Runs) -> list[Wrap]:
    """The runs whose lines are as wide as a column and cut words, which they `may` do."""
    number = np.arange(len(runs.first))
    sizes = runs.stop - runs.first
    begins = np.cumsum(sizes) - sizes
    row, at = np.repeat(number, sizes), spread(runs.first, runs.stop)  # of each line: run, place
    widths, indents = widths[at], lines.indents[at]
    common = _columns(widths, row, len(number))
    middle = begins + sizes // 2
    apart = row * (indents.max() + 1)
    indent = (np.sort(apart + indents) - apart)[middle]
    reach = indents - indent[row] + widths
    full = (reach >= common[row] - UNDER) & (reach <= common[row] + OVER)
    share = np.bincount(row, full, len(number))
    fit = (common >= NARROWEST) & (share >= FULL * sizes)
    inner = ((fit[row] & lines.open[at])[:-1] & (row[1:] == row[:-1])).nonzero()[0]
    above, below = np.zeros((2, len(row)), np.intp)
    torn = inner[may[at[inner]]]
    above[torn], below[torn] = breaks.cut(breaks.after(lines, at[torn]))
    enough = _enough(lines, at[inner], row[inner], above[inner] > 0, len(number))
    return [
        Wrap(first, last - 1, int(common[n]), int(indent[n]), full[own], above[own], below[own])
        for n in number[enough].tolist()
        for first, last in [(int(runs.first[n]), int(runs.stop[n]))]
        for own in [slice(begins[n], begins[n] + sizes[n])]
    ]


def _enough(lines: Lines, rows: Counts, runs: Counts, cut: Bools, size: int) -> Bools:
    """Whether words are cut after enough of the lines of each run that may go on."""
    some = (np.bincount(runs, cut, size) >= LEAST_CUTS)[runs]
    for ends, shift in ((lines.closing, 0), (lines.opening, 1)):
        rows, runs, cut = rows[some], runs[some], cut[some]
        some = ~ends(rows + shift)
    cuts = np.bincount(runs[some], cut[some], size)
    return (cuts >= LEAST_CUTS) & (cuts >= CUTS * np.bincount(runs[some], minlength=size))


def _columns(widths: Counts, row: Counts, runs: int) -> Counts:
    """The width that most lines of each run reach; a page of two columns read as one has some
    wider."""
    places = WIDEST + 1
    counts = np.bincount(row * places + widths, minlength=runs * places).reshape(runs, places)
    sums = np.zeros((runs, places + 1), np.intp)
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    at = np.arange(places)
    near = sums[:, np.minimum(at + OVER + 1, places)] - sums[:, np.maximum(at - UNDER, 0)]
    most = int(counts.sum()) + 1
    rank = np.where(counts > 0, (near * most + counts) * places + at, -1)
    return np.asarray(np.argmax(rank, axis=1))
