"""The gate: one scan of a text that says which of its lines a rule could touch, and which rules.

A rule can touch a line only if something tells of it there:

- characters in a row that every match of the rule holds (`literals`), in a line that is no
  longer than a match can be and begins as one can begin;
- or the line is made of known words alone: it has no two neighbours that no word of the
  lexicon holds and no two words put together, but for as many as the wildcards of the rules
  that are told of could swallow;
- or enough of its characters are words of the trade, or separators.

What the hashed pairs of a line tell of (`look`) is checked against the very characters, which
also say which patterns could match; those stay of which all that they need stands in the line
(`standing`). Too much may be told, which costs time only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np

from repair import scan
from repair.plane import among
from repair.residue import classify, gate, paths, prose
from repair.residue.fold import fold
from repair.residue.lexicon import Some
from repair.residue.lines import (
    ANCHOR,
    ASIDE,
    BAR,
    DATED,
    FIELD,
    FORM,
    GLUED,
    KNOWN,
    LOOSE,
    SPACED,
    TRADE,
    WORDS,
    Line,
)  # fmt: skip
from repair.residue.lines import PIPE as PIPE_LINE
from repair.residue.look import COUNTED, TAIL, Flags, Ints, Look, Places, any_of, read
from repair.residue.standing import ASKED, standing
from repair.residue.telling import (
    ANY,
    BEGINS,
    BREAK,
    CELLS,
    CLOSED,
    CLUE,
    ENDED,
    ENDS,
    FACTOR,
    HAN,
    HEADED,
    INNER,
    LEAD,
    MARKED,
    MENU,
    SEPARATOR,
    SITES,
    STARTS,
    SURE,
    TAKES,
    TERMS,
    WHOLE,
    WORDY,
    clues,
)  # fmt: skip
from repair.scan import spread

_DATED = 56  # characters of a line that begins with a date and has no label
_REPUBLIC = 24  # and one that begins with a year of the Republic: behind it an office speaks
_AHEAD = 8  # characters from two loose neighbours on: marks and what a clause begins with
_INDENT = 6  # marks before a line's first character; behind more it is not looked for
_OUTLET = "报网社刊台播线道闻)]》| "  # what the outlet behind a date may end with
_ANY_LENGTH = ~np.uint32(WHOLE | WHOLE << HEADED | WHOLE << MARKED)


class Lines(Sequence[Line]):
    """The lines of a text, made as they are asked for. The carriage return of a Windows line
    counts as white space."""

    def __init__(
        self,
        text: str,
        starts: Sequence[int],
        touched: dict[int, Line],
        look: Look | None = None,
    ) -> None:
        self.text, self.starts, self.look = text, starts, look
        self.touched = touched  # those that a rule could touch
        self._others: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, i: int) -> Line: ...
    @overload
    def __getitem__(self, i: slice) -> list[Line]: ...
    def __getitem__(self, i: int | slice) -> Line | list[Line]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        line = self.touched.get(i) or self._others.get(i)
        if line is None:
            if i < 0 or i >= len(self):
                raise IndexError(i)
            text = self.row(i)
            line = Line(self.starts[i], self.starts[i + 1] - 1, text, fold(text), 0)
            self._others[i] = line
        return line

    def part(self, start: int, end: int) -> tuple[Lines, int]:
        """The lines of a part of the text that begins and ends where lines do, with offsets in
        the part; and the place of its first one here."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end + 1)
        starts = [at - start for at in self.starts[first : last + 1]]
        touched = {
            i - first: line._replace(start=line.start - start, end=line.end - start)
            for i in range(first, last)
            if (line := self.touched.get(i))
        }
        return Lines(self.text[start:end], starts, touched), first

    def hinting(self, bits: int) -> list[int]:
        """The lines with one of these hints."""
        return [i for i, line in self.touched.items() if line.hints & bits]

    def row(self, i: int) -> str:
        """The text of a line."""
        return self.text[self.starts[i] : self.starts[i + 1] - 1]


def touched(
    text: str,
    starts: Sequence[int],
    hints: Mapping[int, int],
    patterns: Mapping[int, tuple[Some, Some]] | None = None,
) -> dict[int, Line]:
    """The lines of the text with these hints, folded in one go; `patterns` are the clauses and the
    forms that could stand in some of them, and none could in the others."""
    spans = [(starts[i], starts[i + 1] - 1) for i in hints]
    rows = [text[start:end] for start, end in spans]
    folded = fold("\n".join(rows)).split("\n") if rows else []
    lines = {}
    for (i, hint), (start, end), row, plain in zip(hints.items(), spans, rows, folded, strict=True):
        some = (None, None) if patterns is None else patterns.get(i, ((), ()))
        lines[i] = Line(start, end, row, plain, hint, *some)
    return lines


def split(text: str, scanned: scan.Scan | None = None) -> Lines:
    """The lines of the text, with the hints of those that a rule could touch; `scanned`: its scan,
    if it is known."""
    look = read(scanned or scan.of(text))
    rows = np.flatnonzero(look.told > 0)
    hinted: dict[int, int] = {}
    patterns: dict[int, tuple[Some, Some]] = {}
    if rows.size:
        found = _found(look, rows)
        hints, sizes, lacking = _hints(look, rows, found)
        some = np.flatnonzero(hints & ~np.uint32(ANCHOR) > 0)
        hinted = dict(zip(look.lines[rows[some]].tolist(), hints[some].tolist(), strict=True))
        some = np.flatnonzero(hints & ASKED > 0)
        tried = rows[some]
        start, end = look.starts.take(tried), look.ends.take(tried) + 1
        loose = np.where(end - start > COUNTED, 0, look.loose.take(tried))
        spelt = look.spelt.take(spread(start, end)).astype(np.uint32).tobytes()
        texts = spelt.decode("utf-32-le", "surrogatepass")
        lasts = np.cumsum(end - start)
        columns = look.lines.take(tried), lasts - (end - start), lasts, sizes.take(some), loose
        places = zip(*(column.tolist() for column in columns), strict=True)
        numbers = _numbers(found, tried, rows)
        for (line, a, b, size, unheld), own in zip(places, numbers, strict=True):
            known = hinted[line], size, unheld, lacking.get(line, 0)
            hinted[line], patterns[line] = standing(texts[a:b], own, *known)
        hinted = {line: hint for line, hint in hinted.items() if hint & ~ANCHOR}
    starts = look.begins.data  # a list of all takes long
    return Lines(text, starts, touched(text, starts, hinted, patterns), look)


def _opened(look: Look, head: Places, end: Places) -> Flags:
    """Whether a wildcard may begin before the first loose neighbours behind the head, or there are
    none in the line."""
    first = np.append(look.unheld, len(look.spelt)).take(np.searchsorted(look.unheld, head))
    at = spread(head, np.minimum(first + _AHEAD, end + 1))
    sizes = np.minimum(first + _AHEAD, end + 1) - head
    table, one = clues(), look.spelt.take(at)
    takes = table.first.take(one) | table.begins.take(one * FACTOR + look.spelt.take(at + 1))
    begun = np.logical_or.reduceat(takes & TAKES > 0, np.cumsum(sizes) - sizes)
    return np.asarray(begun | (first >= end))


def _hints(look: Look, rows: Places, seen: _Found) -> tuple[Ints, Places, dict[int, int]]:
    """Which rules could touch the lines `rows`, of those that are told of there; the size of those
    that a form must take whole, or 0; and what is lacking in those that may be known."""
    start, end, tail = look.starts[rows], look.ends[rows], look.tails[rows]
    length, size = end - start, look.size[rows]
    stop = tail > start  # a full stop stands in the line
    short = stop & (tail < end) & ((end - tail <= TAIL) | (look.spelt[end - 1] == ord(" ")))
    whole = np.where(short, 0, size)
    found, words = _clues(seen, look, whole, end)
    begins, taken = _begins(look, start)
    begins_behind, taken_behind = _begins(look, tail)
    headed = (begins | begins_behind * short) & BEGINS > 0
    marked = (look.sign[start] & WORDY == 0) | short & (look.sign[tail] & WORDY == 0)
    found |= (found >> HEADED & WHOLE) * headed | (found >> MARKED & WHOLE) * marked

    # no other character that tells of an anchor makes one
    may = look.may[rows] & (
        (size <= gate.limits().take(look.units[end - 1])) | (found & ANCHOR > 0)
    )
    begun = taken | short & taken_behind | (found & LOOSE > 0)
    lead = look.sign[start] & look.sign[start + 1] & LEAD > 0
    one, two, three = (look.spelt[start + n] for n in range(3))
    digits, year = one == ord("0"), (two == ord("0")) & ((three == ord("0")) | (three == ord("/")))
    lead &= ~digits | year | (two == ord("/"))
    behind, month = (look.spelt[np.minimum(start + n, end)] for n in (4, 5))  # a year of digits
    lead &= ~digits | (behind != ord("年")) | (month == ord("0")) | (month == ord(" "))
    number = digits | (look.sign[start] & HAN > 0)
    limit = np.where((one == ord("中")) | (one == ord("民")), _REPUBLIC, _DATED)
    dated = (found & DATED > 0) & lead & (~number | (size <= limit))
    some = np.flatnonzero(dated & digits & (look.loose[rows] > words.holds))
    dated[some] = _signed(look, start[some], end[some])
    labelled = may & ~stop & (length <= gate.LONG)
    han = look.han[rows]
    sold = (words.terms > 1) | (words.sites > 1) & (han <= classify.FEW)
    sold &= 2 * words.sells >= han
    long = length > COUNTED
    begun &= (look.loose[rows] <= words.holds) | long
    some = np.flatnonzero(begun & may & (found & WORDS > 0) & (found & LOOSE == 0) & ~long)
    if some.size:
        opened = _opened(look, start[some], end[some])
        begun[some] = opened | short[some] & _opened(look, tail[some], end[some])
    placed = (size <= prose.PLACED) & (look.sign[end - 1] & ENDED == 0)
    allowed = found & ASIDE | PIPE_LINE
    for bit, where in (
        (FORM, may & (found & FORM > 0)),
        (WORDS, may & (found & WORDS > 0) & begun),
        (KNOWN, may & (found & KNOWN > 0) & (size <= classify.SHORT)),
        (FIELD, labelled & (dated | (found & FIELD > 0))),
        (TRADE, (may | placed) & (sold | (found & TRADE > 0))),
        (BAR, (words.items > 1) | (words.items > 0) & (look.told[rows] & PIPE_LINE > 0)),
        (GLUED, (words.items >= paths.GLUED) & (4 * words.takes >= 3 * size)),
        (SPACED, may),
    ):
        allowed |= where * np.uint32(bit)
    hints = look.told[rows] & allowed
    listed, known = (np.flatnonzero(hints & bit > 0) for bit in (BAR, KNOWN))
    if listed.size:
        hints[listed] -= ~_listed(look, start[listed], end[listed]) * np.uint32(BAR)
    lacks: dict[int, int] = {}
    if known.size:
        lacking = _lacking(look, start[known], end[known], words.covers[known])
        fills = words.fills[known] * _begun(look, start[known], end[known], found[known])
        hints[known] -= (4 * fills < lacking) * np.uint32(KNOWN)
        lacks = dict(zip(look.lines[rows[known]].tolist(), lacking.tolist(), strict=True))
    return hints | (found & ANCHOR) * (hints > 0), whole, lacks


def _signed(look: Look, start: Places, end: Places) -> Flags:
    """Whether a time or an outlet may stand behind the date with which the lines begin."""
    outlet = among(_OUTLET).take(look.spelt.take(end - 1))
    at = spread(start, end)
    first = np.cumsum(end - start) - (end - start)
    return np.asarray(outlet | np.logical_or.reduceat(look.spelt.take(at) == ord(":"), first))


def _begins(look: Look, head: Places) -> tuple[Ints, Flags]:
    """What lines may begin with, marks aside, and whether known words may begin them: words hold
    the first two characters, or a wildcard may take the second one."""
    for _ in range(_INDENT):
        mark = (look.sign[head] & WORDY == 0) & (look.spelt[head] != 10)
        if not mark.any():
            break
        head = head + mark
    table, one = clues(), look.spelt[head]
    begins = table.first.take(one) | table.begins.take(one * FACTOR + look.spelt[head + 1])
    begins[(look.sign[head] & WORDY == 0) & (one != 10)] = BEGINS | TAKES  # too many marks
    joined = (look.sign[head] & ENDS > 0) & (look.sign[head + 1] & STARTS > 0)
    held = joined | (look.mark[head] & INNER > 0)
    return begins, held | (begins & TAKES > 0)


class _Words(NamedTuple):
    """Of each line: how many known words and words of menus stand in it, of the trade, of the
    sites; how many of its characters sure words, sure clauses, anything known and words of the
    trade may be, how many neighbours wildcards may hold."""

    items: Ints
    terms: Ints
    sites: Ints
    covers: Ints
    fills: Ints
    takes: Ints
    sells: Ints
    holds: Ints


class _Found(NamedTuple):
    """The clues in some lines: where they stand and their rows in the table."""

    at: Places
    rows: Ints
    until: Places  # the line's clues end here


def _found(look: Look, lines: Places) -> _Found:
    table, until = clues(), look.until[lines]
    before = np.where(lines > 0, look.until[lines - 1], 0)
    at = look.at.take(spread(before, until))
    cells, tags = (np.empty((len(at), len(CLUE)), np.uint16) for _ in range(2))
    key = np.zeros(len(at), np.uint32)
    for n, factor in enumerate(CLUE):
        key = key + look.spelt.take(at + n) * factor
        cells[:, n], tags[:, n] = table.cells.take(key >> CELLS), key
    entries = np.flatnonzero(cells.ravel() != 0)
    rows = cells.ravel().take(entries)
    own = table.tags.take(rows)
    sure = (own == tags.ravel().take(entries)) | (own == ANY)
    entries = entries.compress(sure)
    ends = np.searchsorted(entries, np.cumsum(until - before) * len(CLUE))
    return _Found(at.take(entries // len(CLUE)), rows.compress(sure), ends)


def _clues(found: _Found, look: Look, size: Places, end: Places) -> tuple[Ints, _Words]:
    """What the very characters in the lines tell of, if a line has that `size` and that `end`."""
    table, ends = clues(), found.until
    each = np.diff(ends, prepend=0)
    bits = table.bits.take(found.rows)
    final = np.repeat(look.spelt[end - 1], each)
    last, before = table.last.take(found.rows), table.before.take(found.rows)
    fits = table.longest.take(found.rows) >= np.repeat(size, each)
    fits &= (last == ANY) | (last == final) | (final == ord(" "))
    bits = np.where(fits, bits, bits & _ANY_LENGTH)
    bits &= ~(((before != ANY) & (before != look.spelt[found.at - 1])) * np.uint32(FIELD))
    counts = np.zeros((len(_Words._fields), len(bits) + 1), np.uint32)
    counts[0, 1:] = bits & (WORDS | MENU) > 0
    for n, count in enumerate((
        bits // TERMS & 1, bits // SITES & 1,
        *(getattr(table, name).take(found.rows) for name in _Words._fields[3:]),
    ), 1):  # fmt: skip
        counts[n, 1:] = count
    sums = counts.cumsum(1, dtype=np.uint32)
    return any_of(bits, ends), _Words(*(sums[:, ends] - sums[:, np.append(0, ends[:-1])]))


def _numbers(found: _Found, some: Places, lines: Places) -> Iterator[list[int]]:
    """What could match in `some` of the lines, by number."""
    places = np.searchsorted(lines, some)
    first, last = np.append(0, found.until)[places], found.until[places]
    rows = found.rows[spread(first, last)].astype(np.intp)
    table = clues()
    begin, end = (table.owns.take(rows + n).astype(np.intp) for n in (0, 1))
    numbers = table.numbers[spread(begin, end)].tolist()
    ends = np.cumsum(np.append(0, last - first))
    bounds = pairwise(np.append(0, np.cumsum(end - begin))[ends].tolist())
    return (numbers[a:b] for a, b in bounds)


def _listed(look: Look, start: Places, end: Places) -> Flags:
    """Whether the lines are rows of at least three items, none of them too long."""
    at = spread(start, end + 1)
    joints = np.flatnonzero(look.sign[at] & (SEPARATOR | CLOSED) > 0)
    gaps = np.diff(joints, prepend=-1) - 1
    lines = np.searchsorted(joints, np.cumsum(end + 1 - start) - 1) + 1  # each ends in a newline
    first = np.concatenate(([0], lines[:-1]))
    items = np.add.reduceat((gaps > 0).astype(np.intp), first)
    return (items > 2) & (np.maximum.reduceat(gaps, first) <= paths.ITEM)


def _lacking(look: Look, start: Places, end: Places, covers: Ints) -> Places:
    """Four times the characters that sure clauses must be, beside digits and sure words of so many
    characters, in lines half of which is known, or three in four characters of a sentence."""
    at = spread(start, end)
    first = np.cumsum(end - start) - (end - start)
    spelt = look.spelt[at]
    digit = (spelt == ord("0")) | (spelt >> 10 == 0xD800 >> 10)
    letter = (look.sign[at] & WORDY > 0) & (spelt != ord("_"))
    letters, digits = (np.add.reduceat(some.astype(np.intp), first) for some in (letter, digit))
    share = np.where(look.sign[end - 1] & BREAK > 0, 3, 2)
    return np.asarray(share * letters - 4 * (covers + digits))


def _begun(look: Look, start: Places, end: Places, found: Ints) -> Flags:
    """Whether a sure clause may begin in the lines."""
    at = spread(start, end)
    first = np.cumsum(end - start) - (end - start)
    head = np.flatnonzero((look.sign[at] & WORDY > 0) & (look.sign[at - 1] & WORDY == 0))
    table, begun = clues(), np.zeros(len(at), np.bool_)
    one = look.spelt[at[head]]
    pair = one * FACTOR + look.spelt[at[head] + 1]
    begun[head] = (table.first.take(one) | table.begins.take(pair)) & SURE > 0
    return np.asarray((found & LOOSE > 0) | np.logical_or.reduceat(begun, first))
