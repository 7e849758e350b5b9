"""Numbers and separators that break their own series: a list that goes from 二 to 四, and the
numeral 一 where a chain of dashes has a dash (发现一筛选—上报).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from repair import scan
from repair.characters.tables import ANY_HAN
from repair.model import Candidate, Finding
from repair.patterns import lazy
from repair.scan import Texts
from repair.typos import items

_number = lazy(r"[第（(]?([一二三四五六七八九十]+|\d+)")
_chain = lazy(r"[\u4e00-\u9fff]+(?:[—–－-]{1,2}[\u4e00-\u9fff]+){2,}")
DASH = scan.kind("-—–－")
# The middle of a chain, from its first dash.
_joined = lazy(r"[—–－-]{1,2}[\u4e00-\u9fff]+[—–－-]{1,2}[\u4e00-\u9fff]")
_dash = lazy(r"[—–－-]{1,2}")


def find(texts: Texts) -> Iterator[tuple[int, Finding]]:
    """Holes in lists, then numerals in chains, each with the number of its text."""
    places, values = items.holes(texts)
    for (n, text, line), value in zip(texts.each(places), values.tolist(), strict=True):
        yield n, _hole(text, line, value)
    dashes = texts.scan.where(DASH)
    before = texts.scan.kinds[dashes - 1] & np.uint32(ANY_HAN) != 0
    for n, text, at in texts.parts(dashes[before]):
        for finding in _chains(text, at):
            yield n, finding


def _hole(text: str, line: int, value: int) -> Finding:
    """The item that follows a missing one; its line has nothing but blanks before `line`."""
    item = _number.match(text, line)
    assert item is not None
    at, end, number = *item.span(1), item[1]
    return Finding(
        at, end, number, number, "TYP005", 0.5,
        f"the list goes from {value - 2} to {value}", pattern=f"{value - 2}→{value}",
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
