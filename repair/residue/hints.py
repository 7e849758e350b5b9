"""The gate: one scan of a text that says which of its lines a rule could touch, and which rules.

A rule can touch a line only if something tells of it there:

- characters in a row that every match of the rule holds (`literals`), in a line that is no
  longer than a match can be and begins as one can begin;
- or the line is made of known words alone: it has no two neighbours that no word of the
  lexicon holds and no two words put together, but for as many as the wildcards of the rules
  that are told of could swallow;
- or enough of its characters are words of the trade, or separators.

Too much may be told, which costs time only: pairs of characters are hashed, and what they
tell of, with the character behind them, too (`telling`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.residue import classify, gate, paths
from repair.residue.fold import fold
from repair.residue.lexicon import Pattern, lexicon
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
from repair.residue.telling import (
    ALONE,
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
    MARK,
    MARKED,
    MENU,
    MOST_ROOM,
    OTHER,
    PIPE,
    ROOM,
    SEPARATOR,
    SITES,
    SOLD,
    STARTS,
    SURE,
    TAKES,
    TELLS,
    TERM,
    TERMS,
    WHOLE,
    WILD,
    WORD,
    WORDY,
    clues,
    tables,
)  # fmt: skip

Units = NDArray[np.uint16]
Ints = NDArray[np.integer[Any]]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
_COUNTED = 500  # characters of a line that is looked at in whole
_ITEM = 20  # characters of an item of a row, its brackets and marks among them
_SOLD = 4  # characters that two words of the trade have at least
_TAIL = 64  # characters behind the last full stop that may be residue, marks among them
_DATED = 56  # characters of a line that begins with a date and has no label
_PLACED = 120  # characters of a line that its place may make spam
_INDENT = 6  # marks before a line's first character; behind more it is not looked for
_TRIED = WORDS | KNOWN | FORM | BAR | GLUED  # for these the patterns are tried
_ANY_LENGTH = ~np.uint32(WHOLE | WHOLE << HEADED | WHOLE << MARKED)
_NEWLINES = np.array([10, 10, 10], np.uint16)
_ZERO = np.zeros(1, np.uint32)


class Lines(Sequence[Line]):
    """The lines of a text, made as they are asked for. The carriage return of a Windows line
    counts as white space."""

    def __init__(
        self,
        text: str,
        starts: Sequence[int],
        hints: Sequence[int],
        look: Look | None = None,
        patterns: Mapping[int, list[int]] | None = None,
    ) -> None:
        self.text, self.starts, self.hints, self.look = text, starts, hints, look
        self._patterns = patterns  # of each line, by their numbers; None for all
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self.hints)

    @overload
    def __getitem__(self, i: int) -> Line: ...
    @overload
    def __getitem__(self, i: slice) -> list[Line]: ...
    def __getitem__(self, i: int | slice) -> Line | list[Line]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        if i < 0 or i >= len(self):
            raise IndexError(i)
        line = self._made.get(i)
        if line is None:
            start, end = self.starts[i], self.starts[i + 1] - 1
            text, hints = self.text[start:end], self.hints[i]
            folded = self._folded[i] if hints else fold(text)
            line = self._made[i] = Line(start, end, text, folded, hints, *self._some(i))
        return line

    def part(self, start: int, end: int) -> tuple[Lines, int]:
        """The lines of a part of the text that begins and ends where lines do, with offsets in
        the part; and the place of its first one here."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end + 1)
        starts = [at - start for at in self.starts[first : last + 1]]
        some = self._patterns or {}
        own = {i - first: some[i] for i in range(first, last) if i in some}
        return Lines(self.text[start:end], starts, self.hints[first:last], None, own), first

    def row(self, i: int) -> str:
        """The text of a line."""
        return self.text[self.starts[i] : self.starts[i + 1] - 1]

    def _some(self, i: int) -> tuple[tuple[Pattern, ...], ...]:
        """The clauses and the forms that could stand in a line."""
        if self._patterns is None:
            return ()
        numbers = sorted(set(self._patterns.get(i, ())))
        if not numbers:
            return (), ()
        clauses, lines = lexicon().clauses, lexicon().lines
        first = bisect_left(numbers, len(clauses))
        return (
            tuple(clauses[n] for n in numbers[:first]),
            tuple(lines[n - len(clauses)] for n in numbers[first:]),
        )

    @cached_property
    def _folded(self) -> dict[int, str]:
        """The lines that a rule could touch, folded in one go."""
        rows = [i for i, hints in enumerate(self.hints) if hints]
        return dict(zip(rows, fold("\n".join(map(self.row, rows))).split("\n"), strict=True))


def split(text: str) -> tuple[Lines, list[int]]:
    """The lines of the text, and the places of those that a rule could touch."""
    look = _look(scan.of(text).units)
    rows = np.flatnonzero(look.told)
    hints = np.zeros(len(look.told), np.intp)
    patterns = {}
    if rows.size:
        found = _found(look, rows)
        hints[rows] = _hints(look, rows, found)
        patterns = _patterns(found, rows[hints[rows] & _TRIED > 0], rows)
    starts = np.append(look.starts, len(text) + 1)
    lines = Lines(text, starts.tolist(), hints.tolist(), look, patterns)
    return lines, rows[hints[rows] != 0].tolist()


class Look(NamedTuple):
    """A text as the tables see it: an entry a character, one a place that tells of something,
    and one a line."""

    units: Units
    spelt: Units
    sign: Ints
    mark: Ints  # of the character and the next one
    at: Places  # where something is told of
    until: Places  # the line's places end here, and the next one's begin
    starts: Places
    ends: Places
    size: Places  # separators aside, white space among them; 0 if it is long
    separators: Places
    han: Places  # Chinese characters
    may: Flags  # by its size and its end, or by an anchor in it, a rule could touch all of it
    told: Ints  # what is told of in it, whether a rule could touch it or not
    tails: Places  # behind the last full stop, or where the line starts; there, too, if not `may`
    loose: Ints  # neighbours in the line's tail, or in the line, that no word holds; 0 if not `may`


def _look(text: Units) -> Look:
    table = tables()
    units = np.concatenate((text, _NEWLINES))
    sign = table.signs.take(units)
    spelt = sign.astype(np.uint16)
    flags = (sign[:-2] >> 16).astype(np.uint8)
    two = spelt[:-1] * FACTOR + spelt[1:]
    mark = table.marks.take(two)

    # lines end at newlines, which are separators
    others = np.flatnonzero(flags & (HAN >> 16) == 0)
    gaps = others[sign[others] >= SEPARATOR]
    breaks, lasts = (np.flatnonzero(units[some] == 10) for some in (gaps, others))
    ends = gaps[breaks]
    starts = np.concatenate(([0], ends[:-1] + 1))
    length = ends - starts
    separators = np.diff(breaks, prepend=-1) - 1
    han = length - (np.diff(lasts, prepend=-1) - 1)
    long = length > _COUNTED
    size = np.where(long, 0, length - separators)

    # what pairs, triples and single characters tell of, and what wildcards could take
    tells = (mark[:-1] & TELLS | flags & (ALONE >> 16)) != 0
    tells[ends] = False
    at = np.flatnonzero(tells)
    here, one, next_ = two[at], spelt[at], spelt[at + 1]
    pair = table.pairs.take(here)
    check = table.checks.take(one * OTHER + next_)
    three = (pair >> 8 & table.triples.take(here * OTHER + spelt[at + 2])) * (next_ != 10)
    told = (pair | three) & check & 0xFF
    room = ((check >> WILD & MOST_ROOM) + (1 << 13)) * (told & WORDS)
    room += (check >> TERM << 22) * (pair >> SOLD & 1)
    until = np.searchsorted(at, ends)
    bits = _any(told | table.alone.take(one), until)
    sums = np.concatenate((_ZERO, np.cumsum(room, dtype=np.uint32)))
    rooms = sums[until] - sums[np.concatenate(([0], until[:-1]))]

    may = (size <= gate.limits().take(units[ends - 1])) | (bits & ANCHOR > 0)
    term = rooms >> 22
    sold = long | (term >= _SOLD) & (2 * term >= han)
    look = Look(
        units, spelt, sign, mark, at, until, starts, ends, size, separators, han, may,
        bits & (TRADE | ASIDE) | sold * np.uint32(TRADE), starts.copy(), np.zeros_like(rooms),
    )  # fmt: skip
    lines = np.flatnonzero(may)
    if lines.size:
        signs, tails, look.loose[lines] = _counted(look, lines)
        look.tails[lines] = tails
        tail = np.where(tails < ends[lines] - 1, tails, starts[lines])
        behind = sums[until[lines]] - sums[np.searchsorted(at, tail)]
        look.told[lines] |= _told(look, lines, bits[lines], signs, rooms[lines], behind)
    look.told[np.searchsorted(ends, gaps[sign[gaps] & PIPE > 0])] |= PIPE_LINE
    return look


def _counted(look: Look, lines: Places) -> tuple[Ints, Places, Ints]:
    """Of each line: the bits of its signs; its tail; the neighbours in its tail (or in the line, if
    the tail is a character or none) that no word holds. Of a long line only the end is read."""
    start, end = look.starts[lines], look.ends[lines] + 1
    long = (end - start > _COUNTED) & (look.spelt[end - 2] != ord(" "))
    start = np.where(long, end - 2 * _TAIL, start)
    at = spread(start, end)
    last = np.cumsum(end - start) - 1
    first = np.concatenate(([0], last[:-1] + 1))
    flags = (look.sign[at] >> 16).astype(np.uint8)
    held = flags >> 1 & np.append(flags[1:], flags[:1]) | look.mark[at]
    count = ~held & 1
    count[last] = 0
    # pieces of lines: up to a full stop or the newline
    stops = np.flatnonzero(flags & (BREAK >> 16) != 0)
    begins = np.concatenate(([0], stops[:-1] + 1))
    pieces = np.add.reduceat(count.astype(np.uint32), begins)
    final = np.searchsorted(stops, last)
    counts = np.add.reduceat(pieces, np.concatenate(([0], final[:-1] + 1)))
    back = last - begins[final]
    signs = np.bitwise_or.reduceat(flags, first).astype(np.uint32) << 16
    return signs, end - 1 - back, np.where(back > 1, pieces[final], counts)


def _any(bits: Ints, until: Places) -> Ints:
    """The bits in each line, of those at its places."""
    before = np.concatenate(([0], until[:-1]))
    found = np.bitwise_or.reduceat(np.append(bits, _ZERO), before)
    found[before == until] = 0
    return found


def _told(look: Look, lines: Places, bits: Ints, signs: Ints, rooms: Ints, tail: Ints) -> Ints:
    """What is told of in the lines, of the `bits` that stand at their places: `rooms` are those of
    wildcards, the number of words, the characters of the trade's words; `tail` in the tail."""
    size, separators, start = look.size[lines], look.separators[lines], look.starts[lines]
    long = look.ends[lines] - start > _COUNTED  # nothing is known of it
    bare = ~long & (signs & MARK == 0)
    row = bare & (separators > 1) & (look.spelt[start] != ord("|"))
    row &= size <= _ITEM * (separators + 1)
    glued = bare & (rooms >> 13 & 511 >= paths.GLUED - 1)
    dated = (bits & DATED > 0) & (look.sign[start] & look.sign[start + 1] & LEAD > 0)
    known = long | (look.loose[lines] <= ROOM * (tail & 8191))
    dense = 2 * (ROOM * (rooms & 8191) + WORD * (rooms >> 13 & 511)) >= size
    told = bits & (known * np.uint32(WORDS) | dense * np.uint32(KNOWN) | FORM | FIELD)
    spaced = (separators > 2) & (look.han[lines] <= separators + 1)
    told |= row * np.uint32(BAR) | glued * np.uint32(GLUED) | spaced * np.uint32(SPACED)
    told |= dated * np.uint32(FIELD)
    return told


def _hints(look: Look, rows: Places, clues: _Found) -> Ints:
    """Which rules could touch the lines `rows`, of those that are told of there."""
    start, end, tail = look.starts[rows], look.ends[rows], look.tails[rows]
    length, size = end - start, look.size[rows]
    stop = tail > start  # a full stop stands in the line
    short = stop & (tail < end) & ((end - tail <= _TAIL) | (look.spelt[end - 1] == ord(" ")))
    found, words = _clues(clues, look, np.where(short, 0, size), end)
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
    number = digits | (look.sign[start] & HAN > 0)
    dated = (found & DATED > 0) & lead & (~number | (size <= _DATED))
    labelled = may & ~stop & (length <= gate.LONG)
    han = look.han[rows]
    sold = (words.terms > 1) | (words.sites > 1) & (han <= classify.FEW)
    long = length > _COUNTED
    begun &= (look.loose[rows] <= words.holds) | long
    placed = (size <= _PLACED) & (look.sign[end - 1] & ENDED == 0)
    allowed = found & ASIDE | PIPE_LINE
    for bit, where in (
        (FORM, may & (found & FORM > 0)),
        (WORDS, may & (found & WORDS > 0) & begun),
        (KNOWN, may & (found & KNOWN > 0) & (size <= classify.SHORT)),
        (FIELD, labelled & (dated | (found & FIELD > 0))),
        (TRADE, (may | placed) & (sold | (found & TRADE > 0))),
        (BAR, (words.items > 1) | (words.items > 0) & (look.told[rows] & PIPE_LINE > 0)),
        (GLUED, words.items >= paths.GLUED),
        (SPACED, may),
    ):
        allowed |= where * np.uint32(bit)
    hints = look.told[rows] & allowed
    listed, known = (np.flatnonzero(hints & bit) for bit in (BAR, KNOWN))
    if listed.size:
        hints[listed] -= ~_listed(look, start[listed], end[listed]) * np.uint32(BAR)
    if known.size:
        dense = _dense(
            look, start[known], end[known], words.covers[known], words.fills[known],
            found[known] & LOOSE > 0,
        )  # fmt: skip
        hints[known] -= ~dense * np.uint32(KNOWN)
    return hints | (found & (ANCHOR | LOOSE)) * (hints > 0)


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
    sites; how many of its characters sure words and sure clauses may be, how many neighbours
    wildcards may hold."""

    items: Ints
    terms: Ints
    sites: Ints
    covers: Ints
    fills: Ints
    holds: Ints


class _Found(NamedTuple):
    """The clues in some lines: where they stand and their rows in the table."""

    at: Places
    rows: Ints
    until: Places  # the line's clues end here


def _found(look: Look, lines: Places) -> _Found:
    table, until = clues(), look.until[lines]
    before = np.where(lines > 0, look.until[lines - 1], 0)
    at = look.at[spread(before, until)]
    cells, tags = (np.empty((len(at), len(CLUE)), np.uint16) for _ in range(2))
    key = np.zeros(len(at), np.uint32)
    for n, factor in enumerate(CLUE):
        key = key + look.spelt[at + n] * factor
        cells[:, n], tags[:, n] = table.cells.take(key >> CELLS), key
    entries = np.flatnonzero(cells.ravel() != 0)
    rows = cells.ravel()[entries]
    own = table.tags.take(rows)
    sure = (own == tags.ravel()[entries]) | (own == ANY)
    entries = entries[sure]
    ends = np.searchsorted(entries, np.cumsum(until - before) * len(CLUE))
    return _Found(at[entries // len(CLUE)], rows[sure], ends)


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
    counts: tuple[Ints, ...] = (
        (bits & (WORDS | MENU) > 0).astype(np.uint32), bits // TERMS & 1, bits // SITES & 1,
        *(some.take(found.rows) for some in (table.covers, table.fills, table.holds)),
    )  # fmt: skip
    return _any(bits, ends), _Words(*(_sums(count, ends) for count in counts))


def _patterns(found: _Found, some: Places, lines: Places) -> dict[int, list[int]]:
    """The numbers of the patterns that could match in `some` of the lines."""
    places = np.searchsorted(lines, some)
    first, last = np.append(0, found.until)[places], found.until[places]
    rows = found.rows[spread(first, last)].astype(np.intp)
    table = clues()
    begin, end = (table.owns.take(rows + n).astype(np.intp) for n in (0, 1))
    numbers = table.patterns[spread(begin, end)].tolist()
    ends = np.cumsum(np.append(0, last - first))
    bounds = pairwise(np.append(0, np.cumsum(end - begin))[ends].tolist())
    return {line: numbers[a:b] for line, (a, b) in zip(some.tolist(), bounds, strict=True)}


def _sums(values: Ints, until: Places) -> Ints:
    """The sum for each line, of the values at its places."""
    sums = np.concatenate((_ZERO, np.cumsum(values, dtype=np.uint32)))
    return sums[until] - sums[np.concatenate(([0], until[:-1]))]


def _listed(look: Look, start: Places, end: Places) -> Flags:
    """Whether the lines are rows of at least three items, none of them too long."""
    at = spread(start, end + 1)
    joints = np.flatnonzero(look.sign[at] & (SEPARATOR | CLOSED) > 0)
    gaps = np.diff(joints, prepend=-1) - 1
    lines = np.searchsorted(joints, np.cumsum(end + 1 - start) - 1) + 1  # each ends in a newline
    first = np.concatenate(([0], lines[:-1]))
    items = np.add.reduceat((gaps > 0).astype(np.intp), first)
    return (items > 2) & (np.maximum.reduceat(gaps, first) <= paths.ITEM)


def _dense(
    look: Look, start: Places, end: Places, covers: Ints, fills: Ints, loose: Flags
) -> Flags:
    """Whether sure words of so many characters and, where one may begin, sure clauses, digits
    aside, may be half of the lines' letters and digits, or three in four of a sentence's."""
    at = spread(start, end)
    first = np.cumsum(end - start) - (end - start)
    spelt, wordy = look.spelt[at], look.sign[at] & WORDY > 0
    digit = (spelt == ord("0")) | (spelt >> 10 == 0xD800 >> 10)
    head = np.flatnonzero(wordy & (look.sign[at - 1] & WORDY == 0))
    table, begun = clues(), np.zeros(len(at), np.intp)
    pair = spelt[head] * FACTOR + look.spelt[at[head] + 1]
    begun[head] = (table.first.take(spelt[head]) | table.begins.take(pair)) & SURE
    letters = np.add.reduceat((wordy & (spelt != ord("_"))).astype(np.intp), first)
    known = covers + np.add.reduceat(digit.astype(np.intp), first)
    known += fills * (loose | (np.add.reduceat(begun, first) > 0))
    share = np.where(look.sign[end - 1] & BREAK > 0, 3, 2)
    dense: Flags = 4 * known >= share * letters
    return dense


def spread(start: Places, end: Places) -> Places:
    """All places from each start to its end, in a row."""
    size = end - start
    places: Places = np.arange(size.sum()) + np.repeat(start - (np.cumsum(size) - size), size)
    return places
