"""Characters: forms that look alike, invisible ones, the wrong script, conversion errors.

What changes no meaning (radicals, doubled glyphs, zero-width characters, spaces that cut the
words of prose) is applied; all else is asked about. Full-width punctuation is restored only
where the configuration asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from repair import scan
from repair.characters import conversion, forms, invisible, punctuation, script, spaced
from repair.edits import order
from repair.model import Context, Edit, Finding, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Edits and findings of this stage, offsets in `text`."""
    return many(scan.join([text]), context).get(0, StageResult())


def many(texts: scan.Texts, context: Context) -> dict[int, StageResult]:
    """What the stage says of each text, by its number; nothing of those that are missing."""
    marks = punctuation.MARKS if context.config.punctuation == "fullwidth" else 0
    traditional, simplified = script.counts_of(texts)
    unsure = texts.having(script.BEYOND)  # those counts are too high
    mixed = unsure | ((traditional > 0) & (simplified > 0))
    converted = unsure | conversion.needs(texts, traditional, simplified)
    apart = texts.holding(spaced.places(texts))
    needed = mixed | converted | apart | texts.having(invisible.GATE | forms.GATE | marks)
    said: dict[int, StageResult] = {}
    for n in np.flatnonzero(needed).tolist():
        text, edits, findings = texts.part(n), list[Edit](), list[Finding]()
        for part in (invisible, forms):
            if int(texts.present[n]) & part.GATE:
                made, asked = part.find(text)
                edits += made
                findings += asked
        if apart[n]:
            made, asked = spaced.find(text)
            edits += made
            findings += asked
        if marks:
            edits += list(punctuation.find(text, edits))
        if converted[n]:
            findings += conversion.find(text)
        if mixed[n]:
            findings += script.find(text)
        if edits or findings:
            said[n] = StageResult(tuple(order(edits)), tuple(_apart(findings, edits)))
    return said


def _apart(findings: Iterable[Finding], edits: Iterable[Edit]) -> list[Finding]:
    """The findings in order; of two over one place the first found, which says more, and none
    that an edit cuts."""
    taken: set[int] = {i for e in edits for i in range(e.start, e.end)}
    kept = []
    for finding in findings:
        span = set(range(finding.start, finding.end))
        if not span & taken:
            taken |= span
            kept.append(finding)
    return sorted(kept, key=lambda f: (f.start, f.end))
