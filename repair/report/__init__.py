"""The report of a batch: `summarise` makes the figures, `render` one self-contained page."""

from __future__ import annotations

from repair.report.page import render
from repair.report.summary import summarise

__all__ = ["render", "summarise"]
