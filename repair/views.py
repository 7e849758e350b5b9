"""Texts of equal length that a stage sees in a document's place.

The stages that read lines know them by their line feed and see no markup. So lines that end in a
lone carriage return, as on old Macs, get a line feed, and the residue stage reads what Markdown
shows of a link, an item, a heading. Offsets stay, and what a stage says is put back in the
text's own terms. Code between fences is nobody's to change.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TypeVar

from repair.model import Edit, Finding, StageResult
from repair.patterns import lazy

Item = TypeVar("Item", Edit, Finding)
LONE = lazy(r"\r(?!\n)")
# CommonMark 0.31.2, 4.5 and 6.3; the text of a link holds no other link.
LINK = lazy(r"!?\[(?P<shown>[^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)")
_HEAD = lazy(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+][ \t]+|>[ \t]*)+", re.MULTILINE)
_FENCE = lazy(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n`]*\n(?:.*?\n)?? {0,3}(?P=fence)[`~]*[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


def unified(text: str) -> str:
    """The text with line feeds for lone carriage returns."""
    return LONE.sub("\n", text)


def fences(text: str) -> list[tuple[int, int]]:
    """The spans of fenced code, the fences too."""
    if "```" not in text and "~~~" not in text:
        return []
    return [match.span() for match in _FENCE.finditer(text)]


def shown(text: str) -> str:
    """What a reader of the Markdown sees: spaces for the signs and addresses of its links, and
    for the marks at the heads of the lines that hold one. Other text stays as it is."""
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if "](" in line and LINK.search(line):
            bare = LINK.sub(_bare, line)
            lines[i] = _HEAD.sub(lambda head: " " * len(head[0]), bare)
    return "\n".join(lines)


def _bare(link: re.Match[str]) -> str:
    before = link.start("shown") - link.start()
    return " " * before + link["shown"] + " " * (link.end() - link.end("shown"))


def restored(text: str, said: StageResult) -> StageResult:
    """What a stage said of a view, as of the text itself. An edit or a finding inside a line
    takes whole links; one that cuts through the shown text of a link is dropped."""
    own = "\n" if "\n" in text else "\r"
    links = [(m.span(), m.span("shown")) for m in LINK.finditer(text)] if "](" in text else []

    def written(item: Edit | Finding, start: int, end: int, after: str) -> str:
        return text[start:end] if after == item.before else after.replace("\n", own)

    def put(item: Item) -> Item | None:
        span = _whole(links, item.start, item.end)
        if span is None:
            return None
        start, end = span
        after = written(item, start, end, item.after)
        return replace(item, start=start, end=end, before=text[start:end], after=after)

    findings: list[Finding] = []
    for finding in said.findings:
        told = put(finding)
        if told:
            candidates = tuple(
                replace(c, text=written(finding, told.start, told.end, c.text))
                for c in finding.candidates
            )
            findings.append(replace(told, candidates=candidates))
    edits = tuple(made for edit in said.edits if (made := put(edit)) is not None)
    return replace(said, edits=edits, findings=tuple(findings))


def _whole(
    links: list[tuple[tuple[int, int], tuple[int, int]]], start: int, end: int
) -> tuple[int, int] | None:  # fmt: skip
    """The span with the links that it meets; None where it holds only a part of one's text."""
    at = max(0, bisect_right(links, start, key=lambda link: link[0][0]) - 1)
    for (first, last), (text, stop) in links[at:]:
        if first >= end:
            break
        if last <= start:
            continue
        if start > text or end < stop:
            return None
        start, end = min(start, first), max(end, last)
    return start, end
