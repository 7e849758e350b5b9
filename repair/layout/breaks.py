"""Places where what stands above may run on into what stands below, many at once, and the words
that they cut.

A word is cut where the likeliest row of words (what jieba's `cut` finds without its HMM) has
one that stands on both sides. At most TAIL characters of each side are read, and of them those
alone that could be in one word with the ones at the break: between two characters that stand
side by side in no word a word ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm, scan
from repair.layout.lines import CHINESE, Bools, Counts, Lines
from repair.lm import wordlist
from repair.patterns import lazy
from repair.plane import among, plane

Units = NDArray[np.uint16]

TAIL = 6
WIDTH = 2 * TAIL
_ALL = np.triu_indices(WIDTH)  # the first and last columns of all pieces, and of those across
_ACROSS = tuple(np.indices((TAIL, TAIL)).reshape(2, -1) + [[0], [TAIL]])
_OTHERS = lazy(r"[^\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")  # what jieba looks for no words in


@dataclass(frozen=True, slots=True)
class Breaks:
    """Offsets in a text: where what stands above begins and ends, and what stands below. None
    of the two is empty."""

    text: str
    scan: scan.Scan
    starts: Counts
    ends: Counts
    nexts: Counts
    stops: Counts

    def __len__(self) -> int:
        return len(self.ends)

    def of(self, which: Bools | Counts | slice) -> Breaks:
        """Some of them."""
        rows = self.starts[which], self.ends[which], self.nexts[which], self.stops[which]
        return Breaks(self.text, self.scan, *rows)

    def back(self, n: int) -> Units:
        """The character n places before the end of what stands above, or its first one."""
        return self.scan.units[np.maximum(self.ends - 1 - n, self.starts)]

    def ahead(self, n: int) -> Units:
        """The character n places behind the beginning of what stands below, or its last one."""
        return self.scan.units[np.minimum(self.nexts + n, self.stops - 1)]

    def around(self, above: int, below: int) -> tuple[Counts, Bools]:
        """The places of so many characters before each break and behind it, and which of them
        are of what stands above and below."""
        last = np.arange(-above, 0) + self.ends[:, None]
        first = np.arange(below) + self.nexts[:, None]
        held = np.hstack((last >= self.starts[:, None], first < self.stops[:, None]))
        return np.hstack((last, first)).clip(0, len(self.text) - 1), held


def after(lines: Lines, rows: Counts) -> Breaks:
    """The breaks after these lines."""
    starts, ends = lines.starts, lines.ends
    places = starts[rows], ends[rows], starts[rows + 1], ends[rows + 1]
    return Breaks(lines.text, lines.scan, *places)


def between(above: str, below: str) -> Breaks:
    """A break by itself."""
    text = f"{above}\n{below}"
    places = [np.array([at]) for at in (0, len(above), len(above) + 1, len(text))]
    return Breaks(text, scan.of(text), *places)


def paired(breaks: Breaks) -> Bools:
    """Those that may cut a word, by the two characters at them."""
    kinds, units = breaks.scan.kinds, breaks.scan.units
    last = breaks.ends - 1
    told = np.asarray(kinds[last] & kinds[breaks.nexts] & np.uint32(CHINESE) > 0)
    if told.any():
        told &= wordlist.paired(_letters()[units[last]], _letters()[units[breaks.nexts]])
    return told


def cut(breaks: Breaks) -> tuple[Counts, Counts]:
    """How many characters of the word that each break cuts stand above, and how many below:
    0 of each where no word is cut."""
    above, below = np.zeros((2, len(breaks)), np.intp)
    some = paired(breaks).nonzero()[0]
    if not len(some):
        return above, below
    units = _window(breaks.of(some))
    begin, stop = _reach(units)
    across = np.zeros(len(some), np.bool_)
    across[_words(units, begin, stop, *_ACROSS)[0]] = True  # most breaks are between words
    if not across.any():
        return above, below
    some, units, begin, stop = some[across], units[across], begin[across], stop[across]
    shares = np.full((len(some), WIDTH, WIDTH + 1), -np.inf)
    row, first, last, found = _words(units, begin, stop, *_ALL)
    shares[row, first, last] = found
    above[some], below[some] = _word(shares, begin)
    return above, below


def _window(breaks: Breaks) -> Units:
    """The characters around each break as words are written: in simplified characters, 0 for
    one that stands in no word or beyond what is above or below."""
    at, held = breaks.around(TAIL, TAIL)
    return np.where(held, _letters().take(breaks.scan.units[at]), 0)


def _reach(units: Units) -> tuple[Counts, Counts]:
    """From where to where the characters of each row may be in one word with the middle."""
    pairs = wordlist.paired(units[:, :-1], units[:, 1:]) & (units[:, :-1] > 0) & (units[:, 1:] > 0)
    before = np.logical_and.accumulate(pairs[:, TAIL - 2 :: -1], axis=1).sum(axis=1)
    behind = np.logical_and.accumulate(pairs[:, TAIL:], axis=1).sum(axis=1)
    return TAIL - 1 - before, TAIL + 1 + behind


def _words(
    units: Units, begin: Counts, stop: Counts, first: Counts, last: Counts
) -> tuple[Counts, Counts, Counts, NDArray[np.float64]]:
    """The words in the rows, among the pieces with these first and last columns that are within
    reach: of which row, where they begin and end, and the logarithms of their shares."""
    row, piece = ((first >= begin[:, None]) & (last < stop[:, None])).nonzero()
    starts, ends = first[piece], last[piece] + 1
    shares = wordlist.Rows(units).shares(row, starts, ends)
    held = (shares > -np.inf).nonzero()[0]
    return row[held], starts[held], ends[held], shares[held]


def _word(shares: NDArray[np.float64], begin: Counts) -> tuple[Counts, Counts]:
    """The first word of each row's likeliest words that ends behind the middle, if it begins
    before it, as `cut` tells it; `shares` has a row's words by where they begin and end. Of
    rows of words that are as likely the first word is the longest."""
    rows = np.arange(len(shares))
    best = np.zeros((len(shares), WIDTH + 1))  # from each place on
    ends = np.zeros((len(shares), WIDTH), np.intp)  # of the word that begins there
    for start in range(WIDTH - 1, -1, -1):
        options = shares[:, start, start + 1 :] + best[:, start + 1 :]
        ends[:, start] = WIDTH - options[:, ::-1].argmax(axis=1)
        best[:, start] = options.max(axis=1)
        none = best[:, start] == -np.inf  # a character that is no word
        ends[none, start] = start + 1
        best[none, start] = best[none, start + 1] - math.log(wordlist.total())
    for _ in range(TAIL):
        follows = ends[rows, begin]
        begin = np.where(follows <= TAIL, follows, begin)
    above, below = TAIL - begin, ends[rows, begin] - TAIL
    whole = (above <= 0) | (below <= 0)
    return np.where(whole, 0, above), np.where(whole, 0, below)


@cache
def model() -> lm.Model | None:
    """The language model, if there is one."""
    try:
        return lm.load()
    except (lm.ModelFileError, OSError):
        return None


@cache
def _letters() -> Units:
    """The form in which words have each character, 0 for one that jieba finds in no word."""
    found, chars = model(), plane()
    forms = np.frombuffer((found.fold(chars) if found else chars).encode("utf-16-le"), np.uint16)
    table = np.zeros(scan.PLANE, np.uint16)
    table[np.frombuffer(chars.encode("utf-16-le"), np.uint16)] = forms
    return np.where(among(_OTHERS.sub("", chars))[table], table, 0).astype(np.uint16)
