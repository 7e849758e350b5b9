"""Lines that end in a lone carriage return, as on old Macs and in some exports.

The stages know lines by their line feed. They are given a text of equal length in which a lone
carriage return is one, and what they say is put back in the text's own terms."""

from __future__ import annotations

import re
from dataclasses import replace

from repair.model import Finding, StageResult

LONE = re.compile(r"\r(?!\n)")


def unified(text: str) -> str:
    """The text with line feeds for lone carriage returns; offsets stay."""
    return LONE.sub("\n", text)


def restored(text: str, said: StageResult) -> StageResult:
    """What a stage said of the unified text, as of the text itself."""
    plain = unified(text)
    own = "\n" if "\n" in text else "\r"

    def written(start: int, end: int, after: str) -> str:
        return text[start:end] if after == plain[start:end] else after.replace("\n", own)

    def told(finding: Finding) -> Finding:
        start, end = finding.start, finding.end
        return replace(
            finding,
            before=text[start:end],
            after=written(start, end, finding.after),
            candidates=tuple(
                replace(c, text=written(start, end, c.text)) for c in finding.candidates
            ),
        )

    edits = tuple(
        replace(e, before=text[e.start : e.end], after=written(e.start, e.end, e.after))
        for e in said.edits
    )
    return replace(said, edits=edits, findings=tuple(map(told, said.findings)))
