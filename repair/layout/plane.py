"""Tables of the basic plane: a unit is looked up in one at once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def plane() -> str:
    """All characters of the basic plane."""
    return "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))


def characters(chars: Iterable[str]) -> NDArray[np.bool_]:
    """A table of the basic plane: which units are one of the characters."""
    table = np.zeros(0x10000, np.bool_)
    table[[ord(char) for char in chars]] = True
    return table
