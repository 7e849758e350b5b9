"""Hard-wrapped runs: lines in a row most of which are as wide as the column, while the breaks
between them cut words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.layout import edges
from repair.layout.evidence import cut_words
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
    apart: bool  # its paragraphs are set apart by blank lines or an indent
    indent: int  # columns before an ordinary line
    full: Sequence[bool]  # whether each line reaches the edge of the column


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
    runs = _open(lines, _linked(lines, free))
    return [run for run in _even(lines, runs) if run]


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


def _even(lines: Lines, runs: _Runs) -> list[Wrap | None]:
    """The runs whose lines are as wide as a column and cut words."""
    number = np.arange(len(runs.first))
    sizes = runs.stop - runs.first
    row = np.repeat(number, sizes)  # the run of each line, and the line
    at = np.arange(len(row)) + np.repeat(runs.first - np.cumsum(sizes) + sizes, sizes)
    widths, indents = lines.widths[at], lines.indents[at]
    columns = _columns(widths, row, len(number))
    middle = np.cumsum(sizes) - sizes + sizes // 2
    indent = indents[np.lexsort((indents, row))][middle]
    reach = indents - indent[row] + widths
    full = (reach >= columns[row] - UNDER) & (reach <= columns[row] + OVER)
    share = np.bincount(row, full, len(number))
    fit = (columns >= NARROWEST) & (share >= FULL * sizes)
    inner = ((fit[row] & lines.open[at])[:-1] & (row[1:] == row[:-1])).nonzero()[0]
    cut = _cut(lines, at[inner], row[inner])
    return [
        _wrap(lines, range(int(runs.first[n]), int(runs.stop[n])), int(columns[n]), int(indent[n]),
              full[row == n].tolist(), cut)
        for n in np.unique(row[np.searchsorted(at, sorted(cut))]).tolist()
    ]  # fmt: skip


def _cut(lines: Lines, rows: Counts, runs: Counts) -> set[int]:
    """Of the lines that may go on in some runs those after which a word is cut, in the runs
    where enough words are."""
    for words in (edges.worded, _words):
        told = words(lines, rows)
        rows, runs = rows[told], runs[told]
        many = (np.bincount(runs, minlength=1) >= LEAST_CUTS)[runs]
        rows, runs = rows[many], runs[many]
    return set(rows.tolist())


def _words(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    found = cut_words([(lines.content(i), lines.content(i + 1)) for i in rows.tolist()])
    return np.array([bool(word) for word in found], np.bool_)


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


def _wrap(
    lines: Lines, rows: range, columns: int, indent: int, full: Sequence[bool], cut: set[int]
) -> Wrap | None:
    """The run of these lines, some of which reach the edge and after some of which words are
    cut; None if those are not enough of its breaks."""
    may = rows[0] + (lines.open[rows[0] : rows[-1]]).nonzero()[0]
    breaks = [i for i in may.tolist() if not lines[i].ends and not lines[i + 1].opens]
    cuts = sum(i in cut for i in breaks)
    if cuts < LEAST_CUTS or cuts < CUTS * len(breaks):
        return None
    short = rows[0] + (~np.array(full[:-1])).nonzero()[0]
    last = short[[not lines.open[i] or lines[i].ends for i in short.tolist()]] + 1
    ends = (lines.gaps[last] > 0) | (lines.indents[last] > indent)
    return Wrap(rows[0], rows[-1], columns, ends.sum() >= 0.8 * len(ends) > 0, indent, full)
