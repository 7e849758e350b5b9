"""The second pass: what the neighbours, the place and the batch say about a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.patterns import lazy
from repair.residue import spam, telling
from repair.residue.fold import HANZI, traditional_signs
from repair.residue.hints import Lines
from repair.residue.lines import BLANK, KEEP, Action, Line, Verdict
from repair.residue.prose import PLACED
from repair.residue.tables import frame, mask, of_site

_HAN = lazy(f"[{HANZI}]")
_SITE = "it stands outside the prose and holds what sites write"
_PROSE = 20  # a line this long that ends a sentence is the article's
_SHORT = 12
# What a text about software is told by, in so many sentences; the rules of what a site says.
_SOFTWARE = lazy(r"点击|单击|双击|勾选|按钮|对话框|下拉框|输入框|菜单|界面|页面|客户端|管理员|输入")
_ABOUT = 3
_BUTTONS = ("RES001", "RES009", "RES010", "RES012", "RES014", "RES016", "RES018")
_PAGE, _HEAD = "RES020", 40  # the rule of page numbers; characters of a running head
_NUMBER = lazy(r"[-·\s\d第页/共]+")
_ITEM = 10  # a menu's item is no longer


def neighbours(lines: Sequence[Line], verdicts: list[Verdict]) -> None:
    """A run of doubtful short lines between removed ones is removed with them.

    Both sides must be removed lines, or one of them the edge of the text: what stands
    beside a kept line stays doubtful, so a second pass finds nothing new."""
    shown = [i for i, v in enumerate(verdicts) if v.action is not Action.BLANK]
    at = 0
    while at < len(shown):
        if verdicts[shown[at]].action is not Action.ASK:
            at += 1
            continue
        end = at
        while end < len(shown) and verdicts[shown[end]].action is Action.ASK:
            end += 1
        before = verdicts[shown[at - 1]].action if at else None
        after = verdicts[shown[end]].action if end < len(shown) else None
        sides = (before, after)
        if Action.REMOVE in sides and all(s in (Action.REMOVE, None) for s in sides):
            for i in shown[at:end]:
                if _settled(lines[i], verdicts[i]):
                    told = f"{verdicts[i].evidence}; it stands between removed lines"
                    verdicts[i] = replace(
                        verdicts[i], action=Action.REMOVE, rule="RES041",
                        confidence=0.9985, evidence=told,
                    )  # fmt: skip
        at = end


def _settled(line: Line, verdict: Verdict) -> bool:
    """Whether the neighbours may settle the doubt: a short line, and not one that documents of
    the batch share and that may be their title."""
    short = len(line.text.strip()) <= _SHORT and verdict.confidence >= 0.6
    return short and verdict.rule != "RES040"


def heads(lines: Lines, verdicts: list[Verdict]) -> None:
    """Removes running heads: lines that stand beside several page numbers, but for the first,
    which may be the title."""
    beside: dict[str, list[int]] = {}
    for i, verdict in enumerate(verdicts):
        if verdict.rule != _PAGE or not _NUMBER.fullmatch(lines[i].folded):
            continue
        for step in (-1, 1):
            j = i + step
            while 0 <= j < len(lines) and verdicts[j].action is Action.BLANK:
                j += step
            text = lines[j].text.strip() if 0 <= j < len(lines) else ""
            if 2 <= len(text) <= _HEAD and verdicts[j] is KEEP and not _ends(lines[j]):
                beside.setdefault(mask(text), []).append(j)
    for rows in beside.values():
        places = sorted(set(rows))
        told = f"it stands beside {len(places)} page numbers"
        for j in places[1:]:
            verdicts[j] = Verdict(Action.REMOVE, _PAGE, 0.9985, told)


def manuals(lines: Lines, verdicts: list[Verdict]) -> None:
    """Asks about the lines of a site's words in a text about software, where they stand alone:
    there 上传文件 is a heading, and 点击头像，进入个人中心。 a sentence."""
    gone = [i for i, verdict in enumerate(verdicts) if _button(verdict)]
    if not gone:
        return
    told = [
        bool(_SOFTWARE.search(line.folded))
        for i in range(len(lines))
        if verdicts[i] is KEEP or i in gone
        for line in [lines[i]]
        if len(line.text) >= _ITEM and _ends(line)
    ]
    if sum(told) < _ABOUT or 4 * sum(told) < len(told):
        return
    shown = [i for i, verdict in enumerate(verdicts) if verdict.action is not Action.BLANK]
    for before, i, after in zip([-1, *shown], shown, [*shown[1:], -1], strict=False):
        removed = (j for j in (before, after) if j >= 0 and not _ends(lines[j]))
        alone = not any(verdicts[j].action is Action.REMOVE for j in removed)
        if i in gone and (alone or _ends(lines[i])):
            why = f"{verdicts[i].evidence}; but the text is about software"
            verdicts[i] = replace(verdicts[i], action=Action.ASK, confidence=0.5, evidence=why)


def _button(verdict: Verdict) -> bool:
    return verdict.action is Action.REMOVE and verdict.rule in _BUTTONS


def menus(lines: Sequence[Line], verdicts: list[Verdict]) -> None:
    """Removes the known sections of a menu that was written with one item a line.

    A run of short lines, at least five of them and three in five known, with a line in it
    that is removed anyway (首页, 更多, 登录); what is not known in the run is asked about."""
    if not any(verdict.action is Action.REMOVE for verdict in verdicts):
        return
    run: list[int] = []
    for i in range(len(lines) + 1):
        if i < len(lines):
            if verdicts[i].action is Action.BLANK:
                continue
            text = lines[i].text.strip()
            if len(text) <= _ITEM and text[-1] not in "。，；！？：,;":
                run.append(i)
                continue
        known = [j for j in run if verdicts[j].rule and verdicts[j].action is not Action.METADATA]
        sure = any(verdicts[j].action is Action.REMOVE for j in run)
        if sure and len(run) >= 5 and 5 * len(known) >= 3 * len(run):
            for j in range(run.index(known[0]), run.index(known[-1]) + 1):
                _menu_item(verdicts, run[j], len(run), len(known))
        run = []


def _menu_item(verdicts: list[Verdict], i: int, size: int, known: int) -> None:
    verdict = verdicts[i]
    if verdict.action is Action.REMOVE or verdict.action is Action.METADATA:
        return
    told = f"an item of a menu of {size} lines, {known} of them known"
    if verdict.rule:
        verdicts[i] = Verdict(Action.REMOVE, "RES007", 0.9985, told)
    else:
        verdicts[i] = Verdict(Action.ASK, "RES007", 0.6, told)


def place(lines: Sequence[Line], verdicts: list[Verdict], rows: Iterable[int]) -> None:
    """Spam judged again where its place or its script speaks against a line (of those in `rows`,
    with the trade's words): after the last sentence of the document, or in the other script."""
    open_to = [i for i in rows if doubtful(lines[i], verdicts[i])]
    if not open_to:
        return
    prose = [
        i
        for i, line in enumerate(lines)
        if verdicts[i].action is Action.KEEP and len(line.text) >= _PROSE and _ends(line)
    ]
    last = prose[-1] if prose else -1
    traditional = _traditional([lines[j] for j in prose])
    for i in open_to:
        after = -1 < last < i
        odd = traditional is not None and not (
            _SIMPLIFIED if traditional else traditional_signs()
        ).isdisjoint(lines[i].text)
        if after or odd:
            verdict = spam.judge(lines[i].folded.strip(), odd, after)
            verdicts[i] = verdict or verdicts[i]


def doubtful(line: Line, verdict: Verdict) -> bool:
    """Whether its place or its script could make the line spam."""
    return (
        _open(verdict) and not verdict.cuts
        and 4 <= len(line.text) <= PLACED and not _ends(line)
        and spam.judge(line.folded.strip(), odd_script=True, after_end=True) is not None
    )  # fmt: skip


def _open(verdict: Verdict) -> bool:
    """Whether a line may still be judged as spam: it is kept, or asked about as spam."""
    asked = verdict.action is Action.ASK and verdict.rule in ("RES030", "RES031")
    return verdict.action is Action.KEEP or asked


def templates(lines: Lines, verdicts: list[Verdict], known: frozenset[str]) -> None:
    """Removes lines that the batch's table names, where they stand outside the prose and
    hold what sites write; asks about the others, which may be a formula of the documents."""
    found = repeated(lines, known, scan.of(lines.text))
    if not found:
        return
    outside = frame([row.strip() for row in lines.text.split("\n")])
    for i in found:
        if verdicts[i].action in (Action.KEEP, Action.ASK):
            told = "the line, digits apart, stands on many pages of the batch"
            said = verdicts[i].evidence
            told = f"{said}; {told}" if said else told
            if outside(i) and of_site(lines[i].folded.strip()):
                verdicts[i] = Verdict(Action.REMOVE, "RES040", 0.9985, f"{told}; {_SITE}")
            else:
                verdicts[i] = Verdict(Action.ASK, "RES040", 0.9, told)


def repeated(lines: Lines, known: frozenset[str], found: scan.Scan) -> list[int]:
    """The lines that the batch's table names; `found` is the scan of their text."""
    if not known:
        return []
    units = np.append(found.units, np.uint16(10))
    rows = np.flatnonzero(_first(known).take(units[lines.starts[:-1]])).tolist()
    return [i for i in rows if mask(lines.row(i)) in known]


@lru_cache(maxsize=1)
def _first(known: frozenset[str]) -> NDArray[np.bool_]:
    """What these lines may begin with, white space before them."""
    spelt = telling.tables().signs.astype(np.uint16)
    first = scan.of("".join(line[:1] for line in known) + " ").units
    return np.isin(spelt, spelt[first])


def blanks(lines: Lines, verdicts: list[Verdict]) -> None:
    """Names the blank lines."""
    for i, text in enumerate(lines.text.split("\n")):
        if verdicts[i] is KEEP and not text.strip():
            verdicts[i] = BLANK


def _ends(line: Line) -> bool:
    return line.text.rstrip().endswith(("。", "！", "？", "”", "；"))


def _traditional(lines: Sequence[Line]) -> bool | None:
    """Whether prose is written in traditional characters; None where it is mixed or short."""
    sample = "".join(line.text for line in lines[:40])[:2000]
    total = len(_HAN.findall(sample))
    if total < 40:
        return None
    signs = traditional_signs()
    share = sum(map(signs.__contains__, sample)) / total
    return True if share > 0.12 else False if share < 0.01 else None


# Simplified forms that no traditional text has, among those that spam and menus use.
_SIMPLIFIED = frozenset("级频费视线观网电载乐区国产亚欧韩码册录货贷发证办领资专业师门户")
