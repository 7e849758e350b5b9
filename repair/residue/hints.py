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
_COUNTED = 500  # characters of a line up to which its counts fit their nine bits
_COUNTS = 13  # bits by which HAN and SEPARATOR lie above their counts
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
        clauses, lines = lexicon().clauses, lexicon().lines
        numbers = sorted(set(self._patterns.get(i, ())))
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
    told = _told(look)
    rows = np.flatnonzero(told != 0)
    hints = np.zeros(len(told), np.intp)
    patterns = {}
    if rows.size:
        found = _found(look, rows)
        hints[rows] = _hints(look, told[rows], rows, found)
        patterns = _patterns(found, rows[hints[rows] & _TRIED > 0], rows)
    starts = np.append(look.starts, len(text) + 1)
    lines = Lines(text, starts.tolist(), hints.tolist(), look._replace(rows=rows), patterns)
    return lines, rows[hints[rows] != 0].tolist()


class Look(NamedTuple):
    """A text as the tables see it: an entry a character, one a place that tells of something,
    and one a line."""

    units: Units
    spelt: Units
    sign: Ints
    held: Ints  # bit 0: a word holds the character and the next one, or two words put them together
    at: Places  # where something is told of
    told: Ints  # there, bits of `lines`
    until: Places  # the line's places end here, and the next one's begin
    starts: Places
    ends: Places
    tails: Places  # behind the last full stop, or where the line starts
    limit: Places  # how long a line that ends so may be and hold no anchor
    marks: Ints  # bits of the signs in the line
    counts: Ints  # neighbours that are not held, Chinese characters, separators
    rooms: Ints  # of wildcards; words; characters of the trade's words
    loose: Ints  # neighbours that are not held in the line's tail, or in the line
    room: Ints  # of wildcards there
    rows: Places  # the lines of which something is told, whether a rule could touch them or not


def _look(text: Units) -> Look:
    table = tables()
    size = len(text) + 1
    units = np.concatenate((text, _NEWLINES))
    sign = table.signs.take(units)
    spelt = sign.astype(np.uint16)
    flags = (sign >> 16).astype(np.uint8)
    two = spelt[:-1] * FACTOR + spelt[1:]
    mark = table.marks.take(two)
    held = flags[:-1] >> 1 & flags[1:] | mark

    # pieces of lines: up to a full stop or the newline
    stops = np.flatnonzero(flags[:size] & (BREAK >> 16) != 0)
    last = np.flatnonzero(units[stops] == 10)
    ends = stops[last]
    starts = np.concatenate(([0], ends[:-1] + 1))
    begins = np.concatenate(([0], stops[:-1] + 1))
    tails = begins[last]
    tailed = ends - tails > 1
    count = (sign[:size] & (HAN | SEPARATOR)) >> _COUNTS
    count += ~held[:size] & 1
    count[ends] = 0
    pieces = np.add.reduceat(count, begins)
    counts = np.add.reduceat(pieces, np.concatenate(([0], last[:-1] + 1)))

    # what pairs, triples and single characters tell of, and what wildcards could take
    tells = (mark[:size] & TELLS | flags[:size] & (ALONE >> 16)) != 0
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
    sums = np.concatenate((_ZERO, np.cumsum(room, dtype=np.uint32)))
    rooms = sums[until] - sums[np.concatenate(([0], until[:-1]))]
    tail_rooms = sums[until] - sums[np.searchsorted(at, tails)]
    return Look(
        units, spelt, sign, held, at, told | table.alone.take(one), until, starts, ends, tails,
        gate.limits().take(units[ends - 1]),
        np.bitwise_or.reduceat(flags[:size], starts).astype(np.uint32) << 16,
        counts, rooms,
        np.where(tailed, pieces[last], counts) & 511,
        ROOM * (np.where(tailed, tail_rooms, rooms) & 8191), starts[:0],
    )  # fmt: skip


def _any(bits: Ints, until: Places) -> Ints:
    """The bits in each line, of those at its places."""
    before = np.concatenate(([0], until[:-1]))
    found = np.bitwise_or.reduceat(np.append(bits, _ZERO), before)
    found[before == until] = 0
    return found


def _told(look: Look) -> Ints:
    """What is told of in each line, whether a rule could touch it or not."""
    bits = _any(look.told, look.until)
    length = look.ends - look.starts
    separators = look.counts >> 18
    size = length - separators  # white space is among them
    long = length > _COUNTED  # its counts ran over: nothing is known of it
    size[long] = 0
    known = long | (look.loose <= look.room)
    han = look.counts >> 9 & 511
    may = (size <= look.limit) | (bits & ANCHOR > 0)
    bare = may & (look.marks & MARK == 0)
    row = bare & (separators > 1) & (look.spelt[look.starts] != ord("|"))
    row &= size <= _ITEM * (separators + 1)
    glued = bare & (look.rooms >> 13 & 511 >= paths.GLUED - 1)
    heads = look.sign[look.starts] & look.sign[look.starts + 1] & LEAD
    dated = may & (bits & DATED > 0) & (heads > 0)
    term = look.rooms >> 22
    sold = long | (term >= _SOLD) & (2 * term >= han)
    dense = 2 * (ROOM * (look.rooms & 8191) + WORD * (look.rooms >> 13 & 511)) >= size
    here = np.where(dense, KNOWN | FORM | FIELD | TRADE | ASIDE, FORM | FIELD | TRADE | ASIDE)
    hints = bits & np.where(may, np.where(known, here | WORDS, here), TRADE | ASIDE)
    hints |= (may & (separators > 2) & (han <= separators + 1)) * np.uint32(SPACED)
    hints |= sold * np.uint32(TRADE) | row * np.uint32(BAR) | glued * np.uint32(GLUED)
    hints |= dated * np.uint32(FIELD) | (look.marks & PIPE > 0) * np.uint32(PIPE_LINE)
    return hints


def _hints(look: Look, told: Ints, rows: Places, clues: _Found) -> Ints:
    """Which rules could touch the lines `rows`, of those that are `told` of there."""
    start, end, tail = look.starts[rows], look.ends[rows], look.tails[rows]
    length = end - start
    counts = look.counts[rows]
    size = np.where(length > _COUNTED, 0, length - (counts >> 18).astype(np.intp))
    stop = tail > start  # a full stop stands in the line
    short = stop & (tail < end) & ((end - tail <= _TAIL) | (look.spelt[end - 1] == ord(" ")))
    found, words = _clues(clues, look, np.where(short, 0, size), end)
    begins, taken = _begins(look, start)
    begins_behind, taken_behind = _begins(look, tail)
    headed = (begins | begins_behind * short) & BEGINS > 0
    marked = (look.sign[start] & WORDY == 0) | short & (look.sign[tail] & WORDY == 0)
    found |= (found >> HEADED & WHOLE) * headed | (found >> MARKED & WHOLE) * marked

    may = (size <= look.limit[rows]) | (found & ANCHOR > 0)
    begun = taken | short & taken_behind | (found & LOOSE > 0)
    lead = look.sign[start] & look.sign[start + 1] & LEAD > 0
    number = (look.spelt[start] == ord("0")) | (look.sign[start] & HAN > 0)
    dated = (found & DATED > 0) & lead & (~number | (size <= _DATED))
    labelled = may & ~stop & (length <= gate.LONG)
    han = counts >> 9 & 511
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
        (BAR, found & (WORDS | MENU) > 0),
        (GLUED, found & WORDS > 0),
        (SPACED, may),
    ):
        allowed |= where * np.uint32(bit)
    hints = told & allowed
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
    return begins, (look.held[head] & INNER > 0) | (begins & TAKES > 0)


class _Words(NamedTuple):
    """Of each line: how many words of the trade and of the sites stand in it; how many of its
    characters sure words and sure clauses may be, how many neighbours wildcards may hold."""

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
        bits // TERMS & 1, bits // SITES & 1,
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
