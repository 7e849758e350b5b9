"""The encoding stage: undoes what a wrong decoder or a lost byte did to a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from repair.encoding import escapes, gate, lost, mojibake, places, slips, units
from repair.model import Context, Edit, Finding, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage. The classes run in the order of their certainty; what a later one
    says about a place that an earlier one has settled is dropped."""
    weights = gate.weigh(text)
    spans = gate.dense(weights)
    said = [escapes.find(text, context), lost.kun(text)]
    spans = _outside(spans, said)
    alone = _outside(gate.alone(text, weights), said)
    said.append(mojibake.find(text, sorted({*spans, *alone}), context))
    said.append(units.find(text, context))
    taken = _taken(said)
    anchors = places.anchors(text, [s for s in spans if not _meets(s, taken)])
    anchors = [a for a in anchors if not _meets((a.start, a.end), taken)]
    said.append(slips.find(text, anchors, context))
    said.append(lost.replaced(text, context))
    return _settled(said)


def _outside(spans: list[tuple[int, int]], said: Iterable[StageResult]) -> list[tuple[int, int]]:
    """The spans about which nothing was said yet."""
    if not spans:
        return spans
    taken = _taken(said)
    return [s for s in spans if not _meets(s, taken)]


def _taken(said: Iterable[StageResult]) -> list[tuple[int, int]]:
    """The places about which something was said."""
    items: list[Edit | Finding] = []
    for result in said:
        items += (*result.edits, *result.findings)
    return _in_order(items)


def _settled(said: Iterable[StageResult]) -> StageResult:
    """The results as one, without overlaps: who came first stays."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    taken: list[tuple[int, int]] = []
    for result in said:
        if not (result.edits or result.findings):
            continue
        free = [e for e in result.edits if not _meets((e.start, e.end), taken)]
        asked = [f for f in result.findings if not _meets((f.start, f.end), taken)]
        edits += free
        findings += asked
        taken = _in_order((*edits, *findings))
    edits.sort(key=lambda e: (e.start, e.end))
    findings.sort(key=lambda f: (f.start, f.end))
    return StageResult(tuple(edits), tuple(findings))


def _in_order(items: Iterable[Edit | Finding]) -> list[tuple[int, int]]:
    """The places of edits and findings, each once; a finding may lie over an edit."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted({(i.start, i.end) for i in items}):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _meets(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Whether a span shares a character with one of `taken`, which are apart and in order."""
    at = bisect_right(taken, span[0], key=lambda t: t[1])
    return at < len(taken) and taken[at][0] < span[1]
