"""What the character model says of the readings of damaged bytes, many at once.

A *row* is a reading that grows character by character. What the model needs to go on from it
stands in the row itself, so that one more character costs the look-up of the n-grams that end in
it, and nothing is looked up twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import channel, gate
from repair.encoding.channel import LOST
from repair.lm import chars
from repair.lm.counts import GAP

WRONG_SCRIPT = 8.0  # nats
SPAN = 3  # characters before one that the model sees
STATE = (
    ("score", "f8"),  # nats
    ("key", "u8"),  # the classes of the last characters, 16 bits each
    ("backoff", "f4", (SPAN,)),  # of the n-grams that end there, one for each order
    ("held", "i4"),  # the order of the longest of them that the model has
    ("last", "u4"),  # the last character as it is written
)
_KEY = [(np.uint64(1) << np.uint64(16 * n)) - np.uint64(1) for n in range(SPAN + 1)]
_16 = np.uint64(16)
_LOST, _QUOTE, _OPENING, _CLOSING, _DIGIT = (ord(c) for c in LOST + '"“”1')
# Straight quotation marks, which the model hardly met, stand for curled ones: for the opening
# one after these.
_OPENS = np.array([ord(c) for c in ":：,，\n ("], np.uint32)
Rows = NDArray[np.void]
Points = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Grown:
    """Rows with one more character each: what that scores, and the rows as they are asked for."""

    rows: Rows  # as they were
    which: NDArray[np.intp]  # of them has grown,
    new: Points  # by which character
    logp: NDArray[np.float64]  # of it, without the price of a wrong script
    score: NDArray[np.float64]  # of all so far
    ids: NDArray[np.uint16]
    backoff: NDArray[np.float32]
    held: NDArray[np.int32]

    def take(self, at: NDArray[np.intp]) -> Rows:
        """Some of the grown rows."""
        rows = self.rows.take(self.which[at])
        rows["key"] = (rows["key"] << _16 | self.ids[at]) & _KEY[SPAN]
        rows["score"], rows["last"] = self.score[at], self.new[at]
        rows["backoff"], rows["held"] = self.backoff[at], self.held[at]
        return rows


class Scorer:
    """The model's view of one more character, for many rows at once."""

    def __init__(self, traditional: bool | None) -> None:
        self.model = lm.load()
        self.script = script_costs(traditional)
        assert self.model.order == SPAN + 1

    def grow(self, rows: Rows, which: NDArray[np.intp], new: Points) -> Grown:
        """Rows with one more character each: `new[0]` after `rows[which[0]]`, and so on."""
        key, before = rows["key"].take(which), rows["backoff"].take(which, axis=0)
        held = rows["held"].take(which)
        seen = _seen(rows["last"].take(which), new)
        ids = self.model.ids.take(seen)
        logp = self.model.p.take(ids)
        backoff = np.zeros((len(ids), SPAN), np.float32)
        backoff[:, 0] = self.model.backoff.take(ids)
        known = (ids != GAP).astype(np.int32)
        at = known.nonzero()[0]
        for n, table in enumerate(self.model.tables, 1):
            logp += before[:, n - 1]
            at = at[held[at] >= n]
            hit, p, weight = table.find((key[at] & _KEY[n]) << _16 | ids[at])
            at = at[hit]
            logp[at] = p
            if n < SPAN:
                backoff[at, n] = weight
                known[at] = n + 1
        gains = (logp + self.model.price.take(seen)).astype(np.float64)
        score = rows["score"].take(which) + gains - self.script.take(np.minimum(new, 0xFFFF))
        return Grown(rows, which, new, gains, score, ids, backoff, known)

    def follow(self, rows: Rows, before: str, text: str) -> None:
        """Makes each row what comes of the first one's score and `text` after `before`: one row
        for the beginning and one more after each character."""
        context = before[-SPAN - 1 :].rjust(SPAN, "\n")
        whole = chars.codes(context + text)
        seen = _seen(np.append(np.uint32(0), whole[:-1]), whole)
        *levels, last = self.model.levels(self.model.ids.take(seen))
        first = len(context) - 1
        rows["key"] = levels[-1].key[first:]
        rows["held"] = sum(level.known[first:].astype(np.int32) for level in levels)
        rows["backoff"] = np.column_stack([level.backoff[first:] for level in levels])
        rows["last"] = whole[first:]
        gains = (last.logp + self.model.price.take(seen)).astype(np.float64)
        gains -= self.script.take(np.minimum(whole, 0xFFFF))
        rows["score"][1:] = gains[first + 1 :]
        rows["score"] = np.cumsum(rows["score"])


def _seen(before: Points, new: Points) -> NDArray[np.uint16]:
    """Characters as the model shall see them, after others: a digit for what is lost, and
    curled quotation marks for straight ones."""
    points = np.where(new == _LOST, np.uint32(_DIGIT), new)
    if (straight := new == _QUOTE).any():
        curled = np.where(np.isin(before, _OPENS), np.uint32(_OPENING), np.uint32(_CLOSING))
        points = np.where(straight, curled, points)
    return chars.basic(points)


@cache
def script_costs(traditional: bool | None) -> NDArray[np.float64]:
    """Nats by code point for a character of the wrong script: the model folds traditional
    to simplified, so the document has to decide between the two forms."""
    costs = np.zeros(chars.BMP)
    if traditional is not None:
        known = chars.codes("".join(gate.surprise()))
        wrong = chars.SIMPLIFIED if traditional else chars.TRADITIONAL
        costs[known[channel.scripts().take(known) == wrong]] = WRONG_SCRIPT
    return costs
