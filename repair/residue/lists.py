"""Lists of other articles: a page's contents, and links under a head such as 相关文章."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from repair import rules
from repair.model import Mark
from repair.residue.lines import Action, Line, Verdict

_END = "。；！？，、：;,"
_LONGEST = 24  # characters of a list's head
_MOST = 60  # titles on one page; a broadsheet has fewer than forty


@cache
def _head() -> re.Pattern[str]:
    return re.compile(rules.table("residue")["RES005"].data["heads"])


@cache
def _item() -> re.Pattern[str]:
    return re.compile(rules.table("residue")["RES005"].data["item"])


def patterns() -> dict[str, int]:
    """It matches in the head of every list of contents; how long such a line may be."""
    return {_head().pattern: _LONGEST}


def tells(line: Line) -> bool:
    """Whether the line is the head of a list."""
    return len(line.text) <= _LONGEST and bool(_head().match(line.folded))


def contents(lines: Sequence[Line], verdicts: list[Verdict], rows: Iterable[int]) -> list[Mark]:
    """Removes the lists of a page's articles from `verdicts`; one mark for each title. Their heads
    stand in lines of `rows`.

    Items with bullets go on to the first line without one; items without bullets count
    only if a blank line ends the list, and are asked about."""
    marks: list[Mark] = []
    for i in rows:
        line = lines[i]
        if not tells(line):
            continue
        verdicts[i] = Verdict(Action.REMOVE, "RES005", 0.9995, "the head of the page's contents")
        items = _items(lines, i + 1, verdicts)
        sure = bool(items) and all(_item().match(lines[j].folded) for j in items)
        for j in items:
            bullet = _item().match(lines[j].folded)
            text = lines[j].text
            start = bullet.end() if bullet else len(text) - len(text.lstrip())
            title = text[start:].strip()
            at = lines[j].start + start
            marks.append(Mark(at, at + len(title), "contents", title))
            told = "a title in the list of the page's articles"
            verdicts[j] = Verdict(
                Action.REMOVE if sure else Action.ASK, "RES005", 0.9985 if sure else 0.9, told
            )
    return marks


def _items(lines: Sequence[Line], first: int, verdicts: Sequence[Verdict]) -> list[int]:
    """The lines of a list that begins at `first` (after at most one blank line). Residue and
    metadata end it."""
    if first < len(lines) and lines[first].blank:
        first += 1
    items: list[int] = []
    bulleted = False
    for j in range(first, min(first + _MOST, len(lines))):
        text = lines[j].text.strip()
        bullet = bool(_item().match(lines[j].folded))
        if not items:
            bulleted = bullet
        said = verdicts[j].action in (Action.REMOVE, Action.METADATA)
        if not text or (bulleted and not bullet) or (said and not bullet):
            return items
        if len(text) > 60 or text[-1] in _END:
            return items if bulleted else []
        items.append(j)
    return items if bulleted else []


def related(lines: Sequence[Line], verdicts: list[Verdict]) -> None:
    """Links under a removed head of related links: short lines with bullets are removed,
    without bullets asked about, up to the first blank line or sentence."""
    for i, verdict in enumerate(verdicts):
        if verdict.action is not Action.REMOVE or verdict.rule != "RES006":
            continue
        if len(lines[i].text.strip()) > 14:
            continue
        items = [j for j in _items(lines, i + 1, verdicts) if verdicts[j].action is Action.KEEP]
        bulleted = [j for j in items if _item().match(lines[j].folded)]
        if len(bulleted) < 2 or len(bulleted) < len(items):
            continue
        for j in bulleted:
            verdicts[j] = Verdict(
                Action.REMOVE, "RES006", 0.9985, f"a link under {lines[i].text.strip()}"
            )
