"""Lines of metadata: fields with labels, dates, and the facts in them.

A metadata line stays in the text and yields marks; what stands between its fields and is
known residue (a counter, a share widget) is cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from repair import rules
from repair.model import Mark
from repair.patterns import lazy
from repair.residue.dates import DATE, TIME, clock, iso
from repair.residue.fold import HANZI, LETTER
from repair.residue.lexicon import Some, Weight, lexicon
from repair.residue.lines import METADATA, Cut, Line, Verdict

_END = lazy(r"\s{2,}|[|()\[\]]|\s*$")
_SIGN = lazy(r"[:|/>\d]|编辑\s|\d年|[〇○]|民国")  # without one no label or date stands there
_SENTENCE = lazy(r"[。！？；]|[^\d]\.\s?$")
_TRIM = " \t|·:,;-*\u3000\u00a0>/"
# A name, in text of nothing but what stands in and between names.
_NAME = (
    rf"(?:{LETTER}{{2,4}}|{LETTER} {LETTER}|{LETTER}{{1,8}}·(?:{LETTER}|·){{1,12}}"
    r"|[a-z][a-z .]{1,24})"
)
_PURE = lazy(rf"[{HANZI}a-z\s、,/;·.]*$")
_NAMES = lazy(rf"{_NAME}(?:[\s、,/;和]+{_NAME}){{0,9}}$")
_REPORTER = lazy("记者|通讯员|文/")
_DESK = lazy(rf"(?:记者|通讯员|文/)\s*(?P<who>{_NAME}(?:[\s、]{_NAME}){{0,4}})\s*$")
_BEHIND = lazy(rf"记者\s?(?:[{HANZI}](?: ?[{HANZI}]|·[{HANZI}·])|[a-z][a-z .])")
# Old portals print their host before the date.
_HOST = lazy(
    r"[\s·(\[|:-]*(?:(?:https?://)?[\w-]+(?:\.[\w-]+)*\.(?:com|net|cn|org|hk|tw)[\w./]*)?[\s(\[]*"
)
_OUTLET = lazy(
    rf"[\s)\]|]*(?:\[\s*(?P<who>[{HANZI}]{{2,4}})\s*\])?[\s\[(《]*"
    rf"(?P<outlet>[·\w-]{{1,14}}(?:报|网|社|刊|周刊|杂志|电视台|广播|在线|频道|新闻|时报))?[\s\])》|]*"
)
_WRITER = lazy(
    rf"记者\s?(?P<who>[{HANZI}]{{2,4}}?)(?:\s?/\s?[{HANZI}]{{2,8}}(?:报导|报道))?[\s)\]]*$"
)
_ISSUE = lazy(rf"[\[(]?(?:{LETTER}|·){{2,10}}编辑\s+(?P<who>{_NAME}(?:\s{_NAME})*)[\])]?$")
_PERSONAL = ("author", "editor")


@dataclass(slots=True)
class Said:
    """What a metadata line says: its verdict and its marks (offsets in the text)."""

    verdict: Verdict
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Field:
    kind: str
    label: int  # where the label begins
    start: int
    end: int


@cache
def _kinds() -> dict[str, str]:
    """What each label names."""
    kinds = rules.table("residue")["RES050"].data["labels"]
    return {label: kind for kind, labels in kinds.items() for label in labels}


def _label() -> str:
    longest = "|".join(sorted(_kinds(), key=lambda label: (-len(label), label)))
    return rf"(?:(?<![{HANZI}])|(?<=日))(?P<label>{longest})\s*[\])]?\s*(?:[:|]|>+|(?<=[文图])/)\s*"


@cache
def _labels() -> re.Pattern[str]:
    """A field's label. What it begins with is asked first: that alone takes a tenth of the time."""
    first = "".join(sorted({re.escape(label[0]) for label in _kinds()}))
    return re.compile(rf"(?=[{first}]){_label()}")


def labels() -> list[str]:
    """Of all fields."""
    return list(_kinds())


def patterns() -> list[str]:
    """One of them matches in every line of metadata, or it begins with a date."""
    return [_label(), _ISSUE.pattern, r"\.(?:com|net|cn|org|hk|tw)"]


def read(line: Line, folded: str) -> Said | None:
    """The facts of the folded line, or None if it is no line of metadata."""
    if len(folded) > 200 or not _SIGN.search(folded) or _SENTENCE.search(folded):
        return None
    fields = _fields(folded)
    first = DATE.search(folded)
    leads = bool(first and _HOST.fullmatch(folded, 0, first.start()))
    bare = folded.strip()
    pure = "编辑 " in bare and _PURE.fullmatch(bare.strip("[]()"))
    issue = _ISSUE.match(bare) if pure else None
    if issue:
        at = folded.index(issue["who"])
        fields = [_Field("editor", 0, at, at + len(issue["who"]))]
    if not fields and not leads:
        return None
    if not _complete(folded, fields, first if leads else None, line.clauses):
        return None
    said = Said(METADATA)
    before = folded[: fields[0].label] if fields else ""
    pure = _PURE.search(before) if _REPORTER.search(before) else None
    desk = _DESK.search(before, pure.start()) if pure else None
    if desk:
        start, end = line.start + desk.start("who"), line.start + desk.end("who")
        who = line.text[desk.start("who") : desk.end("who")]
        said.marks += [Mark(start, end, "author", who), Mark(start, end, "byline", who)]
    for item in fields:
        _take(said, line, folded, item)
    if not any(mark.kind == "date" for mark in said.marks) and first and (leads or fields):
        _date(said, line, folded, 0, len(folded))
    if leads and said.marks:
        _outlet(said, line, folded)
    if not said.marks:
        return None
    said.verdict = replace(METADATA, cuts=_cuts(line, folded, said.marks))
    return said


def _fields(folded: str) -> list[_Field]:
    found = list(_labels().finditer(folded))
    fields: list[_Field] = []
    for i, match in enumerate(found):
        limit = found[i + 1].start() if i + 1 < len(found) else len(folded)
        stop = _END.search(folded, match.end(), limit)
        end = min(stop.start() if stop else limit, limit)
        start = match.end()
        end = _value_end(folded, start, end)
        while end > start and folded[end - 1] in _TRIM:
            end -= 1
        fields.append(_Field(_kinds()[match["label"]], match.start(), start, end))
    return fields


def _complete(
    folded: str, fields: list[_Field], leading: re.Match[str] | None, clauses: Some
) -> bool:
    """Whether little but fields, dates and known tokens stands in the line."""
    if fields and folded[: fields[0].label].strip(" [(·|-") and not leading:
        before = folded[: fields[0].label].strip(" [(·|-")
        if not (
            lexicon().consume(before) or (len(before) <= 20 and before.endswith("记者"))
            or _named(before) or ("记者" in before and _BEHIND.search(before))
        ):  # fmt: skip
            return False
    for item in fields:
        value = folded[item.start : item.end]
        if item.kind in _PERSONAL and value and not _person(value):
            return False
        if len(value) > 60 or value.endswith(("，", ",")):
            return False
        if item.kind == "date" and value and not DATE.search(value) and not TIME.search(value):
            return False
    if not fields and leading:
        rest = folded[leading.end() :].strip()
        return len(rest) <= 40 and (
            not rest
            or bool(TIME.match(rest))
            or bool(_OUTLET.fullmatch(rest))
            or bool(lexicon().consume(rest, clauses))
        )
    return True


def _named(value: str) -> bool:
    """Whether a value is names."""
    return bool(_PURE.fullmatch(value) and _NAMES.match(value))


def _person(value: str) -> bool:
    """Whether a value may be names: no sentence, no more than a few short words."""
    value = value.strip(" []()")
    return _named(value) or (
        len(value) <= 24
        and not re.search(r"[。，！？:!?\"]|^(?:这|那|我|你|您|他|她|是|在|请)", value)
    )


def _take(said: Said, line: Line, folded: str, item: _Field) -> None:
    start, end = item.start, item.end
    if start >= end:
        return
    if item.kind == "date":
        _date(said, line, folded, start, end)
        return
    if item.kind == "photo":
        return
    value = " ".join(line.text[start:end].split()).strip(_TRIM)
    if not value or value.lower().startswith(("size=", "font")):
        return
    said.marks.append(Mark(line.start + start, line.start + end, item.kind, value))
    if item.kind == "author" and _named(folded[start:end]):
        said.marks.append(Mark(line.start + start, line.start + end, "byline", value))


def _value_end(folded: str, start: int, end: int) -> int:
    """Without known residue at the value's end (举报, 评论 12), and a date that follows it."""
    for space in re.finditer(r"\s", folded[start:end]):
        rest = folded[start + space.end() : end]
        if rest and (_residue(rest) or (space.start() and DATE.match(rest))):
            return start + space.start()
    return end


def _residue(text: str) -> bool:
    """Whether known tokens, one of them no filler, take the whole text."""
    return any(token.weight > Weight.CHANNEL for token in lexicon().consume(text) or ())


def _outlet(said: Said, line: Line, folded: str) -> None:
    """The paper and the names that stand after a date without labels."""
    kinds = {mark.kind for mark in said.marks}
    at = max(m.end for m in said.marks if m.kind in ("date", "time")) - line.start
    found = _OUTLET.match(folded, at)
    for kind, group in (("author", "who"), ("source", "outlet")):
        if found and found[group] and kind not in kinds:
            start, end = line.start + found.start(group), line.start + found.end(group)
            said.marks.append(
                Mark(start, end, kind, line.text[found.start(group) : found.end(group)])
            )
    writer = None if kinds & {"author"} else _WRITER.search(folded, at)
    if writer:
        start, end = line.start + writer.start("who"), line.start + writer.end("who")
        who = line.text[writer.start("who") : writer.end("who")]
        said.marks += [Mark(start, end, "author", who), Mark(start, end, "byline", who)]


def _date(said: Said, line: Line, folded: str, start: int, end: int) -> None:
    match = DATE.search(folded, start, end)
    value = iso(match) if match else None
    if not match or not value:
        return
    said.marks.append(Mark(line.start + match.start(), line.start + match.end(), "date", value))
    time = TIME.match(folded, _skip(folded, match.end()))
    if time:
        said.marks.append(
            Mark(line.start + time.start(), line.start + time.end(), "time", clock(time))
        )


def _skip(folded: str, at: int) -> int:
    while at < len(folded) and folded[at] in " t-|,":
        at += 1
    return at


def _cuts(line: Line, folded: str, marks: list[Mark]) -> tuple[Cut, ...]:
    """Runs of known residue between the facts, with their numbers and the space after."""
    taken = sorted((m.start - line.start, m.end - line.start) for m in marks)
    cuts: list[Cut] = []
    for token in lexicon().sure(folded):
        if token.rule not in ("RES010", "RES011", "RES003"):
            continue
        if any(s < token.end and token.start < e for s, e in taken):
            continue
        if cuts and token.start + line.start < cuts[-1].end:
            continue
        tail = re.compile(r"\s*:?\s*[\d,]*\s*(?:人?次)?\s*").match(folded, token.end)
        end = tail.end() if tail else token.end
        word = folded[token.start : token.end]
        cuts.append(
            Cut(
                line.start + token.start,
                line.start + end,
                "RES051",
                0.9985,
                f"{word} counts or acts",
            )
        )
    return tuple(cuts)


def columns(lines: Sequence[Line], marks: list[Mark]) -> list[Mark]:
    """Splits a source that a column's name is glued to, where that name also stands alone.

    `稿件来源: 法治日报法治调研` with a line `法治调研`: source 法治日报, section 法治调研."""
    if not any(mark.kind == "source" for mark in marks):
        return marks
    alone: dict[str, Line] = {}
    for line in lines:
        name = line.text.strip(" |\t\u3000\u00a0")
        if 2 <= len(name) <= 8 and re.fullmatch(f"[{HANZI}]+", name):
            alone.setdefault(name, line)
    split: list[Mark] = []
    for mark in marks:
        names = [n for n in alone if mark.value.endswith(n) and len(mark.value) - len(n) >= 2]
        if mark.kind != "source" or not names:
            split.append(mark)
            continue
        name = max(names, key=len)
        cut = mark.end - len(name)
        split.append(Mark(mark.start, cut, "source", mark.value[: -len(name)].strip()))
        split.append(Mark(cut, mark.end, "section", name))
        line = alone[name]
        at = line.start + line.text.index(name)
        split.append(Mark(at, at + len(name), "section", name))
    return split
