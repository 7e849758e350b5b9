"""What speaks for one line running on into the next: the model, words, punctuation.

Evidence is log-odds in nats, so that it adds up. The weights of the model's part, of a cut
word, of a comma and of a word that binds come from a logistic regression on 4,600 breaks cut
at random into held-back news (bench/slips.jsonl) against 800 real breaks without a mark at
the end, headlines before their reports (corpus/news), half of each held back: AUC 0.990,
81 % of the cuts and none of the real breaks above 3. `intact` was fitted on the same cuts
against cuts that also lost 2 to 24 characters: AUC 0.958. The other marks (an open bracket,
a stump after a comma, a sentence's rest below, a number cut from its unit) stood at 3 to 18 %
of the cuts and at 0 to 18 of 23,323 real breaks; their weights are set below what that allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.layout import breaks
from repair.layout.breaks import Breaks, Units
from repair.layout.lines import Bools, Counts
from repair.lm import chars
from repair.lm.reading import MIXED
from repair.lm.single import GAP_CHAR
from repair.patterns import lazy
from repair.plane import among, plane

TAIL, HEAD = 8, 4  # characters above and below the break that the model reads
AGAIN = 3  # characters
NEAR = 80  # characters on either side in which a bracket's other half is looked for
MOST = 8.0  # nats that the model can say at most
WORD = 1.6  # nats of a cut word, beside the model

# What punctuation and binding words say: nats and the sentence for a person.
MARKS: dict[str, tuple[float, str]] = {
    "comma": (4.0, "the line above ends in a comma"),
    "stump": (4.0, "the line above ends in a stump of a clause"),
    "rest": (5.0, "the line below begins with the rest of a sentence"),
    "open": (4.0, "a bracket or quote is open above"),
    "closes": (4.0, "one closes below that never opened there"),
    "closing": (8.0, "the line below begins with a mark that begins nothing"),
    "number": (4.0, "a number is cut"),
    "bound": (1.0, "the line above ends in a word that binds"),
    "again": (-6.0, "the line below begins like the one above, as a report like its headline"),
}
_NATS = np.array([nats for nats, _ in MARKS.values()])

# The characters that they are told by; no line of its own ends in a word that binds what stands
# before it to what follows.
_COMMA, _COMMAS, _QUOTES = "，,", "，、,", "”’」』"
_NO_STUMP, _NO_REST = "，、,。；;", "，、,。！？!?；;：:“”《》"
_NO_START = "，、。；：！？）】》」』”’％%…·～,)]"
_BOUND = "的和與与及或在对對把被將将是为為以从從向使由于於并並而且不"
_NUMBERED = r"[\d.%％]|[年月日时時分万萬亿億個个元人]"
_NUMBER = lazy(rf"(?!\d{{1,3}}[.、．)）](?!\d))(?:{_NUMBERED})")
_PAIRS = dict(zip("“《（(「『【", "”》）)」』】", strict=True))
_BRACKET = scan.kind("".join(_PAIRS) + "".join(_PAIRS.values()))


@dataclass(frozen=True, slots=True)
class Seams:
    """The evidence at breaks. `model` has three rows, in nats: how much better what is below
    follows what is above than nothing, how much better it follows a full stop than nothing,
    and how well what is above ends."""

    breaks: Breaks
    marks: Bools  # what punctuation and binding words say: a row for each break, as in MARKS
    above: Counts  # characters of the word that the break cuts, 0 if it cuts none
    below: Counts
    model: NDArray[np.float64] | None = None  # None as long as it was not asked, or without one

    def of(self, which: Bools | Counts | slice) -> Seams:
        """Some of them."""
        model = None if self.model is None else self.model[:, which]
        rows = self.marks[which], self.above[which], self.below[which], model
        return Seams(self.breaks.of(which), *rows)

    def read(self) -> Seams:
        """The same with what the model says, if there is one."""
        return replace(self, model=_readings(self.breaks))

    @property
    def cuts(self) -> Bools:
        """Where a word is cut."""
        return self.above > 0

    @property
    def marked(self) -> NDArray[np.float64]:
        """Nats of the marks."""
        return np.asarray(self.marks @ _NATS, np.float64)

    @property
    def runs_on(self) -> NDArray[np.float64]:
        """Log-odds, before any prior, that the break cuts a sentence."""
        score = self.marked
        if self.model is None:
            return np.asarray(score + 5.0 * self.cuts)
        follows, starts, ends = self.model
        ours = -2.9 + 0.70 * follows - 0.44 * starts - 0.75 * ends
        return np.asarray(score + WORD * self.cuts + ours.clip(-MOST, MOST))

    @property
    def intact(self) -> NDArray[np.float64]:
        """Log-odds, before any prior, that nothing is lost at a break that cuts a sentence."""
        if self.model is None:
            return np.asarray(4.0 * self.cuts)
        follows, starts, ends = self.model
        return np.asarray(0.7 + 0.58 * follows + 0.13 * starts + 0.04 * ends + 0.7 * self.cuts)

    def may_reach(self, least: NDArray[np.float64]) -> Bools:
        """Where words or punctuation say something for running on, and with all that the model
        could add the evidence can reach `least`."""
        score = self.marked + MOST
        told = self.marks.any(axis=1) & (score >= least)
        return told | self.cuts & (score + WORD >= least)

    def follows(self, least: float) -> Bools:
        """Where a word or a mark says that the line below goes on with this very one, or the
        model does not speak against it: that neither is whole is true of lost lines too."""
        told = self.cuts | self.marks.any(axis=1)
        return np.ones_like(told) if self.model is None else told | (self.model[0] >= least)

    @property
    def words(self) -> list[str]:
        """The words that the breaks cut, "" where they cut none."""
        text, ends, nexts = self.breaks.text, self.breaks.ends, self.breaks.nexts
        places = ends - self.above, ends, nexts, nexts + self.below
        bounds = zip(*(row.tolist() for row in places), strict=True)
        return [text[a:b] + text[c:d] for a, b, c, d in bounds]

    @property
    def said(self) -> list[str]:
        """The evidence at each break in words."""
        marks = (self.marks @ (1 << np.arange(len(MARKS)))).tolist()
        words = [f"the break cuts the word {word}, " if word else "" for word in self.words]
        parts = [word + _phrases(bits) for word, bits in zip(words, marks, strict=True)]
        if self.model is None:
            return [part[:-2] or "nothing speaks for running on" for part in parts]
        follows = self.model[0].tolist()
        return [
            f"{part}the model follows the break by {nats:+.1f} nats"
            for part, nats in zip(parts, follows, strict=True)
        ]


@cache
def _phrases(bits: int) -> str:
    """What the marks with these bits say, each with a comma behind it."""
    return "".join(f"{said}, " for n, (_, said) in enumerate(MARKS.values()) if bits >> n & 1)


def seams(found: Breaks, cut: tuple[Counts, Counts] | None = None) -> Seams:
    """The evidence at the breaks, without what the model says; `cut` is what `breaks.cut` says
    of them, if it was asked before."""
    return Seams(found, _marks(found), *(cut or breaks.cut(found)))


def cut_word(above: str, below: str) -> str:
    """The dictionary word that a break between the two texts would cut, or ""."""
    return seams(breaks.between(above, below)).words[0]


def _marks(found: Breaks) -> Bools:
    tables = _tables()
    back, ahead = [found.back(n) for n in range(4)], [found.ahead(n) for n in range(5)]
    brackets = found.scan.where(_BRACKET)
    told = {
        "comma": tables["commas"][back[0]] | tables["quotes"][back[0]] & tables["commas"][back[1]],
        "stump": _after(tables["comma"], tables["no_stump"], back),
        "rest": _after(tables["stop"], tables["no_rest"], ahead),
        "open": _hanging(found, brackets, above=True),
        "closes": _hanging(found, brackets, above=False),
        "closing": tables["no_start"][ahead[0]],
        "number": _number(found, tables["digits"][back[0]] & tables["numbers"][ahead[0]]),
        "bound": tables["bound"][back[0]],
        "again": _again(found),
    }
    return np.column_stack([told[mark] for mark in MARKS])


def _after(mark: Bools, others: Bools, row: list[Units]) -> Bools:
    """Whether one of the characters behind the first is the mark, and none before it one of the
    others. (What stands beyond a short line's end is its last character again.)"""
    told = np.zeros(len(row[0]), np.bool_)
    free = ~others[row[0]]
    for units in row[1:]:
        told |= free & mark[units]
        free &= ~others[units]
    return told


def _hanging(found: Breaks, at: Counts, above: bool) -> Bools:
    """Whether the last bracket or quote of some kind above opens and does not close, or the
    first one below closes; all brackets stand `at` these places. One that opens at the very end
    says nothing: typesetters leave none there, OCR makes them of full stops."""
    told = np.zeros(len(found), np.bool_)
    first = np.maximum(found.starts, found.ends - NEAR) if above else found.nexts
    stop = found.ends if above else np.minimum(found.stops, found.nexts + NEAR)
    begin, end = np.searchsorted(at, first), np.searchsorted(at, stop)
    row = np.repeat(np.arange(len(found)), end - begin)
    place = at[scan.spread(begin, end)]
    kind = _brackets()[found.scan.units[place]]
    if above:
        some = ((kind < 0) | (place < found.ends[row] - 1)).nonzero()[0]
    else:  # from right to left, and what closes opens
        some = np.arange(len(row))[::-1]
        kind = -kind
    row, kind = row[some], kind[some]
    group = row * len(_PAIRS) + np.abs(kind)
    order = np.argsort(group, kind="stable")
    last = order[np.append(np.diff(group[order]), 1).nonzero()[0]] if len(row) else order
    told[row[last][kind[last] > 0]] = True
    return told


def _number(found: Breaks, may: Bools) -> Bools:
    """Whether a number is cut: the few places where it may be are read."""
    for n in may.nonzero()[0].tolist():
        last, begin, stop = (int(row[n]) for row in (found.ends, found.nexts, found.stops))
        digit = found.text[last - 1].isdecimal()
        may[n] = digit and bool(_NUMBER.match(found.text, begin, stop))
    return may


def _again(found: Breaks) -> Bools:
    """Whether what is below begins like what is above."""
    units = found.scan.units
    sizes = np.minimum(found.ends - found.starts, AGAIN)
    told = sizes == np.minimum(found.stops - found.nexts, AGAIN)
    for n in range(AGAIN):
        above = np.minimum(found.starts + n, found.ends - 1)
        told &= units[above] == found.ahead(n)
    return np.asarray(told)


def _readings(found: Breaks) -> NDArray[np.float64] | None:
    """The model's part of the evidence; one call of the model for all breaks."""
    model = breaks.model()
    if model is None:
        return None
    points = _points(found)
    tail, head = points[:, :TAIL], points[:, TAIL:]
    gap, stop = (np.full((len(found), 1), ord(char), np.uint16) for char in (GAP_CHAR, "。"))
    near = np.hstack((gap, tail[:, 1 - model.order :]))
    # what is below, after what is above, after a stop, after nothing; a stop after what is above
    head = head[:, : model.order - 1]  # behind these each is as likely, whatever stands before
    row = np.hstack((near, head, gap, stop, head, gap, head, near, stop))
    logp = model.logp(row.ravel()).reshape(row.shape).astype(np.float64)
    # for the price of mixed scripts: together, above, below
    scripts = [model.scripts(points) == kind for kind in (chars.SIMPLIFIED, chars.TRADITIONAL)]
    both, above, below = (
        np.minimum(*(script[:, part].sum(axis=1) for script in scripts))
        for part in (slice(None), slice(TAIL), slice(TAIL, None))
    )
    at, size = near.shape[1], head.shape[1]
    joined, sentence, alone = (
        np.where(head == gap, 0, logp[:, first : first + size]).sum(axis=1)
        for first in (at, at + size + 2, at + 2 * size + 3)
    )
    follows = np.clip(joined - alone - MIXED * (both - above - below), -10.0, 10.0)
    starts = np.clip(sentence - alone, -8.0, 8.0)
    return np.array((follows, starts, np.maximum(-12.0, logp[:, -1])))


def _points(found: Breaks) -> Units:
    """The characters around the breaks as the model reads them, a gap where there are none."""
    at, held = found.around(TAIL, HEAD)
    points = np.where(held, found.scan.units[at], np.uint16(ord(GAP_CHAR)))
    for row, column in np.argwhere(points & 0xF800 == 0xD800).tolist():  # of surrogate pairs
        points[row, column] = chars.basic(chars.codes(found.text[at[row, column]]))[0]
    return points


@cache
def _tables() -> dict[str, Bools]:
    """Tables of the basic plane: the characters that the marks are told by. The halves of
    surrogate pairs may be digits."""
    pairs = "".join(map(chr, range(0xD800, 0xDC00)))
    sets = {
        "comma": _COMMA, "commas": _COMMAS, "quotes": _QUOTES, "no_stump": _NO_STUMP,
        "stop": "。", "no_rest": _NO_REST, "no_start": _NO_START, "bound": _BOUND,
        "digits": "".join(re.findall(r"\d", plane())) + pairs,
        "numbers": "".join(re.findall(_NUMBERED, plane())) + pairs,
    }  # fmt: skip
    return {name: among(chars) for name, chars in sets.items()}


@cache
def _brackets() -> NDArray[np.int8]:
    """A table of the basic plane: the number of a bracket's kind, negative where it closes."""
    table = np.zeros(scan.PLANE, np.int8)
    for n, (left, right) in enumerate(_PAIRS.items()):
        table[[ord(left), ord(right)]] = n + 1, -n - 1
    return table
