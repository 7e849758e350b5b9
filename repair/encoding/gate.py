"""One cheap look at a text: where are characters that sound Chinese hardly has?

The table holds, for every character, its surprise: minus the natural logarithm of its
frequency. `frequency.tsv` was counted over the corpora that DESIGN.md lists and jieba's
word list (weights 0.8 and 0.2); a character that it lacks was not met.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from repair.lm import chars
from repair.scan import Scan, look_up

UNKNOWN = 20.0  # nats: rarer than anything in the table
ORDINARY = 11.5  # nats: below it a character says nothing; 2,600 hanzi lie below
STEP = 4  # the table's weights are quarters of a nat
WIDTH = 6  # characters that are looked at together
DENSE = 36  # weight of WIDTH characters from which a place is looked at: 9 nats
ODD, SHORT = 8, 4  # weight and length of a short word between ASCII that is looked at
PLAIN = 11.5  # nats: the rarity of what may stand in Chinese text, on the average
LONE = 200  # weight of a character that is a reason to look by itself
# Private use (a slip's own trace), the replacement character, C1 controls.
LOUD = ((0xE000, 0xF900), (0xFFFD, 0xFFFE), (0x80, 0xA0))


@cache
def _rows() -> list[tuple[float, str]]:
    """The table: nats, and the characters that have so many."""
    content = (files("repair") / "encoding" / "frequency.tsv").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in content.splitlines())
    return [(float(number), characters) for number, _, characters in rows]


@cache
def surprise() -> Mapping[str, float]:
    """Nats of every character that was met."""
    table: dict[str, float] = {}
    for number, characters in _rows():
        table.update(dict.fromkeys(characters, number))
    return table


@cache
def nats() -> NDArray[np.float32]:
    """The surprise of each UTF-16 unit; 0 for none."""
    table = np.full(0x10000, UNKNOWN, np.float32)
    for number, characters in _rows():
        table[chars.codes(characters)] = number
    table[0] = 0.0
    return table


@cache
def _weights() -> NDArray[np.uint8]:
    """Weight of each UTF-16 unit, 0 for ASCII, blanks and ordinary characters."""
    weights: NDArray[np.uint8] = np.rint((nats() - ORDINARY) * STEP).clip(0).astype(np.uint8)
    weights[:0x80] = 0
    for blank in "\u00a0\u3000\ufeff\u200b\u200d\u2003\u2002":
        weights[ord(blank)] = 0
    weights[0xD800:0xE000] = 0  # emoji and rare hanzi come as surrogates
    for low, high in LOUD:
        weights[low:high] = LONE
    return weights


def weigh(scanned: Scan) -> NDArray[np.uint8]:
    """The weight of each character; outside the BMP it is 0."""
    return look_up(_weights(), scanned.units)


def dense(weights: NDArray[np.uint8], starts: ArrayLike = (0,)) -> list[tuple[int, int]]:
    """Spans where rare characters stand together, or a loud one stands at all, in texts that
    begin at `starts`; none reaches from one into another."""
    heavy = np.flatnonzero(weights != 0)
    at = heavy + WIDTH * np.searchsorted(starts, heavy, "right")  # the texts are far apart
    total = np.concatenate(([0], np.cumsum(weights[heavy], dtype=np.int64)))
    # The weight of what ends at each heavy character and begins WIDTH - 1 before it.
    near = total[1:] - total[np.searchsorted(at, at - WIDTH + 1)]
    ends = at[near >= DENSE]
    # The places that hold each character: two belong together where one place holds both.
    first, beyond = np.searchsorted(ends, (at, at + WIDTH))
    held = beyond > first
    heavy, first, beyond = heavy[held], first[held], beyond[held]
    if not len(heavy):
        return []
    gaps = np.flatnonzero((beyond[:-1] <= first[1:]) & (np.diff(heavy) > 1))
    firsts = heavy[np.concatenate(([0], gaps + 1))]
    lasts = heavy[np.concatenate((gaps, [len(heavy) - 1]))] + 1
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def alone(units: NDArray[np.uint16], weights: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Spans of at most SHORT characters between ASCII with one that is somewhat rare: too
    short to be dense, but a word in another codec looks like that."""
    odd = np.flatnonzero(weights >= ODD)
    if not len(odd):
        return []
    # Each with SHORT characters on either side; beyond the text there is ASCII.
    near = odd[:, None] + np.arange(-SHORT, SHORT + 1)
    beyond = (units[np.clip(near, 0, len(units) - 1)] >= 0x80) & (near >= 0) & (near < len(units))
    left = np.logical_and.accumulate(beyond[:, SHORT::-1], axis=1).sum(axis=1)
    right = np.logical_and.accumulate(beyond[:, SHORT:], axis=1).sum(axis=1)
    short = (left > 0) & (left + right > 2) & (left + right <= SHORT + 1)
    spans = zip((odd - left + 1)[short].tolist(), (odd + right)[short].tolist(), strict=True)
    return list(dict.fromkeys(spans))


def rare(character: str) -> float:
    """The surprise of one character in nats."""
    return surprise().get(character, UNKNOWN)


def plain(characters: str, unknown: int = 0) -> bool:
    """Whether some characters, with others of no rarity at best, may stand in Chinese text."""
    return sum(map(rare, characters)) < PLAIN * (len(characters) + unknown)
