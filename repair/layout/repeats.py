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

from repair.layout.lines import Line

LEAST = 200  # characters: the seeds' sound repetitions reach 80
SHINGLE = 12  # characters a shingle, as in the matching of documents
NEAR = 0.85  # share of the shorter block's shingles that a near copy holds
BODY = 0.25  # share of the document's characters that a block must be to count as a body

_CLAUSE = re.compile(r"[^，。；：！？、,.;:!?\s“”‘’「」『』（）()《》]{6,}")
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
    """The repeated bodies of a document, the longest first, none overlapping another."""
    if not _suspect(text):
        return []
    ink = [_INK.sub("", line.text) for line in lines]
    whole = sum(map(len, ink))
    marks = [_shingles(line) for line in ink]
    found: list[Repeat] = []
    taken: set[int] = set()
    blocks = _blocks(ink, marks)
    for repeat in sorted(blocks, key=lambda r: -r.length):
        used = {*range(repeat.first[0], repeat.first[1] + 1)}
        used |= {*range(repeat.second[0], repeat.second[1] + 1)}
        if repeat.length >= max(LEAST, BODY * whole) and not used & taken:
            taken |= used
            found.append(repeat)
    return found


def _suspect(text: str) -> bool:
    """The cheap gate: clauses that stand twice add up to most of a shortest body."""
    if len(text) < 2 * LEAST:
        return False
    counts = Counter(_CLAUSE.findall(text))
    if len(counts) == counts.total():
        return False
    return sum(len(clause) for clause, n in counts.items() if n > 1) >= LEAST // 2


def _shingles(ink: str) -> frozenset[int]:
    return frozenset(hash(ink[i : i + SHINGLE]) for i in range(len(ink) - SHINGLE + 1))


def _blocks(ink: Sequence[str], marks: Sequence[frozenset[int]]) -> list[Repeat]:
    """Pairs of blocks that hold the same text: seeded by two similar lines, grown while the
    next lines on both sides are in the other block too."""
    long = [i for i, line in enumerate(ink) if len(line) >= 40]
    where: dict[int, list[int]] = {}
    for i in long:
        for shingle in marks[i]:
            where.setdefault(shingle, []).append(i)
    blocks: list[Repeat] = []
    done: set[tuple[int, int]] = set()
    for i in long:
        votes = Counter(j for shingle in marks[i] for j in where[shingle] if j > i)
        for j, shared in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:2]:
            if (i, j) in done or shared < 0.5 * min(len(marks[i]), len(marks[j])):
                continue
            block = _grow(ink, marks, i, j)
            done |= {
                (a, b)
                for a in range(block.first[0], block.first[1] + 1)
                for b in range(block.second[0], block.second[1] + 1)
            }
            blocks.append(block)
    return blocks


def _grow(
    ink: Sequence[str], marks: Sequence[frozenset[int]], i: int, j: int
) -> Repeat:  # fmt: skip
    """The largest two blocks around lines i and j that hold the same text, however each is
    cut into lines."""
    a, b, c, d = i, i, j, j
    left, right = set(marks[i]), set(marks[j])
    grown = True
    while grown:
        grown = False
        for side, at in (("a", a - 1), ("b", b + 1), ("c", c - 1), ("d", d + 1)):
            if not 0 <= at < len(ink) or (side == "b" and at >= c) or (side == "c" and at <= b):
                continue
            other = right if side in "ab" else left
            own = left if side in "ab" else right
            if not marks[at] or len(marks[at] & other) < 0.8 * len(marks[at]):
                continue
            own |= marks[at]
            a, b = (at, b) if side == "a" else (a, at) if side == "b" else (a, b)
            c, d = (at, d) if side == "c" else (c, at) if side == "d" else (c, d)
            grown = True
    first, second = "".join(ink[a : b + 1]), "".join(ink[c : d + 1])
    shorter = min(len(left), len(right)) or 1
    return Repeat(
        (a, b), (c, d), first == second, len(left & right) / shorter,
        min(len(first), len(second)),
    )  # fmt: skip
