"""Fold a text for comparison, with the way back to its own code points.

Folded away: traditional against simplified characters, width and presentation forms,
the styles of quotation marks and dashes, white space and invisible characters. What is
kept apart is what a reviewer may want to see: 、 is never folded into ,.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from repair.collate.grams import Codes, Hashes, Once, grams, once

Offsets = NDArray[np.int64]

LONG = 16  # code points of an anchor; chance repeats of that length are template text


@dataclass(frozen=True, eq=False)
class Folded:
    """The folded text; character i of it stands at `at[i]` of the original."""

    original: str
    codes: Codes
    at: Offsets

    @cached_property
    def text(self) -> str:
        """The folded text as a string, one code point a character."""
        return decode(self.codes)

    @cached_property
    def raw(self) -> Codes:
        """The code points of the original."""
        return encode(self.original)

    @cached_property
    def anchors(self) -> Once:
        """The `LONG`-grams that stand once in it."""
        return once(grams(self.codes, LONG))

    @cached_property
    def trigrams(self) -> Hashes:
        """All its trigrams, sorted."""
        return np.sort(grams(self.codes, 3))

    def __len__(self) -> int:
        return len(self.codes)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original under a span of the folded text; an empty one lies
        directly behind the character before it, so that white space stays after it."""
        if start < end:
            return int(self.at[start]), int(self.at[end - 1]) + 1
        place = int(self.at[start - 1]) + 1 if start else 0
        return place, place


def encode(text: str) -> Codes:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def decode(codes: Codes) -> str:
    """The text of code points."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def fold(text: str) -> Folded:
    """The text folded; a single table look-up a character."""
    codes: Codes = table()[encode(text)]
    at = np.flatnonzero(codes)
    return Folded(text, codes[at], at)


def folded(text: str) -> str:
    """Only the folded text, for a few characters."""
    return "".join(map(_character, text))


@cache
def _character(char: str) -> str:
    code = int(table()[ord(char)])
    return chr(code) if code else ""


@cache
def table() -> Codes:
    """What each code point becomes; 0 drops it. `repair.collate.folding` makes it."""
    folds = np.arange(0x110000, dtype=np.uint32)
    with as_file(files("repair") / "collate" / "data" / "fold.bin") as path:
        changed, to = np.fromfile(path, "<u4").reshape(2, -1)
    folds[changed] = to
    return folds
