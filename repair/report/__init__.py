"""The report of a batch: `Totals` counts, `summarise` makes the figures, `uncompared` tells what
the search for versions left out, `render` makes one self-contained page."""

from __future__ import annotations

from repair.report.notes import uncompared
from repair.report.page import render
from repair.report.summary import Totals, summarise

__all__ = ["Totals", "render", "summarise", "uncompared"]
