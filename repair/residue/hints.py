"""The gate: one scan of a text that says which of its lines a rule could touch, and which rules.

A rule can touch a line only if something tells of it there:

- characters in a row that every match of the rule holds (`literals`);
- or the line is made of known words alone: it has no two neighbours that no word of the
  lexicon holds and no two words put together, but for as many as the wildcards of the rules
  that are told of could swallow;
- or enough of its characters are words of the trade, or separators.

Too much may be told, which costs time only, so pairs of characters are hashed to 65,536
cells, twice; three in a row once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, cached_property
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.residue import attachments, bylines, formula, gate, lists, metadata, paths, spam, spans
from repair.residue.dates import DATE
from repair.residue.fold import HANZI, fold, points
from repair.residue.lexicon import MARKS, Weight, lexicon, site_words
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
    Line,
)  # fmt: skip
from repair.residue.literals import gram, grams, pieces, plain, width

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
Counts = NDArray[np.intp]
Flags = NDArray[np.bool_]
# A character's entry: how the rules spell it, then these bits, then what it tells of by itself.
_STARTS, _ENDS, _HAN, _MARK, _BREAK, _PIPE, _SEPARATOR, _LEAD = (1 << bit for bit in range(16, 24))
# A pair's entry: what it tells of, what it tells of together with the next character; whether
# a word holds it; whether it is some word of the trade's. Its entry when it is hashed anew:
# what it tells of; how much a wildcard told of may swallow, in units of _ROOM; the length of
# the trade's longest word that it stands for.
_INNER, _SOLD = 1 << 24, 25
_WILD, _TERM = 8, 12
_ROOM, _MOST_ROOM, _MOST_TERM = 16, 15, 7
_FACTOR, _OTHER = np.uint16(40503), np.uint16(24749)
_COUNTED = 500  # characters of a line up to which its counts fit their nine bits
_ITEM = 20  # characters of an item of a row, its brackets and marks among them
_WORD = 8  # characters of a word; one with more counts as a wildcard
_TERMS = 4  # characters that two words of the trade have at least
_NEWLINES = np.array([10, 10, 10], np.uint16)
_ALL = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))
_TRADE, _BAR, _GLUED, _FIELD, _SPACED = map(np.uint32, (TRADE, BAR, GLUED, FIELD, SPACED))


class Lines(Sequence[Line]):
    """The lines of a text, made as they are asked for. The carriage return of a Windows line
    counts as white space."""

    def __init__(self, text: str, starts: Sequence[int], hints: Sequence[int]) -> None:
        self.text, self.starts, self.hints = text, starts, hints
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
            folded = self.folded[start:end]
            line = self._made[i] = Line(start, end, self.text[start:end], folded, self.hints[i])
        return line

    @cached_property
    def folded(self) -> str:
        """The whole text, folded."""
        return fold(self.text)


def split(text: str) -> tuple[Lines, list[int]]:
    """The lines of the text, and the places of those that a rule could touch."""
    units = np.concatenate((scan.of(text).units, _NEWLINES))
    signs, pairs, checks, triples = _tables()
    sign = signs.take(units)
    spelt = sign.astype(np.uint16)
    two = spelt[:-1] * _FACTOR + spelt[1:]
    pair = pairs.take(two)[:-1]
    check = checks.take(spelt[:-2] * _OTHER + spelt[1:-1])
    sign, after = sign[:-2], sign[1:-1]

    tells = (pair | pair >> 8 & triples.take(two[:-1] * _OTHER + spelt[2:])) & check
    told = tells << 24 | sign
    # what is summed up: neighbours that no words put together, Chinese characters, separators;
    # the room of wildcards, words, characters of the trade's words
    count = ~((sign >> 1 & after) << 8 | pair) >> 24 & 1
    count += (sign >> 9 & 1 << 9) + (sign >> 4 & 1 << 18)
    room = ((check >> _WILD & _MOST_ROOM) + (1 << 13)) * (tells & WORDS)
    room += (check >> _TERM << 22) * (pair >> _SOLD & 1)

    # pieces of lines: up to a full stop or the newline
    stops = np.flatnonzero(sign & _BREAK > 0)
    last = np.flatnonzero(units[stops] == 10)
    ends = stops[last]
    count[ends] = 0
    starts = np.concatenate(([0], ends + 1))
    begins = np.concatenate(([0], stops[:-1] + 1))
    first = np.concatenate(([0], last[:-1] + 1))
    counts, rooms = np.add.reduceat(count, begins), np.add.reduceat(room, begins)
    tail = ends - begins[last] > 1
    heads = starts[:-1]
    all_counts, all_rooms = np.add.reduceat(counts, first), np.add.reduceat(rooms, first)
    hints = _hints(
        np.bitwise_or.reduceat(told, heads),
        ends - heads,
        gate.limits().take(units[ends - 1]),
        (sign[heads], after[heads]),
        all_counts,
        all_rooms,
        np.where(tail, counts[last], all_counts) & 511
        <= _ROOM * (np.where(tail, rooms[last], all_rooms) & 8191),
    )
    return Lines(text, starts.tolist(), hints.tolist()), np.flatnonzero(hints).tolist()


def _hints(
    told: U32, length: Counts, limit: Counts, head: tuple[U32, U32], count: U32, room: U32,
    known: Flags,
) -> Counts:  # fmt: skip
    """Each line's hints, from what was told and counted in it. `limit` is the length up to
    which a line that ends so may be residue; `known`: words and wildcards can take the line,
    or what follows its last full stop."""
    bits = told >> 24
    separators = count >> 18
    size = length - separators  # white space is among them
    long = length > _COUNTED  # its counts ran over: nothing is known of it
    if long.any():
        size[long] = 0
        known |= long
    han = count >> 9 & 511
    may = (size <= limit) | (bits & ANCHOR > 0)
    bare = may & (told & _MARK == 0)
    row = bare & (separators > 1) & (head[0] & 0xFFFF != ord("|"))
    row &= size <= _ITEM * (separators + 1)
    glued = bare & (room >> 13 & 511 >= paths.GLUED - 1)
    dated = may & (bits & (head[0] & head[1] & _LEAD) >> 19 & DATED > 0)
    term = room >> 22
    sold = long | (term >= _TERMS) & (2 * term >= han)
    dense = 2 * (_ROOM * (room & 8191) + _WORD * (room >> 13 & 511)) >= size
    here = np.where(dense, KNOWN | FORM | FIELD | TRADE | ASIDE, FORM | FIELD | TRADE | ASIDE)
    hints = bits & np.where(may, np.where(known, here | WORDS, here), TRADE | ASIDE)
    hints |= (may & (separators > 2) & (han <= separators + 1)) * _SPACED
    hints |= sold * _TRADE | row * _BAR | glued * _GLUED | dated * _FIELD | (told & _PIPE) >> 11
    return hints | (bits & ANCHOR) * (hints > 0)


# --- the tables ---------------------------------------------------------------------------


@cache
def _tables() -> tuple[U32, U32, U32, U8]:
    """The entries of the characters, of the pairs, of the pairs hashed anew and of triples."""
    signs, pairs = np.zeros(0x10000, np.uint32), np.zeros(0x10000, np.uint32)
    checks, triples = np.zeros(0x10000, np.uint32), np.zeros(0x10000, np.uint8)
    starts, ends = set(_of(MARKS + r"|\d")), set(_of(MARKS + r"|\d"))
    starts |= set("年月日号周星〇零一二三四五六七八九十上下凌中晚万亿千百k%+w")
    ends |= starts | set("期午晨上")
    for piece in _held():
        starts.add(piece[0])
        ends.add(piece[-1])
        for first, second in pairwise(piece):
            pairs[_cell(first, second)] |= _INNER
    for bits, found, room in _told():
        for word in found:
            if len(word) == 1:
                signs[ord(word)] |= (bits | FORM if room else bits) << 24
                continue
            cell = _cell(word[0], word[1])
            if len(word) == 2:
                pairs[cell] |= bits
            else:
                pairs[cell] |= bits << 8
                triples[_cell(chr(cell), word[2], _OTHER)] |= bits
            other = _cell(word[0], word[1], _OTHER)
            checks[other] |= bits
            _most(checks, other, _WILD, room)
    for word in map(plain, (*spam.terms(), *site_words())):
        if len(word) > 1:
            pair = gram(word, 2)
            pairs[_cell(pair[0], pair[1])] |= 1 << _SOLD
            _most(checks, _cell(pair[0], pair[1], _OTHER), _TERM, min(len(word), _MOST_TERM))
    kinds = (
        (starts, _STARTS), (ends, _ENDS), (_of(f"[{HANZI}]"), _HAN), ("。！？；，!?;,", _MARK),
        ("\n。", _BREAK), (_of(r"[\s|·/\[]"), _SEPARATOR),
        (_of(r"[\d〇零○o一二三四五六七八九\s·(\[|:/-]"), _LEAD),
    )  # fmt: skip
    for chars, bit in kinds:
        signs[[ord(char) for char in chars]] |= bit
    spelt = points().copy()
    spelt[[ord(char) for char in _of(r"\d")]] = ord("0")
    spelt[[ord(char) for char in _of(r"[^\S\n]")]] = ord(" ")
    spelt[spelt > 0xFFFF] = 0  # rare signs whose simplified form no rule has
    signs = spelt | signs[spelt]
    signs[0xD800:0xDC00] |= _STARTS | _ENDS  # a symbol beyond the basic plane
    signs[[ord(char) for char in "|｜│"]] |= _PIPE
    return signs, pairs, checks, triples


def _of(pattern: str) -> list[str]:
    """The characters that the pattern matches."""
    return re.findall(pattern, _ALL)


def _held() -> Iterator[str]:
    """The words and the pieces of the rules without wildcards."""
    yield from map(plain, lexicon().words)
    for pattern in lexicon().clauses:
        yield from pieces(pattern.source) or ()


def _told() -> Iterator[tuple[int, Collection[str], int]]:
    """What tells of which rules, and what wildcards it has."""
    lex = lexicon()
    for word, (weight, _) in lex.words.items():
        if weight:
            yield _bits(weight), [gram(plain(word))], int(len(word) > _WORD)
    for pattern in lex.clauses:
        bits, room = _bits(pattern.weight), 0
        if pieces(pattern.source) is None:
            size = width(pattern.source)
            if size is None or size > _ROOM * _MOST_ROOM - 4:
                bits |= FORM
            else:
                room = -(-(size + 4) // _ROOM)
            bits |= WORDS
        yield bits, grams(pattern.source), room
    forms = [pattern.source for pattern in lex.lines]
    forms += [*paths.patterns(), *formula.patterns()]
    asides = (lists, bylines, spans, attachments)
    for bit, sources in (
        (FORM, forms),
        (FIELD, metadata.patterns()),
        (DATED, [DATE.pattern]),
        (ASIDE, [pattern for module in asides for pattern in module.patterns()]),
    ):
        for source in sources:
            yield bit, grams(source), 0
    yield FORM, [">"], 0
    yield TRADE, [gram(plain(word)) for word in spam.strong()], 0
    odd = [word for word in (*spam.terms(), *site_words()) if not 2 <= len(word) <= _MOST_TERM]
    yield TRADE, [gram(plain(word)) for word in odd], 0
    yield ANCHOR, [gram(plain(fold(word))) for word in gate.anchors()], 0


def _bits(weight: Weight) -> int:
    return WORDS | KNOWN if weight is Weight.SURE else WORDS if weight else 0


def _most(table: U32, cell: int, place: int, value: int) -> None:
    """Raises the four bits of the cell from `place` on to the value."""
    known = int(table[cell]) >> place & 15
    table[cell] += max(value - known, 0) << place


def _cell(first: str, second: str, factor: np.uint16 = _FACTOR) -> int:
    return (ord(first) * int(factor) + ord(second)) & 0xFFFF
