"""A text as the tables of the gate see it: what is told of in each of its lines.

Most of sound prose stands in lines that do not matter (`prose`). The others are put together:
there, pairs of characters are hashed, and what they tell of, with the character behind them, too
(`telling`): more than they should may be told, which costs time only. What takes still more is done
for the lines alone that may be residue by their size and their end, or by a word in them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.residue import gate, paths, prose
from repair.residue.lines import (
    ANCHOR,
    ASIDE,
    BAR,
    DATED,
    FIELD,
    FORM,
    GLUED,
    KNOWN,
    SPACED,
    TRADE,
    WORDS,
)  # fmt: skip
from repair.residue.lines import PIPE as PIPE_LINE
from repair.residue.telling import (
    ALONE,
    BREAK,
    FACTOR,
    HAN,
    LEAD,
    MARK,
    MOST_ROOM,
    OTHER,
    PIPE,
    ROOM,
    SEPARATOR,
    SOLD,
    TELLS,
    TERM,
    WILD,
    WORD,
    tables,
)  # fmt: skip
from repair.scan import Scan, look_up, spread

Units = NDArray[np.uint16]
Ints = NDArray[np.integer[Any]]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
# Characters of a line that is looked at in whole. What wildcards could take there and its words
# are packed in fields of 13 and 9 bits, which a longer line would run over.
COUNTED = 500
TAIL = 64  # characters behind the last full stop that may be residue, marks among them
_ITEM = 20  # characters of an item of a row, its brackets and marks among them
_SOLD = 4  # characters that two words of the trade have at least
_NEWLINES = np.array([10, 10, 10], np.uint16)
_ZERO = np.zeros(1, np.uint32)


class Look(NamedTuple):
    """The lines of a text that may matter as the tables see them: an entry a character, one a place
    that tells of something, and one a line. Places count in these lines, put together."""

    begins: Places  # in the text: where each of all its lines begins, and the end behind its last
    lines: Places  # the numbers of those that may matter
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
    unheld: Places  # where such neighbours stand, in all lines that `may`


def read(found: Scan) -> Look:
    """What the tables tell of in the lines of a text that may matter."""
    units = np.concatenate((found.units, _NEWLINES))
    begins, lines = prose.lines(found, units)
    units = units.take(spread(begins.take(lines), begins.take(lines + 1)))
    return _read(begins, lines, units)


def _pairs(one: Units, two: Units, three: Units) -> tuple[Ints, Ints, Ints]:
    """What three characters in a row tell of, and the entries of the first two."""
    table = tables()
    here = one * FACTOR + two
    pair, check = table.pairs.take(here), table.checks.take(one * OTHER + two)
    triple = (pair >> 8 & table.triples.take(here * OTHER + three)) * (two != 10)
    return (pair | triple) & check & 0xFF, pair, check


def _read(begins: Places, lines: Places, units: Units) -> Look:
    """The look at these lines, given as units with a newline behind each."""
    table = tables()
    units = np.concatenate((units, _NEWLINES))
    sign = look_up(table.signs, units)
    spelt = sign.astype(np.uint16)
    flags = (sign[:-3] >> 16).astype(np.uint8)
    mark = look_up(table.marks, spelt[:-1] * FACTOR + spelt[1:])

    # lines end at newlines, which are separators
    others = np.flatnonzero(flags & (HAN >> 16) == 0)
    gaps = others.compress(sign.take(others) >= SEPARATOR)
    breaks, lasts = (np.flatnonzero(units.take(some) == 10) for some in (gaps, others))
    ends = gaps.take(breaks)
    starts = np.concatenate(([0], ends + 1))[:-1]
    length = ends - starts
    separators = np.diff(breaks, prepend=-1) - 1
    han = length - (np.diff(lasts, prepend=-1) - 1)
    long = length > COUNTED
    size = np.where(long, 0, length - separators)

    # what pairs, triples and single characters tell of, and what wildcards could take
    tells = (mark[:-2] & TELLS | flags & (ALONE >> 16)) != 0
    tells[ends] = False
    at = np.flatnonzero(tells)
    one = spelt.take(at)
    told, pair, check = _pairs(one, spelt.take(at + 1), spelt.take(at + 2))
    room = ((check >> WILD & MOST_ROOM) + (1 << 13)) * (told & WORDS)
    room += (check >> TERM << 22) * (pair >> SOLD & 1)
    until = np.searchsorted(at, ends)
    bits = any_of(told | table.alone.take(one), until)
    sums = np.concatenate((_ZERO, np.cumsum(room, dtype=np.uint32)))
    rooms = np.diff(sums.take(np.concatenate(([0], until))))

    may = (size <= gate.limits().take(units.take(ends - 1))) | (bits & ANCHOR > 0)
    term = rooms >> 22
    sold = long | (term >= _SOLD) & (2 * term >= han)
    look = Look(
        begins, lines, units, spelt, sign, mark, at, until, starts, ends, size, separators, han,
        may, bits & (TRADE | ASIDE) | sold * np.uint32(TRADE), starts.copy(), np.zeros_like(rooms),
        at[:0],
    )  # fmt: skip
    some = np.flatnonzero(may)
    if some.size:
        signs, tails, look.loose[some], unheld = _counted(look, some)
        look = look._replace(unheld=unheld)
        look.tails[some] = tails
        look.told[some] |= _told(look, some, bits[some], signs, rooms[some])
    pipes = gaps.compress(sign.take(gaps) & PIPE > 0)
    look.told[np.searchsorted(ends, pipes)] |= PIPE_LINE
    return look


def _counted(look: Look, lines: Places) -> tuple[Ints, Places, Ints, Places]:
    """Of each line: the bits of its signs; its tail; the neighbours in its tail (or in the line, if
    the tail is a character or none) that no word holds. Of a long line only the end is read. And
    where all these neighbours stand."""
    start, end = look.starts[lines], look.ends[lines] + 1
    long = (end - start > COUNTED) & (look.spelt[end - 2] != ord(" "))
    start = np.where(long, end - 2 * TAIL, start)
    at = spread(start, end)
    last = np.cumsum(end - start) - 1
    first = np.concatenate(([0], last[:-1] + 1))
    flags = (look.sign.take(at) >> 16).astype(np.uint8)
    held = flags >> 1 & np.append(flags[1:], flags[:1]) | look.mark.take(at)
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
    loose = np.where(back > 1, pieces[final], counts)
    return signs, end - 1 - back, loose, at.compress(count.view(np.bool_))


def any_of(bits: Ints, until: Places) -> Ints:
    """The bits in each line, of those at its places."""
    before = np.concatenate(([0], until))[:-1]
    found = np.bitwise_or.reduceat(np.append(bits, _ZERO), before)
    found[before == until] = 0
    return found


def _told(look: Look, lines: Places, bits: Ints, signs: Ints, rooms: Ints) -> Ints:
    """What is told of in the lines, of the `bits` that stand at their places: `rooms` are those of
    wildcards, the number of words, the characters of the trade's words."""
    size, separators, start = look.size[lines], look.separators[lines], look.starts[lines]
    long = look.ends[lines] - start > COUNTED  # nothing is known of it
    bare = ~long & (signs & MARK == 0)
    row = bare & (separators > 1) & (look.spelt[start] != ord("|"))
    row &= size <= _ITEM * (separators + 1)
    glued = bare & (rooms >> 13 & 511 >= paths.GLUED - 1)
    dated = (bits & DATED > 0) & (look.sign[start] & look.sign[start + 1] & LEAD > 0)
    known = long | (look.loose[lines] <= ROOM * (rooms & 8191))
    dense = 2 * (ROOM * (rooms & 8191) + WORD * (rooms >> 13 & 511)) >= size
    told = bits & (known * np.uint32(WORDS) | dense * np.uint32(KNOWN) | FORM | FIELD)
    spaced = (separators > 2) & (look.han[lines] <= separators + 1)
    told |= row * np.uint32(BAR) | glued * np.uint32(GLUED) | spaced * np.uint32(SPACED)
    told |= dated * np.uint32(FIELD)
    return told
