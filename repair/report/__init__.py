"""The report of a batch: `Totals` counts, `summarise` makes the figures, `render` one
self-contained page."""

from __future__ import annotations

from repair.report.page import render
from repair.report.summary import Totals, summarise

__all__ = ["Totals", "render", "summarise"]
