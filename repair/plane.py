"""Tables of the basic plane: a unit is looked up in one at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.scan import PLANE


@cache
def plane() -> str:
    """All characters of the basic plane but the surrogates."""
    return "".join(map(chr, (*range(0xD800), *range(0xE000, PLANE))))


@cache
def among(characters: str) -> NDArray[np.bool_]:
    """A table of the basic plane: which units are one of the characters."""
    table = np.zeros(PLANE, np.bool_)
    table[[ord(char) for char in characters]] = True
    return table
