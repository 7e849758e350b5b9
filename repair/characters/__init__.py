"""Characters: forms that look alike, invisible ones, the wrong script, conversion errors.

What changes no meaning (radicals, doubled glyphs, zero-width characters) is applied; all else
is asked about. Full-width punctuation is restored only where the configuration asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters import conversion, forms, invisible, punctuation, script
from repair.edits import order
from repair.model import Context, Edit, Finding, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Edits and findings of this stage, offsets in `text`."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    present = scan.of(text).present
    for part in (invisible, forms):
        if present & part.GATE:
            made, asked = part.find(text)
            edits += made
            findings += asked
    if context.config.punctuation == "fullwidth":
        edits += list(punctuation.find(text, edits))
    findings += conversion.find(text)
    findings += script.find(text)
    return StageResult(tuple(order(edits)), tuple(_apart(findings, edits)))


def needs(texts: scan.Texts, context: Context) -> NDArray[np.bool_]:
    """Which texts this stage may say anything of."""
    marks = punctuation.MARKS if context.config.punctuation == "fullwidth" else 0
    traditional, simplified = texts.count(script.TRADITIONAL), texts.count(script.SIMPLIFIED)
    needed = texts.having(invisible.GATE | forms.GATE | script.BEYOND | marks)
    needed |= (traditional > 0) & (simplified > 0)
    return needed | conversion.needs(texts, traditional, simplified)


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
