"""One look at a text: where could a number have lost its unit? A few in a million sound
characters, so that the grammar of `units` runs there alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.patterns import lazy
from repair.scan import Scan

NUMERALS = "一二三四五六七八九十百千零〇○廿"
_KINDS = {
    "digit": "0123456789",
    "numeral": NUMERALS,
    "year": "年",
    "of": "之的",
    "month": "月",
    "day": "日",
    "minute": "分",
    "person": "人",
    "ordinal": "第规規",
    "blank": " \t\u3000",
}
# What must stand before a character that may follow a number without its unit, read backwards:
# from a state, which is the kind of that character at first, with a kind to a state. Three
# digits, 年 and two digits, five numerals, or nothing but numerals between 年 and 日; four
# digits before 人; of articles 第 and a number, and 之 or 的.
_STEPS = """
    month digit two      minute digit two     two digit one        one digit found
    day digit day_one    day_one digit day_two
    day_two digit found  day_two year found
    person digit three   three digit two
    month numeral m4     m4 numeral m3        m3 numeral m2        m2 numeral m1    m1 numeral found
    day numeral d1       d1 numeral d2        d2 numeral d3        d3 numeral d4    d4 numeral d5
    d2 year found        d3 year found        d4 year found        d5 year found
    ordinal of of        of digit number      of numeral number
    ordinal digit number    ordinal numeral number
    number digit number     number numeral number   number ordinal found
    blank numeral line      line numeral line       line ordinal found
"""
ENDS = scan.kind(
    "".join(_KINDS[k] for k in ("month", "day", "minute", "person", "ordinal", "blank"))
)
WIDTH = np.uint16(len(_KINDS) + 1)
FARTHEST = 40  # characters that an article's number may have
_CHINESE = lazy(f"[{NUMERALS}]{{5}}月|年[{NUMERALS}]{{2,5}}日")
_ORDINAL = lazy(f"[0-9{NUMERALS}][之的]?[第规規]")
_SHORT = lazy("年[0-9]{2}日$")
_LINE = lazy(f"第[{NUMERALS}]+[ \t\u3000]")
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
def _tables() -> tuple[Bytes, Bytes]:
    """The kind of each unit, 0 for none; and where each state leads to, WIDTH steps a state.
    The states begin with the kinds; state 0 leads nowhere, the last one is that it is found."""
    steps = [step.split() for step in re.findall(r"\S+ \S+ \S+", _STEPS)]
    states = list(dict.fromkeys(["", *_KINDS, *(first for first, _, _ in steps), "found"]))
    table = np.zeros((len(states), WIDTH), np.uint8)
    for first, kind, then in steps:
        table[states.index(first), states.index(kind)] = states.index(then)
    kinds = np.zeros(scan.PLANE, np.uint8)
    for number, characters in enumerate(_KINDS.values(), start=1):
        kinds[[ord(c) for c in characters]] = number
    return kinds, table.ravel()


def ends(scanned: Scan) -> NDArray[np.intp]:
    """Where something stands that may follow a number without its unit."""
    kinds, steps = _tables()
    units, waiting = scanned.units, scanned.where(ENDS)
    states = kinds.take(units[waiting])
    done = [waiting[:0]]
    for back in range(1, FARTHEST + 1):
        first = np.searchsorted(waiting, back)  # nothing stands before the text
        before = kinds.take(units[waiting[first:] - back])
        states = steps.take(states[first:].astype(np.uint16) * WIDTH + before)
        on = np.flatnonzero(states)
        waiting, states = waiting[first:][on], states[on]
        done.append(waiting[states == len(steps) // WIDTH - 1])
        if not len(waiting):
            break
    return np.sort(np.concatenate(done))


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
