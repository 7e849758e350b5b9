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
from numpy.typing import NDArray

UNKNOWN = 20.0  # nats: rarer than anything in the table
ORDINARY = 11.5  # nats: below it a character says nothing; 2,600 hanzi lie below
STEP = 4  # the table's weights are quarters of a nat
WIDTH = 6  # characters that are looked at together
DENSE = 36  # weight of WIDTH characters from which a place is looked at: 9 nats
ODD, SHORT = 8, 4  # weight and length of a short word between ASCII that is looked at
LONE = 200  # weight of a character that is a reason to look by itself
# Private use (a slip's own trace), the replacement character, C1 controls.
LOUD = ((0xE000, 0xF900), (0xFFFD, 0xFFFE), (0x80, 0xA0))


@cache
def surprise() -> Mapping[str, float]:
    """Nats of every character that was met."""
    table: dict[str, float] = {}
    content = (files("repair") / "encoding" / "frequency.tsv").read_text(encoding="utf-8")
    for line in content.splitlines():
        nats, _, characters = line.partition("\t")
        table.update(dict.fromkeys(characters, float(nats)))
    return table


@cache
def _weights() -> NDArray[np.uint8]:
    """Weight of each UTF-16 unit, 0 for ASCII, blanks and ordinary characters."""
    weights = np.full(0x10000, round((UNKNOWN - ORDINARY) * STEP), np.uint8)
    for character, nats in surprise().items():
        weights[ord(character)] = max(0, round((nats - ORDINARY) * STEP))
    weights[:0x80] = 0
    for blank in "\u00a0\u3000\ufeff\u200b\u200d\u2003\u2002":
        weights[ord(blank)] = 0
    weights[0xD800:0xE000] = 0  # emoji and rare hanzi come as surrogates
    for low, high in LOUD:
        weights[low:high] = LONE
    return weights


def weigh(text: str) -> NDArray[np.uint8]:
    """The weight of each character; outside the BMP it is 0."""
    if text.isascii():
        return np.zeros(len(text), np.uint8)
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    if len(units) == len(text):
        return _weights()[units]
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.where(points < 0x10000, _weights()[np.minimum(points, 0xFFFF)], 0).astype(np.uint8)


def dense(weights: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Spans where rare characters stand together, or a loud one stands at all."""
    if not weights.any():
        return []
    total = np.cumsum(weights, dtype=np.int64 if len(weights) > 1 << 23 else np.int32)
    near = total - np.concatenate((np.zeros(WIDTH, total.dtype), total))[: len(total)]
    spans: list[tuple[int, int]] = []
    for end in np.flatnonzero(near >= DENSE).tolist():
        inside = np.flatnonzero(weights[max(0, end - WIDTH + 1) : end + 1])
        first, last = (max(0, end - WIDTH + 1) + int(inside[i]) for i in (0, -1))
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last + 1))
        else:
            spans.append((first, last + 1))
    return spans


def alone(text: str, weights: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Spans of at most SHORT characters between ASCII with one that is somewhat rare: too
    short to be dense, but a word in another codec looks like that."""
    spans: list[tuple[int, int]] = []
    for at in np.flatnonzero(weights >= ODD).tolist():
        first, last = at, at + 1
        while first and text[first - 1] >= "\x80" and last - first <= SHORT:
            first -= 1
        while last < len(text) and text[last] >= "\x80" and last - first <= SHORT:
            last += 1
        if 2 <= last - first <= SHORT and (not spans or spans[-1][1] < last):
            spans.append((first, last))
    return spans


def rare(character: str) -> float:
    """The surprise of one character in nats."""
    return surprise().get(character, UNKNOWN)
