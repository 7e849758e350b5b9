"""A variant widened to words, so that equal decisions share one name: 行政争议→行政复议."""

from __future__ import annotations

import re

from repair.collate.fold import folded
from repair.collate.variants import is_mark, only_marks
from repair.lm.wordlist import count

REACH = 4  # code points of shared context on either side that a word may take in
COMMON = 50  # count of a two-character word that lies over a cut by more than chance
LONG = 24  # code points of both readings, from which on their ends name them


def pattern(before: str, after: str, left: str, right: str) -> str:
    """`before→after` with the shared context `left` and `right` taken in up to the edges of
    the words that the difference cuts, in both readings."""
    before, after = "".join(before.split()), "".join(after.split())
    if len(before) + len(after) > LONG:
        return f"{_short(before)}→{_short(after)}"
    if only_marks(before) and only_marks(after):
        return f"{before}→{after}"
    alike = NUMBER if any(c.isdigit() for c in before + after) else LETTERS
    head, tail = alike[0].search(left), alike[1].match(right)
    if (head or tail) and (before + after).isascii():  # a number or a word of letters whole
        first, last = head[0] if head else "", tail[0] if tail else ""
        return f"{first}{before}{last}→{first}{after}{last}"
    left, right = "".join(left.split())[-REACH:], "".join(right.split())[:REACH]
    while any(map(is_mark, left)):
        left = left[1:]
    while any(map(is_mark, right)):
        right = right[:-1]
    plain_left, plain_right = folded(left), folded(right)
    if len(plain_left) != len(left) or len(plain_right) != len(right):
        return f"{before}→{after}"
    words = [_word(plain_left, folded(reading), plain_right) for reading in (before, after)]
    low, high = max(low for low, _ in words), max(high for _, high in words)
    if not low and not high and min(len(before), len(after)) < 2:
        low, high = _beside(plain_left, plain_right)
    first, last = left[len(left) - low :], right[:high]
    return f"{first}{before}{last}→{first}{after}{last}"


def _short(text: str) -> str:
    return text if len(text) <= LONG // 2 else f"{text[: LONG // 4]}…{text[-LONG // 4 :]}"


def _word(left: str, reading: str, right: str) -> tuple[int, int]:
    """How much of the context on either side the longest word of the dictionary over the
    reading takes in: that does not depend on the sentence, so equal cases get equal names."""
    best = (0, 0, 0)
    for low in range(len(left) + 1):
        for high in range(len(right) + 1):
            word = left[len(left) - low :] + reading + right[:high]
            least = 1 if reading or len(word) > 2 else COMMON
            if (reading or (low and high)) and (count(word) or 0) >= least:
                best = max(best, (len(word), low, -high))
    return best[1], -best[2]


def _beside(left: str, right: str) -> tuple[int, int]:
    """The word before a reading that is no part of a word itself, or all that stands there
    after a mark (a term in quotes), else the word behind it."""
    if 0 < len(left) < REACH:
        return len(left), 0
    for low in range(len(left), 0, -1):
        if count(left[len(left) - low :]) or low == 1:
            return low, 0
    for high in range(len(right), 0, -1):
        if count(right[:high]) or high == 1:
            return 0, high
    return 0, 0


NUMBER = re.compile(r"[0-9.,/:-]*[0-9][.]?$"), re.compile(r"[.]?[0-9][0-9.,/:-]*[%‰]?|[%‰]")
LETTERS = re.compile(r"[A-Za-z]+$"), re.compile(r"[A-Za-z]+")
