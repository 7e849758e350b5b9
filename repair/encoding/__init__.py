"""The encoding stage: undoes what a wrong decoder or a lost byte did to a text."""

from __future__ import annotations

from repair.encoding import gate, slips
from repair.model import Context, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage."""
    spans = gate.dense(gate.weigh(text))
    return slips.find(text, spans, context)
