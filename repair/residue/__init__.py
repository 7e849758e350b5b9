"""The residue stage: what a page, a press or a spammer put around the article.

Six outcomes: a line is kept, is metadata, is removed, has a span cut, or is asked about
(what repeats a body is the layout stage's). A line is removed only when known tokens,
separators and numbers consume it whole, or when its neighbours or its place settle a
doubt; statistics only ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from repair import rules
from repair.model import Context, Edit, Finding, Mark, StageResult
from repair.residue.fold import HAN
from repair.residue.lines import BLANK, KEEP, Action, Line, Verdict


def stage(text: str, context: Context) -> StageResult:
    """Edits that remove residue, findings for what is doubtful, marks for metadata.

    A removed line's edit covers the line and its newline. A text of which nothing would be
    left is not touched: all its removals are asked about."""
    if not HAN.search(text):
        return StageResult()
    from repair.residue import revise

    lines, verdicts, marks = _read(text)
    revise.place(lines, verdicts)
    revise.templates(lines, verdicts, context.tables.templates)
    revise.menus(lines, verdicts)
    revise.neighbours(lines, verdicts)
    edits, findings = _say(text, lines, verdicts, context)
    if edits and not _left(text, edits):
        findings = sorted([*findings, *map(_asked, edits)], key=lambda f: (f.start, f.end))
        edits = []
    return StageResult(tuple(edits), tuple(findings), tuple(marks))


def facts(text: str) -> list[Mark]:
    """The marks alone: metadata, bylines and the page's contents."""
    return _read(text)[2]


def _read(text: str) -> tuple[list[Line], list[Verdict], list[Mark]]:
    from repair.residue import bylines, lists, metadata, spans
    from repair.residue.classify import classify
    from repair.residue.hints import split

    lines = split(text)
    read = [classify(line) for line in lines]
    verdicts = [r.verdict for r in read]
    marks = [mark for r in read for mark in r.marks]
    files = (metadata.attachment(line) for line in lines if "." in line.text[-12:])
    marks += [mark for mark in files if mark]
    spans.pipes(lines, verdicts)
    for i, line in enumerate(lines):
        if "(" in line.text or "（" in line.text:
            cuts = spans.pinyin(line)
            if cuts and verdicts[i].action is Action.KEEP:
                verdicts[i] = replace(verdicts[i], cuts=cuts)
    marks += lists.contents(lines, verdicts)
    lists.related(lines, verdicts)
    kept = [line for line, v in zip(lines, verdicts, strict=True) if v.action is not Action.REMOVE]
    marks += bylines.find(kept)
    marks = metadata.columns(kept, marks)
    return lines, verdicts, sorted(set(marks), key=lambda m: (m.start, m.end, m.kind, m.value))


def _say(
    text: str, lines: list[Line], verdicts: list[Verdict], context: Context
) -> tuple[list[Edit], list[Finding]]:
    table = rules.table("residue")
    remove_metadata = context.config.metadata == "remove"
    edits: list[Edit] = []
    findings: list[Finding] = []
    for line, verdict in zip(lines, verdicts, strict=True):
        if verdict is KEEP or verdict is BLANK:
            continue
        action = verdict.action
        if action is Action.METADATA and remove_metadata:
            action = Action.REMOVE
        if action in (Action.REMOVE, Action.ASK):
            end = min(line.end + 1, len(text))
            if context.config.runs(verdict.rule):
                sure = action is Action.REMOVE and table[verdict.rule].sure(verdict.confidence)
                edit = Edit(
                    line.start, end, text[line.start : end], "",
                    verdict.rule, verdict.confidence, verdict.evidence,
                )  # fmt: skip
                if sure:
                    edits.append(edit)
                else:
                    findings.append(_asked(edit))
            continue
        for cut in verdict.cuts:
            if not context.config.runs(cut.rule):
                continue
            edit = Edit(
                cut.start, cut.end, text[cut.start : cut.end], "",
                cut.rule, cut.confidence, cut.evidence,
            )  # fmt: skip
            if table[cut.rule].sure(cut.confidence):
                edits.append(edit)
            else:
                findings.append(_asked(edit))
    return edits, findings


def _asked(edit: Edit) -> Finding:
    return Finding(
        edit.start, edit.end, edit.before, edit.after, edit.rule, edit.confidence, edit.evidence
    )


def _left(text: str, edits: Iterable[Edit]) -> bool:
    """Whether anything is printed outside the edits."""
    at = 0
    for edit in edits:
        if text[at : edit.start].strip():
            return True
        at = edit.end
    return bool(text[at:].strip())
