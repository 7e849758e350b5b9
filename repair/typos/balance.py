"""Quotes and brackets that open and never close, or close what nobody opened.

Each kind is counted by itself within a line; what a later line closes, and a quotation whose
paragraphs all open and only the last closes, is sound. A finding lies on the odd mark itself,
or over both ends of a quotation one of which points the wrong way.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters.tables import chinese, lines_at
from repair.model import Candidate, Finding
from repair.patterns import lazy
from repair.plane import among
from repair.scan import Texts

PAIRS = ("“”", "‘’", "（）()", "《》", "〈〉", "【】", "「」", "『』", "〔〕")
_OPENERS = "".join(pair[::2] for pair in PAIRS)
GATE = scan.kind("".join(PAIRS))
ROUND, SINGLE = PAIRS.index("（）()"), PAIRS.index("‘’")
FARTHEST = 190  # characters between a bracket and its partner
_FACES = ":;-"  # before a bracket that is a mouth
_LETTERS = string.ascii_letters + string.digits
_NUMERALS = "０１２３４５６７８９一二三四五六七八九十①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LABELS = _LETTERS + _NUMERALS  # what a label ends with
NAMES = {"“": "quote", "‘": "quote", "「": "quote", "『": "quote"}
BACK = 200  # characters before a mark that tell what it is
FAR = 2000  # characters after which a mark of another line no longer belongs
LONGEST = 30  # characters of a quotation whose marks point the wrong way
# 1) and a） at the head of a clause number it; so does a bare ).
_label = lazy(r"(?:^|[\s，,；;。：:、]|(?<=[^\w]))[0-9０-９a-zA-Z一二三四五六七八九十①-⑳]{1,3}$")
_letter = lazy(r"[A-Za-z0-9]")


def find(texts: Texts) -> Iterator[tuple[int, Finding]]:
    """Unbalanced marks of all kinds, each with the number of its text."""
    at, kinds, paired = _marks(texts)
    for kind in np.flatnonzero(np.bincount(kinds[~paired])).tolist():
        own = kinds == kind
        doubt = at[own & ~paired]
        asked = texts.holding(doubt)[texts.owners(at[own])]
        marks, doubts = texts.parts(at[own][asked]), texts.parts(doubt)
        for (n, text, here), (_, _, there) in zip(marks, doubts, strict=True):
            for finding in _unbalanced(text, PAIRS[kind], here, there):
                yield n, finding


def _marks(texts: Texts) -> tuple[NDArray[np.intp], NDArray[np.uint8], NDArray[np.bool_]]:
    """The marks, kind by kind: places, kinds, and which are paired beyond doubt: a closer is
    the next of its kind after its opener, and neither has another use. They stand in one line,
    or in lines of one text in which no mark of the kind is in doubt."""
    at, units = texts.scan.where(GATE), texts.scan.units
    if not len(at):
        return at, np.zeros(0, np.uint8), np.zeros(0, np.bool_)
    kinds, lines = _kinds().take(units[at]), np.searchsorted(texts.scan.breaks, at)
    order = np.argsort(kinds, kind="stable")
    at, kinds, lines = at[order], kinds[order], lines[order]
    opens = among(_OPENERS).take(units[at])
    before, after = units[at - 1], units[np.minimum(at + 1, len(units) - 1)]
    odd = (kinds == ROUND) & ~opens & among(_FACES).take(before)
    odd |= (kinds == SINGLE) & (
        among(_LETTERS).take(before) | (~opens & among(_LETTERS).take(after))
    )
    pairs = (kinds[:-1] == kinds[1:]) & opens[:-1] & ~opens[1:] & ~odd[:-1] & ~odd[1:]
    pairs &= (kinds[1:] != ROUND) | (np.diff(at) <= FARTHEST + 1)
    alike = lines[:-1] == lines[1:]
    across = np.flatnonzero(pairs & ~alike)
    if len(across):
        first, last = at[across], at[across + 1]
        pairs[across] = (texts.owners(first) == texts.owners(last)) & (last - first < FAR)
        pairs[across] &= (kinds[across] != ROUND) | ~among(_LABELS).take(units[last - 1])
        # The marks of the lines that pairs join.
        joined = np.cumsum(np.append(0, ~(pairs | alike) | (kinds[:-1] != kinds[1:])))
        doubtful = np.bincount(joined, ~_both(pairs)) > 0
        pairs[across] &= ~doubtful[joined[across]]
    return at, kinds, _both(pairs)


def _both(pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which marks are in pairs, by whether each is one with the next."""
    return np.asarray(np.append(pairs, False) | np.append(False, pairs))


@cache
def _kinds() -> NDArray[np.uint8]:
    """Of each unit: the pair that it belongs to."""
    table = np.zeros(scan.PLANE, np.uint8)
    for number, pair in enumerate(PAIRS):
        table[[ord(mark) for mark in pair]] = number
    return table


def _unbalanced(
    text: str, pair: str, marked: Sequence[int], doubtful: Sequence[int]
) -> Iterator[Finding]:
    """The odd ones of a pair's marks, which stand at `marked`; but for the doubtful ones they
    are paired, so that a line without one says nothing but that it opens anew."""
    opens, closes = pair[::2], pair[1::2]
    doubts = deque(doubtful)
    one = re.compile(f"[{pair}]")
    waiting: list[int] = []  # openers of earlier lines
    end = 0
    while doubts or waiting:
        nearest = bisect_left(marked, end if waiting else doubts[0])
        if nearest == len(marked):
            break
        ((offset, line),) = lines_at(text, marked[nearest : nearest + 1])
        end = offset + len(line)
        waiting = _carry(text, waiting, pair, offset)
        if not (doubts and doubts[0] < end):
            continue
        while doubts and doubts[0] < end:
            doubts.popleft()
        places = [(m.start(), m[0]) for m in one.finditer(line)]
        marks = [
            (offset + i, char in opens)
            for i, char in places
            if not _other_use(line, i, char, closes)
        ]
        depth, stray = _match(marks)
        while stray and waiting:  # closes what an earlier line opened
            waiting.pop()
            stray.pop(0)
        if stray and chinese(line):
            yield from _strays(text, marks, stray, pair)
        waiting += depth
    for at in waiting:
        if _alone(text, at, pair):
            yield _flag(text, at, "opens and is never closed", pair)


def _other_use(line: str, at: int, char: str, closes: str) -> bool:
    """An apostrophe, the mouth of a :-), or the bracket after a number that heads a clause."""
    head = line[max(0, at - BACK) : at]
    if char in "‘’":
        near = [bool(_letter.match(c)) for c in (line[at - 1 : at], line[at + 1 : at + 2])]
        return all(near) or (char == "’" and any(near) and head.count("‘") <= head.count("’"))
    if char == ")" and head.endswith((":", ";", ":-", ";-")):
        return True
    if char in ")）" and char in closes and _label.search(head):
        last = max(map(head.rfind, "()（）"))
        return last < 0 or head[last] not in "(（"
    return False


def _match(marks: list[tuple[int, bool]]) -> tuple[list[int], list[int]]:
    """The openers and the closers without a partner."""
    depth: list[int] = []
    stray: list[int] = []
    for at, opens in marks:
        if opens:
            depth.append(at)
        elif depth:
            depth.pop()
        else:
            stray.append(at)
    return depth, stray


def _carry(text: str, waiting: list[int], pair: str, offset: int) -> list[int]:
    """The openers that a line may still close: near, and each paragraph's opener but the
    last dropped where the next paragraph opens anew."""
    near = [at for at in waiting if offset - at < FAR]
    head = text[offset : offset + 8].lstrip()[:1]
    if near and head and head in pair[::2] and pair[0] in NAMES:
        near.pop()
    return near


def _alone(text: str, at: int, pair: str) -> bool:
    """Whether nothing after an opener accounts for it: no next paragraph that opens anew, and
    the text goes on, so that it isn't cut off."""
    end = text.find("\n", at)
    if end < 0:
        end = len(text)
    following = text[end:].lstrip()[:1]
    return bool(chinese(text[at:end])) and following not in tuple(pair[::2])


def _strays(
    text: str, marks: list[tuple[int, bool]], stray: list[int], pair: str
) -> Iterator[Finding]:
    """Two closers in excess: one of a row of closers points the wrong way. Else each is odd."""
    rest = list(stray)
    while len(rest) > 1 and NAMES.get(pair[0]):
        row = _row(marks, rest[0])
        if len(row) < 2 or rest[1] not in row or row[1] - row[0] > LONGEST:
            break
        yield _turned(text, row[0], row[1], pair)
        rest = rest[2:]
    for at in rest:
        yield _flag(text, at, "closes what nothing opens", pair)


def _row(marks: list[tuple[int, bool]], at: int) -> list[int]:
    """The closers around this one with no opener between them."""
    places = [m[0] for m in marks]
    i = places.index(at)
    first = last = i
    while first and not marks[first - 1][1]:
        first -= 1
    while last + 1 < len(marks) and not marks[last + 1][1]:
        last += 1
    return places[first : last + 1]


def _turned(text: str, start: int, end: int, pair: str) -> Finding:
    before = text[start : end + 1]
    inner = before[1:-1]
    readings = (pair[0] + inner + pair[1], pair[1] + inner + pair[0])
    return Finding(
        start,
        end + 1,
        before,
        readings[0],
        "TYP003",
        0.6,
        f"{pair[1]} stands twice with nothing opened between; one of the two should be {pair[0]}",
        (Candidate(readings[0], 0.6, "rule"), Candidate(readings[1], 0.25, "rule")),
    )


def _flag(text: str, at: int, why: str, pair: str) -> Finding:
    mark = text[at]
    code = "TYP003" if NAMES.get(pair[0]) else "TYP004"
    near = text[max(0, at - 4) : at + 5].replace("\n", "")
    return Finding(at, at + 1, mark, mark, code, 0.6, f"{mark} {why}: …{near}…")
