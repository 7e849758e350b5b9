"""Where a text looks like a byte slip, and how much of it has to be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from repair import lm
from repair.encoding import channel, gate, shifted
from repair.patterns import lazy

NEAR = 14  # characters: anchors as near as that belong to one window
BEFORE, BEHIND = 6, 12  # characters of sound text around the anchors of a window
LONGEST = 400  # characters of one window
CODECS = ("gbk", "big5")  # in which a text can have slipped
AHEAD = 20  # characters before a window in which a run may have begun
LEAD = 4  # characters that the model sees before a window
FLUENT = -4.0  # nats a character: a restored run reads hardly better than that
PROMISE = 4.0  # nats that a repair of a window with a mark could gain
# Nats that a slip's interior gains one byte off: beside a private-use character, and where
# only rare characters speak for it. Slips reach 8 and 140, sound text 7.5 and 8.4.
INTERIOR, QUIET_INTERIOR = 8.0, 14.0
# The same for a `?`: before nothing beyond ASCII, and before more than SHORT characters. Slips
# reach 2.6 and 8.9, a sound `?` or one for a character that could not be encoded 5.
BARE, LONG, SHORT = 2.5, 6.0, 2
# Marks of a window from which each is taken for a lost character: those of slips that have as
# many gain 38 nats one byte off, those of text saved in a codec that lacks a part of it 12.
STREWN = 3
# Such marks of a text, and one in so many characters, from which that is so of each of its marks.
MANY, EVERY = 5, 80
RUN = lazy("(?P<marks>[?\ufffd]{1,2})[;:,?!]?(?P<run>[^\x00-\x7f\ufffd]*)")
PRIVATE = lazy("[\ue000-\uf8ff]")
ODD = -7.5  # nats a character: text after a `?` that is likelier than that is sound

# A `?` or U+FFFD right before or between Chinese, a swallowed pair before a digit or a torn
# tag, a character whose trail byte is 81 before E, and the character 81 45.
MARK = lazy(
    "[?\ufffd]{1,2}[;:,?!]?(?=[\u2e80-\uffef\u02c7-\u2642])"
    "|(?<=[\u2e80-\uffef])[?\ufffd]{1,2}(?=[0-9][^?]|[0-9]?$|/[a-z]+>|\r?\n[\u2e80-\uffef])"
)
CP932 = lazy("E(?=[^\x00-\x7f])|丒")  # 81 45 as GBK reads it; not the start of a word


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that looks like damage."""

    start: int
    end: int
    marked: bool  # a trace of the slip stands there


Window = tuple[int, int, list[Anchor]]


def anchors(text: str, spans: Sequence[tuple[int, int]]) -> list[Anchor]:
    """Dense spans and marks, in order. Marks before fluent text are dropped."""
    return anchors_of([(text, spans)])[0]


def anchors_of(asked: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[list[Anchor]]:
    """`anchors` of several texts."""
    marks = [[m.span() for m in _matches(MARK, text, "?\ufffd")] for text, _ in asked]
    around = [
        [(max(0, a - 4), min(len(text), b + 4)) for a, b in own]
        for (text, _), own in zip(asked, marks, strict=True)
    ]
    near = [
        "".join(text[a:b] for a, b in own) for (text, _), own in zip(asked, around, strict=True)
    ]
    scores = lm.load().scores(near) if any(near) else [np.zeros(0, np.float32)] * len(near)
    found = []
    for (text, spans), own, beside, score in zip(asked, marks, around, scores, strict=True):
        here = [*_dense(text, spans), *_overwritten(text)]
        at = 0
        for (a, b), (low, high) in zip(own, beside, strict=True):
            after = score[at + b - low : at + min(high, b + 3) - low]
            tail = text[b : b + 1]
            if not len(after) or tail in "0123456789/\r\n" or float(np.mean(after)) < ODD:
                here.append(Anchor(a, b, marked=True))
            at += high - low
        found.append(sorted(here, key=lambda a: (a.start, a.end)))
    return found


def _dense(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Anchor]:
    """The spans that are of Chinese."""
    for a, b in spans:
        beyond = [c for c in text[a:b] if c >= "\x80"]
        hanzi = sum("\u4e00" <= c <= "\u9fff" for c in beyond)
        private = sum("\ue000" <= c < "\uf900" for c in beyond)
        if private or hanzi * 2 >= len(beyond):
            yield Anchor(a, b, marked=private > 0)


def _overwritten(text: str) -> Iterator[Anchor]:
    """What `81 45` left."""
    for match in _matches(CP932, text, "E丒"):
        start, end = match.span()
        if match[0] == "丒":
            yield Anchor(start, end, marked=True)
        elif start and text[start - 1] in trail81():
            yield Anchor(start - 1, end, marked=True)


def _matches(pattern: re.Pattern[str], text: str, first: str) -> Iterator[re.Match[str]]:
    """As `pattern.finditer(text)`, for a pattern that begins with one of a few characters:
    to look for each of these alone is thirty times as fast."""
    done = 0
    there = [c for c in first if c in text]
    for at in sorted(m.start() for c in there for m in re.finditer(re.escape(c), text)):
        match = pattern.match(text, at) if at >= done else None
        if match:
            yield match
            done = match.end()


def marked(text: str, at: int) -> bool:
    """Whether the mark of a slip begins there."""
    if text[at] == "E" and text[at - 1 : at] not in trail81():
        return False
    return (MARK.match(text, at) or CP932.match(text, at)) is not None


@cache
def trail81() -> frozenset[str]:
    """The characters of GBK with trail byte 81."""
    return frozenset(c for c, code in channel.codec("gbk").codes.items() if code[1:] == b"\x81")


def together(anchors: Sequence[Anchor]) -> list[list[Anchor]]:
    """The anchors that stand near one another."""
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
    return groups


def strewn(text: str, group: Sequence[Anchor]) -> int:
    """How many marks stand together, if so many that each is rather a lost character; else 0."""
    marks = _marks(text, group)
    return marks if marks >= STREWN else 0


def lossy(text: str, groups: Iterable[Sequence[Anchor]]) -> bool:
    """Whether so many marks stand all over a text that none of them is news."""
    return sum(_marks(text, group) for group in groups) >= max(MANY, len(text) // EVERY)


def windows(text: str, anchors: Sequence[Anchor]) -> list[Window]:
    """Stretches of text with their anchors: from a little before the first to the place
    after the last where a slip must have ended."""
    found = []
    for group in together(anchors):
        first, last = group[0].start, max(a.end for a in group)
        near = max(0, first - BEFORE)
        start = max(near, text.rfind("\n", near, first) + 1)
        line = text.find("\n", last, last + LONGEST)
        line = min(len(text), last + LONGEST) if line < 0 else line
        stop = min(line, last + 2 * BEHIND)
        ascii_ = next((i for i in range(last, stop) if text[i] < "\x80"), stop)
        torn = channel.TORN_TAG.match(text, last)
        end = max(ascii_ + BEHIND // 2, last + BEHIND, torn.end() + BEHIND // 2 if torn else 0)
        end = min(line, end, first + LONGEST + BEHIND)
        if end == line and end - last < 2:
            end = min(len(text), end + BEFORE)  # the line break may stand inside a character
        found.append((start, end, group))
    return found


def promising(text: str, anchors: Sequence[Anchor]) -> list[Window]:
    """The windows that are worth a search. A `?` or `81 45` may hide a slip of a single
    character; every other one has an interior, which reads better one byte off."""
    return promising_of([(text, anchors)])[0]


def promising_of(asked: Sequence[tuple[str, Sequence[Anchor]]]) -> list[list[Window]]:
    """`promising` of several texts."""
    found = [windows(text, anchors) for text, anchors in asked]
    if not any(found):
        return found
    pieces = [
        [text[max(0, start - AHEAD) : end] for start, end, _ in own]
        for (text, _), own in zip(asked, found, strict=True)
    ]
    gains = [own for own, *_ in shifted.runs_of(pieces, CODECS[:1])]
    worth = []
    silent: list[list[int]] = []  # the marks of a window that say nothing by themselves
    for (text, _), own, runs in zip(asked, found, gains, strict=True):
        groups = [group for _, _, group in own]
        hidden = (g for g, run in zip(groups, runs, strict=True) if run.gain < QUIET_INTERIOR)
        say_nothing = _marks if lossy(text, hidden) else strewn
        silent.append([say_nothing(text, group) for group in groups])
        least = [INTERIOR * n or _needed(g) for g, n in zip(groups, silent[-1], strict=True)]
        worth.append([run.gain >= nats for run, nats in zip(runs, least, strict=True)])
    marked = [
        n
        for n, (text, _) in enumerate(asked)
        if any(_mark(text, anchor) for _, _, group in found[n] for anchor in group)
    ]
    # Only a mark may stand for a Big5 slip: half of its trails are ASCII, its runs are short.
    others = shifted.runs_of([pieces[n] for n in marked], CODECS[1:])
    spans = [(asked[n][0], [(start, end) for start, end, _ in found[n]]) for n in marked]
    for n, (runs,), promises in zip(marked, others, promises_of(spans, FLUENT), strict=True):
        rows = zip(found[n], gains[n], runs, promises, strict=True)
        for k, ((_, _, group), run, other, most) in enumerate(rows):
            gain = max(run.gain, other.gain)
            if not silent[n][k] and any(_may_hide(asked[n][0], a, gain) for a in group):
                worth[n][k] = most >= PROMISE
    return [
        [_widened(text, *window) for window, good in zip(own, kept, strict=True) if good]
        for (text, _), own, kept in zip(asked, found, worth, strict=True)
    ]


def _needed(group: Sequence[Anchor]) -> float:
    """Nats that the interior of a window has to gain: least where a mark stands among rare
    characters."""
    kinds = {a.marked for a in group}
    return BARE if len(kinds) == 2 else INTERIOR if True in kinds else QUIET_INTERIOR


def _widened(text: str, start: int, end: int, group: list[Anchor]) -> Window:
    """A window with the whole of a long run that it meets: its characters may be too common
    to be anchors themselves."""
    low = max(start - LONGEST // 2, text.rfind("\n", max(0, start - LONGEST), start) + 1, 0)
    high = text.find("\n", end, end + LONGEST // 2)
    high = min(len(text), end + LONGEST // 2) if high < 0 else high
    run = shifted.runs([text[low:high]], CODECS[:1])[0][0]
    first, last = low + run.start, low + run.end
    if run.gain < QUIET_INTERIOR or first >= end or last <= start:
        return start, end, group
    if first < start:
        group = [Anchor(first, last, marked=False), *group]
    return max(low, min(start, first - BEFORE)), min(high, max(end, last + BEFORE)), group


def _marks(text: str, group: Sequence[Anchor]) -> int:
    """How many of the marks say nothing by themselves."""
    return sum(bare(text, anchor) for anchor in group)


def bare(text: str, anchor: Anchor) -> bool:
    """Whether an anchor is a mark and nothing else."""
    if not (anchor.marked and _mark(text, anchor)):
        return False
    return PRIVATE.search(text, anchor.start, anchor.end) is None


def _mark(text: str, anchor: Anchor) -> bool:
    """Whether an anchor is a mark that may hide a slip by itself."""
    return text[anchor.end - 1] in "E丒" or RUN.match(text, anchor.start) is not None


def _may_hide(text: str, anchor: Anchor, gain: float) -> bool:
    """Whether a mark may hide a slip too short to show in what its window gains one byte off."""
    if text[anchor.end - 1] in "E丒":
        return True
    match = RUN.match(text, anchor.start)
    if match is None:
        return False
    run = match["run"]
    if not run:
        swallowed = len(match["marks"]) > 1 and text[match.end() : match.end() + 1].isdecimal()
        return swallowed or gain >= BARE or channel.TORN_TAG.match(text, match.end()) is not None
    # A rare character may be a trail byte and a letter that stood there.
    code = channel.codec("gbk").bytes_of(run[0]) or b""
    letter = code[1:].isalpha() and gate.rare(run[0]) > gate.ORDINARY + 1
    return len(match["marks"]) > 1 or len(run) <= SHORT or letter or gain >= LONG


def promises_of(
    asked: Sequence[tuple[str, Sequence[tuple[int, int]]]], fluent: float
) -> list[list[float]]:
    """For each text the most that a repair of some part of each of its spans could gain, in
    nats, if it read as fluently as `fluent` nats a character: below the threshold nothing has
    to be searched."""
    pieces = ["".join(text[max(0, a - LEAD) : b] for a, b in spans) for text, spans in asked]
    if not any(pieces):
        return [[] for _ in asked]
    found = []
    for (_, spans), scores in zip(asked, lm.load().scores(pieces), strict=True):
        at, most = 0, []
        for start, end in spans:
            at += end - max(0, start - LEAD)
            best = here = 0.0
            for score in scores[at - (end - start) : at].tolist():
                here = max(0.0, here + fluent - score)
                best = max(best, here)
            most.append(best)
        found.append(most)
    return found
