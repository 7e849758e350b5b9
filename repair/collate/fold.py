"""Fold a text for comparison, with the way back to its own code points.

Folded away: traditional against simplified characters, width and presentation forms,
the styles of quotation marks and dashes, white space and invisible characters. What is
kept apart is what a reviewer may want to see: 、 is never folded into ,.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from repair.collate.grams import Codes, Hashes, Once, grams, once

Offsets = NDArray[np.int64]

LONG = 16  # code points of an anchor; chance repeats of that length are template text

# Several signs for one mark: (what it becomes, what becomes it).
MARKS = (
    ('"', "“”„‟〝〞「」﹁﹂＂"),
    ("'", "‘’‚‛『』﹃﹄＇"),
    ("-", "‐‑‒–—―─−－﹣"),
    ("~", "～〜∼"),
    ("·", "•‧∙・･"),
    ("…", "⋯"),
)
# Blocks in which Unicode's compatibility mapping changes the form and not the sense.
FORMS = ((0x2E80, 0x2FE0), (0xF900, 0xFB00), (0xFE10, 0xFE20), (0xFE30, 0xFE70), (0xFF00, 0xFFF0))
HAN = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20))
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # Unicode's general categories


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
    """What each code point becomes; 0 drops it. Made once from Unicode's tables and OpenCC."""
    folds = np.arange(0x110000, dtype=np.uint32)
    for first, stop in FORMS:
        for code in range(first, stop):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1:
                folds[code] = ord(plain)
    for mark, signs in MARKS:
        for sign in signs:
            folds[ord(sign)] = ord(mark)
    simple = _simplified()
    folds = simple[folds]
    for first, stop in ((0, 0x3001), (0xFE00, 0xFE10), (0xFEFF, 0xFF00), (0xE0000, 0xE0200)):
        for code in range(first, stop):
            if unicodedata.category(chr(code)) in INVISIBLE:
                folds[code] = 0
    folds[0xFE00:0xFE10] = 0  # variation selectors
    return folds


def _simplified() -> Codes:
    """Traditional to simplified, character by character."""
    import opencc

    codes = np.arange(0x110000, dtype=np.uint32)
    points = np.concatenate([codes[first:stop] for first, stop in HAN])
    lines = np.stack((points, np.full_like(points, ord("\n"))), axis=1)
    converted = encode(opencc.OpenCC("t2s").convert(decode(lines.ravel())))
    codes[points] = converted[::2]  # each becomes one
    return codes
