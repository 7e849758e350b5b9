"""Hard-wrapped runs: lines in a row most of which are as wide as the column, while the breaks
between them cut words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.layout import breaks
from repair.layout.lines import Counts, Lines

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
    full: NDArray[np.bool_]  # which lines reach the edge of the column


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of lines: where each begins and stops."""

    first: Counts
    stop: Counts

    def of(self, which: NDArray[np.bool_]) -> _Runs:
        return _Runs(self.first[which], self.stop[which])


def find(lines: Lines, barred: Collection[int] = ()) -> list[Wrap]:
    """The hard-wrapped runs, in order, without the `barred` lines."""
    if len(lines) < SHORTEST:
        return []
    free = lines.widths <= WIDEST
    free[list(barred)] = False
    runs = _open(lines, _linked(lines, free))
    if not len(runs.first):
        return []
    for i in lines.columned((_inside(runs, len(lines))).nonzero()[0]).tolist():
        free[i] = not lines[i].columns
    return _even(lines, _open(lines, _linked(lines, free)))


def _linked(lines: Lines, free: NDArray[np.bool_]) -> _Runs:
    """The runs of free lines of one text."""
    on = free[1:] & free[:-1] & lines.linked
    first = (free & ~np.append(False, on)).nonzero()[0]
    stop = (free & ~np.append(on, False)).nonzero()[0] + 1
    return _Runs(first, stop).of(stop - first >= SHORTEST)


def _open(lines: Lines, runs: _Runs) -> _Runs:
    """Those with lines enough that may go on."""
    sums = np.append(0, np.cumsum(lines.open))
    return runs.of(sums[runs.stop - 1] - sums[runs.first] >= LEAST_CUTS)


def _inside(runs: _Runs, size: int) -> NDArray[np.bool_]:
    """Which lines are in any of the runs."""
    steps = np.zeros(size + 1, np.intp)
    steps[runs.first] += 1
    steps[runs.stop] -= 1
    return np.cumsum(steps[:-1]) > 0


def _even(lines: Lines, runs: _Runs) -> list[Wrap]:
    """The runs whose lines are as wide as a column and cut words."""
    number = np.arange(len(runs.first))
    sizes = runs.stop - runs.first
    begins = np.cumsum(sizes) - sizes
    row = np.repeat(number, sizes)  # the run of each line, and the line
    at = np.arange(len(row)) + np.repeat(runs.first - begins, sizes)
    widths, indents = lines.widths[at], lines.indents[at]
    columns = _columns(widths, row, len(number))
    middle = begins + sizes // 2
    indent = indents[np.lexsort((indents, row))][middle]
    reach = indents - indent[row] + widths
    full = (reach >= columns[row] - UNDER) & (reach <= columns[row] + OVER)
    share = np.bincount(row, full, len(number))
    fit = (columns >= NARROWEST) & (share >= FULL * sizes)
    inner = ((fit[row] & lines.open[at])[:-1] & (row[1:] == row[:-1])).nonzero()[0]
    cut = _cut(lines, at[inner], row[inner])
    found = row[np.searchsorted(at, cut)]
    some = np.bincount(found, minlength=len(number)) > 0
    return [
        Wrap(int(runs.first[n]), int(runs.stop[n]) - 1, int(columns[n]), int(indent[n]), whole)
        for n in number[some].tolist()
        for whole in [full[begins[n] : begins[n] + sizes[n]]]
        if _enough(lines, runs.first[n], runs.stop[n] - 1, cut[found == n])
    ]


def _enough(lines: Lines, first: int, last: int, cut: Counts) -> bool:
    """Whether words are cut after enough of the breaks of a run that may go on."""
    rows = np.arange(first, last)
    rows = rows[~lines.closing(rows)]
    rows = rows[~lines.opening(rows + 1)]
    cuts = int(np.isin(cut, rows).sum())
    return cuts >= LEAST_CUTS and cuts >= CUTS * len(rows)


def _cut(lines: Lines, rows: Counts, runs: Counts) -> Counts:
    """Of the lines that may go on in some runs those after which a word is cut, in the runs
    where enough words are."""
    for cut in (breaks.paired, _cuts):
        told = cut(breaks.after(lines, rows))
        rows, runs = rows[told], runs[told]
        many = (np.bincount(runs, minlength=1) >= LEAST_CUTS)[runs]
        rows, runs = rows[many], runs[many]
    return rows


def _cuts(found: breaks.Breaks) -> NDArray[np.bool_]:
    return breaks.cut(found)[0] > 0


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
