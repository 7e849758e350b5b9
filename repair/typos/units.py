"""Sets of characters as tables over the units of `scan`."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan


@cache
def among(characters: str) -> NDArray[np.bool_]:
    """Of each unit: whether it is one of the characters."""
    table = np.zeros(scan.PLANE, np.bool_)
    table[[ord(char) for char in characters]] = True
    return table
