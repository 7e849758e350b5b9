"""The encoding stage: undoes what a wrong decoder or a lost byte did to a text."""

from __future__ import annotations

from collections.abc import Iterable

from repair.encoding import gate, mojibake, slips
from repair.model import Context, Edit, Finding, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage. The classes run in the order of their certainty; what a later one
    says about a place that an earlier one has settled is dropped."""
    spans = gate.dense(gate.weigh(text))
    said = [mojibake.find(text, spans, context)]
    spans = _outside(spans, said[0])
    said.append(slips.find(text, spans, context))
    return _settled(said)


def _outside(spans: Iterable[tuple[int, int]], said: StageResult) -> list[tuple[int, int]]:
    taken = [(i.start, i.end) for i in (*said.edits, *said.findings)]
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
        taken += [(i.start, i.end) for i in (*free, *asked)]
    edits.sort(key=lambda e: (e.start, e.end))
    findings.sort(key=lambda f: (f.start, f.end))
    return StageResult(tuple(edits), tuple(findings))


def _meets(item: Edit | Finding, taken: Iterable[tuple[int, int]]) -> bool:
    return any(start < item.end and item.start < end for start, end in taken)
