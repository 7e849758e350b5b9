"""Numbers that no reader needs to compare: those of a text's items where two editions number
them in their own ways, and those that only have other digits.

Statutes are published with the numbers of their items and without, and are numbered anew where
an article is struck out: of 2,000 differences asked among mixed corpora 900 were such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from repair.collate.fold import Folded
from repair.collate.variants import Difference

MANY = 3  # differing numbers from which on they are not slips
DIGITS = {"零": 0, "○": 0} | {digit: n for n, digit in enumerate("〇一二三四五六七八九")}
UNITS = {"十": 10, "百": 100, "千": 1000}
SIGNS = "".join((*DIGITS, *UNITS))
N = rf"[{SIGNS}\d]"
# A mark of an item as it stands in a text as it came: 第二十條之一, （三）, 四、, 5.2.1, ⑥.
MARK = re.compile(
    rf"\s*(?:第[^\S\n]*{N}+[^\S\n]*[編编章節节條条款項项目](?:之{N}+)?|\d+(?:[.．]\d+)+[.．]?"
    rf"|[（(](?:{N}+|[甲乙丙丁戊己庚辛壬癸])[)）]|(?:{N}+|[甲乙丙丁戊己庚辛壬癸])[、.．)）]|[①-⒇])+"
)
NUMERAL = re.compile(f"[{SIGNS}]+")


def numbered(found: Iterable[Difference], a: Folded, b: Folded) -> list[Difference]:
    """The differences, with the form "numbering" where many items are numbered otherwise."""
    told = list(found)
    ours = [n for n, d in enumerate(told) if _number(d.a0, d.a1, a) and _number(d.b0, d.b1, b)]
    ours = [n for n in ours if not told[n].form]
    for n in ours if len(ours) >= MANY else ():
        told[n] = told[n]._replace(form="numbering")
    return told


def _number(start: int, end: int, text: Folded) -> bool:
    """Whether a span of a folded text lies in the mark of an item, or, where it is empty,
    where one could be: at the head of a line."""
    if start == len(text):
        return False
    at = int(text.at[start])
    line = text.original.rfind("\n", 0, at) + 1
    if start == end and not text.original[line:at].strip():
        return True
    mark = MARK.match(text.original, line)
    return mark is not None and int(text.at[max(start, end - 1)]) < mark.end()


def same_number(one: str, two: str) -> bool:
    """Whether two readings, with digits of both kinds, say the same: 三十九 and 39."""
    return NUMERAL.sub(_value, one) == NUMERAL.sub(_value, two)


def _value(numeral: re.Match[str]) -> str:
    """A numeral in digits: by its units, or digit for digit."""
    if UNITS.keys().isdisjoint(numeral[0]):
        return "".join(str(DIGITS[char]) for char in numeral[0])
    total = digit = 0
    for char in numeral[0]:
        if char in UNITS:
            total += (digit or 1) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS[char]
    return str(total + digit)
