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
        logp = self._tried(at + span, sizes, model.ids[choices])
        here = at + span + np.arange(span + 1)[:, None]
        after = self._levels[-1].logp[here]
        beyond = np.logical_or.accumulate(~self._levels[0].known[here[1:]])  # the text has ended
        if beyond.any():
            after[1:][beyond] = 0.0
            logp[1:][beyond.repeat(sizes, axis=1)] = 0.0
        past = after.sum(0, np.float64) + model.price[self._points[at]]
        there = logp.sum(0, np.float64) + model.price[choices]
        return np.asarray(there - past.repeat(sizes) - self._priced(at, sizes, choices))

    def _tried(self, at: Places, sizes: Places, ids: NDArray[np.uint16]) -> F32:
        """The log-probabilities of each choice, in its place of the levels, and of the
        characters after it: one line for each of these."""
        model, rows, wide = self._model, at.repeat(sizes), ids.astype(np.uint64)
        later = [level.logp[at + k].repeat(sizes) for k, level in enumerate(self._levels[:-1], 1)]
        logp = np.stack([model.p[ids], *later])
        # Of the n-grams of an order that are stored those that end with the choice, then those
        # that end one character later, and so on: the numbers of the choices, and back-offs.
        here = np.flatnonzero(ids != GAP)
        stored = [(here, model.backoff[ids[here]])]
        for n, (table, lower) in enumerate(zip(model.tables, self._levels, strict=False), 2):
            logp[0] += lower.backoff[at - 1].repeat(sizes)
            for line, (choices, backoff) in zip(logp[1:], stored, strict=False):
                line[choices] += backoff
            # An n-gram can only be stored if its context and its suffix are.
            grown = [stored[0][0][lower.known[rows[stored[0][0]] - 1]]]
            for (context, _), (suffix, _) in pairwise(stored):
                held = np.zeros(len(ids), np.bool_)
                held[context] = True
                grown.append(suffix[held[suffix]])
            grown.append(stored[-1][0][lower.known[rows[stored[-1][0]] + n - 1]])
            keys = [self._key(n, k, rows[some], wide[some]) for k, some in enumerate(grown)]
            hit, p, weight = table.find(np.concatenate(keys))
            edges = np.cumsum([0, *map(len, grown)])
            bounds = pairwise(hit.searchsorted(edges).tolist())
            stored = []
            for line, some, start, (a, b) in zip(logp, grown, edges, bounds, strict=False):
                choices = some[hit[a:b] - start]
                line[choices] = p[a:b]
                stored.append((choices, weight[a:b]))
        return logp

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
