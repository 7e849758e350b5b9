"""Numbers and separators that break their own series: a list that goes from 二 to 四, and the
numeral 一 where a chain of dashes has a dash (发现一筛选—上报).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters.tables import ANY_HAN
from repair.model import Candidate, Finding
from repair.typos import items

_digits = "一二三四五六七八九"
_numeral = rf"(?:十[{_digits}]?|[{_digits}])"
STYLES = (
    rf"({_numeral})、",
    rf"[（(]({_numeral})[）)]",
    rf"第({_numeral})[，,、]",
    r"(\d{1,2})[、．.](?![\d])",
)
# It begins with the line break before the line (one is set before the text): the engine looks
# for a literal far faster than for a line's start.
_item = re.compile(rf"\n[ \t　]*(?:{'|'.join(STYLES)})")
Item = tuple[int, int, str]  # value, place and spelling of a number
_chain = re.compile(r"[\u4e00-\u9fff]+(?:[—–－-]{1,2}[\u4e00-\u9fff]+){2,}")
DASH = scan.kind("-—–－")
# The middle of a chain, from its first dash.
_joined = re.compile(r"[—–－-]{1,2}[\u4e00-\u9fff]+[—–－-]{1,2}[\u4e00-\u9fff]")
_dash = re.compile(r"[—–－-]{1,2}")


def find(text: str) -> Iterator[Finding]:
    """Holes in lists, then numerals in chains."""
    found: dict[int | None, list[re.Match[str]]] = defaultdict(list)
    for item in _item.finditer("\n" + text):
        found[item.lastindex].append(item)
    for style in range(1, len(STYLES) + 1):
        yield from _holes(found[style], style)
    yield from _chains(text, scan.of(text).where(DASH).tolist())


def needs(texts: scan.Texts) -> NDArray[np.bool_]:
    """Which texts have a hole in a list, or a chain with a numeral for a dash."""
    needed = texts.holding(items.holes(texts))
    dashes = texts.scan.where(DASH)
    before = texts.scan.kinds[dashes - 1] & np.uint32(ANY_HAN) != 0
    for n, text, at in texts.parts(dashes[before]):
        needed[n] = needed[n] or any(True for _ in _chains(text, at))
    return needed


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    if number[0] == "十":
        return 10 + (_digits.index(number[1]) + 1 if len(number) > 1 else 0)
    return _digits.index(number) + 1


def _holes(found: Sequence[re.Match[str]], style: int) -> Iterator[Finding]:
    if len(found) < items.LEAST:
        return
    read = [(_value(m[style]), m.start(style) - 1, m[style]) for m in found]
    run: list[Item] = []
    for item in (*read, None):
        if item is not None and run and item[0] > run[-1][0]:
            run.append(item)
            continue
        yield from _hole(run)
        run = [item] if item is not None and item[0] == 1 else []


def _hole(run: list[Item]) -> Iterator[Finding]:
    """One number missing in a list that else counts without a gap."""
    gaps = [i for i in range(1, len(run)) if run[i][0] - run[i - 1][0] != 1]
    if len(run) < items.LEAST or len(gaps) != 1 or gaps[0] < 2:
        return
    before, (value, at, number) = run[gaps[0] - 1][0], run[gaps[0]]
    if value - before == 2:
        yield Finding(
            at, at + len(number), number, number, "TYP005", 0.5,
            f"the list goes from {before} to {value}", pattern=f"{before}→{value}",
        )  # fmt: skip


def _chained(text: str, dashes: Iterable[int]) -> Iterator[re.Match[str]]:
    """The matches of `_chain` in order; each begins where the hanzi before a dash do."""
    done = 0
    for at in dashes:
        if at >= done and _joined.match(text, at):
            while at > done and "\u4e00" <= text[at - 1] <= "\u9fff":
                at -= 1
            chain = _chain.match(text, at)
            if chain:
                yield chain
                done = chain.end()


def _chains(text: str, dashes: Iterable[int]) -> Iterator[Finding]:
    for chain in _chained(text, dashes):
        parts = _dash.split(chain[0])
        sizes = {len(part) for part in parts if "一" not in part[1:-1]}
        at = chain.start()
        for part in parts:
            at = text.index(part, at)
            left, one, right = part.partition("一")
            if (
                one
                and len(left) > 1
                and {len(left), len(right)} <= sizes | {len(left)}
                and len(right) in sizes
            ):
                dash = _dash.search(chain[0])
                after = dash[0] if dash else "—"
                place = at + len(left)
                yield Finding(
                    place, place + 1, "一", after, "TYP006", 0.8,
                    f"the parts of this chain are joined by {after}",
                    (Candidate(after, 0.8, "document"),),
                    pattern=f"{left}一{right}→{left}{after}{right}",
                )  # fmt: skip
            at += len(part)
