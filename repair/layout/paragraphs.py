"""Which line breaks cut a paragraph: a column's, a page's or a hard wrap's.

Two situations, told apart by the lines around (`wraps`): in a hard-wrapped run most lines
are as wide as the column, and many breaks cut words; elsewhere a line is a paragraph and a
cut one stands alone. In both the evidence is added up as log-odds (see `evidence`) on a
prior that the situation gives, and the sum decides: join, ask, or leave alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import repeat
from operator import itemgetter
from string import ascii_letters, digits
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.layout import breaks, wraps
from repair.layout.breaks import Breaks
from repair.layout.evidence import Seams, seams
from repair.layout.lines import CLOSERS, LONGEST_HEADING, Bools, Counts, Lines
from repair.layout.proposals import change, flag
from repair.layout.wraps import Wrap
from repair.model import Edit, Finding
from repair.patterns import lazy
from repair.plane import among, plane

Floats = NDArray[np.float64]
Verdict = tuple[int, Edit | Finding]  # the line above a break, and what is said of the break

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
PRIOR = np.array([[4.0, -3.0], [6.5, 3.0]])
FULL_ENDED = 2.1
# A line short of the edge, with no mark in it or before it in its paragraph, is a headline.
TITLE = -3.0
NUMBERED = -6.0  # the line below begins like an item: `(1月8日)` may stand there too
SPOILT = -4.0  # the line above ends in a mark that ends none: a full stop read wrong
# Nats of the model: what follows worse than this, and no word or mark says that it does, may
# as well stand where lines are lost. Outside wraps -1 keeps 1,152 of 1,161 joins of cuts and 90
# of 106 across lost text; in wraps -5 keeps 1,398 of 1,411 on OCR pages, and of corpus/twlaw,
# which lacks lines, nearly all joins below it were wrong.
AGAINST, FAR = -1.0, -5.0
DOUBT = 2.0  # what a break can reach at most that only lost lines explain as well
SILENT = -3.0  # below this a wrapped run's break is not even asked about

_ODD = lazy(r"[^\w\s，、,。；：！？!?;:.”’」』）)】》〉］%％…—～-]")
_WORD_END, _WORD_START = f"{ascii_letters}{digits},.;:", f"{ascii_letters}("


def judge(lines: Lines) -> list[Verdict]:
    """What is said of the breaks that may cut a paragraph, in order. All evidence is looked for
    together."""
    runs = wraps.find(lines)
    inside = _inside(lines, runs)
    rows = _candidates(lines, runs)
    prose = lines.prose[rows]
    running, short = _free(lines, rows[prose]), rows[~prose]
    if not len(inside.rows) + len(rows):
        return []
    alone = np.append(running, short)
    above, below = breaks.cut(breaks.after(lines, alone))
    cut = np.append(inside.above, above), np.append(inside.below, below)
    seen = seams(breaks.after(lines, np.append(inside.rows, alone)), cut)
    first, last = len(inside.rows), len(inside.rows) + len(running)
    others = seen.of(slice(last, None))
    seen = seen.of(slice(last))
    if last:
        seen = seen.read()
    found = [*_wrapped(lines, inside, seen.of(slice(first)))]
    found += _alone(lines, running, seen.of(slice(first, None)), short, others)
    return sorted(found, key=itemgetter(0))


def glue(found: Breaks) -> list[str]:
    """What joins put in the place of breaks: a space between Latin words, else nothing."""
    latin = among(_WORD_END)[found.back(0)] & among(_WORD_START)[found.ahead(0)]
    return [" " if told else "" for told in latin.tolist()]


def probability(score: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + math.exp(-score))


# --- a line is a paragraph ----------------------------------------------------------------


def _alone(
    lines: Lines, running: Counts, seen: Seams, short: Counts, others: Seams
) -> Iterator[Verdict]:
    """What is said of the breaks outside hard-wrapped runs: after running text, by what was
    `seen` and read there, and after short lines."""
    broken = np.zeros(len(lines.firsts), np.bool_)
    if len(running):
        broken, loose = _pages(lines, running, RUNNING + seen.runs_on)
        loose = loose[lines.owners[running]]
        heading = _headings(lines, running)
        prior = np.where(heading, HEADING, np.where(loose, LOOSE, RUNNING))
        yield from _verdicts(lines, running, seen, prior, ~heading & ~loose)
    page = broken[lines.owners[short]]
    prior = np.where(_headings(lines, short), HEADING, np.where(page, BROKEN, SHORT))
    # In a document that is not broken a short line needs more than the model can give.
    told = (page | others.may_reach(SURE - prior)).nonzero()[0]
    told = told[np.isin(short[told], _free(lines, short[told]), kind="table")]
    if len(told):
        never = np.zeros(len(told), np.bool_)
        yield from _verdicts(lines, short[told], others.of(told).read(), prior[told], never)


def _candidates(lines: Lines, runs: Sequence[Wrap]) -> Counts:
    """The breaks outside the runs with no end above, running text on one side and an end of
    a sentence below that begins nothing of its own."""
    if len(lines) < 2:
        return np.zeros(0, np.intp)
    may = lines.linked & lines.open[:-1] & lines.ended[1:] & (lines.prose[:-1] | lines.prose[1:])
    may &= ~(lines.barred[:-1] | lines.barred[1:])
    for run in runs:
        may[run.first : run.last] = False
    rows = may.nonzero()[0]
    rows = rows[~lines.closing(rows)]
    return np.asarray(rows[~lines.opening(rows + 1)])


def _free(lines: Lines, rows: Counts) -> Counts:
    """Those with no table, code, label or foreign text on either side."""
    for sides in (lines.foreign, lines.set_apart):
        rows = rows[~sides(rows)]
        rows = rows[~sides(rows + 1)]
    return rows


def _headings(lines: Lines, rows: Counts) -> Bools:
    """Which of the lines are numbered headings."""
    short = ~lines.ended[rows] & (lines.sizes[rows] <= LONGEST_HEADING)
    return np.asarray(short & lines.headed(rows))


def _pages(lines: Lines, rows: Counts, scores: Floats) -> tuple[Bools, Bools]:
    """What each text's lines say together, by the scores of the running ones without an end:
    whether several of its paragraphs were surely cut, and whether they often end in no mark,
    which is then the writer's habit and nothing is lost."""
    owners = lines.owners[rows]
    texts = len(lines.firsts)
    cut = np.bincount(owners[scores >= SURE], minlength=texts)
    loose = np.zeros(texts, np.bool_)
    # being loose makes silent what would be said otherwise
    for owner in sorted(set(owners[scores > ASK].tolist())):
        loose[owner] = _loose(lines, lines.part(owner), cut[owner])
    return cut > 1, loose


def _loose(lines: Lines, part: range, cut: int) -> bool:
    """Whether paragraphs often end in no mark, more of them than were cut twice over."""
    own = slice(part.start, part.stop)
    prose = lines.prose[own] & ~lines.barred[own]
    may = part.start + (prose & lines.open[own]).nonzero()[0]
    unended = int(np.count_nonzero(~lines.closing(may)))
    return unended > max(1, int(prose.sum()) // 3) and 2 * cut < unended


def _verdicts(
    lines: Lines, rows: Counts, seen: Seams, prior: Floats, asked: Bools
) -> Iterator[Verdict]:
    """What is said of the breaks after some lines; those that are `asked` about, if need be."""
    score = prior + seen.runs_on + CLOSED * _closers()[seen.breaks.back(0)]
    score += INDENTED * (lines.indents[rows + 1] > 1)
    whole = INTACT + seen.intact
    sure = (score >= SURE) & (whole >= 0) & seen.follows(AGAINST)
    lost = asked & (score > ASK) & ~sure
    yield from _told(lines, rows[sure], COLUMN, score[sure], seen.of(sure))
    why = "the line above does not end and the one below does not follow it: "
    least, said = np.minimum(score, whole)[lost], seen.of(lost)
    yield from _told(lines, rows[lost], LOST, least, said, [why] * len(least), whole[lost] < 0)


def _told(
    lines: Lines,
    rows: Counts,
    rule: str,
    score: Floats,
    seen: Seams,
    whys: Sequence[str] = (),
    torn: Bools | None = None,
) -> Iterable[Verdict]:
    """What is said of the breaks after some lines, in offsets of their texts; `torn` are those
    where text is missing rather than only a line broken."""
    if not len(rows):
        return ()
    found, said = seen.breaks, seen.said
    first = lines.firsts.take(lines.owners.take(rows))
    what = (
        [lines.text[a:b] for a, b in zip(found.ends.tolist(), found.nexts.tolist(), strict=True)],
        (found.ends - first).tolist(),
        glue(found),
        repeat(rule),
        map(probability, score.tolist()),
        map(str.__add__, whys, said) if whys else said,
    )
    if torn is None:
        return zip(rows.tolist(), map(change, *what), strict=True)
    says = (flag if lost else change for lost in torn.tolist())
    return [
        (line, say(*item))
        for line, say, item in zip(rows.tolist(), says, zip(*what, strict=False), strict=True)
    ]


# --- hard wraps ---------------------------------------------------------------------------


class _Inside(NamedTuple):
    """The breaks inside hard-wrapped runs that may be a wrap's: the lines above, and of each
    how wide the column is, whether the line is full, bare of marks as a headline is, the next one
    set apart, the sentence ended, the next one begins something, and the word that is cut."""

    rows: Counts
    columns: Counts
    full: Bools
    bare: Bools
    apart: Bools
    ended: Bools
    opens: Bools
    above: Counts
    below: Counts


def _inside(lines: Lines, runs: Sequence[Wrap]) -> _Inside:
    if not runs:
        return _Inside(*np.zeros((9, 0), np.intp))
    sizes = [run.last - run.first for run in runs]
    columns, indent = (
        np.repeat([getattr(run, name) for run in runs], sizes) for name in ("columns", "indent")
    )
    rows = np.concatenate([np.arange(run.first, run.last) for run in runs])
    full, above, below = (
        np.concatenate([getattr(run, name)[:-1] for run in runs])
        for name in ("full", "above", "below")
    )
    apart = (lines.gaps[rows + 1] > 0) | (lines.indents[rows + 1] > indent)
    ended, opens = lines.closing(rows), lines.opening(rows + 1)
    told = ~ended | (full & ~apart & ~opens)  # a full line may end by chance
    bare = ~full & _bare(lines, rows, ended | apart)
    parts = rows, columns, full, bare, apart, ended, opens, above, below
    return _Inside(*(part[told] for part in parts))


def _bare(lines: Lines, rows: Counts, last: Bools) -> Bools:
    """Whether no comma and no full stop stands in the line, nor before it in its paragraph;
    `last` are those behind which another paragraph may begin."""
    marked = np.cumsum(lines.stopped[rows])
    first = np.append(True, last[:-1] | (np.diff(rows) > 1))
    begins = first.nonzero()[0][np.cumsum(first) - 1]
    return np.asarray(marked == (marked - lines.stopped[rows])[begins])


def _wrapped(lines: Lines, inside: _Inside, seen: Seams) -> Iterator[Verdict]:
    """What is said of the breaks inside the runs."""
    rows, columns, full, bare, apart, ended, opens, *_ = inside
    if not len(rows):
        return
    day = among("年月")[seen.breaks.back(0)] & among(digits)[seen.breaks.ahead(0)]
    score = _running(seen, full, apart, opens) + TITLE * (bare & ~day)
    said = ended | ~((score <= SILENT) | (opens & (score < SURE)))
    score = np.where(seen.follows(FAR), score, np.minimum(score, DOUBT))
    score[ended] = FULL_ENDED
    whys = [f"lines are wrapped at {width} columns; " for width in columns[said].tolist()]
    yield from _told(lines, rows[said], WRAP, score[said], seen.of(said), whys)


def _running(seen: Seams, full: Bools, apart: Bools, opens: Bools) -> Floats:
    """Log-odds that lines of a run go on, by whether they are full, and the ones below are set
    apart and begin something."""
    last = seen.breaks.back(0)
    odd = _odds()[last]
    for n in (odd & (last & 0xF800 == 0xD800)).nonzero()[0].tolist():
        odd[n] = bool(_ODD.match(seen.breaks.text[seen.breaks.ends[n] - 1]))
    prior = PRIOR[full.astype(np.intp), apart.astype(np.intp)]
    return np.asarray(prior + seen.runs_on + NUMBERED * opens + SPOILT * odd)


@cache
def _closers() -> Bools:
    return among(CLOSERS)


@cache
def _odds() -> Bools:
    """Marks that end nothing, and the halves of surrogate pairs, which may be such."""
    return among("".join((*_ODD.findall(plane()), *map(chr, range(0xD800, 0xDC00)))))
