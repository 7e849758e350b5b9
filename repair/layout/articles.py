"""Which lines are which article's: headers, titles, bylines, bodies.

A header is a run of lines that carry metadata (the residue stage's marks) together with the
title lines among them. A header with a title or a byline begins an article; metadata without
either belongs to the article that it stands in. A title line that stands alone after an
article without one is that article's (`Draft.orphan`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from repair.layout import contents
from repair.layout.lines import HAN, PROSE, Line, Lines
from repair.model import Article, Mark
from repair.patterns import lazy
from repair.plane import among

METADATA = ("byline", "author", "office", "source", "date", "time", "section", "editor")
PAGE = ("date", "source", "section", "editor")  # what a page may say for all its articles
TRAILING = ("source", "editor")  # what may stand under an article
ANCHORS = frozenset({"byline", "author", "date", "source"})
BYLINES = frozenset({"byline", "author"})
LONGEST_TITLE = 60  # characters; the seeds' longest has 45
LONGEST_METADATA = 120

_NO_TITLE = lazy(r"[(（\[〔【*·•●■◆|>]|[^\s]{1,6}[:：]")
_HEADING = lazy(r"^#{1,6}\s+|\s+#+$")
_SUBTITLE = lazy(r"[—–-]{1,2}\S")
_UNENDED = lazy(r"[。，；：、,;:.…]$")
_MENU = lazy(r"[|｜].*[|｜]|\s[>»›＞]\s")
_CHAPTER = lazy(r"第\s?[零〇一二三四五六七八九十百千\d]{1,9}\s?[章回卷集]\s?\S")
# What a report begins with: 本报讯, （…社北京五月一日电）, 〔記者…／…報導〕, 【本報專訊】.
_LEADS, _PAPER, _ITEM = "（(【〔［[本", "报報", "一二三四五六七八九十0123456789"
_LEAD = lazy(
    r"[（(【〔［\[](?:(?:本[报報]|[^。，]{0,20}?(?:記者|记者|社))[^。，]{0,24}?(?:[讯訊电電]|[报報][道導导])"
    r"|[^。，]{2,10}?(?:專訊|专讯|[报報][讯訊]|日[讯訊電电]))[）)】〕］\]](?=[^\s）)】〕］\]])"
    r"|本[报報][讯訊](?=[\s（(　])"
)
_HAN = lazy(rf"[{HAN}]")


class Item(NamedTuple):
    """A line, or metadata whose line was taken out of the text (`line` is None)."""

    start: int
    end: int
    line: int | None
    marks: tuple[Mark, ...] = ()
    title: bool = False  # it has the form of a title
    named: bool = False  # some list of contents names it
    leads: bool = False  # it stands over what a report begins with

    def holds(self, kinds: Collection[str]) -> bool:
        """Whether it carries metadata of one of the kinds."""
        return any(mark.kind in kinds for mark in self.marks)


@dataclass(slots=True)
class Draft:
    """An article while it is put together; lines are given by their indices."""

    start: int
    end: int
    body: list[int] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    orphan: int | None = None  # the line of its title, where that stands after it

    def has(self, kind: str) -> bool:
        """Whether it has metadata of that kind."""
        return any(mark.kind == kind for mark in self.marks)

    def add(self, marks: Sequence[Mark], kinds: Collection[str] = METADATA) -> None:
        """Takes the marks of these kinds that it does not have yet."""
        for mark in marks:
            if mark.kind in kinds and not self.has(mark.kind):
                self.marks.append(mark)

    def write(self, item: Item) -> None:
        """Takes a line as its body's."""
        if item.line is not None:
            self.body.append(item.line)
        self.end = max(self.end, item.end)


def items(
    lines: Sequence[Line],
    marks: Sequence[Mark],
    named: Collection[str] = (),
    leads: Collection[int] = (),
) -> list[Item]:
    """The lines and the metadata of a text in order. `named` are keys of listed titles, `leads`
    the lines that reports begin with."""
    held, loose = held_by(lines, marks)
    found: list[Item] = []
    for i, line in enumerate(lines):
        own = tuple(held.get(i, ()))
        above = found[-1] if found else None
        over = i + 1 in leads or any(mark.kind in ANCHORS for mark in held.get(i + 1, ()))
        title = not own and (titled(line) or (over and bool(_CHAPTER.match(line.text))))
        if title and above is not None:
            title = _apart(line, above, lines[i - 1]) or (over and not lines[i - 1].prose)
        listed = bool(named) and contents.key(line.text) in named
        found.append(Item(line.start, line.end, i, own, title, listed, title and i + 1 in leads))
    found += [Item(mark.start, mark.end, None, (mark,)) for mark in loose]
    return sorted(found, key=lambda item: (item.start, item.end))


def held_by(
    lines: Sequence[Line], marks: Sequence[Mark]
) -> tuple[dict[int, list[Mark]], list[Mark]]:
    """The metadata by the line that it stands in, and what stands in no line."""
    kept = sorted((m for m in marks if m.kind in METADATA), key=lambda m: (m.start, m.end))
    held: dict[int, list[Mark]] = {}
    loose: list[Mark] = []
    at = 0
    for mark in kept:
        while at < len(lines) and lines[at].end <= mark.start:
            at += 1
        past = at
        while past < len(lines) and lines[past].start < mark.end:
            past += 1
        inside = range(at, past) if mark.start < mark.end else range(0)
        if not inside:
            loose.append(mark)
        for i in inside:
            if len(lines[i].text) <= LONGEST_METADATA:
                held.setdefault(i, []).append(mark)
    return held, loose


def headed(lines: Sequence[Line], held: Mapping[int, Sequence[Mark]], first: int) -> int:
    """How much of a header stands right above line `first`: a byline counts most."""
    score = 0
    for i in range(first - 1, -1, -1):
        kinds = {mark.kind for mark in held.get(i, ())}
        if not kinds and not titled(lines[i]):
            break
        score += 4 * bool(kinds & BYLINES) + 2 * bool(kinds & ANCHORS) + (not kinds)
    return score


def _apart(line: Line, above: Item, line_above: Line) -> bool:
    """Whether a line stands by itself or goes on with a title, as a title does."""
    return (
        line.gap > 0
        or bool(above.marks)
        or above.title
        or line_above.ends
        or not _HAN.search(line_above.text)
    )


def titled(line: Line) -> bool:
    """Whether the line has the form of a title: short, no sentence, no number before it."""
    text = line.text
    return (
        4 <= len(text) <= LONGEST_TITLE
        and not _UNENDED.search(text)
        and not _NO_TITLE.match(text)
        and not _MENU.search(text)
        and "。" not in text
        and not line.opens
        and len(_HAN.findall(text)) * 2 > len(text)
    )


def leading(lines: Lines) -> list[int]:
    """The lines that reports begin with, under a line that may be their title."""
    units, starts = lines.scan.units, lines.starts
    rows = among(_LEADS).take(units.take(starts)).nonzero()[0]
    first, second = (units.take(starts.take(rows) + n, mode="clip") for n in (0, 1))
    told = (first != ord("本")) | among(_PAPER).take(second)
    rows = rows.compress(told & ~among(_ITEM).take(second))
    leads = (i for i in rows.tolist() if i and lines.linked[i - 1] and _leads(lines[i]))
    return [i for i in leads if not lines[i - 1].prose and titled(lines[i - 1])]


def _leads(line: Line) -> bool:
    """Whether a report begins so."""
    return bool(_LEAD.match(line.text)) and line.prose


def whole(lines: Lines) -> list[Draft]:
    """The articles of a document without metadata: one, of all its lines."""
    if not len(lines):
        return []
    draft = Draft(int(lines.starts[0]), int(lines.ends[-1]), list(range(len(lines))))
    return _settled([draft], lines)


def whole_titled(lines: Lines) -> list[int]:
    """The first lines that are the titles of their documents without metadata."""
    if len(lines) < 2:
        return []
    first = np.append(True, ~lines.linked)[:-1] & lines.linked
    rows = first & (lines.gaps[1:] > 0) & (lines.sizes[1:] >= PROSE)
    rows &= lines.sizes[:-1] <= LONGEST_TITLE
    return [i for i in np.flatnonzero(rows).tolist() if _over(lines, i, i + 1)]


def _over(lines: Sequence[Line], i: int, below: int) -> bool:
    """Whether a line is a title, set apart from the running text below it."""
    return lines[below].gap > 0 and lines[below].prose and titled(lines[i])


def split(found: Sequence[Item], lines: Sequence[Line]) -> list[Draft]:
    """The articles of a document; no lines, no articles."""
    if not any(item.line is not None for item in found):
        return []
    drafts: list[Draft] = []
    page: list[Mark] = []
    groups = _groups(found)
    heads = [header and _heads(groups, n, lines) for n, (_, header) in enumerate(groups)]
    for n, (group, header) in enumerate(groups):
        if heads[n] or (header and not drafts and not any(heads)):
            _head(group, drafts, page, lines)
            continue
        drafts = drafts or [Draft(group[0].start, group[0].end)]
        if header and _bare(drafts[0], lines):  # what a page begins with: its name and its day
            page += [mark for item in group for mark in item.marks]
            group = [item for item in group if not item.marks]
        _under(group, drafts[-1])
    drafts = _settled(drafts or [Draft(found[0].start, found[-1].end)], lines)
    if len(drafts) == 1:
        drafts[0].add(page)
    for draft in drafts:
        draft.add(page, PAGE)
    return drafts


def _groups(found: Sequence[Item]) -> list[tuple[list[Item], bool]]:
    """The items in runs, each with whether it is a header."""
    runs: list[list[Item]] = []
    for item in found:
        loose = bool(item.marks) or item.title or item.named
        if runs and loose == (bool(runs[-1][0].marks) or runs[-1][0].title or runs[-1][0].named):
            runs[-1].append(item)
        else:
            runs.append([item])
    return [(run, any(item.marks or item.named or item.leads for item in run)) for run in runs]


def _heads(groups: Sequence[tuple[list[Item], bool]], n: int, lines: Sequence[Line]) -> bool:
    """Whether an article may begin with this header: it has a title and a writer, or running
    text follows before another title. Who signs a letter, and when, the name of a paper and
    the list of a page's articles are followed by none."""
    group = groups[n][0]
    if any(item.holds(BYLINES) for item in group) and any(item.title for item in group):
        return True
    for run, header in groups[n:]:
        if header and run is not group and any(item.title or item.named for item in run):
            return False
        if any(lines[item.line].prose for item in run if item.line is not None):
            return True
    return False


def _under(group: Sequence[Item], draft: Draft) -> None:
    """Metadata without an article of its own, and the lines among it."""
    for item in group:
        draft.add(item.marks)
        if not item.marks:
            draft.write(item)


def _head(group: list[Item], drafts: list[Draft], page: list[Mark], lines: Sequence[Line]) -> None:
    """Reads a header: ends the article before it, begins the next one."""
    title = _title(group, lines)
    first = title[0] if title else next(
        (n for n, item in enumerate(group) if item.holds(BYLINES)), None
    )  # fmt: skip
    if first is None:  # metadata without an article of its own
        if drafts:
            _under(group, drafts[-1])
        else:
            page += [mark for item in group for mark in item.marks]
        return
    draft = Draft(group[first].start, group[first].end)
    for item in group[:first]:
        _before(item, drafts, draft, page, lines)
    if title:
        start, end = group[title[0]].start, group[title[-1]].end
        value = " ".join(
            lines[item.line].text for n in title if (item := group[n]).line is not None
        )
        draft.marks.append(Mark(start, end, "title", value))
    for n, item in enumerate(group[first:], first):
        if n in title:
            continue
        draft.add(item.marks)
        if item.marks:
            draft.end = max(draft.end, item.end)
        else:
            draft.write(item)
    drafts.append(draft)


def _before(
    item: Item, drafts: list[Draft], draft: Draft, page: list[Mark], lines: Sequence[Line]
) -> None:
    """What stands in a header above its title: the last article's, the page's or its own."""
    last = drafts[-1] if drafts else None
    if last is None:
        page += item.marks
    elif item.marks:
        under = all(mark.kind in TRAILING for mark in item.marks)
        (last if under else draft).add(item.marks)
    elif not last.has("title") and last.orphan is None and item.line is not None and last.body:
        last.orphan = item.line
        last.marks.append(Mark(item.start, item.end, "title", lines[item.line].text))
    else:
        last.write(item)


def _title(group: Sequence[Item], lines: Sequence[Line]) -> list[int]:
    """The places in a header of its title's lines: what a list names, else the last title
    above the byline or the first metadata, else the last title below it; with it the lines
    that it runs over (no blank line between, or a subtitle after a dash)."""
    titles = [n for n, item in enumerate(group) if item.title or item.named]
    named = [n for n in titles if group[n].named]
    anchor = next(
        (n for n, item in enumerate(group) if item.holds(BYLINES)),
        next((n for n, item in enumerate(group) if item.holds(ANCHORS)), len(group)),
    )
    above = [n for n in named if n < anchor] or named or [n for n in titles if n < anchor] or titles
    if not above:
        return []
    whole = [above[-1]]
    while whole[0] - 1 in titles and not group[whole[0]].named:
        below = lines[group[whole[0]].line or 0]
        if below.gap and not _SUBTITLE.match(below.text):
            break
        whole.insert(0, whole[0] - 1)
    return whole


def _bare(draft: Draft, lines: Sequence[Line]) -> bool:
    """Whether it is no article: nothing is said of it, and no running text stands in it."""
    return not draft.marks and not any(lines[i].prose for i in draft.body)


def _settled(drafts: list[Draft], lines: Sequence[Line]) -> list[Draft]:
    """Without a head piece that is no article; with the title of the last article that stands
    after it, and of a document without a header: its first line, set apart."""
    if len(drafts) > 1 and _bare(drafts[0], lines):
        drafts = drafts[1:]
    last = drafts[-1]
    if last.marks and not last.has("title") and len(last.body) > 1:
        line = lines[last.body[-1]]
        if line.gap and titled(line) and lines[last.body[-2]].ends:
            last.orphan = last.body.pop()
            last.end = lines[last.body[-1]].end
            last.marks.append(Mark(line.start, line.end, "title", line.text))
    if len(drafts) == 1 and not drafts[0].has("title"):
        draft = drafts[0]
        body = draft.body
        if len(body) > 1 and _over(lines, body[0], body[1]):
            line = lines[body[0]]
            draft.marks.append(Mark(line.start, line.end, "title", line.text))
            draft.body = body[1:]
    return drafts


def attached(made: Sequence[Article], marks: Sequence[Mark]) -> list[Article]:
    """The articles with the attachments that they name; what stands behind an article belongs
    to it. An attachment is named in the body and makes no header."""
    files = [mark for mark in marks if mark.kind == "attachment"]
    if not files:
        return list(made)
    starts = [article.start for article in made]
    owners = [bisect_right(starts, mark.start) - 1 for mark in files]
    return [
        article._replace(
            marks=(*article.marks, *(f for f, n in zip(files, owners, strict=True) if n == number))
        )
        for number, article in enumerate(made)
    ]


def plain(mark: Mark) -> Mark:
    """A title without the signs of a Markdown heading."""
    if mark.kind != "title" or not mark.value.startswith("#"):
        return mark
    return replace(mark, value=_HEADING.sub("", mark.value).strip())
