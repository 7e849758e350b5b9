"""A text under the model, and what the model would say if other characters stood in it.

A character changes only the n-grams over its place: those that end there and up to
`order` - 1 characters later. All others are known from the text as it is, and an n-gram is
stored only if its parts are, so that trying a character costs two look-ups of pairs and few
more: a sixth of scoring the passage anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
        logp = self._tried((at + span).repeat(sizes), model.ids[choices])
        after = self._levels[-1].logp[at + span + np.arange(span + 1)[:, None]]
        left = len(self._points) - at  # characters from the place to the end
        if (left <= span).any():
            beyond = np.arange(span + 1)[:, None] >= left
            after[beyond] = 0.0
            logp[beyond.repeat(sizes, axis=1)] = 0.0
        here = after.sum(0, np.float64) + model.price[self._points[at]]
        there = logp.sum(0, np.float64) + model.price[choices]
        return np.asarray(there - here.repeat(sizes) - self._priced(at, sizes, choices))

    def _tried(self, rows: Places, ids: NDArray[np.uint16]) -> F32:
        """The log-probabilities of each choice, in the place `rows` of the levels, and of the
        characters after it: one line for each of these."""
        model, size, wide = self._model, len(ids), ids.astype(np.uint64)
        later = [self._levels[k - 1].logp[rows + k] for k in range(1, self._span + 1)]
        logp = np.concatenate([model.p[ids], *later])
        # Of the n-grams of an order those that end with the choice, then those that end one
        # character later, and so on.
        known, backoff = ids != GAP, model.backoff[ids]
        for n, table in enumerate(model.tables, 2):
            lower = self._levels[n - 2]
            logp[: n * size] += np.concatenate((lower.backoff[rows - 1], backoff))
            context = np.concatenate((lower.known[rows - 1], known))
            suffix = np.concatenate((known, lower.known[rows + n - 1]))
            at = (context & suffix).nonzero()[0]
            edges = at.searchsorted(np.arange(n + 1) * size).tolist()
            keys = []
            for k, (first, last) in enumerate(pairwise(edges)):
                choice = at[first:last] - k * size
                keys.append(self._key(n, k, rows[choice], wide[choice]))
            hit, p, weight = table.find(np.concatenate(keys))
            at = at[hit]
            logp[at] = p
            known, backoff = np.zeros(n * size, bool), np.zeros(n * size, np.float32)
            known[at], backoff[at] = True, weight
        return logp.reshape(self._span + 1, size)

    def _key(self, n: int, after: int, rows: Places, key: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The keys of the n-grams of some choices, `after` characters of which stand behind."""
        if after < n - 1:
            key = (self._levels[n - 2 - after].key[rows - 1] << np.uint64(BITS)) | key
        if after:
            key = (key << np.uint64(BITS * after)) | self._levels[after - 1].key[rows + after]
        return key

    def _priced(self, at: Places, sizes: Places, choices: NDArray[np.uint16]) -> F64:
        """What each choice adds to the price of mixed scripts."""
        script, span = self._model.script, self._span
        if not self._mixed[1, -1] and not (script[choices] == chars.TRADITIONAL).any():
            return np.zeros(len(choices))
        low, high = np.maximum(at - span, 0), np.minimum(at + span + 1, len(self._points))
        counts = self._mixed[:, high] - self._mixed[:, low]
        kinds = np.array([[chars.SIMPLIFIED], [chars.TRADITIONAL]], np.uint8)
        others = counts - (script[self._points[at]] == kinds)
        there = others.repeat(sizes, axis=1) + (script[choices] == kinds)
        return np.asarray(MIXED * (there.min(0) - counts.min(0).repeat(sizes)), np.float64)
