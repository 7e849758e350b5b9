"""Headings that stuck to the paragraph below them.

`一、以法育人，建设法治校园全校开设…`: no mark is left where the heading ended. Its sisters
say it: headings of one series are set in parallel, to the character. Among the lengths that
all of them could have, the one wins where the model sees a sentence begin in every line; a
word that all of them end in makes it sure. One line alone says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from repair.layout.breaks import Breaks
from repair.layout.evidence import seams
from repair.layout.lines import HAN, LONGEST_HEADING, Counts, Line, Lines
from repair.patterns import lazy
from repair.plane import among

LEAST_TAIL, MOST_TAIL = 4, 24  # characters of a heading's last clause
FIRST_CLAUSE = 10  # characters before the first comma of a heading in two clauses
REST = 12  # characters that must follow for a line to be more than its heading
ASK = -2.0  # mean log-odds of running on, at the winning length, from which it is asked
SHARED = 3.0  # nats for a word that all headings end in
_DIGITS = "一二三四五六七八九十"
_NUMBER = lazy(rf"([{_DIGITS}])、\s*|[（(]([{_DIGITS}])[)）]\s*")
_BRACKETS = among("（("), among(")）")
_COLON = among("：:")
_PLACES = np.zeros(0x10000, np.int8)
_PLACES[[ord(digit) for digit in _DIGITS]] = range(1, 11)
_FIRST = (_PLACES > 0) | _BRACKETS[0]
_COMMA = lazy(r"[，,]")
_CLAUSE = lazy(r"[，,。；;：:、！？!?]")
_EDGE = lazy(rf"[{HAN}”》）)][{HAN}“《（(]")


@dataclass(frozen=True, slots=True)
class Split:
    """A heading that ends at `at`, an offset in the text."""

    line: int
    at: int
    sure: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class _Sister:
    line: int
    base: int  # offset in the line from which the last clause is counted
    stop: int  # where its last clause can end at the latest
    alone: bool  # the heading stands by itself: its length is known


def find(lines: Lines) -> list[Split]:
    """The headings that stuck to their paragraphs, in the lines of a body."""
    groups = [group for series in _series(lines) if (group := _group(lines, series))]
    options = [_options(lines, group) for group in groups]
    glued = [
        (s.line, s.base + n)
        for group, lengths in zip(groups, options, strict=True)
        for n in lengths
        for s in group
        if not s.alone
    ]
    if not glued:
        return []
    rows, sizes = np.array(glued).T
    starts, stops = lines.starts[rows], lines.ends[rows]
    found = Breaks(lines.text, lines.scan, starts, starts + sizes, starts + sizes, stops)
    scores = iter(seams(found).read().runs_on.tolist())
    return [
        split
        for group, lengths in zip(groups, options, strict=True)
        for split in _split(lines, group, lengths, scores)
    ]


def _group(lines: Lines, series: Sequence[int]) -> list[_Sister]:
    """The lines of a series as headings of two clauses, or of one; none if they can't be, or
    if all of them stand alone."""
    for commas in (True, False):
        sisters = [s for i in series if (s := _sister(i, lines[i], commas))]
        if len(sisters) == len(series) and not all(s.alone for s in sisters):
            return sisters
    return []


def _series(lines: Lines) -> list[list[int]]:
    """Runs of lines numbered 一, 二, 三 …, of one kind of number, over paragraphs."""
    rows, places, kind = _numbered(lines)
    if not (places == 2).any():
        return []
    order = np.lexsort((rows, kind))  # in each text those in brackets and the others
    rows, places, kind = rows[order], places[order], kind[order]
    first = np.maximum.accumulate(np.where(places == 1, np.arange(len(rows)), -1))
    held = ((first >= 0) & (kind[first] == kind) & ~_listed(lines, rows)[first]).nonzero()[0]
    rows, places, first = rows[held], places[held], first[held]
    columns = rows.tolist(), places.tolist(), first.tolist(), _over_paragraphs(lines, rows).tolist()
    runs: dict[int, list[int]] = {}
    overs: dict[int, int] = {}  # how many lines of a run stand over paragraphs: most headings do
    for i, place, n, over in zip(*columns, strict=True):
        run = runs.setdefault(n, [])
        if len(run) == place - 1:
            run.append(i)
            overs[n] = overs.get(n, 0) + over
    return sorted(
        run for n, run in runs.items() if len(run) > 1 and 3 * overs[n] >= 2 * len(run)
    )  # fmt: skip


def _numbered(lines: Lines) -> tuple[Counts, Counts, Counts]:
    """The lines that begin with a number as in `_NUMBER`, the numbers, and what kind of number
    of which text they have."""
    units = lines.scan.units
    rows = (_FIRST.take(units.take(lines.starts)) & ~lines.barred).nonzero()[0]
    first, second, third = (units.take(lines.starts[rows] + n, mode="clip") for n in range(3))
    plain = (_PLACES[first] > 0) & (second == ord("、"))
    inside = _BRACKETS[0][first] & (_PLACES[second] > 0) & _BRACKETS[1][third]
    places = np.where(inside, _PLACES[second], _PLACES[first])
    some = (plain | inside).nonzero()[0]
    return rows[some], places[some], 2 * lines.owners[rows[some]] + inside[some]


def _listed(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Which of the lines stand under a lead with a colon, as a list's first item does."""
    above = rows[rows > 0] - 1
    colon = _COLON[lines.scan.units[lines.ends[above] - 1]]
    told = np.zeros(len(rows), np.bool_)
    told[rows > 0] = colon & lines.linked[above]
    return told


def _over_paragraphs(lines: Lines, rows: Counts) -> NDArray[np.bool_]:
    """Which of the lines have a line below them that begins nothing, no next number either."""
    over = np.append(lines.linked, False)[rows]
    over &= np.append(rows[1:], -1) != rows + 1  # a number, without a look
    over[over] = ~lines.opening(rows[over] + 1)
    return over


def _sister(i: int, line: Line, commas: bool) -> _Sister | None:
    """The line as a heading of two clauses (`commas`) or of one; None if it can be none."""
    text = line.text
    number = _NUMBER.match(text)
    if not number:
        return None
    base = number.end()
    if commas:
        comma = _COMMA.search(text, base, base + FIRST_CLAUSE + 1)
        if not comma:
            return None
        base = comma.end()
    mark = _CLAUSE.search(text, base)
    stop = mark.start() if mark else len(text)
    if mark is None and stop - base <= MOST_TAIL:
        return _Sister(i, base, stop, True)
    paragraph = line.sentences or len(text) > LONGEST_HEADING
    if not paragraph or len(text) - base < LEAST_TAIL + REST or stop - base <= LEAST_TAIL:
        return None
    return _Sister(i, base, min(stop, base + MOST_TAIL), False)


def _options(lines: Lines, sisters: Sequence[_Sister]) -> list[int]:
    """The lengths that the last clauses of all the headings could have."""
    glued = [s for s in sisters if not s.alone]
    lengths = {s.stop - s.base for s in sisters if s.alone}
    common = range(LEAST_TAIL, min(s.stop - s.base for s in glued) + 1)
    return [
        n
        for n in (lengths if len(lengths) == 1 else common if not lengths else ())
        if all(_EDGE.fullmatch(lines[s.line].text[s.base + n - 1 : s.base + n + 1]) for s in glued)
    ]


def _split(
    lines: Lines, sisters: Sequence[_Sister], options: Sequence[int], scores: Iterator[float]
) -> list[Split]:
    """What the winning length parts, by the next scores: of each length those of all lines."""
    if not options:
        return []
    glued = [s for s in sisters if not s.alone]
    means = [sum(islice(scores, len(glued))) / len(glued) for _ in options]
    tails = [[lines[s.line].text[s.base : s.base + n][-2:] for s in sisters] for n in options]
    heads = [[lines[s.line].text[s.base + n :][:2] for s in glued] for n in options]
    endings = [_shared(words) for words in tails]
    # A word that all share ends the headings; the paragraphs don't all begin with one.
    values = [
        mean - SHARED * bool(ending) + SHARED * (len(glued) > 1 and bool(_shared(words)))
        for mean, ending, words in zip(means, endings, heads, strict=True)
    ]
    best = min(range(len(options)), key=values.__getitem__)
    ending = endings[best]
    clauses = {lines[s.line].text[s.base : s.base + options[best]] for s in sisters}
    if len(clauses) < len(sisters):  # the same words each time are a subject, not headings
        return []
    sure = bool(ending) and len(sisters) > 2 and means[best] < 0
    if not sure and means[best] > ASK:
        return []
    said = f"{len(sisters)} headings in parallel, each with a last clause of {options[best]}"
    said += f" characters that ends in {ending}" if ending else " characters"
    return [
        Split(s.line, lines[s.line].start + s.base + options[best], sure, said) for s in glued
    ]  # fmt: skip


def _shared(words: Sequence[str]) -> str:
    """The word that all are, or ""."""
    return words[0] if len(words) > 1 and len(set(words)) == 1 else ""
