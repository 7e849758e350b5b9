"""Dates and times as facts: ISO 8601 or nothing."""

from __future__ import annotations

import re
from datetime import date

from repair.patterns import lazy

_COMMON = (
    r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?(?:[-/.]|年)\s?(?P<m>\d{1,2})\s?(?:[-/.]|月)\s?(?P<d>\d{1,2})(?!\d)(?:\s?[日号])?"
    r"|(?<!\d)(?P<m2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>(?:19|20)\d{2})(?!\d)"
    r"|(?P<cy>[〇零○oO一二三四五六七八九]{4})年(?P<cm>[一二三四五六七八九十]{1,2})月(?P<cd>[一二三四五六七八九十]{1,3})日"
)
_REPUBLIC = (
    r"(?:中华)?民国\s?(?:(?P<rn>\d{2,3})\s?年\s?(?P<mn>\d{1,2})\s?月\s?(?P<dn>\d{1,2})\s?日"
    r"|(?P<ry>[〇零○一二三四五六七八九十百]{1,4})年(?P<rm>[一二三四五六七八九十]{1,2})月(?P<rd>[一二三四五六七八九十]{1,3})日)"
)
DATE = lazy(f"{_REPUBLIC}|{_COMMON}")
TOLD = _COMMON  # what tells of a date: a year of the Republic is told by its year or its month
TIME = lazy(
    r"(?<!\d)(?P<pm>[上下]午|晚上|凌晨|中午)?\s?(?P<h>[01]?\d|2[0-3]):(?P<n>[0-5]\d)(?::(?P<s>[0-5]\d))?(?!\d)(?:\s?(?P<ap>[ap])\.?m)?"
)
_NOON = lazy(r"\d\s?[aApP]\.?[mM]")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "o": 0, "O": 0}


def iso(match: re.Match[str]) -> str | None:
    """The date that `DATE` matched, or None where no such day exists."""
    if match["cy"]:
        year = int("".join(str(_DIGITS[c]) for c in match["cy"]))
        month, day = _small(match["cm"]), _small(match["cd"])
    elif match["ry"]:
        year, month, day = 1911 + _number(match["ry"]), _small(match["rm"]), _small(match["rd"])
    elif match["rn"]:
        year, month, day = 1911 + int(match["rn"]), int(match["mn"]), int(match["dn"])
    elif match["y"]:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    else:  # the American order goes with a twelve-hour clock, or with a day above twelve
        year, day, month = int(match["y2"]), int(match["m2"]), int(match["d2"])
        if month > 12 or (day <= 12 and _NOON.search(match.string, match.end())):
            month, day = day, month
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def clock(match: re.Match[str]) -> str:
    """The time of day that `TIME` matched, seconds only where they are written."""
    hour = int(match["h"])
    later = match["pm"] in ("下午", "晚上") or match["ap"] == "p"
    if later and hour < 12:
        hour += 12
    seconds = f":{match['s']}" if match["s"] else ""
    return f"{hour:02d}:{match['n']}{seconds}"


def _number(text: str) -> int:
    """A Chinese number below a thousand: 一百零二, 一〇二."""
    hundreds, found, rest = text.rpartition("百")
    if not found and "十" not in text:
        return int("".join(str(_DIGITS[c]) for c in text))
    rest = rest.lstrip("零〇○")
    return (_DIGITS[hundreds[:1] or "一"] if found else 0) * 100 + (_small(rest) if rest else 0)


def _small(text: str) -> int:
    """A Chinese number below one hundred."""
    if "十" not in text:
        return _DIGITS[text[0]]
    tens, _, ones = text.partition("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
