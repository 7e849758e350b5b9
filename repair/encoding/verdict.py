"""What is said of a byte slip: what is sure enough to be written, and what is asked.

The weight of all readings of a window says how sure each character of the best one is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.encoding import channel, gate
from repair.encoding.beam import Window
from repair.encoding.channel import LOST, Codec
from repair.encoding.hypothesis import OTHERS, RESTORED, Hypothesis
from repair.lm import chars
from repair.model import Candidate, Edit, Finding, StageResult

CODE = "ENC001"
# Probability from which a character of the reading is written: of the inside of a run, and
# where a byte is open. Beside a byte that is missing without a trace it is never sure. Chosen
# on 2,000 slips of the tuning half: with 0.999 for all edges five of 1,686 edits were wrong.
SURE, SURE_EDGE, NEVER = 0.99, 0.9995, math.inf
AGREED = 0.9  # the same without what the rest of the document says
ODDEST = 14.0  # nats: so rare a character shows that its place is not understood
# Mechanisms that are common in some documents and absent from most, and nats that are taken
# from what needs them: what only their prior decides is not sure. A stripped character may
# smooth over anything that the model finds odd.
RARE = {"S2": 9.0, "S2b": 9.0, "stripped": 18.0}
SHAPE = 0.85  # probability of the number of characters, from which a run is applied
QUIET = ("S5", "S5t", "S6")  # mechanisms that leave no trace of their own
CANDIDATES = 8
TEMPERATURE = 1.4  # the model's odds are too sure: calibrated on simulated slips
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of a hypothesis that differs from the text: seen and restored offsets."""

    start: int
    end: int
    first: int
    last: int


class Verdict:
    """The readings of a window, the best first, and what they say together."""

    def __init__(
        self,
        text: str,
        window: Window,
        found: Sequence[Hypothesis],
        guessed: set[int],
        markup: bool,
    ) -> None:
        """`guessed` are the characters of the best reading that are never written; `markup` tells
        whether the text has tags."""
        self.text, self.window, self.found = text, window, found
        self.best, self.guessed, self.markup = found[0], guessed, markup
        self.views = _views(found)
        # The characters of all readings, each with what it was made of.
        points = chars.codes("".join([h.text for h in found])).astype(np.uint64)
        self._made = points << np.uint64(32) | chars.codes("".join([h.origin for h in found]))
        sizes = np.fromiter((len(h.text) for h in found), np.intp, len(found))
        self._starts = np.cumsum(sizes) - sizes

    def runs(self) -> list[Stretch]:
        """The runs of the best reading that don't stand in the text as they are."""
        runs: list[Stretch] = []
        seen, first = -1, 0
        for i, mark in enumerate(self.best.origin + chr(len(self.window.text))):
            if mark >= chr(RESTORED):
                continue
            if i > first or ord(mark) > seen + 1:
                runs.append(Stretch(seen + 1, ord(mark), first, i))
            seen, first = ord(mark), i + 1
        return runs

    def of(self, run: Stretch, unsure: str) -> StageResult:
        """What to do about a run: an edit, a question or both over one span."""
        best, window = self.best, self.window
        at, stop = window.start + run.start, window.start + run.end
        before, reading = self.text[at:stop], best.text[run.first : run.last]
        sure = [
            min(p, doubted) if alone >= AGREED else 0.0
            for p, doubted, alone in self._marginals(run).tolist()
        ]
        held = [
            p >= q and gate.rare(c) <= ODDEST
            for p, q, c in zip(sure, self._least(run), reading, strict=True)
        ]
        shown = "".join(c if ok else LOST for c, ok in zip(reading, held, strict=True))
        tag = self._tag(run)
        shown, reading = shown + tag, reading + tag
        ranked = self._ranked(run, before, reading, tag)
        evidence = _evidence(best, run, before, reading, window.codec)
        finding = Finding(
            at, stop, before, reading, CODE, ranked[0].confidence, evidence, tuple(ranked)
        )
        torn = any(op.name == "torn" for op in best.ops)
        certain = any(i not in best.edges for i in range(run.first, run.last))
        swallowed = unsure == "guess" and len(before) > 1
        if not (certain or tag or torn or before.strip("?\ufffd") or swallowed):
            return StageResult(findings=(finding,))  # nothing but a question mark speaks for it
        vague = shown.strip(LOST) == tag or float(self._shape(run).min()) < SHAPE
        if (unsure == "keep" and LOST in shown) or (unsure == "mark" and vague):
            return StageResult(findings=(finding,))
        written = [p for p, ok in zip(sure, held, strict=True) if ok]
        confidence = min(written, default=ranked[0].confidence)
        after = reading if unsure == "guess" else shown
        edit = Edit(at, stop, before, after, CODE, round(min(confidence, 0.9999), 4), evidence)
        return StageResult((edit,), (finding,) if LOST in shown else ())

    def _marginals(self, run: Stretch) -> Weights:
        """How sure each character of the run is, by each of the views: the weight of all readings
        that have the same character made of the same bytes."""
        same = [
            np.logical_or.reduceat(self._made == want, self._starts)
            for want in self._made[run.first : run.last]
        ]
        return np.asarray(np.array(same).reshape(-1, len(self.found)) @ self.views.T)

    def _least(self, run: Stretch) -> list[float]:
        """The probability that each character of the run needs to be written; `guessed` never
        is."""
        never = {op.at + k for op in self.best.ops if op.name in QUIET for k in (-1, 0, 1)}
        never |= self.guessed
        return [
            NEVER if i in never else SURE_EDGE if i in self.best.edges else SURE
            for i in range(run.first, run.last)
        ]

    def _shape(self, run: Stretch) -> Weights:
        """By each view the weight of the readings that have as many characters as the best one,
        at the same places: how sure the number of lost characters is."""
        want = self.best.origin[run.first : run.last]
        return np.asarray(self.views @ np.array([want in h.origin for h in self.found]))

    def _ranked(self, run: Stretch, before: str, reading: str, tag: str) -> list[Candidate]:
        """What may stand in the place of a run: the best reading, then the likeliest."""
        places: dict[str, tuple[int, int]] = {}
        weights: dict[str, float] = {}
        for h, weight in zip(self.found, self.views[0].tolist(), strict=True):
            if h.origin not in places:
                places[h.origin] = _within(h.origin, run)
            first, last = places[h.origin]
            inside = h.text[first:last] + tag
            if OTHERS not in inside:
                weights[inside] = weights.get(inside, 0.0) + weight
        ranked = [Candidate(reading, round(weights.get(reading, 0.0), 4), "model")]
        ranked += [
            Candidate(r, round(n, 4), "model")
            for r, n in sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]
            if n >= 0.001 and r not in (before, reading)
        ]
        return ranked[:CANDIDATES]

    def _tag(self, run: Stretch) -> str:
        """The tag that lost its `<` to the run, whole again. A closing tag in a text that has
        no other markup is no content: it goes."""
        torn = [op for op in self.best.ops if op.name == "torn" and run.start <= op.seen < run.end]
        if not torn:
            return ""
        at = self.window.start + torn[-1].seen
        seen = self.text[at + 1 : at + torn[-1].length]
        return "" if seen.startswith("/") and not self.markup else "<" + seen


def _views(found: Sequence[Hypothesis]) -> Weights:
    """The probability of each hypothesis among all that were found, in three rows: as they are
    scored, with what is taken from those that need a mechanism in RARE, and without what the
    rest of the document says, where one word may pass for a habit."""
    score, told = np.array([(h.score, h.told) for h in found]).T
    doubt = np.array([max([RARE.get(op.name, 0.0) for op in h.ops], default=0.0) for h in found])
    views = np.array((score, score - doubt, score - told))
    weights = np.exp((views - views.max(axis=1, keepdims=True)) / TEMPERATURE)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _within(origin: str, run: Stretch) -> tuple[int, int]:
    """Which characters of a reading stand in the place of a run: the first, and past the last."""
    behind = RESTORED + run.end if chr(run.end) in origin else -1  # put in before what stays
    inside = [
        i
        for i, o in enumerate(origin)
        if run.start <= ord(o) % RESTORED < run.end or ord(o) == behind
    ]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _evidence(h: Hypothesis, run: Stretch, before: str, reading: str, codec: Codec) -> str:
    """One sentence: what happened, and the bytes before and after."""
    names = [op.name for op in h.ops if run.start <= op.seen < run.end or op.at == run.first]
    said = dict.fromkeys(channel.says(name) for name in names)
    old, new = _hex(before, codec), _hex(reading, codec)
    return f"{', '.join(said)}: bytes {old} were {new}"


def _hex(text: str, codec: Codec) -> str:
    """The bytes of a text, those of at most 24 characters; `??` where it has none."""
    shown = text if len(text) <= 24 else text[:12] + "…" + text[-12:]
    return " ".join((codec.bytes_of(c) or b"").hex() or "??" for c in shown)
