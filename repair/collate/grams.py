"""Hashes of the n-grams of a text, by which equal stretches of texts are found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Once = tuple[NDArray[np.int64], Hashes]


def grams(codes: Codes, size: int) -> Hashes:
    """A 64-bit hash of each `size`-gram, by doubling: four passes for sixteen characters."""
    width = 1
    hashes: Hashes = codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(29)
    done: Hashes | None = None  # of the first `covered` characters
    covered = 0
    rest = size
    while True:
        if rest & width:
            if done is None:
                done, covered = hashes, width
            else:
                room = len(hashes) - covered
                done = _mix(done[: max(0, room)], hashes[covered:])
                covered += width
            rest -= width
        if not rest:
            return done if done is not None else hashes
        hashes = _mix(hashes[:-width], hashes[width:]) if len(hashes) > width else hashes[:0]
        width *= 2


def _mix(first: Hashes, second: Hashes) -> Hashes:
    mixed = (first * np.uint64(0xBF58476D1CE4E5B9)) ^ second
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed


def once(hashes: Hashes) -> Once:
    """Places and values of the hashes that stand once, in the order of the values."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    new = np.ones(len(hashes) + 1, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:-1])
    single = new[:-1] & new[1:]
    return order[single], ordered[single]
