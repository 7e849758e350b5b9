"""Lines, what is said about them, and the context-free class of one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from repair.residue.fold import fold


class Action(Enum):
    """What becomes of a line."""

    KEEP = "keep"
    BLANK = "blank"
    METADATA = "metadata"  # kept, unless the configuration takes metadata out
    REMOVE = "remove"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, without its newline; offsets in the text."""

    start: int
    end: int
    text: str

    @property
    def folded(self) -> str:
        """The line as the rules spell it, of equal length."""
        return fold(self.text)

    @property
    def blank(self) -> bool:
        """Whether nothing is printed on it."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Cut:
    """A span of a line that is residue, offsets in the text; asked about if not `sure`."""

    start: int
    end: int
    rule: str
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about a line and about spans of it."""

    action: Action
    rule: str = ""
    confidence: float = 0.0
    evidence: str = ""
    cuts: tuple[Cut, ...] = ()


KEEP = Verdict(Action.KEEP)
BLANK = Verdict(Action.BLANK)
METADATA = Verdict(Action.METADATA, "RES050", 1.0, "a line of metadata")


def split(text: str) -> Iterator[Line]:
    """The lines of the text; the carriage return of a Windows line counts as white space."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
        yield Line(start, end, text[start:end])
        start = end + 1
