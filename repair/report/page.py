"""`report.html`: one self-contained page, no script, nothing loaded from anywhere.

The template is filled by Jinja2 with escaping on; text from documents goes through
`repair.review.show`, which also labels what is invisible.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any


def render(summary: Mapping[str, Any]) -> str:
    """The report of what `summarise` gave; `errors` (lines) and `config` may be added."""
    page: str = _template().render(
        s=summary,
        errors=summary.get("errors", ()),
        config=summary.get("config", {}),
        titles=_titles(),
    )
    return page


def _titles() -> dict[str, str]:
    from repair import rules

    return {code: rule.title for name in rules.PACKAGES for code, rule in rules.table(name).items()}


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    from repair.review.show import crop, show

    environment = Environment(
        loader=PackageLoader("repair.report", "."),
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
