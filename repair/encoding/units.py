"""Lost units in dates, times, article numbers and counts: a grammar.

A filter that deletes characters (or a charset that lacks them) leaves `20209月` of 2020年9月.
A number is read as the fields that must lie in it; a reading is valid if every field is. One
valid reading is applied. Several are asked about, and so is a number that could be a plain
count (2020年120日). Numbers that stand for a count as they are stay as they are.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from repair import scan
from repair.encoding import numbers
from repair.model import Candidate, Edit, Finding, StageResult
from repair.patterns import lazy
from repair.rules import Rule, table

# A number that hangs on others (1.2020…, 2019-2020…, a code) is no date of its own.
_chunk = lazy(
    r"(?<![0-9A-Za-z０-９_])(?<![0-9A-Za-z０-９][-—–.,，/])"
    r"(?:(?:\d+[年月日])+(?:\d{3,4}分)?|(?<=[上下][午])\d{3,4}分|(?<=[时時]至)\d{3,4}分)"
)
_republic = lazy(r"民[國国]\s?$")
# After 日 these make another word: yen, Japan, a daily mean; after 月 a mooncake or a wage.
_word = {"日": frozenset("元圆圓本军軍籍均产產照语語式报報"), "月": frozenset("饼餅球台薪票租刊嫂")}

FIELDS = "年月日时分"
YEARS = range(1900, 2100)
REPUBLIC = range(1, 131)
CHAIN = 40  # characters of numbers and units that are looked at together
COUNT_OF_DAYS = 366  # after a year, that many days can be meant as they stand

_digits = "一二三四五六七八九"
_numeral = f"(?:[二三廿]?十[{_digits}]?|廿[{_digits}]?|[{_digits}])"
_chinese_year = lazy(
    rf"(?<![〇○零百千万第{_digits}十])(一[八九]|二[〇○零])([〇○零{_digits}]{{2}})(?=(?:十[一二]?|[{_digits}])月)"
)
_chinese_day = lazy(
    rf"(?<=年)(?!{_numeral}日)(?P<month>十[一二]|十|[{_digits}])(?P<day>{_numeral})(?=日)"
)

_number = f"[{_digits}十百千零〇]+"
_lost_clause = lazy(rf"第({_number})[条條]第({_number})(?=第({_number})[项項目])")
_lost_article = lazy(
    rf"(?P<law>[》法例]|[规規]定|[办辦]法|本|依照|根据|根據|违反|違反|[适適]用)第(?P<n>{_number})(?=第(?P<m>{_number})款)"
)
_named_article = lazy(rf"(?<=[》法例])第(?:{_number}|[0-9]{{1,4}})(?=(?:[之的])?[规規]定)")
_article_line = lazy(rf"^[ \t　]*第({_number})(条|條)?(?=[ \t　])(?![ \t　]+[条條])", re.M)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a chunk: its text with the units in place."""

    text: str
    plain: bool  # written without leading zeros, so that it can't be a compact 20190301


def find(text: str) -> StageResult:
    """The lost units of `text`; offsets in `text`."""
    return among(text, numbers.ends(scan.of(text)).tolist())


def among(text: str, places: Iterable[int]) -> StageResult:
    """The lost units at those places of `text`; `numbers.ends` finds all that may be one."""
    near = numbers.near(text, places)
    if not near:
        return StageResult()
    edits: list[Edit] = []
    findings: list[Finding] = []
    said = (
        _dates(text, near.dates),
        _chinese_dates(text) if near.chinese else (),
        _articles(text, near.articles),
        _article_lines(text) if near.lines else (),
    )
    for item in chain(*said):
        (edits if isinstance(item, Edit) else findings).append(item)  # type: ignore[arg-type]
    if near.people:
        findings += _counts(text, near.people, bool(edits or findings))
    edits.sort(key=lambda e: e.start)
    return StageResult(tuple(edits), tuple(sorted(findings, key=lambda f: f.start)))


def _dates(text: str, places: Sequence[int]) -> Iterator[Edit | Finding]:
    done = 0
    for place in places:
        low = place  # the beginning of the chain of numbers and units
        while low > max(done, place - CHAIN) and text[low - 1] in "0123456789年月日":
            low -= 1
        match = _chunk.search(text, low, place + CHAIN) if place >= done else None
        if match is None:
            continue
        done = match.end()
        chunk = match[0]
        if text[match.end() : match.end() + 1] in _word.get(chunk[-1], frozenset()):
            continue
        republic = bool(_republic.search(text[max(0, match.start() - 3) : match.start()]))
        parts = re.findall(r"(\d+)(\D)", chunk)
        readings = list(_readings(parts, 0, -1, 0, 0, republic))
        if not readings or any(r.text == chunk for r in readings):
            continue
        if "時" in text:
            readings = [replace(r, text=r.text.replace("时", "時")) for r in readings]
        yield _said(match.start(), chunk, readings, _as_it_is(parts))


def _readings(
    parts: list[tuple[str, str]], i: int, last: int, year: int, month: int, republic: bool
) -> Iterator[_Reading]:
    """All valid ways to read the parts from `i` on, after the field `last`."""
    if i == len(parts):
        yield _Reading("", True)
        return
    number, unit = parts[i]
    field = FIELDS.index(unit)
    # A first number begins with a year, or an hour, or is no date; a later one holds all that
    # is missing.
    for first in (last + 1,) if i else (3,) if unit == "分" else {0, field}:
        if first > field:
            continue
        for fields in _split(number, first, field, year, month, republic):
            values = [int(f) for f in fields]
            y = values[0] if first == 0 else year
            m = values[1 - first] if first <= 1 <= field else month
            padded = len(fields) > 1 and any(len(f) == 2 and f[0] == "0" for f in fields[:3])
            text = "".join(f + FIELDS[first + k] for k, f in enumerate(fields))
            for rest in _readings(parts, i + 1, field, y, m, republic):
                yield _Reading(text + rest.text, rest.plain and not padded)


def _split(
    number: str, first: int, last: int, year: int, month: int, republic: bool
) -> Iterator[list[str]]:
    """The valid ways to cut a number into the fields first … last."""
    if first > last:
        if not number:
            yield []
        return
    sizes = {0: (2, 3, 1) if republic else (4,), 1: (1, 2), 2: (1, 2), 3: (1, 2), 4: (2,)}[first]
    for size in sizes:
        head = number[:size]
        if len(head) < size or not _valid(first, head, year, month, republic):
            continue
        y = int(head) if first == 0 else year
        m = int(head) if first == 1 else month
        for rest in _split(number[size:], first + 1, last, y, m, republic):
            padding = {f[0] == "0" for f in (head, *rest) if len(f) == 2 and first in (1, 2)}
            if first == 1 and rest and padding == {True} and len(head) != len(rest[0]):
                continue  # 031日: a zero before one field and none before the other
            yield [head, *rest]


def _valid(field: int, digits: str, year: int, month: int, republic: bool) -> bool:
    value = int(digits)
    if field == 0:
        return value in (REPUBLIC if republic else YEARS) and digits[0] != "0"
    if field == 1:
        return 1 <= value <= 12
    if field == 2:
        civil = year + 1911 if republic else year
        return 1 <= value <= (monthrange(civil, month)[1] if civil and month else 31)
    return value <= (24 if field == 3 else 59)


def _as_it_is(parts: list[tuple[str, str]]) -> bool:
    """Whether the chunk can be meant as it stands: a count of days, minutes or points."""
    number, unit = parts[-1]
    after_year = len(parts) > 1 and parts[-2][1] == "年"
    return unit == "分" or (unit == "日" and after_year and int(number) <= COUNT_OF_DAYS)


def _said(start: int, chunk: str, readings: list[_Reading], count: bool) -> Edit | Finding:
    texts = list(dict.fromkeys(r.text for r in readings))
    if len(texts) == 1 and readings[0].plain and not count:
        evidence = f"{chunk} can only be {texts[0]}: no other reading is a valid date"
        return Edit(start, start + len(chunk), chunk, texts[0], "ENC501", 0.9995, evidence)
    why = "it can also be a count" if count else f"{len(texts)} readings are valid dates"
    if len(texts) == 1 and not count:
        why = "it may be written in compact form on purpose"
    return _ask(start, chunk, texts, "ENC502", f"a unit is missing in {chunk}; {why}")


def _ask(start: int, before: str, texts: list[str], rule: str, evidence: str) -> Finding:
    share = round(0.9 / len(texts), 3)
    candidates = tuple(Candidate(t, share, "grammar") for t in texts)
    return Finding(
        start, start + len(before), before, texts[0], rule, share, evidence, candidates
    )  # fmt: skip


def _chinese_dates(text: str) -> Iterator[Edit | Finding]:
    for match in _chinese_year.finditer(text):
        yield Edit(match.end(), match.end(), "", "年", "ENC501", 0.9995,
                   f"{match[0]} is a year, and a month follows")  # fmt: skip
    for match in _chinese_day.finditer(text):
        at = match.end("month")
        date = f"{match['month']}月{match['day']}日"
        yield Edit(at, at, "", "月", "ENC501", 0.999,
                   f"{match[0]} is no number; only {date} is a date")  # fmt: skip


def _articles(text: str, places: Sequence[int]) -> Iterator[Edit | Finding]:
    """`places` are those of a 第 or 规 after a number, with or without 的 or 之 between."""
    for place in places:
        low, high = max(0, place - CHAIN), place + CHAIN
        for match in _lost_clause.finditer(text, low, high):
            if match.end() == place:
                why = f"between 条 and 项 only 款 can stand: {match[0]}款"
                yield _unit(match.end(2), "款", why)
        for match in _lost_article.finditer(text, low, high):
            # 第一第二款 lists two clauses; 第十五第二款 can only be clause 2 of article 15.
            if match.end() == place and _value(match["n"]) >= _value(match["m"]):
                unit = "條" if "條" in text else "条"
                why = f"only {unit} stands above 款: 第{match['n']}{unit}"
                yield _unit(match.end("n"), unit, why)
        for match in _named_article.finditer(text, low, high):
            if match.end() in (place, place - 1):
                article = "條" if "條" in text else "条"
                texts = [match[0] + unit for unit in (article, "章", "款")]
                why = "the unit after the number is missing"
                yield _ask(match.start(), match[0], texts, "ENC503", why)


def _article_lines(text: str) -> Iterator[Edit]:
    lines = list(_article_line.finditer(text))
    for before, here, after in zip(lines, lines[1:], lines[2:], strict=False):
        n = _value(here[1])
        bare = not here[2] and before[2] and before[2] == after[2]
        if bare and (_value(before[1]), _value(after[1])) == (n - 1, n + 1):
            yield _unit(here.end(1), before[2], "the lines before and after are articles")


def _unit(at: int, unit: str, evidence: str) -> Edit:
    return Edit(at, at, "", unit, "ENC503", 0.999, evidence)


def _value(numeral: str) -> int:
    """A Chinese number up to 9999: 二百三十二 is 232; digit by digit where it has no place
    words."""
    if not set(numeral) & set("十百千"):
        return int(
            "".join(str("〇一二三四五六七八九".find(c.replace("零", "〇"))) for c in numeral)
        )
    total, digit = 0, 0
    for char in numeral:
        place = {"十": 10, "百": 100, "千": 1000}.get(char)
        if place:
            total += max(1, digit) * place
            digit = 0
        else:
            digit = max(0, "〇一二三四五六七八九".find(char))
    return total + digit


@cache
def _rule() -> Rule:
    return table("encoding")["ENC504"]


@cache
def _people() -> re.Pattern[str]:
    verbs = "|".join(_rule().data["verbs"])
    return re.compile(rf"(?:{verbs})(\d{{4,8}})(人)")


@cache
def _pairs() -> re.Pattern[str]:
    verbs = "|".join(_rule().data["verbs"])
    return re.compile(rf"(?:{verbs})[^，。；]{{0,8}}?\d+([件起案宗])\d+人")


def _counts(text: str, places: Sequence[int], lost: bool) -> Iterator[Finding]:
    """Numbers of people that may be cases and people: 17件20人 without its unit.

    Asked only in a text that has lost other units or counts in pairs elsewhere."""
    found = [_people().search(text, max(0, at - 11), at + 1) for at in places]
    matches = [match for match in found if match]
    if not matches:
        return
    pairs = _pairs().findall(text)
    if not lost and len(pairs) < 2:
        return
    unit = max(set(pairs), key=lambda u: (pairs.count(u), u)) if pairs else "件"
    why = "this text lost other units" if lost else f"this text counts in {unit} and 人"
    for match in matches:
        texts = [f"{a}{unit}{b}{match[2]}" for a, b in _two(match[1])]
        if texts:
            number = match[1] + match[2]
            yield _ask(match.start(1), number, texts[:3], "ENC504",
                       f"{why}, and {number} may be two counts")  # fmt: skip


def _two(number: str) -> list[tuple[str, str]]:
    """The ways to cut a number in cases and people, likeliest first: about 1.3 people a case,
    at least one in two cases."""
    cuts = [(number[:i], number[i:]) for i in range(1, len(number)) if number[i] != "0"]
    ratio = {cut: int(cut[1]) / int(cut[0]) for cut in cuts}
    likely = [cut for cut in cuts if 0.5 <= ratio[cut] <= 100]
    return sorted(likely, key=lambda cut: abs(math.log(ratio[cut] / 1.3)))
