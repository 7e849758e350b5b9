"""The cheap test that most lines of sound text do not get past.

A line that ends like a sentence is residue only if some word of the site, the press or the
trade stands in it; a short line without such an end is looked at in any case.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from repair.patterns import lazy

LONG = 200  # code points; a longer line is prose: only its end and its brackets are looked at
SHORT = 12
_ARTICLE = lazy("第[一二三四五六七八九十百千零〇0-9]{1,7}[章条條节節编編款项項]")
_ENDS = frozenset("。；！？”』」，、：")
_MAY_END = frozenset(".;,:")  # of a sentence with half-width marks, or of a line of code


def anchors() -> list[str]:
    """The words of the site, the press and the trade."""
    table = files("repair") / "residue" / "rules" / "gate.toml"
    words: list[str] = tomllib.loads(table.read_text(encoding="utf-8"))["anchors"]
    return words


@cache
def _anchor() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, anchors()), key=lambda w: (-len(w), w))))


@cache
def limits() -> NDArray[np.intp]:
    """For all characters of the first plane: how long a line that ends so may be and still be
    looked at without a word of the site in it."""
    table = np.full(0x10000, LONG)
    table[[ord(mark) for mark in _ENDS]] = SHORT
    return table


def passes(text: str, anchored: bool) -> bool:
    """Whether the stripped line may be or hold residue; `anchored`: an anchor may stand in it."""
    if text[0] == "第" and _ARTICLE.match(text):
        return anchored and len(text) > SHORT and bool(_anchor().search(text))
    if len(text) <= SHORT:
        return True
    end = text[-1]
    ends = end in _ENDS or (end in _MAY_END and not text[-2].isascii())
    if len(text) <= LONG and not ends:
        return True
    return anchored and bool(_anchor().search(text))
