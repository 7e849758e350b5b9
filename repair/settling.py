"""Edits and findings of several stages beside one another: which may stay, in whose offsets.

Findings never overlap one another, and lie over an applied edit only if they cover it whole.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from repair import edits as ed
from repair import phrases, views
from repair.config import Config
from repair.model import Candidate, Edit, Finding, StageResult
from repair.spans import covers, meeting, overlaps

Item = TypeVar("Item", Edit, Finding)


def settle(kept: Sequence[Finding], new: Iterable[Finding]) -> list[Finding]:
    """All findings without overlaps, in order: who came first stays, a later one over the
    same place adds its reading and its evidence to it."""
    settled = sorted(kept, key=_place)
    for finding in new:
        if not settled or settled[-1].end < finding.start:
            settled.append(finding)
        elif met := meeting(settled, finding.start, finding.end):
            settled[settled.index(met[0])] = _with(met[0], finding)
        else:
            insort(settled, finding, key=_place)
    return settled


def _place(item: Edit | Finding) -> tuple[int, int]:
    return item.start, item.end


def _with(first: Finding, later: Finding) -> Finding:
    candidates = first.candidates
    if (first.start, first.end) == (later.start, later.end):
        candidates = ranked(candidates, later.candidates)
    evidence = first.evidence
    if later.evidence and later.evidence not in evidence:
        evidence = f"{evidence}; {later.evidence}" if evidence else later.evidence
    return replace(first, candidates=candidates, evidence=evidence)


def ranked(first: Sequence[Candidate], later: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The readings of two findings over one place, best first: those of the later one share what
    the first one leaves, and none goes before its best."""
    left = 1.0 - sum(c.confidence for c in first)
    most = max(0.0, min([left, *(c.confidence for c in first[:1])]))
    have = {c.text for c in first}
    new = (c for c in later if c.text not in have)
    both = [*first, *(replace(c, confidence=min(c.confidence, most)) for c in new)]
    return tuple(sorted(both, key=lambda c: -c.confidence))


def allowed(said: StageResult, text: str, config: Config) -> StageResult:
    """Without what the configuration switches off or protects."""
    if not (said.edits or said.findings):
        return said
    spans = [
        (at, at + len(word))
        for word in config.protect
        for at in _places(text, word)
    ] + views.fences(text)  # fmt: skip
    rules = {e.rule for e in said.edits} | {f.rule for f in said.findings}
    on = set(filter(config.runs, rules))

    def free(items: Iterable[Item]) -> list[Item]:
        kept = [item for item in items if item.rule in on]
        if not spans:
            return kept
        return [i for i in kept if not any(overlaps(i.start, i.end, *span) for span in spans)]

    edits = [e for e in free(said.edits) if e.before != e.after]
    return replace(
        said,
        edits=tuple(ed.order(phrases.wanted(text, edits, config.phrases))),
        findings=tuple(phrases.wanted(text, free(said.findings), config.phrases)),
    )


def _places(text: str, word: str) -> Iterable[int]:
    at = text.find(word) if word else -1
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def clear(
    new: Sequence[Edit], offsets: ed.OffsetMap, findings: Sequence[Finding], text: str
) -> list[Edit]:
    """The edits that don't cut through a place that is already asked about: half of it
    changed, its question would no longer fit; but a line that is joined to the one before is
    no line that may go. `text` is the original."""

    def cuts(edit: Edit) -> bool:
        whole, _ = ed.lift(offsets, edit)
        met = meeting(findings, whole.start, whole.end)
        joins = _joins(whole, text)
        return any(not (covers(f, whole) or covers(whole, f) or joins and _lines(f)) for f in met)

    return [edit for edit in new if not findings or not cuts(edit)]


def joint(text: str, made: Sequence[Edit]) -> str:
    """The lines of the text that some edits left it with, where they changed white space alone;
    else nothing."""
    if any(e.before.strip() or e.after.strip() for e in made):
        return ""
    lines: list[str] = []
    done = shift = 0
    for edit in made:
        start = edit.start + shift
        end = start + len(edit.after)
        shift = end - edit.end
        if end > done or not lines:
            first, done = text.rfind("\n", 0, start) + 1, text.find("\n", end)
            done = len(text) if done < 0 else done
            lines.append(text[first:done])
    return "\n".join(lines)


def uncovered(findings: Sequence[Finding], journal: Sequence[Edit], text: str) -> list[Finding]:
    """Without the findings inside a larger applied edit, and without lines that may go of which
    the first is the end of a longer one by now: what they asked about is gone."""
    joints = {edit.end for edit in journal if _joins(edit, text)} if findings else set()
    return [
        f
        for f in findings
        if all(covers(f, e) for e in meeting(journal, f.start, f.end))
        and not (f.start in joints and _lines(f))
    ]


def _joins(edit: Edit, text: str) -> bool:
    """Whether an edit makes one line of two."""
    return (
        "\n" in edit.before
        and not edit.after.endswith("\n")
        and text[edit.start - 1 : edit.start] not in ("", "\n")
    )


def _lines(finding: Finding) -> bool:
    """Whether the question is whether lines may go."""
    return finding.before.endswith("\n") and not finding.after and bool(finding.before.strip())


def lifted(finding: Finding, offsets: ed.OffsetMap) -> Finding:
    """The finding in the original's offsets, its candidates widened with it."""
    if not offsets.edits:
        return finding
    whole, met = ed.lift(offsets, _as_edit(finding, finding.after))
    candidates = finding.candidates
    if met:
        candidates = tuple(
            replace(c, text=ed.lift(offsets, _as_edit(finding, c.text))[0].after)
            for c in candidates
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


def joined(journal: Sequence[Edit], findings: Sequence[Finding], text: str) -> list[Edit]:
    """The journal with the edits under one finding merged, so that it replaces one edit."""
    merged = list(journal)
    for finding in findings:
        under = meeting(merged, finding.start, finding.end)
        if len(under) > 1:
            first = merged.index(under[0])
            merged[first : first + len(under)] = [ed.merge(under, text)]
    return merged
