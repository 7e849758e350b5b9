"""What the layout tests share: the seeds with marks made by hand, and how a case is run."""

from __future__ import annotations

from pathlib import Path

from repair import edits
from repair.config import Config
from repair.layout import stage
from repair.model import Contents, Context, Mark, StageResult, Tables

SEEDS = Path(__file__).parents[2] / "seeds"
CONTENTS = Contents(
    "003",
    (
        "把法治政府建设不断向纵深推进",
        "加强新时代法律监督守护绿水青山",
        "打造“五型”公安助推高水平平安建设",
        "以检察履职强化新时代文化遗产保护",
    ),
    "2021-11-11",
    "法治日报",
)


def seed(number: str) -> str:
    """A seed as it is."""
    return next(SEEDS.glob(f"{number}_*")).read_bytes().decode()


def mark(text: str, kind: str, value: str, shown: str = "") -> Mark:
    """A fact that stands in the text as `shown`."""
    start = text.index(shown or value)
    return Mark(start, start + len(shown or value), kind, value)


def byline(text: str, shown: str) -> Mark:
    """The byline that stands in the text as `shown`, on lines of its own."""
    start = ("\n" + text).index("\n" + shown)
    return Mark(start, start + len(shown), "byline", " ".join(shown.split("\n")))


def run(text: str, *marks: Mark, contents: tuple[Contents, ...] = ()) -> StageResult:
    """The stage on a text with the marks of residue."""
    return stage(text, Context(Config(), Tables(contents=contents), marks, "this"))


def applied(text: str, said: StageResult) -> str:
    """The text with the stage's edits made."""
    return edits.apply(text, said.edits)


def changes(said: StageResult, *rules: str) -> list[str]:
    """What the edits of these rules replaced."""
    return [edit.before for edit in said.edits if edit.rule in rules]
