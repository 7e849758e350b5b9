"""Paragraphs that were flattened into one line.

Such a line keeps a space where each paragraph ended. It is restored only where that is the
line's system: its spaces stand after sentences and around numbered headings, in their
order, and not after every sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repair.layout.lines import HAN, Line, Lines
from repair.patterns import lazy

LEAST_FLAT = 120  # characters of a flattened line
LEAST_BREAKS = 4
LONGEST_HEADING = 45
EACH_SENTENCE = 0.7  # share of sentence ends with a space from which it is mere typing

_SPACE = lazy(r"[ \u3000\xa0]+")
_ENDS = lazy(r"[。！？!?][”’」』）)》]*$")
_SENTENCE_END = lazy(r"[。！？!?][”’」』）)》]*(?=\S)")
_DIGITS = "一二三四五六七八九十"
_NUMBERED = lazy(rf"([{_DIGITS}]{{1,3}})、|[（(]([{_DIGITS}]{{1,3}})[)）]")
_HAN = lazy(rf"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Gap:
    """White space inside a line, where a paragraph ended: offsets in the text."""

    start: int
    end: int


def candidates(lines: Lines) -> list[int]:
    """The lines that are long enough and have white space enough in them."""
    rows = lines.spaced(LEAST_BREAKS, lines.sizes >= LEAST_FLAT)
    found: list[int] = rows.tolist()
    return found


def find(line: Line) -> list[Gap]:
    """The spaces of a line that stand for lost line breaks, or none where they are no system."""
    text = line.text
    if len(text) < LEAST_FLAT or text.count(" ") + text.count("\u3000") < LEAST_BREAKS:
        return []
    spaces = [m for m in _SPACE.finditer(text) if _between(text, m)]
    pieces = _pieces(text, spaces)
    after = [bool(_ENDS.search(piece)) for piece in pieces]
    heading = [bool(_NUMBERED.match(p)) and len(p) <= LONGEST_HEADING for p in pieces]
    fits = [after[n] or heading[n] for n in range(len(spaces))]
    numbers = [m.group(1) or m.group(2) for p, h in zip(pieces, heading, strict=True)
               if h and (m := _NUMBERED.match(p))]  # fmt: skip
    indents = sum(m.group().startswith("\u3000\u3000") for m in spaces)
    if sum(fits) < LEAST_BREAKS or sum(fits) < 0.95 * len(spaces):
        return []
    packed = len(_SENTENCE_END.findall(text))  # sentence ends without a space
    each = sum(after[: len(spaces)]) >= EACH_SENTENCE * (packed + sum(after[: len(spaces)]))
    counted = len(numbers) > 1 and numbers == list(_DIGITS[: len(numbers)])
    if indents < LEAST_BREAKS and (each or not counted):
        return []
    return [
        Gap(line.start + m.start(), line.start + m.end())
        for m, fit in zip(spaces, fits, strict=True)
        if fit
    ]


def _between(text: str, space: re.Match[str]) -> bool:
    """Whether the space parts Chinese text: none between two Latin words counts."""
    around = text[space.start() - 1] + text[space.end() : space.end() + 1]
    return not around.isascii()


def _pieces(text: str, spaces: Sequence[re.Match[str]]) -> list[str]:
    starts = [0, *(m.end() for m in spaces)]
    ends = [*(m.start() for m in spaces), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]
