"""Formulas that vary too much for a pattern: reservations, calls to follow and to share.

Their words vary in order, not in kind. A line is such a formula when words of the kind and
the small words between them take all of it, at least three of them stand there, and one of
them points at the site itself (本站, 本文, 公众号): a law about reprints or a report about
an app does not say that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from repair import rules
from repair.patterns import lazy
from repair.residue.lines import Action, Verdict

LONGEST = 300  # characters
_CALL = lazy(
    "点击|长按|扫描?|扫码|识别|二维码|点亮|点个|星标|在看|转发|关注我们|下载客户端|请勿转载"
)
_LEGAL = lazy(r"^\s*(?:第[一二三四五六七八九十百千零\d]+条|\(?[一二三四五六七八九十]+[)、])")


@dataclass(frozen=True, slots=True)
class _Family:
    rule: str
    words: frozenset[str]
    strange: re.Pattern[str]  # letters that none of its words and no small word has
    points: re.Pattern[str]


@cache
def _families() -> tuple[tuple[_Family, ...], frozenset[str], int]:
    table = rules.table("residue")
    rows = [row for row in table.values() if "atoms" in row.data]
    glue = frozenset(word for row in rows for word in row.data.get("glue", ()))
    families = tuple(
        _Family(
            row.code,
            frozenset(row.data["atoms"]),
            _strange((*row.data["atoms"], *glue)),
            re.compile("|".join(map(re.escape, row.data["points"]))),
        )
        for row in rows
    )
    longest = max(len(word) for family in families for word in family.words)
    return families, glue, longest


def _strange(words: Iterable[str]) -> re.Pattern[str]:
    """The letters that are in none of the words, and surely no digits (① is one)."""
    own = re.escape("".join(sorted(set().union(*words))))
    digits = r"\d\xb2-\xb9\u1369-\u1371\u19da\u2070-\u2793\U00010000-\U0010ffff"
    return re.compile(rf"[^\W_{digits}{own}]")


def patterns() -> list[str]:
    """One of them matches in every formula."""
    return [family.points.pattern for family in _families()[0]]


def judge(line: str) -> Verdict | None:
    """Whether the folded line is a formula: removed if nothing of it is left over, asked
    about if a fifth is."""
    if len(line) > LONGEST or _LEGAL.match(line):
        return None
    families, glue, longest = _families()
    for family in families:
        if not family.points.search(line):
            continue
        letters = sum(map(str.isalnum, line))
        if letters < 6:
            return None
        if letters - len(family.strange.findall(line)) < 0.8 * letters:
            continue
        words, covered = _cover(line, family.words, glue, longest)
        call = len(words) == 2 and len(line) <= 20 and bool(_CALL.search(line))
        if (len(words) < 3 and not call) or covered < 0.8 * letters:
            continue
        told = f"{covered} of {letters} characters are words of the formula: " + "、".join(words)
        if covered >= 0.97 * letters:
            return Verdict(Action.REMOVE, family.rule, 0.9985, told[:120])
        return Verdict(Action.ASK, family.rule, 0.7, told[:120])
    return None


def _cover(
    line: str, words: frozenset[str], glue: frozenset[str], longest: int
) -> tuple[list[str], int]:
    """The distinct words of the kind in the line, and how many characters they and the small
    words take, the longest first from the left."""
    found: dict[str, None] = {}
    here = covered = 0
    while here < len(line):
        for size in range(min(longest, len(line) - here), 0, -1):
            piece = line[here : here + size]
            if piece in words or piece in glue or (size == 1 and piece.isdigit()):
                covered += sum(map(str.isalnum, piece))
                if piece in words:
                    found[piece] = None
                here += size
                break
        else:
            here += 1
    return list(found), covered
