"""Which line breaks cut a paragraph: a column's, a page's or a hard wrap's.

Two situations, told apart by the lines around (`wraps`): in a hard-wrapped run most lines
are as wide as the column, and many breaks cut words; elsewhere a line is a paragraph and a
cut one stands alone. In both the evidence is added up as log-odds (see `evidence`) on a
prior that the situation gives, and the sum decides: join, ask, or leave alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from repair.layout.evidence import Seam, cut_words, plain, seams
from repair.layout.lines import CLOSERS, LONGEST_HEADING, PROSE, Counts, Line, Lines

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
# Nats of the model: what follows worse than this, and no word or mark says that it does, may
# as well stand where lines are lost. Outside wraps -1 keeps 1,160 of 1,173 joins of cuts and 129
# of 159 across lost text; in wraps -5 keeps 1,398 of 1,411 on OCR pages, and of corpus/twlaw,
# which lacks lines, nearly all joins below it were wrong.
AGAINST, FAR = -1.0, -5.0
DOUBT = 2.0  # what a break can reach at most that only lost lines explain as well
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


def judge(lines: Lines, barred: Collection[int]) -> list[Verdict]:
    """The breaks that may cut a paragraph, in order; `barred` lines are nobody's part."""
    if len(lines) < 2:
        return []
    free = np.ones(len(lines), bool)
    if barred:
        free[list(barred)] = False
    for i in np.flatnonzero(lines.columned).tolist():
        free[i] = free[i] and not lines[i].columns
    pairs = free[:-1] & free[1:]
    inside = {i: run for run in wraps(lines, free) for i in range(run.first, run.last)}
    cuts = [i for i in _candidates(lines, pairs) if i not in inside]
    cuts = [i for i in cuts if _may_be_cut(lines[i], lines[i + 1])]
    if not cuts and not inside:
        return []
    wrapped = [i for i in sorted(inside) if pairs[i]]
    running = [i for i in cuts if lines[i].prose]
    seen = _seams(lines, wrapped + running)
    cut = [i for i in running if RUNNING + seen[i].runs_on >= SURE]
    page = Page(broken=len(cut) > 1, loose=_loose(lines, barred, len(cut)))
    # Elsewhere a short line would need more than the model can give.
    short = [i for i in cuts if not lines[i].prose]
    if not page.broken:
        least = [SURE - _prior(lines[i], page) for i in short]
        texts = [(lines[i].text, lines[i + 1].text) for i in short]
        short = [i for i, may in zip(short, plain(texts, least), strict=True) if may]
    seen |= _seams(lines, short)
    verdicts = (
        _wrapped(i, lines, inside[i], seam) if i in inside else _alone(i, lines, seam, page)
        for i, seam in sorted(seen.items())
    )
    return [verdict for verdict in verdicts if verdict]


def _candidates(lines: Lines, pairs: NDArray[np.bool_]) -> list[int]:
    """Of the breaks between free lines those that pass `_may_be_cut` as far as arrays tell."""
    long = lines.sizes >= PROSE
    may = pairs & lines.open[:-1] & lines.ended[1:] & (long[:-1] | long[1:])
    if may.any():
        may &= ~(lines.foreign[:-1] | lines.foreign[1:])
    found: list[int] = np.flatnonzero(may).tolist()
    return found


def _loose(lines: Lines, barred: Collection[int], cut: int) -> bool:
    """Whether paragraphs often end in no mark, more of them than were cut twice over."""
    rows = np.flatnonzero(lines.open & (lines.sizes >= PROSE)).tolist()
    unended = sum(i not in barred and lines[i].prose and not lines[i].ends for i in rows)
    if unended <= 1 or 2 * cut >= unended:
        return False
    whole = np.flatnonzero(lines.sizes >= PROSE).tolist()
    prose = sum(i not in barred and lines[i].prose for i in whole)
    return unended > max(1, prose // 3)


def _seams(lines: Lines, above: Sequence[int]) -> dict[int, Seam]:
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


def _alone(i: int, lines: Lines, seam: Seam, page: Page) -> Verdict | None:
    above, below = lines[i], lines[i + 1]
    running = above.prose and not _heading(above)
    score = _prior(above, page) + seam.runs_on + CLOSED * (above.text[-1] in CLOSERS)
    score += INDENTED * (below.indent > 1)
    whole = INTACT + seam.intact
    if score >= SURE and whole >= 0 and seam.follows(AGAINST):
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


def wraps(lines: Lines, free: NDArray[np.bool_]) -> Iterator[Wrap]:
    """The hard-wrapped runs."""
    stops = np.flatnonzero(~(free & (lines.widths <= WIDEST)))
    edges = [-1, *stops.tolist(), len(lines)]
    for before, stop in pairwise(edges):
        if stop - before > SHORTEST:
            run = _wrap(lines, before + 1, stop)
            if run:
                yield run


def _wrap(lines: Lines, start: int, stop: int) -> Wrap | None:
    if np.count_nonzero(lines.open[start : stop - 1]) < LEAST_CUTS:
        return None
    widths, indents = lines.widths[start:stop], lines.indents[start:stop]
    columns = _columns(widths)
    if columns < NARROWEST:
        return None
    indent = int(np.sort(indents)[len(indents) // 2])
    reach = indents - indent + widths
    full = (reach >= columns - UNDER) & (reach <= columns + OVER)
    if np.count_nonzero(full) < FULL * len(widths):
        return None
    breaks = [start + i for i in np.flatnonzero(lines.open[start : stop - 1]).tolist()]
    breaks = [i for i in breaks if not lines[i].ends and not lines[i + 1].opens]
    if len(breaks) < LEAST_CUTS:
        return None
    cut = sum(map(bool, cut_words([(lines[i].text, lines[i + 1].text) for i in breaks])))
    if cut < LEAST_CUTS or cut < CUTS * len(breaks):
        return None
    ends = [
        lines[i + 1].gap > 0 or lines[i + 1].indent > indent
        for i, whole in zip(range(start, stop - 1), full.tolist(), strict=False)
        if not whole and lines[i].ends
    ]
    return Wrap(start, stop - 1, columns, sum(ends) >= 0.8 * len(ends) > 0, indent)


def _columns(widths: Counts) -> int:
    """The width that most lines reach; a page of two columns read as one has some wider."""
    counts = np.bincount(widths)
    sums = np.concatenate(([0], np.cumsum(counts)))
    at = np.flatnonzero(counts)
    near = sums[np.minimum(at + OVER + 1, len(counts))] - sums[np.maximum(at - UNDER, 0)]
    order = np.lexsort((at, counts[at], near))
    return int(at[order[-1]])


def _wrapped(i: int, lines: Lines, run: Wrap, seam: Seam) -> Verdict | None:
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
    if not seam.follows(FAR):
        score = min(score, DOUBT)
    return Verdict(i, WRAP, probability(score), said)
