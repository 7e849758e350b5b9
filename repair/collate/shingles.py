"""A sample of the shingles of texts, by which versions are found among many others.

A shingle is a 12-gram of the folded text. The hash of its first four code units says whether
it is in the sample, so that the same shingles are taken of every text. A row of the sample is
eight bytes: half of them of the shingle's hash, half its place in all texts of the sample, as
if they stood one behind the other. The rows lie in buckets by eight more bits of the hash, so
that the search can look at a stretch of the hashes of all samples at once. All is counted in
UTF-16 code units, where a character beyond the plane is two: half the bytes to go through, and
four of them are one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Offsets, table

SIZE = 12  # code units of a shingle
SHARE, FINE = 8, 4  # one shingle in so many is taken; and where there are few texts
BUCKETS = 256
CHUNK = 1 << 16  # code points hashed at once: the arrays stay in the processor's cache
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth, TAOCP 6.4)
HALF, HIGH = np.uint64(32), np.uint64(0xFFFFFFFF << 32)

Rows = NDArray[np.uint64]  # hashes above places


class Sampler:
    """Takes texts, and makes a sample of them; some are hashed together."""

    def __init__(self, share: int) -> None:
        self.share = share
        self._held: list[str] = []  # texts that are not hashed yet
        self._size = 0
        self._end = 0  # place behind the texts that are
        self._made: list[tuple[Offsets, NDArray[np.uint8], Rows]] = []

    def add(self, text: str) -> None:
        """One more text."""
        self._held.append(text)
        self._size += len(text)
        if self._size >= CHUNK:
            self._hash()

    def _hash(self) -> None:
        sizes, buckets, rows = sample(self._held, self.share)
        rows += np.uint64(self._end)
        self._end += int(sizes.sum())
        self._made.append((sizes, buckets, rows))
        self._held, self._size = [], 0

    def made(self) -> tuple[Offsets, Offsets, Rows]:
        """How many folded code units each text has, where the rows of each bucket begin, and
        the rows; the last of the beginnings is their end."""
        self._hash()
        sizes, buckets, rows = map(np.concatenate, zip(*self._made, strict=True))
        starts = np.append(0, np.cumsum(np.bincount(buckets, minlength=BUCKETS)))
        return sizes, starts, rows.take(np.argsort(buckets, kind="stable"))


def sample(texts: Sequence[str], share: int) -> tuple[Offsets, NDArray[np.uint8], Rows]:
    """How many folded code units each text has, and of the sample of their shingles, text by
    text, the buckets and the rows; no shingle lies across two texts."""
    units, sizes = _folded(texts)
    windows = np.ndarray(max(0, len(units) - 3), "<u8", units, 0, (2,))  # four code units each
    fours = windows * MIX
    taken = fours[: 4 - SIZE] < (1 << 64) // share
    across = (np.cumsum(sizes)[:-1, None] - np.arange(1, SIZE)).ravel()
    taken[across[(across >= 0) & (across < len(taken))]] = False
    at = np.flatnonzero(taken)
    hashes = fours.take(at)
    for middle in range(4, SIZE, 4):
        hashes *= MIX
        hashes += fours.take(at + middle)
    hashes *= MIX
    rows = hashes << np.uint64(8) & HIGH | at.astype(np.uint64)
    return sizes, (hashes >> np.uint64(56)).astype(np.uint8), rows


def hashes(rows: Rows, starts: Offsets, low: int, high: int) -> Rows:
    """All bits of the hashes of the rows of some buckets."""
    of = np.repeat(np.arange(low, high, dtype=np.uint64), np.diff(starts[low : high + 1]))
    of <<= HALF
    of |= rows >> HALF
    return of


def _folded(texts: Sequence[str]) -> tuple[NDArray[np.uint16], Offsets]:
    """The folded code units of texts, one after the other, and how many each has."""
    data = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    units = _plane().take(np.frombuffer(b"".join(data), np.uint16), mode="clip")
    ends = np.cumsum([len(each) >> 1 for each in data], dtype=np.int64)  # of no texts, too
    ends -= np.searchsorted(np.flatnonzero(units == 0), ends)
    return units[units != 0], np.diff(ends, prepend=0)  # where most are kept, faster than compress


@cache
def _plane() -> NDArray[np.uint16]:
    """What each code unit becomes; 0 drops it."""
    plane = table()[: 1 << 16]
    return np.where(plane >> 16, np.arange(1 << 16), plane).astype(np.uint16)
