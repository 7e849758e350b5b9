"""The readings that differ from one in a single character.

What may stand at the end of a run crowds out of the beam what else may stand at its start; the
one beginning that is left must not pass for a sure one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from repair.encoding.beam import Window
from repair.encoding.counts import Elsewhere
from repair.encoding.hypothesis import OTHERS, Hypothesis
from repair.encoding.rows import ROW
from repair.encoding.scorer import SPAN, Scorer
from repair.encoding.swallowed import ENDS
from repair.encoding.verdict import TEMPERATURE
from repair.lm import chars

FEW = 11.0  # nats behind the reading itself, from which those of a place count as one


def neighbours(
    found: Sequence[Hypothesis],
    window: Window,
    opened: Sequence[tuple[int, str, float]],
    scorer: Scorer,
    elsewhere: Elsewhere,
) -> Iterator[Hypothesis]:
    """Those of `found[0]` that are not in `found`: `opened` are offsets in its text, what else
    may stand there, and nats against it. Those of a place that are unlikely are given as one."""
    h = found[0]
    for i, others, cost in opened:
        if len(others) == 1 or i + 1 == len(h.text):
            continue  # eaten characters and the end: more than the model prices them
        before, behind = h.text[:i], h.text[i + 1 :]
        alike = (o.text for o in found if o.origin == h.origin)
        there = {t[i] for t in alike if t[:i] == before and t[i + 1 :] == behind}
        ends = h.text[i] in ENDS  # on which the price of what was eaten behind it depends
        choices = [c for c in others if c not in there and (c in ENDS) == ends]
        if not choices:
            continue
        tried = h.text[i] + "".join(choices)
        logp, gains = _gains(window.context + before, tried, behind + window.after, scorer)
        told = elsewhere.variants(h, i, tried, logp)[1:]
        gains += told - cost
        few = gains < -FEW
        for k in (~few).nonzero()[0].tolist():
            more = float(told[k])
            text = before + choices[k] + behind
            yield h._replace(score=h.score + float(gains[k]), text=text, told=h.told + more)
        if few.any():
            score, alone = (h.score + _sum(g[few]) for g in (gains, gains - told))
            text = before + OTHERS + behind
            yield h._replace(score=score, text=text, told=h.told + score - alone)


def _gains(
    before: str, tried: str, behind: str, scorer: Scorer
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the model says of each of some characters and of those behind it, a row each; nats
    that each but the first gains against that."""
    start = np.zeros(1, ROW)
    scorer.follow(start, before, "")
    every = np.arange(len(tried))
    grown = scorer.grow(start, 0 * every, chars.codes(tried))
    logp = [grown.logp]
    for c in chars.codes(behind[:SPAN]):
        grown = scorer.grow(grown.take(every), every, np.full(len(every), c))
        logp.append(grown.logp)
    return np.array(logp), grown.score[1:] - grown.score[0]


def _sum(gains: NDArray[np.float64]) -> float:
    """The nats of what weighs as much as all of them."""
    most = float(gains.max())
    return most + TEMPERATURE * float(np.log(np.exp((gains - most) / TEMPERATURE).sum()))
