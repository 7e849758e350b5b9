"""The readings that differ from one in a single character.

What may stand at the end of a run crowds out of the beam what else may stand at its start; the
one beginning that is left must not pass for a sure one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from repair.encoding.beam import Window
from repair.encoding.counts import Elsewhere
from repair.encoding.hypothesis import Hypothesis
from repair.encoding.rows import HOPELESS, ROW
from repair.encoding.scorer import SPAN, Scorer
from repair.encoding.swallowed import ENDS
from repair.lm import chars


def neighbours(
    h: Hypothesis,
    window: Window,
    opened: Sequence[tuple[int, str, float]],
    scorer: Scorer,
    elsewhere: Elsewhere,
) -> Iterator[Hypothesis]:
    """Those of `h`: `opened` are offsets in its text, what else may stand there, and nats
    against it."""
    for i, others, cost in opened:
        if len(others) == 1 or i + 1 == len(h.text):
            continue  # eaten characters and the end: more than the model prices them
        ends = h.text[i] in ENDS  # on which the price of what was eaten behind it depends
        choices = h.text[i] + "".join([c for c in others if c != h.text[i] and (c in ENDS) == ends])
        before = (window.context + h.text[:i])[-SPAN - 1 :]
        start = np.zeros(len(before) + 1, ROW)
        scorer.follow(start, "", before)
        every = np.arange(len(choices))
        grown = scorer.grow(start[-1:], 0 * every, chars.codes(choices))
        logp = [grown.logp]
        for c in chars.codes((h.text + window.after)[i + 1 : i + 1 + SPAN]):
            grown = scorer.grow(grown.take(every), every, np.full(len(every), c))
            logp.append(grown.logp)
        gains = grown.score - grown.score[0]
        told = elsewhere.variants(h, i, choices, np.array(logp))
        for k in (gains > -HOPELESS).nonzero()[0][1:].tolist():
            text = h.text[:i] + choices[k] + h.text[i + 1 :]
            score = h.score + float(gains[k]) - cost + float(told[k])
            yield h._replace(score=score, text=text, told=h.told + float(told[k]))
