"""One spelling for matching: simplified, half-width, lower-case, one kind of each mark.

`fold` keeps the length, so that an offset in the folded text is an offset in the text.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from repair.patterns import lazy

HANZI = "\u3400-\u4dbf\u4e00-\u9fff"
# A hanzi in folded text whose other letters are Latin: a class of hanzi takes a millisecond to
# compile, so that a pattern with many of them is asked of such text alone.
LETTER = r"[^\W\d_a-z]"
_LONG = 200  # characters from which the table as an array is faster
HAN = lazy(f"[{HANZI}]")

# Marks that sites use for one another: spaces, pipes, arrows, bullets.
_ALIKE = {
    " ": "\t\v\f\x1c\x1d\x1e\x1f\x85\u1680\u2000\u2001\u2004\u2005\u2006\u2007\u2008"
    "\u200a\u202f\u205f\u00a0\u2002\u2003\u2009\u200b\u3000\ufeff\r\u2028\u2029",
    "|": "｜│丨┃￨∣❘",
    ">": "›»〉→▶►➤❯＞≫",
    "<": "‹«〈←◀◄❮＜≪",
    "·": "•●▪◆■‧∙・◇□○★☆※✦▲△▼⊙◎",
    '"': "“”„‟",
    "-": "—–―─",
    "(": "（﹙",
    ")": "）﹚",
    "[": "【〖〔［",
    "]": "】〗〕］",
    ":": "：﹕∶︰",
}


@cache
def _table() -> dict[int, str]:
    """As the package ships it: to ask OpenCC takes longer than most texts."""
    path = files("repair") / "residue" / "data" / "fold.json"
    plain, to = json.loads(path.read_text("utf-8"))
    return dict(zip(map(ord, plain), to, strict=True))


def shown() -> str:
    """What the package ships: the characters that are spelt as another one, and these."""
    table = _made()
    marks = "".join(map(chr, sorted(table)))
    return json.dumps([marks, marks.translate(table)]) + "\n"


def _made() -> dict[int, str]:
    from opencc import OpenCC

    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= {code: chr(code - 0xFEE0 + 32) for code in range(0xFF21, 0xFF3B)}
    table |= {ord(mark): to for to, marks in _ALIKE.items() for mark in marks}
    signs = [chr(code) for code in range(0x3400, 0xA000)]
    plain = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    table |= {
        ord(sign): to
        for sign, to in zip(signs, plain, strict=True)
        if to != sign and len(to) == 1 and ord(sign) not in table
    }
    return table


@cache
def traditional_signs() -> frozenset[str]:
    """The characters that simplified text does not use."""
    han = re.compile(f"[{HANZI}]")
    return frozenset(chr(code) for code in _table() if han.match(chr(code)))


def fold(text: str) -> str:
    """The text as the rules spell it, character by character (OpenCC's t2s, one to one).

    >>> fold("【字體 ：　首頁")
    '[字体 : 首页'
    """
    if len(text) < _LONG:
        return text.translate(_table())
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = points().take(codes, mode="clip")
    if codes.max() > 0xFFFF:  # none of the table's
        folded = np.where(codes > 0xFFFF, codes, folded)
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def points() -> NDArray[np.uint32]:
    """The table for all code points of the first plane."""
    points = np.arange(0x10000, dtype=np.uint32)
    for code, to in _table().items():
        points[code] = ord(to)
    return points
