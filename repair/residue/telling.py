"""The tables of the gate (`look`, `hints`): what each character, pair and triple tells of.

Too much may be told, which costs time only: pairs of characters are hashed to 65,536 cells,
twice; three in a row once more. What is told so is checked against `clues`: under what
conditions the rules behind these very characters could match, and which patterns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import as_file, files
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.plane import plane
from repair.residue import (
    attachments,
    bylines,
    formula,
    gate,
    inserts,
    lists,
    metadata,
    paths,
    spam,
    spans,
)  # fmt: skip
from repair.residue.dates import TOLD
from repair.residue.fold import HANZI, fold, points
from repair.residue.fold import shown as spelling
from repair.residue.lexicon import MARKS, Weight, lexicon, shown, site_words
from repair.residue.lines import (
    ANCHOR,
    ASIDE,
    DATED,
    FIELD,
    FORM,
    FORMULA,
    KNOWN,
    LOOSE,
    PATH,
    TRADE,
    WORDS,
)  # fmt: skip
from repair.residue.literals import (
    beginnings,
    closing,
    gram,
    grams,
    longest,
    openings,
    pieces,
    plain,
    width,
)

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
# A character's entry: how the rules spell it, then these bits; SEPARATOR is the highest.
STARTS, ENDS, MARK, BREAK, PIPE, LEAD, HAN, ALONE = (1 << bit for bit in range(16, 24))
CLOSED, ENDED, WORDY, SEPARATOR = 1 << 24, 1 << 25, 1 << 26, 1 << 31
# A pair's mark: a word holds it; it may tell of something.
INNER, TELLS = 1, 2
# A pair's entry: what it tells of, what it tells of together with the next character; whether
# it is some word of the trade's. Its entry when it is hashed anew: what it tells of; how much a
# wildcard told of may swallow, in units of ROOM; the length of the trade's longest word that it
# stands for.
SOLD, WILD, TERM = 16, 8, 12
ROOM, MOST_ROOM, MOST_TERM = 16, 15, 7
FACTOR, OTHER = np.uint16(40503), np.uint16(24749)
WORD = 8  # characters of a word; one with more counts as a wildcard
# What a clue tells of beside the bits of `lines`: a menu's word, words of the trade, of the sites.
MENU, TERMS, SITES = (1 << bit for bit in range(13, 16))
WHOLE = FORM | ASIDE  # what depends on the whole line; so many bits higher if it must begin as the
HEADED, MARKED = 16, 20  # rules say, or with a mark
BEGINS, TAKES, SURE = 1, 2, 4  # a form may begin so; a clause with wildcards; a sure clause
ENDLESS = 0xFFFF
NONE = -1
# Of what has a number and is no pattern: weak words, sure ones, weak ones of one character, paths,
# formulas, arrows.
KINDS = 6
# A run's cell: the upper bits of the sum of its characters, each with its factor.
CLUE = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))
CELLS = 14
ANY, FREE = 0, -1  # any character; none is asked for


class Tables(NamedTuple):
    """By unit; by hashed pair; by the pair hashed anew; by hashed triple; single characters."""

    signs: U32
    marks: U8
    pairs: U32
    checks: U32
    triples: U8
    alone: U8


class Clues(NamedTuple):
    """What exact runs of characters tell of, and in lines of what length at most; how many
    characters of a line a sure word, a sure clause, anything known, a word of the trade may be, and
    how many neighbours a wildcard may hold. Row 0 tells of nothing."""

    cells: U16  # the row of a hashed run of one to three characters
    tags: U16  # by row: the run's key, which no other run of its cell has; ANY if several share it
    begins: U8  # what may begin with a hashed pair: BEGINS, TAKES, SURE
    first: U8  # with a character, whatever comes next
    bits: U32
    before: U16  # the character before it, if it tells of a field; the line's last one, if it
    last: U16  # depends on the whole line; or ANY
    longest: U32
    covers: U32
    fills: U32
    takes: U32
    sells: U32
    holds: U32
    owns: U16  # where the row's numbers begin (`Told`); they end where those of the next row begin
    numbers: U16
    tells: U16  # by number: what is told of
    swallows: U32  # by number: how many neighbours its wildcards may hold
    fillers: U32  # by number: how many characters of a line it may be if it is sure


class Told(NamedTuple):
    """Runs of characters, one of which each match of a rule holds."""

    bits: int
    found: Collection[str]
    pattern: str = ""  # of the rule
    longest: int = ENDLESS  # characters of such a line, without separators
    room: int = 0  # of wildcards, in units of ROOM
    covers: int = 0  # characters of a sure word
    fills: int = 0  # characters of a sure clause, without digits and white space
    takes: int = 0  # characters of anything known
    sells: int = 0  # characters of a word of the trade or of the sites
    holds: int = 0  # neighbours that a wildcard may hold
    tells: int = 0  # of what number it has, if not its bits
    number: int = NONE  # of the pattern in `Lexicon.patterns`; behind them a number for each kind
    before: str = ""  # the character before them, if there is but one


@cache
def tables() -> Tables:
    """As the package ships them: to make them takes longer than most texts."""
    return Tables(*(_shipped()[f"tables.{name}"] for name in Tables._fields))


@cache
def clues() -> Clues:
    """As the package ships them."""
    return Clues(*(_shipped()[f"clues.{name}"] for name in Clues._fields))


@cache
def _shipped() -> dict[str, NDArray[Any]]:
    with as_file(files("repair") / "residue" / "data" / "gate.bin") as path, np.load(path) as data:
        return dict(data)


def ship(folder: Path) -> None:
    """Writes what the rules and the weights make: `python -m repair.residue.telling`."""
    from repair.residue import likely, prose

    for name, text in (
        ("fold", spelling()), ("patterns", shown(lexicon().patterns)), ("prose", prose.shown())
    ):  # fmt: skip
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    likely.ship(folder)
    made = {f"tables.{name}": table for name, table in make_tables()._asdict().items()}
    made |= {f"clues.{name}": table for name, table in make_clues()._asdict().items()}
    with (folder / "gate.bin").open("wb") as file:
        np.savez_compressed(file, **made)


def make_tables() -> Tables:
    """Made of the rules."""
    signs, pairs = np.zeros(0x10000, np.uint32), np.zeros(0x10000, np.uint32)
    checks, triples = np.zeros(0x10000, np.uint32), np.zeros(0x10000, np.uint8)
    marks, alone = np.zeros(0x10000, np.uint8), np.zeros(0x10000, np.uint8)
    starts, ends = set(_of(MARKS + r"|\d")), set(_of(MARKS + r"|\d"))
    starts |= set("年月日号周星〇零一二三四五六七八九十上下凌中晚万亿千百k%+w")
    ends |= starts | set("期午晨上")
    for piece in _held():
        starts.add(piece[0])
        ends.add(piece[-1])
        for first, second in pairwise(piece):
            marks[cell_of(first, second)] |= INNER
    for told in _told():
        bits = told.bits & 0xFF | (FORM if told.holds and not told.room else 0)
        for word in told.found:
            if len(word) == 1:
                alone[ord(word)] |= bits | FORM if told.room else bits
                continue
            cell = cell_of(word[0], word[1])
            marks[cell] |= TELLS
            if len(word) == 2:
                pairs[cell] |= bits
            else:
                pairs[cell] |= bits << 8
                triples[cell_of(chr(cell), word[2], OTHER)] |= bits
            other = cell_of(word[0], word[1], OTHER)
            checks[other] |= bits
            _most(checks, other, WILD, told.room)
    for word in paths.menu_words():
        run = gram(word)
        marks[cell_of(run[0], run[1])] |= TELLS
    for word in map(plain, (*spam.terms(), *site_words())):
        if len(word) > 1:
            pair = gram(word, 2)
            pairs[cell_of(pair[0], pair[1])] |= 1 << SOLD
            marks[cell_of(pair[0], pair[1])] |= TELLS
            _most(checks, cell_of(pair[0], pair[1], OTHER), TERM, min(len(word), MOST_TERM))
    spelt = points().copy()
    spelt[[ord(char) for char in _of(r"\d")]] = ord("0")
    spelt[[ord(char) for char in _of(r"[^\S\n]")]] = ord(" ")
    spelt[spelt > 0xFFFF] = 0  # rare signs whose simplified form no rule has
    kinds = (
        (starts, STARTS), (ends, ENDS), (_of(f"[{HANZI}]"), HAN), ("。！？；，!?;,", MARK),
        ("\n。", BREAK), (_of(r"[\s|·/\[]"), SEPARATOR), ("()]", CLOSED),
        (_of(r"\w"), WORDY),
        (_of(r"[\d〇零○o一二三四五六七八九中华民国\s·(\[|:/-]"), LEAD),
        (map(chr, np.flatnonzero(alone).tolist()), ALONE),
    )  # fmt: skip
    for chars, bit in kinds:
        signs[[ord(char) for char in chars]] |= bit
    signs = spelt | signs[spelt]
    signs[0xD800:0xDC00] |= STARTS | ENDS  # a symbol beyond the basic plane
    signs[[ord(char) for char in "|｜│"]] |= PIPE
    signs[[ord(char) for char in "。！？”；"]] |= ENDED
    return Tables(signs, marks, pairs, checks, triples, alone)


def spelt(units: U16) -> U16:
    """The characters as the rules spell them: folded, a digit as 0, white space as one blank."""
    return tables().signs.take(units).astype(np.uint16)


def make_clues() -> Clues:
    """Made of the rules."""
    cells, begins = np.zeros(1 << 32 - CELLS, np.uint16), np.zeros(0x10000, np.uint8)
    first = np.zeros(0x10000, np.uint8)
    rows, only = [[0] * 7], [[ANY] * 3]
    owners: list[set[int]] = [set()]
    tells, swallows, fillers = np.zeros((3, len(lexicon().patterns) + KINDS), np.uint32)

    def add(word: str, told: Told) -> None:
        key = sum(ord(char) * int(factor) for char, factor in zip(word, CLUE, strict=False))
        cell, tag = (key & 0xFFFFFFFF) >> CELLS, key & 0xFFFF
        before = ord(told.before or "\0") if told.bits & FIELD else FREE
        last = ord(closing(told.pattern) or "\0") if told.longest else FREE
        if not cells[cell]:
            cells[cell] = len(rows)
            rows.append([0] * 7)
            only.append([tag, FREE, FREE])
            owners.append(set())
        number = cells[cell]
        row = rows[number]  # what shares a cell is told together
        row[0] |= told.bits
        sizes = told.longest, told.covers, told.fills, told.takes, told.sells, told.holds
        row[1:] = map(max, row[1:], sizes)
        alike = zip(only[number], (tag, before, last), strict=True)
        only[number] = [a if b in (a, FREE) else b if a == FREE else ANY for a, b in alike]
        owners[number] |= {told.number} - {NONE}

    def begin(bit: int, beginning: frozenset[str]) -> None:
        for word in beginning:
            if len(word) > 1:
                begins[cell_of(word[0], word[1])] |= bit
            else:
                first[ord(word)] |= bit

    for told in _told():
        bits, limit = told.bits, told.longest
        if told.number != NONE:
            tells[told.number], swallows[told.number] = told.tells or bits & 0xFF, told.holds
            fillers[told.number] = told.fills
        if not bits & WHOLE:
            limit = 0
        elif told.pattern[:1] == "^":
            beginning = beginnings(told.pattern)
            if beginning is not None:
                begin(BEGINS, beginning)
                bits = bits & ~WHOLE | (bits & WHOLE) << HEADED
            elif not any(map(str.isalnum, openings(told.pattern) or "a")):
                bits = bits & ~WHOLE | (bits & WHOLE) << MARKED
        for word in sorted(told.found):
            add(word, told._replace(bits=bits, longest=limit))
    for pattern in lexicon().clauses:
        if pattern.weight is Weight.FILLER:  # it takes its part of a line, but is no proof
            tells[pattern.number] &= ~np.uint32(WORDS)
        beginning = beginnings(pattern.source) or frozenset()
        begin(TAKES if pieces(pattern.source) is None else 0, beginning)
        begin(SURE if pattern.weight is Weight.SURE else 0, beginning)
    for bit, words in ((TERMS, spam.terms()), (SITES, site_words()), (MENU, paths.menu_words())):
        for word in map(plain, words):
            add(gram(word), Told(bit, (), longest=0, sells=len(word) * (bit != MENU)))
    tags, before, last = np.array(only).astype(np.uint16).T.copy()
    owns = np.array([*accumulate(map(len, owners), initial=0)], np.uint16)  # raises if too many
    numbers = np.array([number for some in owners for number in sorted(some)], np.uint16)
    told_, longest_, covers, fills, takes, sells, holds = np.array(rows, np.uint32).T.copy()
    return Clues(
        cells, tags, begins, first, told_, before, last, longest_, covers, fills, takes, sells,
        holds, owns, numbers, tells.astype(np.uint16), swallows, fillers,
    )  # fmt: skip


def _of(pattern: str) -> list[str]:
    """The characters that the pattern matches."""
    return re.findall(pattern, plane())


def _held() -> Iterator[str]:
    """The words and the pieces of the rules without wildcards."""
    yield from map(plain, lexicon().words)
    for pattern in lexicon().clauses:
        yield from pieces(pattern.source) or ()


def _told() -> Iterator[Told]:
    """What tells of which rules."""
    lex = lexicon()
    kinds = range(len(lex.patterns), len(lex.patterns) + KINDS)
    weak, sure, letter, path, formulas, arrow = kinds
    for word, (weight, _) in lex.words.items():
        if weight:
            number, covers = (letter if len(word) == 1 else weak), 0
            if weight is Weight.SURE:
                number, covers = sure, len(word)
            run, room = gram(plain(word)), int(len(word) > WORD)
            yield Told(
                _bits(weight), [run], room=room, covers=covers, takes=len(word), number=number
            )  # fmt: skip
    for number, pattern in enumerate(lex.clauses):
        bits, room, holds = _bits(pattern.weight), 0, 0
        if pieces(pattern.source) is None:
            size = width(pattern.source)
            holds = ENDLESS if size is None else size + 4
            room = -(-holds // ROOM) if holds <= ROOM * MOST_ROOM else 0
            bits |= WORDS if beginnings(pattern.source) else WORDS | LOOSE
        found, size = grams(pattern.source), width(pattern.source)
        takes = ENDLESS if size is None else size
        fills = takes if pattern.weight is Weight.SURE else 0
        yield Told(
            bits, found, room=room, fills=fills, takes=takes, holds=holds, number=number
        )  # fmt: skip
    for number, pattern in enumerate(lex.lines, len(lex.clauses)):
        size = longest(pattern.source)
        limit = ENDLESS if size is None else size
        yield Told(FORM, grams(pattern.source), pattern.source, limit, number=number)
    for source in paths.patterns():
        yield Told(FORM, grams(source), f"^{source}", paths.LONGEST, tells=PATH, number=path)
    for source in formula.patterns():
        yield Told(FORM, grams(source), "", formula.LONGEST, tells=FORMULA, number=formulas)
    yield Told(FORM, [">"], "", paths.LONGEST, tells=PATH, number=arrow)
    for module in (lists, bylines, spans, attachments):
        for source, limit in module.patterns().items():
            yield Told(ASIDE, grams(source), source, min(limit, ENDLESS))
    for source in metadata.patterns():
        for run in sorted(grams(source)):
            yield Told(FIELD, [run], before=_before(run))
    yield Told(DATED, grams(TOLD))
    yield Told(TRADE, [gram(plain(word)) for word in spam.strong()])
    for source in inserts.patterns():
        yield Told(TRADE, grams(source))
    odd = [word for word in (*spam.terms(), *site_words()) if not 2 <= len(word) <= MOST_TERM]
    yield Told(TRADE, [gram(plain(word)) for word in odd])
    yield Told(ANCHOR, [gram(plain(fold(word))) for word in gate.anchors()])


def _before(run: str) -> str:
    """The one character that stands before the run in the labels of fields, if there is but one."""
    before = {
        label[at - 1 : at]
        for label in metadata.labels()
        for at in range(len(label))
        if label.startswith(run, at)
        or (run.startswith(label[at:]) and not run[len(label) - at].isalnum())
    }
    return before.pop() if len(before) == 1 else ""


def _bits(weight: Weight) -> int:
    return WORDS | KNOWN if weight is Weight.SURE else WORDS if weight else 0


def _most(table: U32, cell: int, place: int, value: int) -> None:
    """Raises the four bits of the cell from `place` on to the value."""
    known = int(table[cell]) >> place & 15
    table[cell] += max(value - known, 0) << place


def cell_of(first: str, second: str, factor: np.uint16 = FACTOR) -> int:
    """The cell of a pair in the tables by hashed pair."""
    return (ord(first) * int(factor) + ord(second)) & 0xFFFF


if __name__ == "__main__":
    ship(Path(__file__).parent / "data")
