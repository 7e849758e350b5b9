"""What must stand in a text for a pattern to match it: a few characters in a row.

`grams(pattern)` gives strings of at most three characters, one of which every match holds.
Digits are written `0` and white space as a space, as `telling.spelt` does; `$` stands for
what ends a line, or an item of a row. Of all sets that the pattern allows the one is taken
whose strings seem rarest; `needs(pattern)` gives all, in full.

>>> sorted(grams("(?:上|下)一篇[:>]"))
['上一篇', '下一篇']
>>> sorted(grams(r"\\d+ ?条评论"))
['条评论']
"""

from __future__ import annotations

import math
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any

from repair.patterns import lazy

_MANY = 1000  # spellings of a part of a pattern; beyond, the part is read in pieces
_BREAK = "\0"  # between two pieces of a spelling: anything may stand there
_SIZE = 3
_TIMES = 3  # that a part is looked for which must stand there so often or more
ENDS = " |·/[]()\n"  # behind a line, or behind an item of a row
# How often a character is met, roughly.
_EVERYDAY = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日"
    "月第条项款号名办关文新网资信公（）"
)
_FREQUENCY = dict.fromkeys(_EVERYDAY, 1 / 60) | dict.fromkeys("，。、：；:,.()-", 1 / 40)
_FREQUENCY |= {"0": 1 / 5, " ": 1 / 10, "\n": 1 / 40}
_SELDOM = 1 / 1000
_WORD, _DIGIT, _SPACE = map(lazy, (r"\w", r"\d", r"[^\S\n]"))


def grams(pattern: str) -> frozenset[str]:
    """One of them stands in whatever the pattern matches; empty if nothing must."""
    return min(map(_grams, _needs(_parsed(pattern))), key=_cost, default=frozenset())


def needs(pattern: str) -> list[frozenset[str]]:
    """Sets of strings, one string of each of which stands in whatever the pattern matches; a set
    that is given twice has two.

    >>> [sorted(need) for need in needs(r"更多.{2,9}(?:新闻|报道)")]
    [['更多'], ['新闻', '报道']]
    """
    return [_few(need, _rarest) for need in _needs(_parsed(pattern))]


@cache
def _parsed(pattern: str) -> list[Any]:
    return list(parser.parse(pattern))


def gram(word: str, size: int = _SIZE) -> str:
    """The rarest of the word's pieces of that many characters, or the word."""
    if len(word) <= size:
        return word
    return min([word[i : i + size] for i in range(len(word) - size + 1)], key=_frequency)


@cache
def _frequency(piece: str) -> float:
    """As if its characters stood there by chance, or as a word, where the others follow the
    rarest one once in thirty times each."""
    each = [_FREQUENCY.get(char, _SELDOM) for char in piece]
    return max(math.prod(each), min(each) / 30.0 ** (len(piece) - 1))


def _few(spellings: Iterable[str], piece: Callable[[str], str]) -> frozenset[str]:
    """A piece of each of the spellings, few of them: what a short one has stands in longer ones."""
    chosen: set[str] = set()
    for spelling in sorted(spellings, key=lambda spelling: (len(spelling), spelling)):
        if not any(known in spelling for known in chosen):
            chosen.add(piece(spelling))
    return frozenset(chosen)


def _grams(spellings: Iterable[str]) -> frozenset[str]:
    return _few(spellings, lambda spelling: gram(_rarest(spelling, gram)))


def _rarest(spelling: str, shown: Callable[[str], str] = str) -> str:
    """The rarest piece of a spelling, as it is `shown`."""
    return min(filter(None, spelling.split(_BREAK)), key=lambda piece: _frequency(shown(piece)))


def _cost(found: Iterable[str]) -> float:
    return math.fsum(map(_frequency, found))


def _needs(items: Sequence[Any]) -> list[frozenset[str]]:
    """Sets of spellings, one of each of which the sequence needs."""
    found: list[frozenset[str]] = []
    run = {""}

    def close() -> None:
        if all(spelling.strip(_BREAK) for spelling in run):
            found.append(frozenset(run))

    for item in items:
        spellings = _spellings(*item)
        if spellings is not None and len(spellings) * len(run) > _MANY:
            close()  # and go on with its ends
            run = {_BREAK + spelling[1 - _SIZE :] for spelling in run}
        if spellings is not None and len(spellings) * len(run) <= _MANY:
            run = {a + b for a in run for b in spellings}
            continue
        close()
        run = spellings or {""}
        if spellings is None:
            found += _inside(*item)
    close()
    return found


def _need(items: Sequence[Any]) -> frozenset[str] | None:
    """The cheapest of these sets; None if there is none."""
    return min(_needs(items), key=lambda need: _cost(_grams(need)), default=None)


def _inside(kind: Any, value: Any) -> list[frozenset[str]]:
    """What an item needs whose spellings are too many."""
    if kind is sre.SUBPATTERN:
        return _needs(value[3])
    if kind is sre.ASSERT and value[0] > 0:
        return _needs(value[1])
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        times: int = value[0]
        return _needs(value[2]) * min(times, _TIMES)
    if kind is sre.BRANCH:
        parts = [_need(branch) for branch in value[1]]
        if all(parts):
            return [frozenset().union(*(part for part in parts if part))]
    return []


def _all(items: Sequence[Any]) -> set[str] | None:
    """All spellings of a sequence; None if they are too many."""
    run = {""}
    for item in items:
        spellings = _spellings(*item)
        if spellings is None or len(spellings) * len(run) > _MANY:
            return None
        run = {a + b for a in run for b in spellings}
    return run


def _spellings(kind: Any, value: Any) -> set[str] | None:
    """All spellings of an item, with a break where any number of characters may stand."""
    if kind is sre.LITERAL:
        return {plain(chr(value))}
    if kind is sre.IN:
        return _class(value)
    if kind is sre.SUBPATTERN:
        return _all(value[3])
    if kind is sre.BRANCH:
        parts = [_all(branch) for branch in value[1]]
        return None if None in parts else set().union(*(part or () for part in parts))
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, body = value
        once = _all(body)
        if once is None or len(once) > 60:
            return None
        if most == 1:
            return once | ({""} if least == 0 else set())
        # it begins with one of the spellings and ends with one
        size = least if len(once) ** least <= 60 else 1
        ends = {"".join(run) for run in product(once, repeat=max(size, 1))}
        if least != most or size != least:
            ends = {a + _BREAK + b for a in ends for b in ends}
        return ends | ({""} if least == 0 else set())
    if kind is sre.ASSERT and value[0] > 0:
        ahead = _all(value[1])
        return None if ahead is None else {spelling + _BREAK for spelling in ahead}
    if kind is sre.AT and value is sre.AT_END:
        return set(ENDS)
    if kind in (sre.AT, sre.ASSERT_NOT) or (kind is sre.ASSERT and value[0] < 0):
        return {""}
    return None


def _class(members: Sequence[Any]) -> set[str] | None:
    spellings: set[str] = set()
    for kind, value in members:
        if kind is sre.LITERAL:
            spellings.add(plain(chr(value)))
        elif kind is sre.RANGE and value[1] - value[0] < 60:
            spellings |= {plain(chr(code)) for code in range(value[0], value[1] + 1)}
        elif kind is sre.CATEGORY and value is sre.CATEGORY_DIGIT:
            spellings.add("0")
        elif kind is sre.CATEGORY and value is sre.CATEGORY_SPACE:
            spellings.add(" ")
        else:
            return None
    return spellings if len(spellings) <= 60 else None


def plain(word: str) -> str:
    """The word as the strings here are spelt."""
    return _SPACE.sub(" ", _DIGIT.sub("0", word))


@cache
def pieces(pattern: str) -> set[str] | None:
    """All that the pattern matches, in pieces between which digits, spaces or more of the
    same stand; None if a wildcard in it matches too much to list."""
    spellings = _all(_parsed(pattern))
    if spellings is None:
        return None
    return {piece for spelling in spellings for piece in spelling.split(_BREAK) if piece}


def openings(pattern: str) -> frozenset[str] | None:
    """The characters that a match begins with, as `plain` spells them; None if it may begin with
    anything.

    >>> sorted(openings(r"\\s*(?:上|下)一篇[:>]"))
    [' ', '上', '下']
    >>> openings(r"[^。]{2,8}热线") is None
    True
    """
    found, _ = _opening(_parsed(pattern))
    return None if found is None else frozenset(found)


def closing(pattern: str) -> str:
    """The character that all matches end with, at the end of the line; empty if it may be another.

    >>> closing(r"\\[\\w+\\([^()]+\\)$"), closing(r"\\(\\w+\\)")
    (')', '')
    """
    items = _parsed(pattern)
    found = _opening(items, -1)[0] if items and items[-1] == (sre.AT, sre.AT_END) else None
    return found.pop() if found and len(found) == 1 else ""


def _opening(items: Sequence[Any], step: int = 1) -> tuple[set[str] | None, bool]:
    """The first characters of a sequence (the last ones if the `step` is -1), None if any; and
    whether it may be empty."""
    found: set[str] = set()
    for kind, value in items[::step]:
        may_lack = False
        first: set[str] | None
        if kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            first, may_lack = set(), True
        elif kind is sre.SUBPATTERN:
            first, may_lack = _opening(value[3], step)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            first, may_lack = _opening(value[2], step)
            may_lack |= value[0] == 0
        elif kind is sre.BRANCH:
            parts = [_opening(branch, step) for branch in value[1]]
            known = [part for part, _ in parts if part is not None]
            first = set().union(*known) if len(known) == len(parts) else None
            may_lack = any(lacks for _, lacks in parts)
        else:
            first = _spellings(kind, value)
        if first is None:
            return None, False
        found |= first
        if not may_lack:
            return found, False
    return found, True


def beginnings(pattern: str) -> frozenset[str] | None:
    """What a match begins with, marks in front of it aside: two characters, or one that anything
    may follow; None if it may begin with anything.

    >>> sorted(beginnings(r"[(·]*(?:相关|本)文章?:"))
    ['本文', '相关']
    """
    found = _leading(_parsed(pattern), {""})
    if found is None or "" in found[1]:
        return None
    return frozenset(found[0] | found[1])


def _leading(items: Iterable[Any], run: set[str]) -> tuple[set[str], set[str]] | None:
    """What `run`, of no or one character, becomes by the items: what has two characters or an
    unknown one, and what goes on."""
    done: set[str] = set()
    for kind, value in items:
        if kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        parts: list[tuple[set[str], set[str]] | None]
        if kind is sre.SUBPATTERN:
            parts = [_leading(value[3], run)]
        elif kind is sre.BRANCH:
            parts = [_leading(branch, run) for branch in value[1]]
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            once = _leading(value[2], run)
            again = _leading(value[2], once[1]) if once and value[1] > 1 else once
            parts = [once, again, (set(), run if value[0] == 0 else set())]
        elif value == [(sre.CATEGORY, sre.CATEGORY_NOT_WORD)]:
            parts = [(run - {""}, run & {""})]
        else:
            parts = [_appended(run, _spellings(kind, value))]
        if any(part is None for part in parts):
            if "" in run:
                return None
            return done | run, set()
        done |= set().union(*(part[0] for part in parts if part))
        run = set().union(*(part[1] for part in parts if part))
    return done, run


def _appended(run: set[str], chars: set[str] | None) -> tuple[set[str], set[str]] | None:
    if chars is None:
        return None
    words = {char for char in chars if _WORD.match(char)}
    begun = words | ({""} if words != chars else set()) if "" in run else set()
    return {first + char for first in run - {""} for char in chars}, begun


def width(pattern: str, light: str = "0 ") -> int | None:
    """How many characters the pattern matches at most, the `light` ones aside (digits and white
    space); None if there is no limit."""
    return _width(_parsed(pattern), set(light))


def _width(items: Sequence[Any], light: set[str]) -> int | None:
    total = 0
    for kind, value in items:
        if kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        if kind is sre.SUBPATTERN:
            size = _width(value[3], light)
        elif kind is sre.BRANCH:
            sizes = [_width(branch, light) for branch in value[1]]
            size = None if None in sizes else max(s or 0 for s in sizes)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            size = _width(value[2], light)
            if size:
                size = None if value[1] is sre.MAXREPEAT else size * value[1]
        else:
            size = int(kind is not sre.IN or not (_class(value) or {""}) <= light)
        if size is None:
            return None
        total += size
    return total


def longest(pattern: str) -> int | None:
    """The length of the longest line, white space aside, that the pattern takes whole; None if
    there is no limit."""
    return width(pattern, " ") if pattern.endswith("$") else None
