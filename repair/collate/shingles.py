"""A sample of the shingles of a text, by which its versions are found among many others.

A shingle is a 12-gram of the folded text, and its hash says whether it is in the sample: in the
dense one when its first two bits are zero, in the sparse one when its first four are. So the
same shingles are taken of every text. They lie in buckets by their hash, so that the search can
look at a stretch of the hashes of all texts at once. All is counted in UTF-16 code units, where
a character beyond the plane is two: half the bytes to go through, and half the size of a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Offsets, table

SIZE = 12  # code units of a shingle
DENSE, SPARSE = 4, 16  # one in so many is taken
BINS = 16  # parts of a text over which what it shares is spread
AT = 28  # bits of a place; the part of the text stands above them
BUCKETS = 256  # of the dense sample; those of the sparse one are the first of them
CHUNK = 1 << 16  # code points hashed at once: the arrays stay in the processor's cache
# Of a sampled shingle: its hash, its text, and its place there with the part of the text.
ROW = np.dtype([("hash", "<u8"), ("text", "<u4"), ("place", "<u4")])
MIX = [np.uint32(odd) for odd in (0x9E3779B1, 0x85EBCA6B, 0x27D4EB2F, 0xC2B2AE35, 0x165667B1)]

Rows = NDArray[np.void]  # of the type ROW


class Sampler:
    """Takes texts, and makes a sample of them; some are hashed together."""

    def __init__(self) -> None:
        self._held: list[str] = []  # texts that are not hashed yet
        self._size = self._texts = 0
        self._sizes: list[Offsets] = []
        self._rows: list[Rows] = []

    def add(self, text: str) -> None:
        """One more text."""
        self._held.append(text)
        self._size += len(text)
        if self._size >= CHUNK:
            self._hash()

    def _hash(self) -> None:
        sizes, rows = sample(self._held)
        rows["text"] += np.uint32(self._texts)
        self._texts += len(sizes)
        self._sizes.append(sizes)
        self._rows.append(rows)
        self._held, self._size = [], 0

    def made(self) -> tuple[Offsets, Offsets, Rows]:
        """How many folded code units each text has, where the rows of each bucket begin, and
        the rows; the last of the beginnings is their end."""
        self._hash()
        counts = [np.bincount(_bucket(rows), minlength=BUCKETS) for rows in self._rows]
        starts = np.append(0, np.cumsum(sum(counts)))
        # Each piece goes to its places and is let go, so that no second copy of all is held.
        made, free = np.empty(starts[-1], ROW), starts[:-1].copy()
        for count in counts:
            rows = self._rows.pop(0)
            places = np.repeat(free - (np.cumsum(count) - count), count) + np.arange(len(rows))
            made[places] = rows[np.argsort(_bucket(rows), kind="stable")]
            free += count
        return np.concatenate(self._sizes), starts, made


def _bucket(rows: Rows) -> NDArray[np.uint8]:
    """The bucket of each shingle: its hash behind the bits that are zero in the dense sample."""
    return np.asarray(rows["hash"] >> np.uint64(62 - 8), np.uint8)


def sample(texts: Sequence[str]) -> tuple[Offsets, Rows]:
    """How many folded code units each text has, and the dense sample of their shingles, text
    by text; none lies across two of them."""
    units, sizes = _folded(texts)
    ends = np.cumsum(sizes)
    at, hashes = _hashed(units, ends)
    taken = np.diff(np.searchsorted(at, ends), prepend=0)
    rows = np.empty(len(at), ROW)
    rows["hash"] = hashes
    rows["text"] = np.repeat(np.arange(len(sizes), dtype=np.uint32), taken)
    place = (at - np.repeat(ends - sizes, taken)).astype(np.uint32)
    part = (place * np.repeat(BINS / np.maximum(sizes, 1), taken)).astype(np.uint32)
    rows["place"] = place | part << np.uint32(AT)
    return sizes, rows


def _folded(texts: Sequence[str]) -> tuple[NDArray[np.uint32], Offsets]:
    """The folded code units of texts, one after the other, and how many each has."""
    data = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    units = _plane().take(np.frombuffer(b"".join(data), np.uint16), mode="clip")
    ends = np.cumsum([len(each) >> 1 for each in data], dtype=np.int64)  # of no texts, too
    left_out = np.flatnonzero(units == 0)
    ends -= np.searchsorted(left_out, ends)
    return units[units != 0].astype(np.uint32), np.diff(ends, prepend=0)


@cache
def _plane() -> NDArray[np.uint16]:
    """What each code unit becomes; 0 drops it."""
    plane = table()[: 1 << 16]
    return np.where(plane >> 16, np.arange(1 << 16), plane).astype(np.uint16)


def _hashed(units: NDArray[np.uint32], ends: Offsets) -> tuple[Offsets, NDArray[np.uint64]]:
    """Where the shingles of the dense sample begin, and their hashes: both halves are made of
    the hashes of their three times four units, the second one only of those that are kept."""
    one, two, three, four, five = MIX
    pairs = units[:-1] << np.uint32(16)
    pairs |= units[1:]
    pairs *= one
    pairs ^= pairs >> np.uint32(15)
    fours = pairs[:-2] * two
    fours += pairs[2:]
    fours ^= fours >> np.uint32(16)
    upper = fours[:-8] * one
    upper += fours[4:-4] * three
    upper += fours[8:]
    upper *= four
    across = (ends[:-1, None] - np.arange(1, SIZE)).ravel()
    upper[across[(across >= 0) & (across < len(upper))]] = ~np.uint32(0)
    at = np.flatnonzero(upper < (1 << 32) // DENSE)
    lower = (fours[at] * five + fours[at + 4]) * two + fours[at + 8]
    lower ^= lower >> np.uint32(15)
    return at, upper[at].astype(np.uint64) << np.uint64(32) | lower
