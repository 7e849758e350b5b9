"""The residue stage: what a page, a press or a spammer put around the article.

Six outcomes: a line is kept, is metadata, is removed, has a span cut, or is asked about
(what repeats a body is the layout stage's). A line is removed only when known tokens,
separators and numbers consume it whole, or when its neighbours or its place settle a
doubt; statistics only ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from repair import rules, scan
from repair.characters.tables import ANY_HAN
from repair.model import Context, Edit, Finding, Mark, StageResult
from repair.residue import attachments, bylines, hints, likely, lists, metadata, revise, spans
from repair.residue.classify import Read, classify
from repair.residue.lines import ASIDE, BLANK, KEEP, PIPE, TRADE, Action, Cut, Line, Verdict
from repair.residue.tables import mask
from repair.scan import Scan, Texts

_ASIDES = (lists, bylines, spans, attachments)  # what stands beside the lines' own classes

_Look = tuple[hints.Lines, dict[int, float]]
_seen: dict[str, _Look] = {}  # what `needs` saw of the texts that need the stage, for their turn


def stage(text: str, context: Context) -> StageResult:
    """Edits that remove residue, findings for what is doubtful, marks for metadata.

    A removed line's edit covers the line and its newline. A text of which nothing would be
    left is not touched: all its removals are asked about."""
    seen = _seen.pop(text, None)
    if not seen and not scan.of(text).present & ANY_HAN:
        return StageResult()
    lines, second = seen or _look(text, scan.of(text))
    templates = context.tables.templates
    alone = likely.alone(second)
    if not lines.touched and not templates and not alone:
        return StageResult()
    verdicts, marks = _read(lines)
    revise.place(lines, verdicts, lines.hinting(TRADE))
    revise.templates(lines, verdicts, templates)
    if not alone and verdicts.count(KEEP) == len(verdicts):
        return StageResult(marks=tuple(marks))
    revise.blanks(lines, verdicts)
    revise.heads(lines, verdicts)
    revise.manuals(lines, verdicts)
    revise.menus(lines, verdicts)
    revise.neighbours(lines, verdicts)
    likely.ask(lines, verdicts, second, marks)
    edits, findings = _say(text, lines, verdicts, context)
    if edits and not _left(text, edits):
        findings = sorted([*findings, *map(_asked, edits)], key=lambda f: (f.start, f.end))
        edits = []
    return StageResult(tuple(edits), tuple(findings), tuple(marks))


def needs(texts: Texts, context: Context) -> NDArray[np.bool_]:
    """For each text, whether the stage could say anything of it: False is a promise."""
    if not texts.scan.present & ANY_HAN:
        return np.zeros(len(texts.starts), np.bool_)
    lines, second = _look(texts.text, texts.scan, texts.ends)
    telling = likely.asked(lines, second)
    telling += revise.repeated(lines, context.tables.templates, texts.scan)
    telling += lines.hinting(PIPE)
    needed = texts.holding([lines.starts[i] for i in telling])
    owners = texts.owners([line.start for line in lines.touched.values()])
    rows = zip(lines.touched.items(), owners.tolist(), strict=True)
    # like lines one after another, so that what reads them stays in the processor's caches
    for (i, line), owner in sorted(rows, key=lambda row: row[0][1].hints):
        if needed[owner]:
            continue
        read = classify(line)
        if _tells(line, read):
            needed[owner] = True
        elif not read.verdict.rule:  # asked in vain
            del lines.touched[i]
    needed &= texts.present & ANY_HAN > 0
    _seen.clear()
    for start, end in zip(texts.starts[needed].tolist(), texts.ends[needed].tolist(), strict=True):
        part, first = lines.part(start, end)
        scores = {i: second[i + first] for i in range(len(part)) if i + first in second}
        _seen[part.text] = part, scores
    return needed


def _look(text: str, found: Scan, ends: Sequence[int] | NDArray[np.intp] = ()) -> _Look:
    """The lines, and the scores of those that look like residue. The text may be several, that end
    at `ends`."""
    lines = hints.split(text, found)
    return lines, likely.scores(lines.look, np.asarray(ends, np.intp)) if lines.look else {}


def _tells(line: Line, read: Read) -> bool:
    """Whether something could be said of the line, or of its neighbours because of it."""
    said = read.marks or read.verdict.cuts or read.verdict.action is not Action.KEEP
    return bool(
        said
        or (line.hints & ASIDE and any(module.tells(line) for module in _ASIDES))
        or (line.hints & TRADE and revise.doubtful(line, read.verdict))
    )


def facts(text: str) -> list[Mark]:
    """The marks alone: metadata, bylines and the page's contents."""
    return _read(hints.split(text))[1]


def _read(lines: hints.Lines) -> tuple[list[Verdict], list[Mark]]:
    """What each line says, and the facts; only lines with hints can say anything."""
    verdicts = [KEEP] * len(lines)
    marks: list[Mark] = []
    for i, line in lines.touched.items():
        read = classify(line)
        verdicts[i] = read.verdict
        marks += read.marks
    spans.pipes(lines, verdicts, lines.hinting(PIPE))
    aside = lines.hinting(ASIDE)
    marks += attachments.find(lines, aside)
    for i in aside:
        cuts = spans.pinyin(lines[i])
        if cuts and verdicts[i].action is Action.KEEP:
            verdicts[i] = replace(verdicts[i], cuts=cuts)
    marks += lists.contents(lines, verdicts, aside)
    kept: Sequence[Line] = lines
    if any(verdicts[i].action is Action.REMOVE for i in lines.touched):
        lists.related(lines, verdicts)
        pairs = zip(lines, verdicts, strict=True)
        kept = [line for line, verdict in pairs if verdict.action is not Action.REMOVE]
        aside = [i for i, line in enumerate(kept) if line.hints & ASIDE]
    marks += bylines.find(kept, aside)
    marks = metadata.columns(kept, marks)
    return verdicts, sorted(set(marks), key=lambda m: (m.start, m.end, m.kind, m.value))


def _say(
    text: str, lines: Sequence[Line], verdicts: list[Verdict], context: Context
) -> tuple[list[Edit], list[Finding]]:
    table = rules.table("residue")
    remove_metadata = context.config.metadata == "remove"
    edits: list[Edit] = []
    findings: list[Finding] = []
    for i, verdict in enumerate(verdicts):
        if verdict is KEEP or verdict is BLANK:
            continue
        line = lines[i]
        action = verdict.action
        if action is Action.METADATA and remove_metadata:
            action = Action.REMOVE
        cuts = verdict.cuts
        if action in (Action.REMOVE, Action.ASK):  # all of it, with its newline
            end = min(line.end + 1, len(text))
            cuts = (Cut(line.start, end, verdict.rule, verdict.confidence, verdict.evidence),)
        for cut in cuts:
            if not context.config.runs(cut.rule):
                continue
            edit = Edit(
                cut.start, cut.end, text[cut.start : cut.end], "",
                cut.rule, cut.confidence, cut.evidence,
            )  # fmt: skip
            if action is not Action.ASK and table[cut.rule].sure(cut.confidence):
                edits.append(edit)
            else:
                findings.append(_asked(edit))
    return edits, findings


def _asked(edit: Edit) -> Finding:
    """The finding; lines that are likely residue are one decision where digits alone differ."""
    pattern = f"{mask(edit.before)}→" if edit.rule == likely.RULE else ""
    return Finding(
        edit.start, edit.end, edit.before, edit.after, edit.rule, edit.confidence, edit.evidence,
        pattern=pattern,
    )  # fmt: skip


def _left(text: str, edits: Iterable[Edit]) -> bool:
    """Whether anything is printed outside the edits."""
    at = 0
    for edit in edits:
        if text[at : edit.start].strip():
            return True
        at = edit.end
    return bool(text[at:].strip())
