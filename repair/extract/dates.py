"""Dates and times as pages write them, read to the precision that they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CHINA = timedelta(hours=8)  # seconds since 1970 in a script are shown as China's time
_ROC = 1911  # year 1 of the Republic (民國) is 1912

_CLOCK = r"(?P<h>[01]?\d|2[0-4])\s?[:：点點时時]\s?(?P<min>[0-5]\d)(?:\s?[:：分]\s?(?P<s>[0-5]\d))?"
_BETWEEN = (
    r"[\s,，T\-–·|]{0,4}(?:[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?[\s,，]{0,3})?"
    r"(?P<half>[上下]午|AM|PM)?\s{0,3}"
)
_LATE = r"(?:\s{0,2}(?P<late>[AaPp]\.?[Mm]\b))?"
_TIME = rf"(?:{_BETWEEN}(?:{_CLOCK}){_LATE})?"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

_FORMS = (
    re.compile(  # 2021-03-04 10:11, 2021年3月4日, 2021.3.4
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?[-./年]\s?(?P<m>1[0-2]|0?[1-9])\s?[-./月]\s?"
        rf"(?P<d>3[01]|[12]\d|0?[1-9])\s?[日号]?{_TIME}(?!\d)"
    ),
    re.compile(  # 民國110年3月4日
        r"(?:民国|民國)\s?(?P<roc>\d{2,3})\s?年\s?(?P<m>1[0-2]|0?[1-9])\s?月\s?"
        rf"(?P<d>3[01]|[12]\d|0?[1-9])\s?日?{_TIME}(?!\d)"
    ),
    re.compile(  # 3/4/2021 10:11:12 PM
        rf"(?<![\d/])(?P<a>[0-3]?\d)/(?P<b>[0-3]?\d)/(?P<y>(?:19|20)\d\d){_TIME}(?!\d)"
    ),
    re.compile(  # March 4th, 2021 10:11 am
        rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?\s(?P<d>[0-3]?\d)(?:st|nd|rd|th)?,?\s"
        rf"(?P<y>(?:19|20)\d\d)(?:\s?at)?{_TIME}",
        re.IGNORECASE,
    ),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-2]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?年\s?(?P<m>1[0-2]|0?[1-9])\s?月(?!\s?\d)"),
)
_WHOLE = len(_FORMS) - 2  # the first forms have year, month and day with marks between


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (`2021-03-04`, `2021-03`) and its time (`10:11`, `10:11:12`) where it has one."""

    date: str
    time: str | None = None
    unsure: bool = False  # day and month could be the other way round

    @property
    def other(self) -> str:
        """The date with day and month the other way round."""
        year, month, day = self.date.split("-")
        return f"{year}-{day}-{month}"


def find(text: str, loose: bool = False) -> Iterator[Moment]:
    """The moments that a text names, in order of their forms; `loose` also takes eight digits
    and a year with its month.

    >>> next(find("发布时间：2021年3月4日 下午1:05 来源：本报"))
    Moment(date='2021-03-04', time='13:05', unsure=False)
    """
    for form in _FORMS if loose else _FORMS[:_WHOLE]:
        for match in form.finditer(text):
            moment = _moment(match.groupdict())
            if moment is not None:
                yield moment


def _moment(parts: dict[str, str | None]) -> Moment | None:
    unsure = False
    if parts.get("a"):
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        month, day = (second, first) if first > 12 else (first, second)
        unsure = first <= 12 and second <= 12 and first != second
    else:
        name = parts.get("name")
        month = _MONTHS.index(name.lower()) + 1 if name else int(parts["m"] or 0)
        day = int(parts.get("d") or 0)
    roc = parts.get("roc")
    year = int(roc) + _ROC if roc else int(parts["y"] or 0)
    if not 1 <= month <= 12 or not 0 <= day <= 31:
        return None
    date = f"{year:04}-{month:02}" + (f"-{day:02}" if day else "")
    return Moment(date, _clock(parts), unsure)


def _clock(parts: dict[str, str | None]) -> str | None:
    if not parts.get("h"):
        return None
    hour = int(parts["h"] or 0) % 24
    half = (parts.get("half") or parts.get("late") or "").lower().replace(".", "")
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    seconds = f":{parts['s']}" if parts.get("s") else ""
    return f"{hour:02}:{parts['min']}{seconds}"


def iso(text: str) -> Moment | None:
    """The moment of a machine's date: ISO 8601, or seconds or milliseconds since 1970."""
    text = text.strip()
    if re.fullmatch(r"1\d{9}(?:\d{3})?", text):
        when = datetime.fromtimestamp(int(text[:10]), UTC) + CHINA
        return Moment(when.strftime("%Y-%m-%d"), when.strftime("%H:%M:%S"))
    moment = next(find(text[:60], loose=True), None)
    if moment is None or not re.search(r"T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z", text):
        return moment
    try:
        when = datetime.fromisoformat(text[:40].replace("Z", "+00:00")).astimezone(UTC) + CHINA
    except ValueError:
        return moment
    return Moment(when.strftime("%Y-%m-%d"), when.strftime("%H:%M:%S"))
