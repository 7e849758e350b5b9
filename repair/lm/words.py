"""The word that the maplet stores for an n-gram: a fingerprint, a probability, a back-off.

Words are 4 to 32 bits wide in steps of four, kept in planes of 16, 8 and 4 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

U32 = np.uint32
_BINS = 4096  # resolution at which code books are fitted
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """Bits of the fingerprint, of the code of the probability and of that of the back-off."""

    mark: int
    p: int
    backoff: int

    @property
    def bits(self) -> int:
        """The width of a word; a multiple of four."""
        return self.mark + self.p + self.backoff

    @property
    def planes(self) -> tuple[int, ...]:
        """The widths of the planes, the lowest bits first."""
        return _planes(self.bits)

    def pack(
        self, mark: NDArray[Any], p: NDArray[Any], backoff: NDArray[Any]
    ) -> NDArray[np.uint32]:
        """One word each."""
        word = mark.astype(U32) << U32(self.p + self.backoff)
        return np.asarray(word | (p.astype(U32) << U32(self.backoff)) | backoff.astype(U32), U32)

    def mark_of(self, word: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The fingerprint of each word."""
        return word >> U32(self.p + self.backoff)

    def unpack(self, word: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The codes of the probability and of the back-off of each word."""
        p = (word >> U32(self.backoff)) & U32((1 << self.p) - 1)
        return p, word & U32((1 << self.backoff) - 1)

    def split(self, cells: NDArray[np.uint32]) -> list[NDArray[Any]]:
        """The planes of the cells, as they are stored; two cells share a byte of four bits."""
        parts: list[NDArray[Any]] = []
        for width in self.planes:
            if width == 4:
                even = np.append(cells, U32(0))[: len(cells) + len(cells) % 2].astype(np.uint8) & 15
                parts.append(even[0::2] | (even[1::2] << 4))
            else:
                parts.append(cells.astype(np.uint16 if width == 16 else np.uint8))
            cells = cells >> U32(width)
        return parts

    def read(self, planes: Sequence[NDArray[Any]], cells: NDArray[np.intp]) -> NDArray[np.uint32]:
        """For each column of `cells` the exclusive or of the words in its cells."""
        words: NDArray[np.uint32] = np.zeros(cells.shape[1], U32)
        for width, plane in zip(reversed(self.planes), reversed(planes), strict=True):
            if width == 4:
                parts = plane.take(cells >> 1) >> ((cells & 1) << 2).astype(np.uint8)
                part = np.bitwise_xor.reduce(parts) & np.uint8(15)
            else:
                part = np.bitwise_xor.reduce(plane.take(cells))
            words <<= U32(width)
            words |= part
        return words

    def read_one(self, planes: list[NDArray[Any]], at: int) -> int:
        """The word of one cell."""
        word = shift = 0
        for width, plane in zip(self.planes, planes, strict=True):
            part = plane.item(at >> 1) >> ((at & 1) << 2) & 15 if width == 4 else plane.item(at)
            word |= part << shift
            shift += width
        return word


@cache
def _planes(bits: int) -> tuple[int, ...]:
    return (*[16] * (bits // 16), *(width for width in (8, 4) if bits & width))


def quantise(
    values: NDArray[np.float64], bits: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Codes and their code book, fitted to the values by k-means in one dimension."""
    if bits == 0 or not len(values):
        return np.zeros(len(values), U32), np.zeros(1 << bits, np.float32)
    low, high = float(values.min()), float(values.max())
    centres = np.linspace(low, high, _BINS)
    step = (high - low) / (_BINS - 1) or 1.0
    bins = np.rint((values - low) / step).astype(np.int64)
    counts = np.bincount(bins, minlength=_BINS).astype(float)
    # Start between even steps and even shares: rare levels must not be lost.
    share = np.interp(np.linspace(0, 1, 1 << bits), np.cumsum(counts) / counts.sum(), centres)
    book = np.sort((share + np.linspace(low, high, 1 << bits)) / 2)
    for _ in range(_ROUNDS):
        near = np.searchsorted((book[1:] + book[:-1]) / 2, centres)
        mass = np.bincount(near, counts, 1 << bits)
        total = np.bincount(near, counts * centres, 1 << bits)
        book = np.sort(np.where(mass > 0, total / np.maximum(mass, 1e-9), book))
    codes = np.searchsorted((book[1:] + book[:-1]) / 2, values).astype(U32)
    return codes, book.astype(np.float32)
