"""The encoding stage: undoes what a wrong decoder or a lost byte did to a text."""

from __future__ import annotations

from collections.abc import Iterable

from repair.encoding import escapes, gate, lost, mojibake, slips, units
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
    said.append(slips.find(text, _outside(spans, said), context))
    said.append(lost.replaced(text, context))
    return _settled(said)


def _outside(
    spans: Iterable[tuple[int, int]], said: Iterable[StageResult]
) -> list[tuple[int, int]]:
    taken = [(e.start, e.end) for r in said for e in r.edits]
    taken += [(f.start, f.end) for r in said for f in r.findings]
    return [s for s in spans if not any(a < s[1] and s[0] < b for a, b in taken)]


def _settled(said: Iterable[StageResult]) -> StageResult:
    """The results as one, without overlaps: who came first stays."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    taken: list[tuple[int, int]] = []
    for result in said:
        free = [e for e in result.edits if not _meets(e, taken)]
        asked = [f for f in result.findings if not _meets(f, taken)]
        edits += free
        findings += asked
        taken += [(e.start, e.end) for e in free]
        taken += [(f.start, f.end) for f in asked]
    edits.sort(key=lambda e: (e.start, e.end))
    findings.sort(key=lambda f: (f.start, f.end))
    return StageResult(tuple(edits), tuple(findings))


def _meets(item: Edit | Finding, taken: Iterable[tuple[int, int]]) -> bool:
    return any(start < item.end and item.start < end for start, end in taken)
