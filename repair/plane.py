"""Tables of the basic plane: a unit is looked up in one at once."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.scan import PLANE


@cache
def plane() -> str:
    """All characters of the basic plane but the surrogates."""
    units = np.arange(PLANE).astype("<u2")
    return units[(units < 0xD800) | (units > 0xDFFF)].tobytes().decode("utf-16-le")


@cache
def among(characters: str) -> NDArray[np.bool_]:
    """A table of the basic plane: which units are one of the characters."""
    table = np.zeros(PLANE, np.bool_)
    table[np.frombuffer(characters.encode("utf-16-le", "surrogatepass"), "<u2")] = True
    return table


@cache
def wordy() -> NDArray[np.bool_]:
    """A table of the basic plane: the characters of words."""
    return among(re.sub(r"\W+", "", plane()))
