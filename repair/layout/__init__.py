"""The layout stage."""

from __future__ import annotations

from repair.model import Context, StageResult


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage."""
    return StageResult()
