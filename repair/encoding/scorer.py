"""What the character model says of the readings of damaged bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import channel, gate
from repair.encoding.channel import LOST

ORDER = 5  # of the model: a character is scored after the four before it
WRONG_SCRIPT = 8.0  # nats


class Scorer:
    """The model's view of one more character, for many histories at once."""

    def __init__(self, traditional: bool | None) -> None:
        self.model = lm.load()
        self.script = script_costs(traditional)

    def __call__(self, histories: Sequence[str], news: Sequence[str]) -> NDArray[np.float64]:
        """The log-probability of each character of `news[0]` after `histories[0]`, then of
        `news[1]` after `histories[1]` and so on: alternatives, not a text.

        Most hypotheses differ further back than the model sees: each pair is scored once."""
        pairs = [(h[1 - ORDER :], n) for h, n in zip(histories, news, strict=True)]
        places: dict[tuple[str, str], int] = {}
        total = 0
        for pair in pairs:
            if pair not in places:
                places[pair] = total
                total += len(pair[1])
        points = _points("".join(n for _, n in places))
        past = [_curled("", h) for h, _ in places]
        new = [_curled(h, n) for h, n in places]
        scores = self.model.after(past, new).astype(np.float64)
        scores -= self.script[np.minimum(points, 0xFFFF)]
        if len(places) == len(pairs):
            return scores
        return np.concatenate([scores[places[p] : places[p] + len(p[1])] for p in pairs])


def _curled(history: str, text: str) -> str:
    """`text` after `history` as the model shall see it: a digit for what is lost, and for
    straight quotation marks, which it hardly met, the curled ones that they stand for: opening
    after a colon, a comma, a blank or at the start of a line."""
    text = text.replace(LOST, "1")
    if '"' not in text:
        return text
    if history:  # alternatives after one history
        return text.replace('"', "“" if history[-1] in _OPENS else "”")
    pairs = zip("。" + text, text, strict=False)
    return "".join(("“" if a in _OPENS else "”") if c == '"' else c for a, c in pairs)


_OPENS = ":：,，\n ("


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@cache
def script_costs(traditional: bool | None) -> NDArray[np.float64]:
    """Nats by code point for a character of the wrong script: the model folds traditional
    to simplified, so the document has to decide between the two forms."""
    costs = np.zeros(0x10000)
    if traditional is not None:
        wrong = channel.simplified_only if traditional else channel.traditional_only
        for character in gate.surprise():
            if wrong(character):
                costs[ord(character)] = WRONG_SCRIPT
    return costs
