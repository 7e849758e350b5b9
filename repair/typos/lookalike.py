"""The characters that each one may be a misreading of, and what speaks for each of them.

`data/alike.bin` holds them ready: `data/make.py` says how they were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from repair.lm import store
from repair.scan import spread

Units = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Readings:
    """What may have been printed where some characters stand: the readings of the first of
    them, then those of the second…"""

    sizes: NDArray[np.intp]  # how many each has
    units: Units
    shape: NDArray[np.float64]  # how alike they look (`confusions.shape`)
    seen: NDArray[np.float64]  # how often OCR read them so, as ln (1 + n)


@dataclass(frozen=True, slots=True)
class Table:
    """The readings of all characters."""

    first: NDArray[np.uint32]  # where those of each unit begin; one entry more
    readings: Units
    shape: NDArray[np.float16]
    seen: Units  # how often
    most: Units  # of each unit, how often at most

    def has(self, units: Units) -> NDArray[np.bool_]:
        """Which units have readings."""
        at = units.astype(np.intp)
        return self.first[at + 1] > self.first[at]

    def of(self, units: Units) -> Readings:
        """The readings of some characters."""
        at = units.astype(np.intp)
        first, end = (self.first[at + n].astype(np.intp) for n in (0, 1))
        rows = spread(first, end)
        seen = np.log1p(self.seen[rows].astype(np.float64))
        return Readings(end - first, self.readings[rows], self.shape[rows].astype(np.float64), seen)


@cache
def load() -> Table:
    """The table, memory-mapped."""
    with as_file(files("repair") / "typos" / "data" / "alike.bin") as path:
        _, arrays = store.read(path)
    return Table(**arrays)
