"""Lines, what is said about them, and the context-free class of one line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from repair.residue.lexicon import Some

# What may stand in a line, as bits of `Line.hints` (see `hints`): known words that take all of
# it or its tail; sure words; a whole line's form; a field's label; a date;
# the words of a trade; a word without which a sentence is passed over; what stands beside the
# lines' own classes (a head of contents, a file, a reading, a byline). Then a row of items, a
# glued menu, pipes, a space after each character; a path, a formula. LOOSE is a bit of
# `telling.Told` only: a rule that may begin with anything.
WORDS, KNOWN, FORM, FIELD, DATED, TRADE, ANCHOR, ASIDE = (1 << bit for bit in range(8))
BAR, GLUED, PIPE, SPACED, LOOSE, PATH, FORMULA = (1 << bit for bit in range(8, 15))


class Action(Enum):
    """What becomes of a line."""

    KEEP = "keep"
    BLANK = "blank"
    METADATA = "metadata"  # kept, unless the configuration takes metadata out
    REMOVE = "remove"
    ASK = "ask"


class Line(NamedTuple):
    """A line of the text, without its newline; offsets in the text."""

    start: int
    end: int
    text: str
    folded: str  # the line as the rules spell it, of equal length
    hints: int  # which rules could touch it
    clauses: Some = None  # those that could stand in it; None for all
    forms: Some = None

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
