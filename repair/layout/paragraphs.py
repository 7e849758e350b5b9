"""Which line breaks cut a paragraph: a column's, a page's or a hard wrap's.

Two situations, told apart by the lines around (`wraps`): in a hard-wrapped run most lines
are as wide as the column, and many breaks cut words; elsewhere a line is a paragraph and a
cut one stands alone. In both the evidence is added up as log-odds (see `evidence`) on a
prior that the situation gives, and the sum decides: join, ask, or leave alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from repair.layout import edges, wraps
from repair.layout.evidence import Seam, plain, seams
from repair.layout.lines import CLOSERS, LONGEST_HEADING, Counts, Line, Lines
from repair.layout.wraps import Wrap

COLUMN, WRAP, LOST = "LAY001", "LAY002", "LAY003"

# Priors in nats that a line without an end runs on, by situation: running text, that of a
# writer who often leaves the end out, a numbered heading, a short line in a document whose
# paragraphs are cut elsewhere, in any other one.
RUNNING, LOOSE, HEADING, BROKEN, SHORT = 3.0, 0.0, -6.0, 0.0, -5.0
CLOSED = -3.0  # the model takes a closing bracket for no end: few full stops follow one
INDENTED = -3.0  # the line below is set like a paragraph's first
# Prior that a cut lost nothing. Of cuts in held-back news 1.7 joins 1,152 of 1,440 and 90 of 482
# that lost text, 3.0 did 1,160 and 129; below 1.6 two of the seeds' cuts are only asked about.
INTACT = 1.7
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
# as well stand where lines are lost. Outside wraps -1 keeps 1,152 of 1,161 joins of cuts and 90
# of 106 across lost text; in wraps -5 keeps 1,398 of 1,411 on OCR pages, and of corpus/twlaw,
# which lacks lines, nearly all joins below it were wrong.
AGAINST, FAR = -1.0, -5.0
DOUBT = 2.0  # what a break can reach at most that only lost lines explain as well
SILENT = -3.0  # below this a wrapped run's break is not even asked about

_ODD = re.compile(r"[^\w\s，、,。；：！？!?;:.”’」』）)】》〉］%％…—～-]")
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
    runs = wraps.find(lines, barred)
    inside = [i for run in runs for i in range(run.first, run.last)]
    found = [*_wrapped(lines, runs), *_alone(lines, barred, inside)]
    return sorted(found, key=lambda verdict: verdict.above)


def _seams(lines: Lines, above: Sequence[int]) -> dict[int, Seam]:
    return dict(zip(above, seams(lines.sides(above)), strict=True))


def glue(above: str, below: str) -> str:
    """What a join puts in the place of the break: a space between Latin words, else nothing."""
    return " " if _WORD_END.search(above) and _WORD_START.match(below) else ""


def probability(score: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + math.exp(-score))


# --- a line is a paragraph ----------------------------------------------------------------


def _alone(lines: Lines, barred: Collection[int], inside: Collection[int]) -> list[Verdict]:
    """What is said of the breaks outside hard-wrapped runs, those not `inside` any."""
    rows = _candidates(lines, barred, inside)
    if not len(rows):
        return []
    prose = lines.prose[rows]
    running = [i for i in rows[prose].tolist() if _may_be_cut(lines, i)]
    seen = _seams(lines, running)
    pages = _pages(lines, seen, barred)
    broken = [owner for owner, page in pages.items() if page.broken]
    hopeful = edges.spoken(lines, rows)
    if broken:
        hopeful |= np.isin(lines.owners[rows], broken)
    short = [i for i in rows[hopeful & ~prose].tolist() if _may_be_cut(lines, i)]
    page = {i: pages.get(int(lines.owners[i]), _SOUND) for i in running + short}
    # In a document that is not broken a short line needs more than the model can give.
    weak = [i for i in short if not page[i].broken]
    least = [SURE - _prior(lines[i], page[i]) for i in weak]
    hold = plain(lines.sides(weak), least)
    mute = {i for i, may in zip(weak, hold, strict=True) if not may}
    seen |= _seams(lines, [i for i in short if i not in mute])
    verdicts = (_verdict(i, lines, seam, page[i]) for i, seam in seen.items())
    return [verdict for verdict in verdicts if verdict]


def _candidates(lines: Lines, barred: Collection[int], inside: Collection[int]) -> Counts:
    """Of the breaks between free lines those that pass `_may_be_cut` as far as arrays tell."""
    if len(lines) < 2:
        return np.zeros(0, np.intp)
    may = lines.linked & lines.open[:-1] & lines.ended[1:] & (lines.long[:-1] | lines.long[1:])
    may[list(inside)] = False
    for i in barred:
        may[max(i - 1, 0) : i + 1] = False
    return may.nonzero()[0]


def _may_be_cut(lines: Lines, i: int) -> bool:
    """The cheap gate: no end above, running text on one side, an end of a sentence below."""
    above, below = lines[i], lines[i + 1]
    return (
        not above.ends
        and (above.prose or below.prose)
        and below.sentences
        and not below.opens
        and not above.set_apart
        and not below.set_apart
        and not lines.foreign(i)
        and not lines.foreign(i + 1)
    )


@dataclass(frozen=True, slots=True)
class Page:
    """What a document's lines say together."""

    broken: bool  # several of its paragraphs were surely cut
    loose: bool  # its paragraphs often end in no mark: the writer's habit, nothing lost


_SOUND = Page(broken=False, loose=False)


def _pages(lines: Lines, seen: Mapping[int, Seam], barred: Collection[int]) -> dict[int, Page]:
    """The texts with running lines that have no end, by number."""
    scores: dict[int, list[float]] = {}
    for i, seam in seen.items():
        scores.setdefault(int(lines.owners[i]), []).append(RUNNING + seam.runs_on)
    pages: dict[int, Page] = {}
    for owner, found in scores.items():
        cut = sum(score >= SURE for score in found)
        # being loose makes silent what would be said otherwise
        loose = max(found) > ASK and _loose(lines, lines.part(owner), barred, cut)
        pages[owner] = Page(broken=cut > 1, loose=loose)
    return pages


def _loose(lines: Lines, part: range, barred: Collection[int], cut: int) -> bool:
    """Whether paragraphs often end in no mark, more of them than were cut twice over."""
    prose = lines.prose[part.start : part.stop].copy()
    prose[[i - part.start for i in barred if i in part]] = False
    may = part.start + (prose & lines.open[part.start : part.stop]).nonzero()[0]
    unended = sum(not lines[i].ends for i in may.tolist())
    return unended > max(1, int(prose.sum()) // 3) and 2 * cut < unended


def _heading(above: Line) -> bool:
    return above.headed and not above.sentences and len(above.text) <= LONGEST_HEADING


def _prior(above: Line, page: Page) -> float:
    """What the situation says for a break outside hard-wrapped runs."""
    if _heading(above):
        return HEADING
    if above.prose:
        return LOOSE if page.loose else RUNNING
    return BROKEN if page.broken else SHORT


def _verdict(i: int, lines: Lines, seam: Seam, page: Page) -> Verdict | None:
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


def _wrapped(lines: Lines, runs: Sequence[Wrap]) -> Iterator[Verdict]:
    """What is said of the breaks inside the runs."""
    if not runs:
        return
    sizes = [run.last - run.first for run in runs]
    columns, indent = (
        np.repeat([getattr(run, name) for run in runs], sizes) for name in ("columns", "indent")
    )
    rows = np.concatenate([np.arange(run.first, run.last) for run in runs])
    full = np.concatenate([run.full[:-1] for run in runs])
    apart = (lines.gaps[rows + 1] > 0) | (lines.indents[rows + 1] > indent)
    ended, opens = lines.closed[rows], lines.opening(rows + 1)
    told = (~ended | (full & ~apart & ~opens)).nonzero()[0]  # a full line may end by chance
    parts = [part[told].tolist() for part in (rows, columns, full, apart, ended, opens)]
    seen = _seams(lines, parts[0])
    for i, width, *form in zip(*parts, strict=True):
        score = _running(lines.text[lines.ends[i] - 1], seen[i], *form)
        if score is not None:
            said = f"lines are wrapped at {width} columns; {seen[i].said()}"
            yield Verdict(i, WRAP, probability(score), said)


def _running(
    last: str, seam: Seam, full: bool, apart: bool, ended: bool, opens: bool
) -> float | None:
    """Log-odds that a line of a run goes on, by its last character, by whether it is full and
    ended, and the one below is set apart and begins something; None where that is not asked."""
    if ended:
        return FULL_ENDED
    score = PRIOR[full, apart] + seam.runs_on + NUMBERED * opens + SPOILT * bool(_ODD.match(last))
    if score <= SILENT or (opens and score < SURE):
        return None
    return score if seam.follows(FAR) else min(score, DOUBT)
