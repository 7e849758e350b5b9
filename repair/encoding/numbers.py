"""One look at a text: where could a number have lost its unit? A few in a million sound
characters, so that the grammar of `units` runs there alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.scan import Scan

# The kinds of characters; those from UNIT on may follow a number that lost its unit.
DIGIT, NUMERAL, YEAR, OF, UNIT, PERSON, ORDINAL, BLANK = (1 << i for i in range(8))
ANY = 0  # in the table of what may stand before
NUMERALS = "一二三四五六七八九十百千零〇○廿"
_KINDS = {
    DIGIT: "0123456789",
    NUMERAL: NUMERALS,
    YEAR: "年",
    OF: "之的",
    UNIT: "月日分",
    PERSON: "人",
    ORDINAL: "第规規",
    BLANK: " \t\u3000",
}
NUMBER = DIGIT | NUMERAL
# What may stand one, two and three places before each of them: all else is sound.
_BEFORE = (
    {UNIT: NUMBER, PERSON: DIGIT, ORDINAL: NUMBER | OF, BLANK: NUMERAL},
    {UNIT: NUMBER, PERSON: DIGIT, ORDINAL: NUMBER, BLANK: NUMERAL | ORDINAL},
    {UNIT: NUMBER | YEAR, PERSON: DIGIT, ORDINAL: ANY, BLANK: ANY},
)
_CHINESE = re.compile(f"[{NUMERALS}]{{5}}月|年[{NUMERALS}]{{2,5}}日")
_ORDINAL = re.compile(f"[0-9{NUMERALS}][之的]?[第规規]")
_SHORT = re.compile("年[0-9]{2}日$")
_LINE = re.compile(f"第[{NUMERALS}]+[ \t\u3000]")
BACK = 12  # characters that are looked back at
Bytes = NDArray[np.uint8]


@dataclass(slots=True)
class Near:
    """The places of a text that may have lost a unit."""

    dates: list[int] = field(default_factory=list)  # of 月, 日, 分 after three digits, or 年NN日
    people: list[int] = field(default_factory=list)  # of 人 after four digits
    articles: list[int] = field(default_factory=list)  # of 第 or 规 after a number
    chinese: bool = False  # whether a date in Chinese numerals may lack 年 or 月
    lines: bool = False  # whether 第 and a number stand before a blank

    def __bool__(self) -> bool:
        return bool(self.dates or self.people or self.articles or self.chinese or self.lines)


@cache
def _kinds() -> Bytes:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in _KINDS.items():
        table[[ord(c) for c in characters]] = bit
    return table


@cache
def _masks() -> list[Bytes]:
    """For each look back: the kinds that may stand there, by the kind that is looked from."""
    masks = np.zeros((len(_BEFORE), 256), np.uint8)
    for mask, row in zip(masks, _BEFORE, strict=True):
        mask[list(row)] = list(row.values())
    return list(masks)


def ends(scanned: Scan) -> NDArray[np.intp]:
    """Where something stands that may follow a number without its unit."""
    bits = _kinds().take(scanned.units)
    found = np.flatnonzero(bits >= UNIT)
    before = np.zeros(0, np.uint8)
    for back, mask in enumerate(_masks(), start=1):
        allowed = mask[bits[found]]
        there = bits[np.maximum(found - back, 0)]
        fits = (there & allowed != 0) | (allowed == ANY)
        if back == 2:  # 第 right after a number needs nothing more, after 之 or 的 a number
            fits |= (bits[found] == ORDINAL) & (before != OF)
        found, before = found[fits], there[fits]
        if not len(found):
            break
    return found


def near(text: str, places: Iterable[int]) -> Near:
    """The places of `text` that may have lost a unit, of those that `ends` found in it."""
    found = Near()
    for at in places:
        _sort(found, text[max(0, at - BACK) : at + 1], at)
    return found


def _sort(found: Near, tail: str, at: int) -> None:
    """Put a place where it belongs; `tail` is the text up to it."""
    last = tail[-1]
    if last in "月日分" and (tail[-4:-1].isdecimal() or _SHORT.search(tail)):
        found.dates.append(at)
    elif last == "人" and tail[-5:-1].isdecimal() and len(tail) > 4:
        found.people.append(at)
    elif last in "第规規" and _ends(_ORDINAL, tail):
        found.articles.append(at)
    found.chinese |= last in "月日" and _ends(_CHINESE, tail)
    found.lines |= last in " \t\u3000" and _ends(_LINE, tail)


def _ends(pattern: re.Pattern[str], tail: str) -> bool:
    return any(match.end() == len(tail) for match in pattern.finditer(tail))
