"""Which characters are taken for one another: by shape, by sound, or by the edition.

Sources: `data/misread.tsv` (counts of what OCR really did), `data/shapes.tsv` (component,
structure and four-corner code), `data/editions.tsv` (spellings that editions differ in), and
pycorrector's `stroke`, `same_stroke` and `same_pinyin`, read as files: `import pycorrector`
needs torch. Characters are folded to simplified before they are looked up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

# Fitted by logistic regression: the 1,633 observed misreadings against 20,000 chance pairs
# of running text; at ALIKE 2 % of the chance pairs pass. See benchmarks/collate.py.
STROKES, CORNERS, COMPONENT, STRUCTURE, GROUP, FEW, BASE = (
    5.92, 3.28, 1.64, 1.14, 3.12, 3.81, -5.96,
)  # fmt: skip
ALIKE = 1.7


def alike(x: str, y: str) -> bool:
    """Whether two characters look alike or OCR has been seen to take one for the other."""
    return read_as(x, y) > 0 or read_as(y, x) > 0 or shape(x, y) > ALIKE


def read_as(true: str, read: str) -> int:
    """How often OCR was seen to read `true` as `read`."""
    return _misread().get((true, read), 0)


@cache
def read_for(read: str) -> tuple[str, ...]:
    """The characters that OCR was seen to read as this one."""
    return tuple(true for true, other in _misread() if other == read)


def direction(first: str, second: str) -> float:
    """The log-odds that `first` is the misreading and `second` what was printed, from the
    observed counts; 0 where nothing is known."""
    return math.log((read_as(second, first) + 0.5) / (read_as(first, second) + 0.5))


@cache
def shape(x: str, y: str) -> float:
    """How alike two characters look, as log-odds; chance pairs lie below 0."""
    from rapidfuzz.distance import Indel

    strokes = _strokes()
    a, b = strokes.get(x, ""), strokes.get(y, "")
    if not a or not b:
        return BASE
    score = BASE + STROKES * Indel.normalized_similarity(a, b) + FEW / (1 + min(len(a), len(b)))
    first, second = _shapes().get(x), _shapes().get(y)
    if first and second:
        score += CORNERS * sum(map(str.__eq__, first[2], second[2])) / 4
        score += COMPONENT * (first[0] == second[0]) + STRUCTURE * (first[1] == second[1])
    return score + GROUP * (y in _groups().get(x, ""))


def same_sound(x: str, y: str) -> bool:
    """Whether two characters sound the same, the tone aside."""
    sounds = _sounds()
    return y in sounds.get(x, "") or x in sounds.get(y, "")


def sounding(char: str) -> str:
    """The characters that pycorrector lists as sounding like this one."""
    return _sounds().get(char, "")


def same_word(x: str, y: str) -> bool:
    """Whether editions differ in these two spellings of one word (像 and 象)."""
    return (x, y) in _editions() or (y, x) in _editions()


def _data(name: str) -> Iterator[list[str]]:
    for line in (files("repair.collate") / "data" / name).read_text("utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line.split("\t")


def _pycorrector(name: str) -> Iterator[list[str]]:
    """The rows of one of pycorrector's tables; none where the package is absent."""
    spec = find_spec("pycorrector")
    if spec is None or spec.origin is None:
        return
    path = Path(spec.origin).parent / "data" / name
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split()


@cache
def _misread() -> dict[tuple[str, str], int]:
    return {(true, read): int(count) for true, read, count in _data("misread.tsv")}


@cache
def _editions() -> frozenset[tuple[str, str]]:
    return frozenset((row[0], row[1]) for row in _data("editions.tsv"))


@cache
def _shapes() -> dict[str, tuple[str, str, str]]:
    return {char: (part, build, corners) for char, part, build, corners in _data("shapes.tsv")}


@cache
def _strokes() -> dict[str, str]:
    return {row[0]: row[1] for row in _pycorrector("stroke.txt") if len(row) == 2}


@cache
def _groups() -> dict[str, str]:
    groups: dict[str, str] = {}
    for row in _pycorrector("same_stroke.txt"):
        for char in row:
            groups[char] = groups.get(char, "") + "".join(row)
    return groups


@cache
def _sounds() -> dict[str, str]:
    return {row[0]: "".join(row[1:]) for row in _pycorrector("same_pinyin.txt")}
