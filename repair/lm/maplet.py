"""A static map from 64-bit keys to small words that does not store its keys.

A binary-fuse filter (Graf and Lemire, "Binary Fuse Filters", 2022, arXiv:2201.01174) holding
a word instead of a bare fingerprint: a key's word is the exclusive or of three cells, and the
cells are solved by peeling the graph whose edges are the keys. About 1.13 cells a key. The
high bits of a word are a fingerprint: a key that was never stored is taken for a stored one
with probability 2**-fingerprint_bits.

Build and look-up are both vectorised numpy; there is no compiled part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

U64 = np.uint64
FACTORS = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)  # of the mixing
MARK = 0x9E3779B97F4A7C15  # of the fingerprint
_FACTORS, _MARK = tuple(map(U64, FACTORS)), U64(MARK)
_18, _32, _33 = U64(18), U64(32), U64(33)
_SEEDS = tuple((MARK * (2 * i + 1)) & (2**64 - 1) for i in range(32))


@dataclass(frozen=True, slots=True)
class Shape:
    """What the look-up must know beside the cells: all that the file's header stores."""

    segment: int  # cells in a segment, a power of two
    starts: int  # cells in which the first of the three may lie
    seed: int

    @property
    def cells(self) -> int:
        return self.starts + 2 * self.segment


def mix(keys: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """A 64-bit hash of each key (the finaliser of MurmurHash3, after a seed)."""
    h = keys + U64(seed)
    for factor in _FACTORS:
        h ^= h >> _33
        h *= factor
    h ^= h >> _33
    return h


def places(h: NDArray[np.uint64], shape: Shape) -> NDArray[np.intp]:
    """The three cells of each hash, in three successive segments: three rows."""
    segments, starts, mask = _constants(shape)
    cells = (((h >> _32) * starts) >> _32) + segments
    cells[1] ^= (h >> _18) & mask
    cells[2] ^= h & mask
    return cells.view(np.intp)


@cache
def _constants(shape: Shape) -> tuple[NDArray[np.uint64], np.uint64, np.uint64]:
    """Where the segments of a shape begin, in which cells the first lies, a place in one."""
    size = shape.segment
    return np.array([[0], [size], [2 * size]], U64), U64(shape.starts), U64(size - 1)


def fingerprint(h: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """`bits` bits of the hash that the three places do not settle."""
    return (h * _MARK) >> U64(64 - bits)


def plan(n: int, seed: int = 0) -> Shape:
    """Sizes for `n` keys, with the constants of the paper's section 4 (three-wise)."""
    n = max(n, 2)
    segment = 1 << max(2, min(18, math.floor(math.log(n) / math.log(3.33) + 2.25)))
    factor = max(1.125, 0.875 + 0.25 * math.log(1e6) / math.log(n))
    starts = max(1, math.ceil(n * factor / segment) - 2) * segment
    return Shape(segment, starts, seed)


def build(
    keys: NDArray[np.uint64], words: Callable[[int], NDArray[np.uint32]]
) -> tuple[Shape, NDArray[np.uint32]]:
    """Cells such that the three cells of `keys[i]` give `words(seed)[i]` by exclusive or.

    The keys must be distinct; the seed of the hash is known only here, and a word holds a
    fingerprint that depends on it. The peeling goes in rounds: all cells that only one key
    touches are taken off at once, and solved in reverse order."""
    for seed in _SEEDS:
        shape = plan(len(keys), seed)
        cells = _solve(places(mix(keys, seed), shape).astype(np.int64), words(seed), shape)
        if cells is not None:
            return shape, cells
    raise ValueError("the keys cannot be stored: are they distinct?")


def _solve(
    cell: NDArray[np.int64], words: NDArray[np.uint32], shape: Shape
) -> NDArray[np.uint32] | None:
    size, n = shape.cells, cell.shape[1]
    degree = np.zeros(size, np.int64)
    owner = np.zeros(size, np.int64)  # the sum of the keys that touch a cell
    ids = np.arange(n, dtype=np.int64)
    for row in cell:
        degree += np.bincount(row, minlength=size)
        np.add.at(owner, row, ids)
    order: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    frontier = np.flatnonzero(degree == 1)
    peeled = 0
    while len(frontier):
        taken, where = np.unique(owner[frontier], return_index=True)
        order.append((taken, frontier[where]))
        peeled += len(taken)
        touched = cell[:, taken]
        for row in touched:
            np.subtract.at(degree, row, 1)
            np.subtract.at(owner, row, taken)
        near = touched.ravel()
        frontier = np.unique(near[degree[near] == 1])
    if peeled < n:
        return None
    cells = np.zeros(size, np.uint32)
    for taken, target in reversed(order):
        first, second, third = cell[:, taken]
        cells[target] = words[taken] ^ cells[first] ^ cells[second] ^ cells[third]
    return cells
