"""One look at a text for the gates of all stages: which kinds of characters it holds.

    FORMS = kind(r"\\u2e80-\\u2fd5")   # at the head of a module
    scan = of(text)
    if scan.present & FORMS:          # anywhere?
        scan.where(FORMS)             # and where

Short texts are looked at together: `join` makes one of many, and tells what lies in which.

A kind is a bit. One table holds the bits of every character, so that a single look-up a
character answers for all kinds at once: 12 µs for 5,000 characters, where the search for one
class by a regular expression takes 30 µs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Entry = TypeVar("Entry", bound=np.generic)
PLANE = 0x10000
SURROGATES = 0xD800 - (PLANE >> 10)
MOST = 32  # kinds: the bits of an entry
_PIECE = 0x10000  # units that are looked up at once
_escape = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_range = re.compile(r"(.)(?:-(.))?", re.DOTALL)

_kinds: list[str] = []
_table = np.zeros(PLANE, np.uint32)  # the bits of each unit
_LETTERS = slice(0x4E00, 0xA000)  # the units of which most of a Chinese text is made
_FEW = 500  # of them, in a kind whose characters stand here and there
_here_and_there = 0  # the bits of these kinds


def kind(characters: str) -> int:
    """The bit of a new kind: characters and ranges as a regular expression's class has them
    between its brackets; no escapes but `\\x`, `\\u` and `\\U`, a hyphen first. Beyond the
    basic plane a range is widened to whole blocks of 1,024."""
    if len(_kinds) == MOST:
        raise ValueError(f"more than {MOST} kinds of characters")
    bit = 1 << len(_kinds)
    _kinds.append(characters)
    firsts, lasts = _units(np.array(list(ranges(characters)))).astype(np.intp).T
    _table[firsts] |= np.uint32(bit)
    for n in np.flatnonzero(firsts < lasts).tolist():
        _table[firsts[n] : lasts[n] + 1] |= np.uint32(bit)
    global _here_and_there
    if np.count_nonzero(_table[_LETTERS] & np.uint32(bit)) <= _FEW:
        _here_and_there |= bit
    return bit


@dataclass(slots=True)
class Scan:
    """What a text is made of. The arrays have one entry a code point."""

    units: NDArray[np.uint16]  # beyond the basic plane the first half of the surrogate pair
    kinds: NDArray[np.uint32]  # the bits of each character
    present: int  # the bits of all
    _few: tuple[NDArray[np.intp], NDArray[np.uint32]] | None = None
    _breaks: NDArray[np.intp] | None = None

    @property
    def breaks(self) -> NDArray[np.intp]:
        """The places of the line breaks, found once."""
        if self._breaks is None:
            self._breaks = self.where(_BREAK)
        return self._breaks

    def where(self, kind: int) -> NDArray[np.intp]:
        """The places of the characters of a kind, or of several kinds joined by `|`."""
        if not self.present & kind:
            return np.zeros(0, np.intp)
        if kind & ~_here_and_there:
            return np.flatnonzero(self.kinds & np.uint32(kind) != 0)
        if self._few is None:  # all of them, found once: one character in seven
            places = np.flatnonzero(self.kinds & np.uint32(_here_and_there) != 0)
            self._few = places, self.kinds.take(places)
        places, kinds = self._few
        # `places[mask]` takes five times as long
        return places.compress(kinds & np.uint32(kind) != 0)

    def count(self, kind: int) -> int:
        """How many characters of a kind there are."""
        return (
            int(np.count_nonzero(self.kinds & np.uint32(kind) != 0)) if self.present & kind else 0
        )


@dataclass(slots=True)
class Texts:
    """Several texts looked at as one, joined by line breaks. Offsets count in the whole."""

    text: str
    starts: NDArray[np.intp]  # of each text
    ends: NDArray[np.intp]
    scan: Scan
    present: NDArray[np.uint32]  # the kinds that each text holds, the break behind it included

    def part(self, number: int) -> str:
        """One of the texts."""
        return self.text[self.starts[number] : self.ends[number]]

    def owners(self, places: ArrayLike) -> NDArray[np.intp]:
        """The number of the text that each place lies in; a break between two is the first
        one's."""
        return np.searchsorted(self.starts, np.asarray(places, np.intp), "right") - 1

    def holding(self, places: ArrayLike) -> NDArray[np.bool_]:
        """Which of the texts hold any of the places; a break between two is the first one's."""
        held = np.zeros(len(self.starts), np.bool_)
        held[self.owners(places)] = True
        return held

    def having(self, kind: int) -> NDArray[np.bool_]:
        """Which of the texts hold a character of a kind."""
        return np.asarray(self.present & np.uint32(kind) != 0)

    def parts(self, places: NDArray[np.intp]) -> Iterator[tuple[int, str, list[int]]]:
        """The texts that hold some of the sorted places: the number of each, the text, and
        the places counted in it."""
        owners = self.owners(places)
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        numbers = owners[first]
        starts, ends = self.starts[numbers].tolist(), self.ends[numbers].tolist()
        own = (places - self.starts[owners]).tolist()
        bounds = pairwise([*first.tolist(), len(own)])
        for number, start, end, (a, b) in zip(numbers.tolist(), starts, ends, bounds, strict=True):
            yield number, self.text[start:end], own[a:b]

    def each(self, places: NDArray[np.intp]) -> Iterator[tuple[int, str, int]]:
        """Each of the sorted places: the number of its text, the text, the place in it."""
        return ((n, text, at) for n, text, own in self.parts(places) for at in own)

    def owned(self, spans: Sequence[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
        """The spans of each text that holds some, counted in it."""
        found: dict[int, list[tuple[int, int]]] = {}
        owners = self.owners([start for start, _ in spans])
        firsts = self.starts[owners].tolist()
        for (start, end), n, first in zip(spans, owners.tolist(), firsts, strict=True):
            found.setdefault(n, []).append((start - first, end - first))
        return found


def spread(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """All places of some spans, span after span; `ends` are exclusive.

    >>> spread(np.array([3, 9]), np.array([5, 12])).tolist()
    [3, 4, 9, 10, 11]
    """
    sizes = ends - starts
    before = np.cumsum(sizes) - sizes
    return np.asarray(np.arange(sizes.sum()) + np.repeat(starts - before, sizes), np.intp)


def join(texts: Sequence[str]) -> Texts:
    """One look at several texts, at least one."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)) + 1) - 1
    starts = np.concatenate(([0], ends[:-1] + 1))
    text = "\n".join(texts)
    scan = of(text)
    present = np.bitwise_or.reduceat(np.append(scan.kinds, np.uint32(0)), starts)
    return Texts(text, starts, ends, scan, present)


def of(text: str) -> Scan:
    """The scan of a text; that of the last one is kept."""
    global _last
    last = _last
    if last[0] is not text or last[1] != len(_kinds):  # more kinds since then
        _last = last = text, len(_kinds), _scan(text)
    return last[2]


def _scan(text: str) -> Scan:
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    if len(units) != len(text):
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        units = _units(points)
    found = look_up(_table, units)
    return Scan(units, found, int(np.bitwise_or.reduce(found)))


def look_up(table: NDArray[Entry], units: NDArray[np.uint16]) -> NDArray[Entry]:
    """What a table of the basic plane has for each of the units: by pieces, since numpy makes
    wide copies of what it looks up, which would fall out of the caches."""
    found = np.empty(len(units), table.dtype)
    for first in range(0, len(units), _PIECE):
        some = slice(first, first + _PIECE)
        table.take(units[some], out=found[some], mode="clip")
    return found


_last = "", -1, Scan(np.zeros(0, np.uint16), np.zeros(0, np.uint32), 0)


def _units(points: NDArray[Any]) -> NDArray[np.uint16]:
    return np.where(points < PLANE, points, (points >> 10) + SURROGATES).astype(np.uint16)


def ranges(characters: str) -> Iterator[tuple[int, int]]:
    """The first and the last code point of each range of a class (see `kind`)."""
    plain = _escape.sub(lambda m: chr(int(m[1] or m[2] or m[3], 16)), characters)
    for first, last in _range.findall(plain):
        yield ord(first), ord(last or first)


_BREAK = kind("\n")
