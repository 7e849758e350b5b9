"""What a character is to the model: its folded form, its class and the price of its form.

Four tables over the basic plane, all made when a model is built and stored inside it:

- `fold`: code point to code point, traditional to simplified (OpenCC's character table, one
  to one) and full-width ASCII to ASCII; this is what `Model.fold` shows;
- a *class*: the folded character in lower case, all digits one; n-grams are counted over
  classes, so that 國 and 国 share what is known about them;
- a *price* of the form that was written: 0 for the usual form of either script, log 1/10 for
  a digit, and for a rare variant, a full-width letter or a capital the logarithm of how rare
  it is beside the usual form. Damaged text is full of such forms;
- a *script*: whether the character belongs to simplified or to traditional text alone.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

BMP = 0x10000
FLOOR = -8.0  # the lowest price of a form
# Characters that the training text does not hold fall into these, rarer ones further down.
# The mass is the least probability of the whole class, shared by its members.
UNKNOWN: dict[str, float] = {
    "hanzi": 3e-5,  # GB 2312: in use, only not in the training text
    "hanzi-rare": 1e-5,
    "hanzi-extension": 1e-6,
    "letter": 1e-5,
    "symbol": 3e-6,
    "private": 1e-7,
    "control": 1e-7,
}
_RANKS = {name: i for i, name in enumerate(UNKNOWN)}
# Stand-ins in the class table for the planes above the basic one (all are non-characters).
PLANE_HANZI, PLANE_PRIVATE, PLANE_OTHER = 0xFFFE, 0xFFFF, 0xFDD0


def codes(text: str) -> NDArray[np.uint32]:
    """The code points of `text`; lone surrogates are code points like any other."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def basic(points: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """Code points as indices of the tables: higher planes are mapped to their stand-ins."""
    if len(points) and points.max() >= BMP:
        high = points >= BMP
        stand = np.full(len(points), PLANE_OTHER, np.uint32)
        stand[(points >= 0x20000) & (points < 0x40000)] = PLANE_HANZI
        stand[points >= 0xF0000] = PLANE_PRIVATE
        points = np.where(high, stand, points)
    return points.astype(np.uint16)


@cache
def fold_table() -> NDArray[np.uint16]:
    """Traditional to simplified and full width to ASCII, character by character."""
    import opencc

    convert = opencc.OpenCC("t2s").convert
    table = np.arange(BMP, dtype=np.uint16)
    for point in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00)):
        simple = convert(chr(point))
        if len(simple) == 1 and ord(simple) < BMP:
            table[point] = ord(simple)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    table[0x3000] = 0x20
    return table


@cache
def class_table() -> NDArray[np.uint16]:
    """The representative of each character's class: folded, lower case, digits one."""
    table = fold_table().copy()
    for point in range(BMP):
        lower = chr(table[point]).lower()
        if len(lower) == 1 and ord(lower) < BMP:
            table[point] = ord(lower)
    table[(table >= 0x30) & (table <= 0x39)] = 0x30
    return table


@cache
def usual_forms() -> frozenset[str]:
    """Every character that OpenCC writes for a simplified one in some traditional standard."""
    import opencc

    simple = "".join(chr(p) for p in range(0x4E00, 0xA000) if fold_table()[p] == p)
    forms = set(simple)
    for standard in ("s2t", "s2tw", "s2hk"):
        forms.update(opencc.OpenCC(standard).convert("\n".join(simple)))
    return frozenset(forms)


SIMPLIFIED, TRADITIONAL = 1, 2


@cache
def script_table() -> NDArray[np.uint8]:
    """1 for a hanzi of simplified text only, 2 for one of traditional text only, else 0.

    Only what the other script's national character set leaves out counts: 后 and 里 are in
    Big5, 乾 and 於 in GB 2312, and stand in texts of both scripts."""
    import opencc

    convert = opencc.OpenCC("s2t").convert
    table = np.zeros(BMP, np.uint8)
    for point in range(0x3400, 0xA000):
        char = chr(point)
        if fold_table()[point] != point:
            table[point] = 0 if encodes(char, "gb2312") else TRADITIONAL
        elif convert(char) != char and not encodes(char, "big5"):
            table[point] = SIMPLIFIED
    return table


def encodes(char: str, codec: str) -> bool:
    """Whether a codec of Python's has a place for a character."""
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@cache
def unknown_table() -> NDArray[np.uint8]:
    """For each character the rank in UNKNOWN of the class that it has if it is not known."""
    table = np.full(BMP, _RANKS["symbol"], np.uint8)
    for point in range(BMP):
        table[point] = _RANKS[_unknown(point)]
    return table


def _unknown(point: int) -> str:
    if point == PLANE_HANZI:
        return "hanzi-extension"
    if point == PLANE_PRIVATE or 0xE000 <= point < 0xF900:
        return "private"
    if point == PLANE_OTHER:
        return "symbol"
    char = chr(point)
    category = unicodedata.category(char)
    if category[0] == "C" or char == "\ufffd":
        return "control"
    if unicodedata.name(char, "").startswith("CJK UNIFIED IDEOGRAPH-"):
        if point < 0x4E00:
            return "hanzi-extension"
        return "hanzi" if encodes(char, "gb2312") else "hanzi-rare"
    return "letter" if category[0] == "L" else "symbol"


def prices(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The price of each character's form, from the counts of the characters as written."""
    table = class_table()
    most = np.zeros(BMP)
    np.maximum.at(most, table, counts)
    with np.errstate(divide="ignore"):
        price = np.log((counts + 0.5) / (most[table] + 1.0)).clip(FLOOR, 0.0)
    price[table == np.arange(BMP)] = 0.0
    price[[ord(c) for c in usual_forms() if ord(c) < BMP]] = 0.0
    digits = table == 0x30
    price[digits] = np.log(0.1)
    price[digits & (np.arange(BMP) > 0x39)] += np.log(0.05)
    return np.asarray(price, np.float64)
