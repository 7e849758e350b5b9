"""Where a text looks like a byte slip, and how much of it has to be looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from repair import lm
from repair.encoding import channel

NEAR = 14  # characters: anchors as near as that belong to one window
BEFORE, BEHIND = 6, 12  # characters of sound text around the anchors of a window
LONGEST = 400  # characters of one window
ODD = -7.5  # nats a character: text after a `?` that is likelier than that is sound

# A `?` or U+FFFD right before or between Chinese, a swallowed pair before a digit or a torn
# tag, a character whose trail byte is 81 before E, and the character 81 45.
MARK = re.compile(
    "[?\ufffd]{1,2}[;:,?!]?(?=[\u2e80-\uffef\u02c7-\u2642])"
    "|(?<=[\u2e80-\uffef])[?\ufffd]{1,2}(?=[0-9][^?]|[0-9]?$|/[a-z]+>|\r?\n[\u2e80-\uffef])"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that looks like damage."""

    start: int
    end: int
    marked: bool  # a trace of the slip stands there


def anchors(text: str, spans: Sequence[tuple[int, int]]) -> list[Anchor]:
    """Dense spans and marks, in order. Marks before fluent text are dropped."""
    found = []
    for a, b in spans:
        beyond = [c for c in text[a:b] if c >= "\x80"]
        hanzi = sum("\u4e00" <= c <= "\u9fff" for c in beyond)
        private = sum("\ue000" <= c < "\uf900" for c in beyond)
        if private or hanzi * 2 >= len(beyond):
            found.append(Anchor(a, b, marked=private > 0))
    marks = []
    if "?" in text or "\ufffd" in text:
        marks = [m.span() for m in MARK.finditer(text)]
    if marks:
        model = lm.load()
        around = [(max(0, a - 4), min(len(text), b + 4)) for a, b in marks]
        scores = model.score("".join(text[a:b] for a, b in around))
        at = 0
        for (a, b), (low, high) in zip(marks, around, strict=True):
            after = scores[at + b - low : at + min(high, b + 3) - low]
            tail = text[b : b + 1]
            if not len(after) or tail in "0123456789/\r\n" or float(np.mean(after)) < ODD:
                found.append(Anchor(a, b, marked=True))
            at += high - low
    if "E" in text or "丒" in text:
        found += [Anchor(*m.span(), marked=True) for m in _trail81().finditer(text)]
    return sorted(found, key=lambda a: (a.start, a.end))


@cache
def _trail81() -> re.Pattern[str]:
    """Characters of GBK with trail byte 81 before an E that does not start a word."""
    codes = channel.codec("gbk").codes.items()
    found = "".join(c for c, code in codes if code[1] == 0x81)
    return re.compile(f"[{found}]E(?=[^\x00-\x7f])|丒")


def windows(text: str, anchors: Sequence[Anchor]) -> list[tuple[int, int, list[Anchor]]]:
    """Stretches of text with their anchors: from a little before the first to the place
    after the last where a slip must have ended."""
    groups: list[list[Anchor]] = []
    for anchor in anchors:
        if (
            groups
            and anchor.start - groups[-1][-1].end <= NEAR
            and anchor.end - groups[-1][0].start <= LONGEST
        ):
            groups[-1].append(anchor)
        else:
            groups.append([anchor])
    found = []
    for group in groups:
        first, last = group[0].start, max(a.end for a in group)
        start = max(0, first - BEFORE, text.rfind("\n", 0, first) + 1)
        line = text.find("\n", last)
        line = len(text) if line < 0 else line
        stop = min(line, last + 2 * BEHIND)
        ascii_ = next((i for i in range(last, stop) if text[i] < "\x80"), stop)
        torn = channel.TORN_TAG.match(text, last)
        end = max(ascii_ + BEHIND // 2, last + BEHIND, torn.end() + BEHIND // 2 if torn else 0)
        end = min(line, end, first + LONGEST + BEHIND)
        if end == line and text[last - 1 : last] in "?\ufffd" and end - last < 2:
            end = min(len(text), end + BEFORE)  # the line break may stand inside a character
        found.append((start, end, group))
    return found


def promise(text: str, start: int, end: int, fluent: float) -> float:
    """The most that a repair of some part of a stretch could gain, in nats, if it read as
    fluently as `fluent` nats a character: below the threshold nothing has to be searched."""
    low = max(0, start - 4)
    best = here = 0.0
    for score in lm.load().score(text[low:end])[start - low :].tolist():
        here = max(0.0, here + fluent - score)
        best = max(best, here)
    return best
