"""Bylines by their structure: a name, and an office beside or below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from repair import rules
from repair.model import Mark
from repair.patterns import lazy
from repair.residue.fold import HANZI, LETTER, fold
from repair.residue.lines import Line

_CHARS = lazy(rf"[{HANZI}\s·]+")
_PIPES = " |\t\u3000\u00a0\r"
_SENTENCE = lazy(r"[。！？；!?;:：“”\"…]")
_BOXES = "□■"
_BELOW = 5  # lines below a name in which its office may stand
_LINE, _DESK_LINE = 76, 50  # characters of a byline's line, of one without a name's office
_LONGEST = 60  # an office with two or three posts; a title of an article is shorter than this
_ROLE = lazy("(?:特约|实习|實習)?(?:通讯员|通訊員|记者|記者|实习生|實習生)|[、,，/]")
_REPORTER = lazy(r"记者|通讯员|评论员|撰稿|文字?\s?[/:|]")
# Asked of lines that have nothing but what it takes.
_DESK = lazy(
    rf"^[\s·□■(]*(?:(?:{LETTER}|·){{0,10}}(?:记者|通讯员|评论员|撰稿人?)|文字?\s?[/:|])\s*[:/|]?\s*"
    rf"(?P<who>{LETTER}{{2,4}}(?:[\s、,/]+(?:(?:通讯员|实习生|记者)\s*)?{LETTER}{{2,4}}){{0,6}})"
    rf"(?:\s?{LETTER}{{2,8}}(?:报道|报导))?[\s)]*$"
)
# A house and its writer, between a title and the running text.
_HOUSES = (
    "大学", "学院", "学校", "中学", "小学", "党校", "法院", "检察院", "研究院", "研究所", "研究会",
    "委员会", "政协", "人大", "纪委", "党委", "组织部", "宣传部", "政法委", "公安局", "司法局",
    "教育局", "集团", "公司", "支队", "协会", "学会",
)  # fmt: skip
_HOUSE = lazy(
    rf"^\s*(?P<house>[{HANZI}]{{1,20}}(?:{'|'.join(_HOUSES)})) +(?P<who>[{HANZI}]{{2,4}})\s*$"
)
_TEXT = 30  # characters that running text has at least
_PURE = lazy(rf"[{HANZI}\s·□■()/:|、,]*")


@cache
def _name() -> re.Pattern[str]:
    data = rules.table("residue")["RES050"].data
    compounds = "|".join(data["compounds"])
    surname = f"[{data['surnames']}{data['rare_surnames']}]"
    han = r"[^\s·]"  # a class of hanzi takes a millisecond to compile, and stands there nine times
    return re.compile(
        rf"(?:(?:{compounds}){han}{{1,2}}|{surname}{han}{{1,3}}"
        rf"|{surname}\s{han}|{han}{{1,8}}·{han}{{1,8}}(?:·{han}{{1,8}})?)"
    )


@cache
def _office() -> re.Pattern[str]:
    offices = sorted(rules.table("residue")["RES050"].data["offices"], key=lambda o: (-len(o), o))
    return re.compile(rf"[\w、,·()\s]*(?:{'|'.join(offices)})\)?$")


@cache
def _post() -> tuple[str, ...]:
    """The ends of offices."""
    offices = {office[-2:] for office in rules.table("residue")["RES050"].data["offices"]}
    return tuple(office + mark for office in offices for mark in ("", ")"))


def is_name(text: str) -> bool:
    """Whether the stripped text is a person's name: a surname and one to three characters,
    or a name with a point in it."""
    folded = fold(text)
    return bool(_name().fullmatch(folded) and _CHARS.fullmatch(folded))


def is_office(text: str) -> bool:
    """Whether the text is an office and no sentence."""
    text = text.strip(_PIPES)
    return (
        4 <= len(text) <= _LONGEST
        and not _SENTENCE.search(text)
        and bool(_office().fullmatch(fold(text)))
    )


def patterns() -> dict[str, int]:
    """One of them matches in the last line of every byline; how long the line may be, white space
    and pipes aside."""
    offices = "|".join(office[-2:] for office in rules.table("residue")["RES050"].data["offices"])
    return {
        _DESK.pattern: _DESK_LINE,
        rf"^[\s|]*·\s?[{HANZI}]{{2,3}}": _LINE,
        "|".join(sorted({f"{house[-2:]} " for house in _HOUSES})): _DESK_LINE,
        rf"(?:{offices})\)?[{_PIPES}\n]": _LINE,
    }


def _desk(line: Line) -> re.Match[str] | None:
    may = _REPORTER.search(line.folded) and _PURE.fullmatch(line.folded)
    return _DESK.match(line.folded) if may else None


def tells(line: Line) -> bool:
    """Whether a byline may end in the line: an office, names behind a box or a reporter's word."""
    text = line.text.strip(_PIPES)
    if not text or len(text) > _LINE:
        return False
    post = line.folded.strip(_PIPES).endswith(_post())
    return text[0] in _BOXES or post or bool(_desk(line) or _HOUSE.match(line.folded))


def find(lines: Sequence[Line], rows: Iterable[int]) -> list[Mark]:
    """The byline, author and office marks of all bylines in these lines (no blank ones
    needed between): `value` of a byline is name, one space, office. Each ends in one of `rows`."""
    marks: list[Mark] = []
    last = [row for row in rows if tells(lines[row])]
    for i in sorted({j for row in last for j in range(max(row - _BELOW, 0), row + 1)}):
        line = lines[i]
        if len(line.text) > _LONGEST + 40:
            continue
        text = line.text.strip(_PIPES)
        if not 2 <= len(text) <= _LINE:
            continue
        if len(text) <= 18 and is_name(text):
            marks += _stacked(lines, i, text)
            continue
        name, _, office = text.partition(" ")
        office = office.strip(_PIPES)
        if office and is_name(name) and is_office(office):
            start = line.start + line.text.index(name)
            at = line.start + line.text.rindex(office)
            marks += _marks(start, start + len(name), at, at + len(office), name, office)
            continue
        photo = text.endswith(("摄", "攝", "图", "圖", "制图"))
        desk = None if photo or len(text) > _DESK_LINE else _desk(line)
        if desk:
            start, end = line.start + desk.start("who"), line.start + desk.end("who")
            who = line.text[desk.start("who") : desk.end("who")]
            whole = line.start + len(line.text) - len(line.text.lstrip())
            marks.append(Mark(whole, whole + len(text), "byline", text))
            marks.append(Mark(start, end, "author", " ".join(_ROLE.sub(" ", who).split())))
        elif text[0] in _BOXES and _boxed(text[1:]):  # a paper's mark before the writer's name
            at = line.start + line.text.index(text[0])
            start, end = at + len(text) - len(text[1:].lstrip(_PIPES)), at + len(text)
            marks.append(Mark(at, end, "byline", text))
            marks.append(Mark(start, end, "author", " ".join(text[1:].split())))
        else:
            marks += _housed(lines, i)
    return marks


def _housed(lines: Sequence[Line], i: int) -> list[Mark]:
    """A writer behind the name of his house, under a short line and over running text."""
    line = lines[i]
    found = _HOUSE.match(line.folded)
    if not found or not is_name(found["who"]):
        return []
    above = next((part for part in reversed(lines[max(i - 2, 0) : i]) if not part.blank), None)
    below = next((part for part in lines[i + 1 : i + 3] if not part.blank), None)
    titled = above and len(above.text) <= _TEXT and not _SENTENCE.search(above.text[-1:])
    if not titled or not below or len(below.text) < _TEXT:
        return []
    (start, end), (at, to) = found.span("who"), found.span("house")
    name, house = line.text[start:end], line.text[at:to]
    return [
        Mark(line.start + at, line.start + end, "byline", f"{name} {house}"),
        Mark(line.start + start, line.start + end, "author", name),
        Mark(line.start + at, line.start + to, "office", house),
    ]


def _boxed(text: str) -> bool:
    """Whether nothing but names stands behind the box: of three characters, or several."""
    names = text.split()
    sizes = {len(name) for name in names}
    sure = sizes == {3} or (len(names) > 1 and sizes <= {2, 3})
    return sure and len(names) < 4 and all(map(is_name, names))


def _stacked(lines: Sequence[Line], i: int, name: str) -> list[Mark]:
    """A name line and the office in the next one to three lines (one blank line between)."""
    below: list[Line] = []
    gap = 0
    for line in lines[i + 1 : i + 1 + _BELOW]:
        if not line.text.strip(_PIPES):
            gap += 1
            if below or gap > 1:
                break
            continue
        text = line.text.strip(_PIPES)
        if len(text) > _LONGEST or _SENTENCE.search(text) or len(below) == 3:
            break
        below.append(line)
        office = "".join(part.text.strip(_PIPES) for part in below)
        if is_office(office):
            start = lines[i].start + lines[i].text.index(name)
            first = below[0].start + len(below[0].text) - len(below[0].text.lstrip(_PIPES))
            last = below[-1].start + len(below[-1].text.rstrip(_PIPES))
            return _marks(start, start + len(name), first, last, name, office)
    return []


def _marks(start: int, end: int, at: int, to: int, name: str, office: str) -> list[Mark]:
    return [
        Mark(start, to, "byline", f"{name} {office}"),
        Mark(start, end, "author", name),
        Mark(at, to, "office", office),
    ]
