"""Bodies that stand twice in one document.

A page that was saved with its print view, or an extractor that met one text in two
elements, gives the same body twice. Only a whole block of lines counts, at least LEAST
characters of it, and only running text: choruses, forms and statutes repeat lines by right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout.lines import Line

LEAST = 200  # characters: the seeds' sound repetitions reach 80
SHINGLE = 6  # characters a shingle: a misread character spoils six
NEAR = 0.9  # share of the shorter block's shingles that a near copy holds
# A block counts as a body from this share of the document's characters, or this length: in
# 60,000 lines each of news, laws_prc, gazette_tw and twlaw, the longest sound copy has 400.
BODY, LONG = 0.25, 600
FITS = 0.6  # share of a line's shingles that the other block must hold
SEED = 20  # characters of a line that a block may start from: verse has shorter ones
OFTEN = 20  # lines from which a shingle is a form's, and no copy's

CLAUSE = 6  # characters of a clause that says something
WHOLE = 0.6  # of a body's characters at least stand in such clauses

_ZERO = np.zeros(1, np.uint64)
_MARK = re.compile(r"[，。；：！？、,.;:!?\s“”‘’「」『』（）()《》]")
_INK = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two blocks of lines, given as (first, last) line index, both inside."""

    first: tuple[int, int]
    second: tuple[int, int]
    exact: bool  # the same characters but for white space and punctuation
    share: float  # of the smaller block's shingles that the other one holds
    length: int  # characters of the shorter block

    @property
    def confidence(self) -> float:
        """That one of the two is superfluous: sure only where nothing differs."""
        return 0.999 if self.exact else 0.9


def find(text: str, lines: Sequence[Line]) -> list[Repeat]:
    """The repeated bodies of a document, exact and long ones first, none overlapping another."""
    if not _suspect(text):
        return []
    ink = [_INK.sub("", line.text) for line in lines]
    whole = sum(map(len, ink))
    if not _copied(ink, max(LEAST, min(BODY * whole, LONG))):
        return []
    marks = [_shingles(line) for line in ink]
    found: list[Repeat] = []
    taken: set[int] = set()
    blocks = _blocks(ink, marks)
    for repeat in sorted(blocks, key=lambda r: (not r.exact, -r.length)):
        used = {*range(repeat.first[0], repeat.first[1] + 1)}
        used |= {*range(repeat.second[0], repeat.second[1] + 1)}
        long = repeat.length >= max(LEAST, min(BODY * whole, LONG))
        if long and repeat.share >= NEAR and not used & taken:
            taken |= used
            found.append(repeat)
    return found


def _suspect(text: str) -> bool:
    """The cheap gate: somewhere a third of a body's clauses stand twice. (Of a near copy with a
    tenth of its shingles spoilt nine clauses in ten are whole if they have a shingle each, and
    half of them if they have thirty.)"""
    if len(text) < 2 * LEAST:
        return False
    units = scan.of(text).units
    marks = np.flatnonzero(_marks().take(units))
    ends = np.append(marks, len(units))
    starts = np.concatenate(([0], marks + 1))
    long = ends - starts >= CLAUSE
    starts, ends = starts[long], ends[long]
    sizes = ends - starts
    body = WHOLE * max(LEAST, min(BODY * int(sizes.sum()), LONG))
    if sizes.sum() < 2 * body:
        return False
    # a clause's code: its characters as digits of a number
    powers, inverses = _powers(len(units).bit_length())
    sums = np.concatenate((_ZERO, np.cumsum(units * powers[: len(units)])))
    codes = (sums[ends] - sums[starts]) * inverses[starts]
    order = np.argsort(codes)
    same = codes[order][1:] == codes[order][:-1]
    if not same.any():
        return False
    again = np.zeros(len(codes), bool)
    again[order[1:][same]] = again[order[:-1][same]] = True
    far = np.cumsum(sizes)
    twice = np.concatenate(([0], np.cumsum(sizes * again)))
    first = np.searchsorted(far, far - body, side="right")  # of the clauses up to each
    full = far >= body
    return bool((3 * (twice[1:] - twice[first])[full] >= body).any())


@cache
def _marks() -> NDArray[np.bool_]:
    """Which characters of the first plane end a clause."""
    table = np.zeros(0x10000, np.bool_)
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))
    table[[ord(char) for char in _MARK.findall(every)]] = True
    return table


@cache
def _powers(bits: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The powers of an odd base, and those of its inverse, modulo 2 ** 64: 2 ** bits of each."""
    base = 0x9E3779B97F4A7C15
    powers = []
    for factor in (base, pow(base, -1, 1 << 64)):
        row = np.full(1 << bits, factor, np.uint64)
        row[0] = 1
        powers.append(np.multiply.accumulate(row))
    return powers[0], powers[1]


def _copied(ink: Sequence[str], least: float) -> bool:
    """The second gate, which every repeat passes: lines in a row with at least so many
    characters, a tenth of whose shingles at most stand nowhere else in the document."""
    sizes = np.fromiter(map(len, ink), np.int64, len(ink))
    points = np.frombuffer("".join(ink).encode("utf-32-le", "surrogatepass"), np.uint32)
    if len(points) < SHINGLE:
        return False
    count = len(points) - SHINGLE + 1
    codes = np.zeros(count, np.uint64)
    for i in range(SHINGLE):  # the 21 bits of each, turned: equal shingles have equal codes
        codes = codes * np.uint64(0x9E3779B97F4A7C15) + points[i : count + i]
    ends = np.cumsum(sizes)
    line = np.repeat(np.arange(len(ink)), sizes)
    inside = np.flatnonzero(line[:count] == line[SHINGLE - 1 :])
    order = inside[np.argsort(codes[inside])]
    same = codes[order][1:] == codes[order][:-1]
    alone = np.ones(len(order), bool)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    all_of = np.bincount(line[inside], minlength=len(ink))
    odd = np.bincount(line[order[alone]], minlength=len(ink))
    score = np.concatenate(([0.0], np.cumsum((1 - NEAR + 1e-9) * all_of - odd)))
    before = np.minimum.accumulate(score)  # the lowest of the starts up to each line
    start = np.searchsorted(np.concatenate(([0], ends)), ends - least, side="right") - 1
    fits = start >= 0
    return bool((score[1:][fits] >= before[start[fits]]).any())


def _shingles(ink: str) -> frozenset[int]:
    return frozenset(hash(ink[i : i + SHINGLE]) for i in range(len(ink) - SHINGLE + 1))


def _blocks(ink: Sequence[str], marks: Sequence[frozenset[int]]) -> list[Repeat]:
    """Pairs of blocks that hold the same text: seeded by two similar lines, grown while the
    next lines on both sides are in the other block too."""
    long = [i for i, line in enumerate(ink) if len(line) >= SEED]
    where: dict[int, list[int]] = {}
    for i in long:
        for shingle in marks[i]:
            where.setdefault(shingle, []).append(i)
    blocks: list[Repeat] = []
    done: set[tuple[int, int]] = set()
    for i in long:
        places = [where[shingle] for shingle in marks[i] if len(where[shingle]) <= OFTEN]
        votes = Counter(j for place in places for j in place if j > i)
        for j, shared in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:2]:
            if (i, j) in done or shared < 0.5 * min(len(marks[i]), len(marks[j])):
                continue
            block = _grow(ink, marks, i, j)
            done |= set(product(range(*_past(block.first)), range(*_past(block.second))))
            blocks.append(block)
    return blocks


def _past(block: tuple[int, int]) -> tuple[int, int]:
    return block[0], block[1] + 1


def _grow(ink: Sequence[str], marks: Sequence[frozenset[int]], i: int, j: int) -> Repeat:
    """The largest two blocks around lines i and j that hold the same text, however each is
    cut into lines: a line is taken in while the other block, or the line that it would take
    in next, holds it."""
    blocks = [[i, i], [j, j]]
    held = [set(marks[i]), set(marks[j])]
    size = [len(ink[i]), len(ink[j])]
    grown = True
    while grown:
        grown = False
        for own, other, end, step in ((0, 1, 0, -1), (0, 1, 1, 1), (1, 0, 0, -1), (1, 0, 1, 1)):
            at, ahead = blocks[own][end] + step, blocks[other][end] + step
            first, second = ({*blocks[0], at}, blocks[1]) if own == 0 else (
                blocks[0], {*blocks[1], at}
            )  # fmt: skip
            if not 0 <= at < len(ink) or max(first) >= min(second) or not marks[at]:
                continue
            next_there = marks[ahead] if 0 <= ahead < len(ink) else frozenset()
            least = FITS * len(marks[at])
            room = size[own] + len(ink[at]) <= 1.1 * size[other]
            inside = room and len(marks[at] & held[other]) >= least
            if not inside and len(marks[at] & next_there) < least:
                continue
            blocks[own][end] = at
            held[own] |= marks[at]
            size[own] += len(ink[at])
            grown = True
    one, two = ("".join(ink[slice(*_past((a, b)))]) for a, b in blocks)
    shorter = min(map(len, held)) or 1
    return Repeat(
        (blocks[0][0], blocks[0][1]), (blocks[1][0], blocks[1][1]), one == two,
        len(held[0] & held[1]) / shorter, min(len(one), len(two)),
    )  # fmt: skip
