"""The word that the maplet stores for an n-gram: a fingerprint, a probability, a back-off.

Words are kept in planes of 16 and 8 bits, so that a word takes two, three or four bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

U32 = np.uint32


@dataclass(frozen=True, slots=True)
class Layout:
    """Bits of the fingerprint, of the code of the probability and of that of the back-off."""

    mark: int
    p: int
    backoff: int

    @property
    def bits(self) -> int:
        return self.mark + self.p + self.backoff

    @property
    def planes(self) -> int:
        return 1 if self.bits <= 16 else 2

    @property
    def bytes(self) -> int:
        return (self.bits + 7) // 8

    def pack(
        self, mark: NDArray[Any], p: NDArray[Any], backoff: NDArray[Any]
    ) -> NDArray[np.uint32]:
        """One word each."""
        word = mark.astype(U32) << U32(self.p + self.backoff)
        return word | (p.astype(U32) << U32(self.backoff)) | backoff.astype(U32)

    def unpack(
        self, word: NDArray[np.uint32]
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
        """The three parts of each word."""
        mark = word >> U32(self.p + self.backoff)
        p = (word >> U32(self.backoff)) & U32((1 << self.p) - 1)
        return mark, p, word & U32((1 << self.backoff) - 1)


def split(cells: NDArray[np.uint32], layout: Layout) -> list[NDArray[Any]]:
    """The planes of the cells, as they are stored."""
    low = cells.astype(np.uint16)
    return [low] if layout.planes == 1 else [low, (cells >> U32(16)).astype(np.uint8)]


def planes(cells: list[NDArray[Any]], at: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The words of the cells `at`."""
    where = at.astype(np.intp)
    word = cells[0][where].astype(U32)
    if len(cells) == 2:
        word |= cells[1][where].astype(U32) << U32(16)
    return word


def quantise(
    values: NDArray[np.float64], bits: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Codes and their code book: as many evenly spaced levels as the bits allow."""
    if bits == 0 or not len(values):
        return np.zeros(len(values), U32), np.zeros(1 << bits, np.float32)
    low, high = float(values.min()), float(values.max())
    book = np.linspace(low, high, 1 << bits)
    step = (high - low) / ((1 << bits) - 1) or 1.0
    return np.rint((values - low) / step).astype(U32), book.astype(np.float32)
