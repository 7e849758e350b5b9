"""A text under the model, and what the model would say if other characters stood in it.

A character changes only the n-grams over its place: those that end there and up to
`order` - 1 characters later. All others are known from the text as it is, and an n-gram is
stored only if its parts are, so that trying a character costs two look-ups of pairs and few
more: a sixth of scoring the passage anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars
from repair.lm.counts import GAP

if TYPE_CHECKING:
    from repair.lm.model import Model

# What one character of the other script costs in a text that is else of one: damage strews
# them. Of 0, 2, 4 and 6 nats, 4 ranked lost characters best; 6 was no better.
MIXED = 4.0
BITS = 16  # of a class in the key of an n-gram
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Level:
    """Of one order, for every place of a text: the n-gram that ends there."""

    key: NDArray[np.uint64]
    known: NDArray[np.bool_]  # whether it is stored
    logp: F32  # of its last character, by this order and the lower ones
    backoff: F32


class Reading:
    """What the model says of a text."""

    def __init__(self, model: Model, points: NDArray[np.uint16]) -> None:
        """Reads the code points of a text (see `chars.basic`)."""
        self._model, self._points = model, points
        self._span = model.order - 1
        edge = np.full(self._span, GAP, np.uint16)
        self._levels = list(model.levels(np.concatenate((edge, model.ids[points], edge))))
        self._mixed = model.mixed(points)

    @property
    def scores(self) -> F32:
        """The log-probability of each character, as `Model.score` gives it."""
        logp = self._levels[-1].logp[self._span : self._span + len(self._points)]
        price = np.float32(MIXED) * np.diff(self._mixed.min(axis=0)).astype(np.float32)
        return np.asarray(logp + self._model.price[self._points] - price, np.float32)

    def gains(self, at: Places, sizes: Places, choices: NDArray[np.uint16]) -> F64:
        """By how many nats the text is likelier with each of the choices (code points) than
        as it is: first the `sizes[0]` choices for the place `at[0]`, then those for `at[1]`…
        The script is priced by the characters that the order reaches."""
        model, span = self._model, self._span
        rows = np.repeat(at + span, sizes)
        logp = self._tried(rows, model.ids[choices])
        after = self._levels[-1].logp[at + span + np.arange(span + 1)[:, None]]
        ends = len(self._points) - at  # no character stands there or later
        for k in range(1, span + 1):
            after[k, ends <= k] = 0.0
            logp[k, np.repeat(ends, sizes) <= k] = 0.0
        here = after.sum(0, np.float64) + model.price[self._points[at]]
        there = logp.sum(0, np.float64) + model.price[choices]
        return np.asarray(there - np.repeat(here, sizes) - self._priced(at, sizes, choices))

    def _tried(self, rows: Places, ids: NDArray[np.uint16]) -> F32:
        """The log-probabilities of each choice, in the place `rows` of the levels, and of the
        characters after it: one line for each of these."""
        first, wide = self._model, ids.astype(np.uint64)
        logp = np.stack(
            [first.p[ids]] + [self._levels[k - 1].logp[rows + k] for k in range(1, self._span + 1)]
        )
        # Of the n-grams of an order that end with the choice, one character later and so on:
        known, backoff = (ids != GAP)[None], first.backoff[ids][None]
        for n, table in enumerate(first.tables, 2):
            lower = self._levels[n - 2]
            logp[:n] += np.concatenate((lower.backoff[rows - 1][None], backoff))
            context = np.concatenate((lower.known[rows - 1][None], known))
            suffix = np.concatenate((known, lower.known[rows + n - 1][None]))
            column, choice = np.nonzero(context & suffix)
            hit, p, weight = table.find(self._keys(n, column, rows[choice], wide[choice]))
            column, choice = column[hit], choice[hit]
            logp[column, choice] = p
            known, backoff = np.zeros((n, len(ids)), bool), np.zeros((n, len(ids)), np.float32)
            known[column, choice], backoff[column, choice] = True, weight
        return logp

    def _keys(
        self, n: int, column: Places, rows: Places, ids: NDArray[np.uint64]
    ) -> NDArray[np.uint64]:
        """The keys of n-grams: `column` characters stand after the choice, the rest before."""
        keys = []
        for k, (first, last) in enumerate(_runs(column, n)):
            row, key = rows[first:last], ids[first:last]
            if k < n - 1:
                key = (self._levels[n - 2 - k].key[row - 1] << np.uint64(BITS)) | key
            if k:
                key = (key << np.uint64(BITS * k)) | self._levels[k - 1].key[row + k]
            keys.append(key)
        return np.concatenate(keys)

    def _priced(self, at: Places, sizes: Places, choices: NDArray[np.uint16]) -> F64:
        """What each choice adds to the price of mixed scripts."""
        script, span = self._model.script, self._span
        low, high = np.maximum(at - span, 0), np.minimum(at + span + 1, len(self._points))
        counts = self._mixed[:, high] - self._mixed[:, low]
        kinds = np.array([[chars.SIMPLIFIED], [chars.TRADITIONAL]], np.uint8)
        others = counts - (script[self._points[at]] == kinds)
        there = np.repeat(others, sizes, axis=1) + (script[choices] == kinds)
        return np.asarray(MIXED * (there.min(0) - np.repeat(counts.min(0), sizes)), np.float64)


def _runs(column: Places, n: int) -> list[tuple[int, int]]:
    """Where each of the numbers 0 to n - 1 begins and ends in a sorted array."""
    edges = np.searchsorted(column, np.arange(n + 1)).tolist()
    return list(zip(edges[:-1], edges[1:], strict=True))
