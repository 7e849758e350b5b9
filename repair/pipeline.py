"""The stages in order: one document in, one result out. Pure.

Each stage sees the text that the last one left; everything is kept in offsets of the
original. Findings never overlap one another, and lie over an applied edit only if they
cover it whole (`settle`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module

from repair import edits as ed
from repair.config import Config
from repair.model import (
    Article,
    Context,
    Document,
    Edit,
    Finding,
    Mark,
    Result,
    Stage,
    StageResult,
    Tables,
)

# The order of the work. Each package has one entry, `stage(text, context) -> StageResult`.
ORDER = ("encoding", "characters", "residue", "layout", "typos")


def stage(name: str) -> Stage:
    """The entry function of a stage."""
    entry: Stage = import_module(f"repair.{name}").stage
    return entry


def run(document: Document, config: Config | None = None, tables: Tables | None = None) -> Result:
    """Runs the configured stages over one document."""
    config = config or Config()
    tables = tables or Tables()
    text = document.text
    journal: list[Edit] = []
    findings: list[Finding] = []
    marks: list[Mark] = []
    articles: tuple[Article, ...] = ()
    seconds: dict[str, float] = {}
    for name in ORDER:
        if name not in config.stages:
            continue
        began = time.perf_counter()
        forward = ed.OffsetMap(ed.invert(journal))
        here = tuple(_moved(mark, forward) for mark in marks)
        said = stage(name)(text, Context(config, tables, here, document.doc_id))
        said = _allowed(said, text, config)
        offsets = ed.OffsetMap(journal)
        made = _clear(said.edits, offsets, findings)
        journal = ed.compose(journal, made)
        findings = _uncovered(findings, journal)
        findings = settle(findings, (_lifted(f, offsets) for f in said.findings))
        findings = _uncovered(findings, journal)
        marks += [_moved(mark, offsets) for mark in said.marks]
        if said.articles:
            articles = tuple(_article(article, offsets) for article in said.articles)
        text = ed.apply(text, made)
        seconds[name] = time.perf_counter() - began
    journal = _joined(journal, findings, document.text)
    return Result(
        document, text, tuple(journal), tuple(findings), tuple(marks), articles, seconds
    )  # fmt: skip


def settle(kept: Sequence[Finding], new: Iterable[Finding]) -> list[Finding]:
    """All findings without overlaps, in order: who came first stays, a later one over the
    same place adds its reading and its evidence to it."""
    settled = list(kept)
    for finding in new:
        for i, other in enumerate(settled):
            if overlaps(finding.start, finding.end, other.start, other.end):
                settled[i] = _with(other, finding)
                break
        else:
            settled.append(finding)
    return sorted(settled, key=lambda f: (f.start, f.end, f.rule))


def overlaps(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans share a character, or one is a point inside the other, or both are
    the same point."""
    if start == end and other_start == other_end:
        return start == other_start
    if start == end:
        return other_start < start < other_end
    if other_start == other_end:
        return start < other_start < end
    return max(start, other_start) < min(end, other_end)


def _with(first: Finding, later: Finding) -> Finding:
    candidates = first.candidates
    same = (first.start, first.end) == (later.start, later.end)
    if same:
        have = {c.text for c in candidates}
        candidates += tuple(c for c in later.candidates if c.text not in have)
    evidence = first.evidence
    if later.evidence and later.evidence not in evidence:
        evidence = f"{evidence}; {later.evidence}" if evidence else later.evidence
    return replace(first, candidates=candidates, evidence=evidence)


def _allowed(said: StageResult, text: str, config: Config) -> StageResult:
    """Without what the configuration switches off or protects."""
    spans = [
        (at, at + len(word))
        for word in config.protect
        for at in _places(text, word)
    ]  # fmt: skip

    def allowed(item: Edit | Finding) -> bool:
        return config.runs(item.rule) and not any(
            overlaps(item.start, item.end, *span) for span in spans
        )

    return replace(
        said,
        edits=tuple(ed.order(e for e in said.edits if allowed(e) and e.before != e.after)),
        findings=tuple(f for f in said.findings if allowed(f)),
    )


def _places(text: str, word: str) -> Iterable[int]:
    at = text.find(word) if word else -1
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _clear(
    new: Sequence[Edit], offsets: ed.OffsetMap, findings: Sequence[Finding]
) -> list[Edit]:  # fmt: skip
    """The edits that don't cut through a place that is already asked about: half of it
    changed, its question would no longer fit."""
    clear: list[Edit] = []
    for edit in new:
        lifted, _ = ed.lift(offsets, edit)
        cut = any(
            overlaps(lifted.start, lifted.end, f.start, f.end)
            and not (f.start <= lifted.start and lifted.end <= f.end)
            and not (lifted.start <= f.start and f.end <= lifted.end)
            for f in findings
        )
        if not cut:
            clear.append(edit)
    return clear


def _uncovered(findings: Sequence[Finding], journal: Sequence[Edit]) -> list[Finding]:
    """Without the findings inside a larger applied edit: what they asked about is gone."""
    return [
        f
        for f in findings
        if not any(
            overlaps(e.start, e.end, f.start, f.end)
            and (e.start < f.start or f.end < e.end)
            for e in journal
        )
    ]  # fmt: skip


def _lifted(finding: Finding, offsets: ed.OffsetMap) -> Finding:
    """The finding in the original's offsets, its candidates widened with it."""
    whole, _ = ed.lift(offsets, _as_edit(finding, finding.after))
    candidates = tuple(
        replace(c, text=ed.lift(offsets, _as_edit(finding, c.text))[0].after)
        for c in finding.candidates
    )
    move = finding.move_to
    return replace(
        finding,
        start=whole.start,
        end=whole.end,
        before=whole.before,
        after=whole.after,
        candidates=candidates,
        move_to=None if move is None else offsets.left(move),
    )


def _as_edit(finding: Finding, after: str) -> Edit:
    return Edit(
        finding.start, finding.end, finding.before, after, finding.rule, finding.confidence
    )  # fmt: skip


def _moved(mark: Mark, offsets: ed.OffsetMap) -> Mark:
    start, end = offsets.span(mark.start, mark.end)
    return replace(mark, start=start, end=end)


def _article(article: Article, offsets: ed.OffsetMap) -> Article:
    start, end = offsets.span(article.start, article.end)
    return replace(
        article,
        start=start,
        end=end,
        body=tuple(offsets.span(*span) for span in article.body),
        marks=tuple(_moved(mark, offsets) for mark in article.marks),
    )


def _joined(
    journal: Sequence[Edit], findings: Sequence[Finding], text: str
) -> list[Edit]:  # fmt: skip
    """The journal with the edits under one finding merged, so that it replaces one edit."""
    joined = list(journal)
    for finding in findings:
        under = [
            e for e in joined if overlaps(e.start, e.end, finding.start, finding.end)
        ]  # fmt: skip
        if len(under) > 1:
            whole = ed.merge(under, text)
            joined = [e for e in joined if e not in under] + [whole]
            joined.sort(key=lambda e: (e.start, e.end))
    return joined
