"""Which line breaks cut a paragraph: a column's, a page's or a hard wrap's.

Two situations, told apart by the lines around (`wraps`): in a hard-wrapped run most lines
are as wide as the column, and many breaks cut words; elsewhere a line is a paragraph and a
cut one stands alone. In both the evidence is added up as log-odds (see `evidence`) on a
prior that the situation gives, and the sum decides: join, ask, or leave alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from repair.layout.evidence import Seam, cut_word, plain, seams
from repair.layout.lines import CLOSERS, LONGEST_HEADING, Line

COLUMN, WRAP, LOST = "LAY001", "LAY002", "LAY003"

# A run of wrapped lines: at least so many, none wider than WIDEST columns, at least this
# share of them full, and of the breaks between two Chinese characters this share cuts words.
SHORTEST, WIDEST, FULL, CUTS = 5, 120, 0.4, 0.12
LEAST_CUTS = 3
NARROWEST = 16  # columns: verse, names and word lists are narrower
UNDER, OVER = 5, 4  # columns by which a full line may miss or pass the width

# Priors in nats that a line without an end runs on, by situation: running text, that of a
# writer who often leaves the end out, a numbered heading, a short line in a document whose
# paragraphs are cut elsewhere, in any other one.
RUNNING, LOOSE, HEADING, BROKEN, SHORT = 3.0, 0.0, -6.0, 0.0, -5.0
CLOSED = -3.0  # the model takes a closing bracket for no end: few full stops follow one
INDENTED = -3.0  # the line below is set like a paragraph's first
INTACT = 3.0  # prior that a cut lost nothing
SURE, ASK = 3.8, -1.0
# In a hard-wrapped run, by whether the line above is full and the one below set apart (blank
# line or indent); from bench/ocr_pages.jsonl, where of 1,205 full lines without an end one
# ended a paragraph, of 37 that did end with a sentence four. What speaks strongly against
# running on (lost lines, as in corpus/twlaw) is asked about all the same.
PRIOR = {(True, False): 6.5, (True, True): 3.0, (False, False): 4.0, (False, True): -3.0}
FULL_ENDED = 2.1
NUMBERED = -6.0  # the line below begins like an item: `(1月8日)` may stand there too
SPOILT = -4.0  # the line above ends in a mark that ends none: a full stop read wrong
SILENT = -3.0  # below this a wrapped run's break is not even asked about

_ODD = re.compile(r"[^\w\s，、,。；：！？!?;:.”’」』）)】》〉］%％…—～-]$")
_WORD_END, _WORD_START = re.compile(r"[A-Za-z0-9,.;:]$"), re.compile(r"^[A-Za-z(]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the break after the line of index `above` is taken for."""

    above: int
    rule: str
    confidence: float  # that the two lines are one paragraph
    evidence: str
    torn: bool = False  # text is missing here rather than only a line broken


def judge(lines: Sequence[Line], barred: Collection[int]) -> list[Verdict]:
    """The breaks that may cut a paragraph, in order; `barred` lines are nobody's part."""
    free = [i not in barred and not line.columns for i, line in enumerate(lines)]
    inside = {i: run for run in wraps(lines, free) for i in range(run.first, run.last)}
    pairs = [i for i in range(len(lines) - 1) if free[i] and free[i + 1]]
    cuts = [i for i in pairs if i not in inside and _may_be_cut(lines[i], lines[i + 1])]
    if not cuts and not inside:
        return []
    seen = _seams(lines, [i for i in pairs if i in inside] + [i for i in cuts if lines[i].prose])
    cut = [i for i, seam in seen.items() if i not in inside and RUNNING + seam.runs_on >= SURE]
    prose = [line for i, line in enumerate(lines) if i not in barred and line.prose]
    unended = sum(not line.ends for line in prose)
    loose = unended > max(1, len(prose) // 3) and 2 * len(cut) < unended
    page = Page(broken=len(cut) > 1, loose=loose)
    # Elsewhere a short line would need more than the model can give.
    short = [i for i in cuts if not lines[i].prose]
    short = [
        i for i in short
        if page.broken or plain(lines[i].text, lines[i + 1].text, SURE - _prior(lines[i], page))
    ]  # fmt: skip
    seen |= _seams(lines, short)
    verdicts = (
        _wrapped(i, lines, inside[i], seam) if i in inside else _alone(i, lines, seam, page)
        for i, seam in sorted(seen.items())
    )
    return [verdict for verdict in verdicts if verdict]


def _seams(lines: Sequence[Line], above: Sequence[int]) -> dict[int, Seam]:
    pairs = [(lines[i].text, lines[i + 1].text) for i in above]
    return dict(zip(above, seams(pairs), strict=True))


def glue(above: str, below: str) -> str:
    """What a join puts in the place of the break: a space between Latin words, else nothing."""
    return " " if _WORD_END.search(above) and _WORD_START.match(below) else ""


def probability(score: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + math.exp(-score))


# --- a line is a paragraph ----------------------------------------------------------------


def _may_be_cut(above: Line, below: Line) -> bool:
    """The cheap gate: no end above, running text on one side, an end of a sentence below."""
    return (
        not above.ends
        and (above.prose or below.prose)
        and below.sentences
        and not below.opens
        and not above.set_apart
        and not below.set_apart
    )


@dataclass(frozen=True, slots=True)
class Page:
    """What a document's lines say together."""

    broken: bool  # several of its paragraphs were surely cut
    loose: bool  # its paragraphs often end in no mark: the writer's habit, nothing lost


def _heading(above: Line) -> bool:
    return above.headed and not above.sentences and len(above.text) <= LONGEST_HEADING


def _prior(above: Line, page: Page) -> float:
    """What the situation says for a break outside hard-wrapped runs."""
    if _heading(above):
        return HEADING
    if above.prose:
        return LOOSE if page.loose else RUNNING
    return BROKEN if page.broken else SHORT


def _alone(i: int, lines: Sequence[Line], seam: Seam, page: Page) -> Verdict | None:
    above, below = lines[i], lines[i + 1]
    running = above.prose and not _heading(above)
    score = _prior(above, page) + seam.runs_on + CLOSED * (above.text[-1] in CLOSERS)
    score += INDENTED * (below.indent > 1)
    whole = INTACT + seam.intact
    if score >= SURE and whole >= 0:
        return Verdict(i, COLUMN, probability(score), seam.said())
    if running and score > ASK and not page.loose:
        why = "the line above does not end and the one below does not follow it"
        return Verdict(i, LOST, probability(min(score, whole)), f"{why}: {seam.said()}", whole < 0)
    return None


# --- hard wraps ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wrap:
    """A run of hard-wrapped lines: from `first` to `last`, both inside."""

    first: int
    last: int
    columns: int
    apart: bool  # its paragraphs are set apart by blank lines or an indent
    indent: int  # columns before an ordinary line

    def full(self, line: Line) -> bool:
        """Whether the line reaches the edge of the column."""
        reach = line.indent - self.indent + line.width
        return self.columns - UNDER <= reach <= self.columns + OVER


def wraps(lines: Sequence[Line], free: Sequence[bool]) -> Iterator[Wrap]:
    """The hard-wrapped runs."""
    start = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and free[i] and lines[i].width <= WIDEST:
            continue
        if i - start >= SHORTEST:
            run = _wrap(lines, start, i)
            if run:
                yield run
        start = i + 1


def _wrap(lines: Sequence[Line], start: int, stop: int) -> Wrap | None:
    run = lines[start:stop]
    pairs = [
        (above.text, below.text)
        for above, below in pairwise(run)
        if not above.ends and not below.opens
    ]
    if len(pairs) < LEAST_CUTS:
        return None
    columns = _columns([line.width for line in run])
    if columns < NARROWEST:
        return None
    indent = sorted(line.indent for line in run)[len(run) // 2]
    shape = Wrap(start, stop - 1, columns, False, indent)
    full = [shape.full(line) for line in run]
    if sum(full) < FULL * len(run):
        return None
    cut = sum(bool(cut_word(above, below)) for above, below in pairs)
    if cut < LEAST_CUTS or cut < CUTS * len(pairs):
        return None
    ends = [
        (below.gap > 0 or below.indent > indent)
        for above, below, whole in zip(run, run[1:], full, strict=False)
        if above.ends and not whole
    ]
    return Wrap(start, stop - 1, columns, sum(ends) >= 0.8 * len(ends) > 0, indent)


def _columns(widths: Sequence[int]) -> int:
    """The width that most lines reach; a page of two columns read as one has some wider."""
    counts = Counter(widths)
    return max(
        counts,
        key=lambda w: (sum(counts[v] for v in range(w - UNDER, w + OVER + 1)), counts[w], w),
    )


def _wrapped(i: int, lines: Sequence[Line], run: Wrap, seam: Seam) -> Verdict | None:
    above, below = lines[i], lines[i + 1]
    full, apart = run.full(above), below.gap > 0 or below.indent > run.indent
    said = f"lines are wrapped at {run.columns} columns; {seam.said()}"
    if above.ends:
        sentence = full and not apart and not below.opens
        return Verdict(i, WRAP, probability(FULL_ENDED), said) if sentence else None
    prior = PRIOR[full, apart]
    score = prior + seam.runs_on + NUMBERED * below.opens + SPOILT * bool(_ODD.search(above.text))
    if score <= SILENT or (below.opens and score < SURE):
        return None
    return Verdict(i, WRAP, probability(score), said)
