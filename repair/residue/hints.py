"""One scan of a text that says for each line which of the rules' words may stand in it.

Every word is known by its first two characters, hashed into a table of 65,536 cells; a cell
holds a bit for each list that has such a word. A line whose bits lack a list's cannot hold a
word of it, so that the rules need not look; a bit too many costs only time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.residue import gate, spam
from repair.residue.fold import fold
from repair.residue.lexicon import lexicon
from repair.residue.lines import ANCHOR, HEAD, PIPE, STRONG, TERM, Line

_FACTOR = np.uint32(40503)
_CELLS = 0xFFFF
Bits = NDArray[np.uint8]


def split(text: str) -> list[Line]:
    """The lines of the text; the carriage return of a Windows line counts as white space."""
    folded = fold(text)
    in_text, in_folded = _tables()
    bits = _look(text, *in_text) | _look(folded, *in_folded)
    lines = text.split("\n")
    starts = np.zeros(len(lines), np.int64)
    np.cumsum([len(line) + 1 for line in lines[:-1]], out=starts[1:])
    hints = np.bitwise_or.reduceat(bits, starts).tolist()
    heads, terms = (
        (np.add.reduceat(bits & bit, starts, dtype=np.int64) // bit).tolist()
        for bit in (HEAD, TERM)
    )
    read = zip(lines, starts.tolist(), hints, heads, terms, strict=True)
    return [
        Line(start, start + len(line), line, folded[start : start + len(line)], *counts)
        for line, start, *counts in read
    ]


def _look(text: str, pairs: Bits, singles: Bits) -> Bits:
    """The bits of each character with the one after it; the last one stands for the end."""
    data = (text + "\n\n").encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(data, np.uint32)
    found: Bits = pairs[(points[:-1] * _FACTOR + points[1:]) & _CELLS]
    found |= singles[points[:-1] & _CELLS]
    return found


@cache
def _tables() -> tuple[tuple[Bits, Bits], tuple[Bits, Bits]]:
    """The cells for the text as it is and for the folded text."""
    words = (word for word in lexicon().words if len(word) > 1)
    return _cells([(ANCHOR, gate.anchors())]), _cells(
        [(TERM, spam.terms()), (STRONG, spam.strong()), (HEAD, words), (PIPE, "|")]
    )


def _cells(lists: Iterable[tuple[int, Iterable[str]]]) -> tuple[Bits, Bits]:
    pairs, singles = np.zeros(_CELLS + 1, np.uint8), np.zeros(_CELLS + 1, np.uint8)
    for bit, words in lists:
        for word in words:
            if len(word) > 1:
                first, second = map(ord, word[:2])
                pairs[(first * int(_FACTOR) + second) & _CELLS] |= bit
            else:
                singles[ord(word) & _CELLS] |= bit
    return pairs, singles
