"""Numbers and separators that break their own series: a list that goes from 二 to 四, and the
numeral 一 where a chain of dashes has a dash (发现一筛选—上报).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from repair.model import Candidate, Finding

_digits = "一二三四五六七八九"
_numeral = rf"(?:十[{_digits}]?|[{_digits}])"
# They begin with the line break before the line (one is set before the text): the engine looks
# for a literal far faster than for a line's start.
STYLES = (
    re.compile(rf"\n[ \t　]*({_numeral})、"),
    re.compile(rf"\n[ \t　]*[（(]({_numeral})[）)]"),
    re.compile(rf"\n[ \t　]*第({_numeral})[，,、]"),
    re.compile(r"\n[ \t　]*(\d{1,2})[、．.](?![\d])"),
)
LEAST = 4  # items that a list must have before a hole in it is odd
_chain = re.compile(r"[\u4e00-\u9fff]+(?:[—–－-]{1,2}[\u4e00-\u9fff]+){2,}")
# The middle of a chain: the engine skips ahead to a dash, of which most texts have few.
_joined = re.compile(r"[—–－-]{1,2}[\u4e00-\u9fff]+[—–－-]{1,2}[\u4e00-\u9fff]")
_dash = re.compile(r"[—–－-]{1,2}")


def find(text: str) -> Iterator[Finding]:
    """Holes in lists, then numerals in chains."""
    listed = "\n" + text
    for style in STYLES:
        yield from _holes(listed, style)
    if _joined.search(text):
        yield from _chains(text)


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    if number[0] == "十":
        return 10 + (_digits.index(number[1]) + 1 if len(number) > 1 else 0)
    return _digits.index(number) + 1


def _holes(text: str, style: re.Pattern[str]) -> Iterator[Finding]:
    items = [(_value(m[1]), m) for m in style.finditer(text)]
    if len(items) < LEAST:
        return
    run: list[tuple[int, re.Match[str]]] = []
    for item in (*items, None):
        if item is not None and run and item[0] > run[-1][0]:
            run.append(item)
            continue
        yield from _hole(run)
        run = [item] if item is not None and item[0] == 1 else []


def _hole(run: list[tuple[int, re.Match[str]]]) -> Iterator[Finding]:
    """One number missing in a list that else counts without a gap."""
    gaps = [i for i in range(1, len(run)) if run[i][0] - run[i - 1][0] != 1]
    if len(run) < LEAST or len(gaps) != 1 or gaps[0] < 2:
        return
    (before, _), (value, match) = run[gaps[0] - 1], run[gaps[0]]
    if value - before == 2:
        yield Finding(
            match.start(1) - 1, match.end(1) - 1, match[1], match[1], "TYP005", 0.5,
            f"the list goes from {before} to {value}", pattern=f"{before}→{value}",
        )  # fmt: skip


def _chains(text: str) -> Iterator[Finding]:
    for chain in _chain.finditer(text):
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
