"""`report.html`: one self-contained page, no script, nothing loaded from anywhere.

The template is filled by Jinja2 with escaping on; text from documents goes through
`repair.review.show`, which also labels what is invisible.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from markupsafe import Markup

from repair import __version__
from repair.report.words import CHINESE
from repair.review.kinds import KINDS, STAGES
from repair.review.show import show
from repair.review.words import preferred


def render(summary: Mapping[str, Any], language: str = "") -> str:
    """The report of what `summarise` gave; `errors` (lines) and `config` may be added. It
    holds English and Chinese; `language` is shown first, else that of the environment."""
    page: str = _template().render(
        s=summary,
        language=language or _environment(),
        errors=summary.get("errors", ()),
        config=summary.get("config", {}),
        titles=_titles(summary),
    )
    return page


def _environment() -> str:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((value for name in names if (value := os.environ.get(name))), "")
    return preferred("", said)


def both(words: str) -> Markup:
    """The words in both languages; the page's style shows one of them."""
    chinese = CHINESE.get(words) or KINDS.get(words) or STAGES.get(words)
    if chinese is None:
        return show(words)
    return Markup('<span class="en">{}</span><span class="zh" lang="zh">{}</span>').format(
        words, chinese
    )


def _titles(summary: Mapping[str, Any]) -> dict[str, str]:
    """Of the rules that the summary names."""
    from repair import rules

    tables = {row["stage"]: rules.table(row["stage"]) for row in summary["rules"]}
    return {code: rule.title for table in tables.values() for code, rule in table.items()}


@cache
def _template() -> Any:
    from jinja2 import (
        Environment,
        FileSystemBytecodeCache,
        PackageLoader,
        StrictUndefined,
        select_autoescape,
    )

    from repair.review.show import crop, show

    # Beside Python's own of this module, where that may be written: what is compiled once is
    # compiled for every batch.
    folder = Path(cache_from_source(__file__)).parent
    kept = not sys.dont_write_bytecode and os.access(folder, os.W_OK)
    environment = Environment(
        loader=PackageLoader("repair.report", "."),
        bytecode_cache=FileSystemBytecodeCache(str(folder), f"report-{__version__}-%s.cache")
        if kept
        else None,
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        finalize=_labelled,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def passage(text: str, longest: int = 120) -> str:
        return show(crop(text, longest))

    def tail(text: str) -> str:
        return show(crop(text, 30, "end"))

    def head(text: str) -> str:
        return show(crop(text, 30, "start"))

    environment.globals |= {"t": both, "zh": CHINESE}
    environment.filters |= {
        "show": passage,
        "tail": tail,
        "head": head,
        "n": "{:,}".format,
        "percent": "{:.1%}".format,
        "time": _time,
    }
    return environment.get_template("report.html")


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _labelled(value: Any) -> Any:
    """Whatever the template prints: a string that is not markup yet goes through `show`."""
    from markupsafe import Markup

    from repair.review.show import show

    return show(value) if isinstance(value, str) and not isinstance(value, Markup) else value
