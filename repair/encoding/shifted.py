"""A text read one byte off: what a slip's interior must have been, if it is one.

Every two neighbouring characters share a pair of bytes across their boundary. In a slip these
pairs are the true characters and read fluently; in sound text they are noise. No beam is
needed to see which, so that only places that pass are searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import channel
from repair.lm import chars

NOISE = -18.0  # nats: no pair counts against a slip with more than that
ODDEST = -14.0  # nats: no character as it stands speaks for one with more
NOTHING = "\ufdd0"  # where the bytes are no character
U16 = NDArray[np.uint16]


@cache
def _tables(name: str) -> tuple[U16, U16, U16]:
    """Of a codec: the first and the last byte of each character, and the character of each
    pair. ASCII punctuation counts as its full-width form, which a slip may have been folded
    from."""
    codes = channel.codec(name).codes
    basic = [c for c, code in codes.items() if c < "\U00010000" and len(code) == 2]
    points = chars.codes("".join(basic))
    both = np.frombuffer(b"".join(map(codes.__getitem__, basic)), np.uint8).astype(np.uint16)
    first, last, pair = np.zeros((3, 0x10000), np.uint16)
    first[points], last[points] = both[::2], both[1::2]
    pair[:] = ord(NOTHING)
    pair[both[::2] << np.uint16(8) | both[1::2]] = points
    for point in (*range(0x21, 0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x7F)):
        wide = channel.codec(name).bytes_of(chr(point + 0xFEE0))
        if wide:
            first[point], last[point] = wide
    return first, last, pair


def shifted(text: str, name: str) -> str:
    """The characters that lie across the boundaries of `text`, one fewer than it has; a
    non-character where the bytes give none. An ASCII character may be a trail byte."""
    points = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
    first, last, pair = _tables(name)
    lead = last[points[:-1]] << np.uint16(8)
    found = pair[lead | first[points[1:]]]
    ascii_ = (points[1:] >= 0x40) & (points[1:] < 0x7F)
    found = np.where(ascii_, pair[lead | np.minimum(points[1:], 0xFF)], found)
    return str(found.tobytes(), "utf-16-le", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Run:
    """The part of a text that reads best one byte off, and by how many nats."""

    gain: float
    start: int
    end: int


def runs(texts: Sequence[str], names: Sequence[str]) -> list[list[Run]]:
    """For each codec the best run of each text; all are parts of one."""
    return runs_of([texts], names)[0]


def runs_of(groups: Sequence[Sequence[str]], names: Sequence[str]) -> list[list[list[Run]]]:
    """`runs` of each group."""
    basic = [[_basic(text) for text in texts] for texts in groups]
    read = ["".join(texts) for texts in basic]
    off = ["".join(shifted(t, name) + "\n" for t in texts) for name in names for texts in basic]
    scores = lm.load().scores(read + off)
    as_is, one_off = scores[: len(read)], scores[len(read) :]
    found: list[list[list[Run]]] = [[] for _ in groups]
    for n, (text, there) in enumerate(zip(off, one_off, strict=True)):
        own = n % len(groups)
        # To the model a row of what is nothing gets likelier from one to the next.
        there = np.where(chars.codes(text) == ord(NOTHING), NOISE, np.maximum(there, NOISE))
        found[own].append(_best(basic[own], there - np.maximum(as_is[own], ODDEST)))
    return found


def _best(texts: Sequence[str], gain: NDArray[np.float32]) -> list[Run]:
    """The best run of each text, by what each of its characters gains one byte off."""
    found = []
    at = 0
    for text in texts:
        best, here, first = Run(0.0, 0, 0), 0.0, 0
        for i, nats in enumerate(gain[at : at + len(text) - 1].tolist()):
            if here <= 0.0:
                here, first = 0.0, i
            here += nats
            if here > best.gain:
                best = Run(here, first, i + 2)  # a pair lies across two characters
        found.append(best)
        at += len(text)
    return found


def _basic(text: str) -> str:
    """Without characters beyond the basic plane: they have no two-byte code."""
    return "".join(c if c < "\U00010000" else NOTHING for c in text)
