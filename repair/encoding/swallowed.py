"""What a decoder may have eaten after a lone lead byte: an ASCII character below 40."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from repair.encoding.channel import DIGITS_FOLLOW, LOST
from repair.lm import chars

_PUNCTUATION = " \"'(),-./:;!?<"
LOST_BEFORE_DIGITS = "-. ("
# Nats for a digit before digits, and for and against others where they stand.
DIGIT, QUOTE, CLOSING, SPACE, ENDING = 5.0, 5.0, 18.0, 3.0, 5.0
TEN = 2.3  # nats: ln 10
ENDS = "。！？…"  # a sentence; a mark of quotation closes behind it
_ENDS = chars.codes(ENDS)


def characters(rest: str) -> str:
    """The ASCII characters that may have stood before `rest`.

    A digit is always LOST: which one it was, nobody can know."""
    if DIGITS_FOLLOW.match(rest):
        return LOST + LOST_BEFORE_DIGITS
    return LOST + _PUNCTUATION


def ended(last: NDArray[np.uint32]) -> NDArray[np.intp]:
    """For each character whether it ends a sentence: 1 or 0."""
    return np.isin(last, _ENDS).astype(np.intp)


@lru_cache(64)
def prices(rest: str) -> NDArray[np.float64]:
    """Nats against each of the characters before `rest`, beside what the model says: by whether
    a straight mark of quotation is open in the line, and whether a sentence ends before it."""
    return np.array(
        [
            [
                [_price(c, rest, quoted=quoted, ended=ended) for c in characters(rest)]
                for ended in (False, True)
            ]
            for quoted in (False, True)
        ]
    )


def _price(eaten: str, rest: str, *, quoted: bool, ended: bool) -> float:
    """Nats against a swallowed character: a digit stood before digits, a quotation mark where
    one is open, a blank seldom before a mark."""
    if eaten == LOST:  # any of the ten digits, of which the model prices one
        return -DIGIT if DIGITS_FOLLOW.match(rest) else -TEN
    ends = ("", "\n", "\r")
    if eaten == '"':
        # A mark that is open closes after a sentence; one that opens has what announces it
        # before it, and something after it.
        if quoted:
            return -CLOSING if ended and rest[:1] in ends else 0.0 if ended else QUOTE
        return QUOTE if rest[:1] in ends else 0.0
    if rest[:1] == '"':
        closes = quoted or rest[1:2] in ends
        return QUOTE if closes and eaten in ":," else -QUOTE if eaten in "?!:" else 0.0
    if rest[:1] in ends:
        return ENDING
    if eaten == " " and not re.match(r"[\w\s-]", rest):
        return SPACE
    return 0.0
