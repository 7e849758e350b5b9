"""The model as it is used: mapped from its file, scored in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars, maplet, store
from repair.lm.counts import GAP
from repair.lm.single import GAP_CHAR, Char, Single
from repair.lm.words import Layout

_CHUNK = 1 << 16  # characters scored at a time: the working arrays stay in the cache
# What one character of the other script costs in a text that is else of one: damage strews
# them. Of 0, 2, 4 and 6 nats, 4 ranked lost characters best; 6 was no better.
MIXED = 4.0
F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Table:
    """The n-grams of one order."""

    shape: maplet.Shape
    layout: Layout
    cells: list[NDArray[Any]]
    p: F32
    backoff: F32

    def find(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], F32, F32]:
        """Which of the keys are stored, and their log-probabilities and back-offs."""
        h = maplet.mix(keys, self.shape.seed)
        word = np.zeros(len(keys), np.uint32)
        for place in maplet.places(h, self.shape):
            word ^= self.layout.read(self.cells, place.astype(np.intp))
        mark, p, backoff = self.layout.unpack(word)
        hit = np.flatnonzero(mark == maplet.fingerprint(h, self.layout.mark))
        return hit, self.p[p[hit]], self.backoff[backoff[hit]]


class Model:
    """A character n-gram model. All probabilities are natural logarithms.

    Text is folded for scoring (traditional to simplified and full width to half, one to
    one), letters in lower case and all digits are one class each; rare forms are charged
    for their rareness (see `chars`). Any text can be scored: what is unknown falls into
    classes of its own, rarer ones lower."""

    def __init__(self, path: str | Path) -> None:
        """Map the file at `path`. Raises `store.ModelFileError` if it is no model."""
        meta, arrays = store.read(path)
        self.path = Path(path)
        self.meta = meta
        try:
            self._attach(meta, arrays)
        except KeyError as error:
            raise store.ModelFileError(f"{path} lacks {error}: it must be built anew") from error

    def _attach(self, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.order: int = meta["order"]
        self._fold: NDArray[np.uint16] = arrays["fold"]
        self._ids: NDArray[np.uint16] = arrays["ids"]
        self._price: F32 = arrays["price"]
        self._script: NDArray[np.uint8] = arrays["script"]
        self._p: F32 = arrays["p1"]
        self._backoff: F32 = arrays["backoff1"]
        self.tables = [
            Table(
                maplet.Shape(*meta[f"shape{n}"]),
                Layout(*meta[f"layout{n}"]),
                [arrays[f"cells{n}.{i}"] for i in range(len(Layout(*meta[f"layout{n}"]).planes))],
                arrays[f"p{n}"],
                arrays[f"backoff{n}"],
            )
            for n in range(2, self.order + 1)
        ]

    @cached_property
    def single(self) -> Single:
        """The same for one character at a time."""
        return Single(self)

    def char(self, char: str) -> Char:
        """What the model knows of a character by itself."""
        point = chars.basic(chars.codes(char))[0]
        number = int(self._ids[point])
        entry = float(self._p[number]), float(self._backoff[number])
        return Char(number, entry, float(self._price[point]), int(self._script[point]))

    def scripts(self, units: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Of each code point of the basic plane: 1 where simplified text alone has it, 2 where
        traditional text alone does."""
        return self._script.take(units)

    def fold(self, text: str) -> str:
        """`text` in simplified characters and half width, code point for code point."""
        points = chars.codes(text)
        low = points < chars.BMP
        folded = np.where(low, self._fold[np.where(low, points, 0)], points).astype(np.uint32)
        return folded.tobytes().decode("utf-32-le", "surrogatepass")

    def score(self, text: str) -> F32:
        """The log-probability of each character given those before it in `text`; one entry
        a code point."""
        points = chars.basic(chars.codes(text))
        mixed = self._mixed(points).min(axis=0)
        price = np.float32(MIXED) * np.diff(mixed).astype(np.float32)
        return np.asarray(self._score(points) - price, np.float32)

    def totals(self, texts: Sequence[str], context: str = "") -> NDArray[np.float64]:
        """The log-probability of each whole text after `context`; one call for many texts
        costs little more than one for their characters."""
        lead = GAP_CHAR + context[-(self.order - 1) :]
        points = chars.basic(chars.codes(lead + lead.join(texts)))
        scores = self._score(points)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(lengths + len(lead))
        sums = np.concatenate(([0.0], np.cumsum(scores, dtype=np.float64)))
        before = self._mixed(chars.basic(chars.codes(context)))[:, -1:]
        scripts = self._mixed(points)
        after = before + scripts[:, ends] - scripts[:, ends - lengths]
        price = MIXED * (after.min(axis=0) - before.min())
        return np.asarray(sums[ends] - sums[ends - lengths] - price, np.float64)

    def after(self, histories: Sequence[str], choices: Sequence[str]) -> F32:
        """The log-probability of each character of `choices[0]` right after `histories[0]`,
        then of `choices[1]` after `histories[1]` and so on: alternatives, not a text. The
        script is not priced: that needs more than the order's characters."""
        span = self.order - 1
        past = chars.basic(chars.codes("".join(h[-span:].rjust(span, "\n") for h in histories)))
        points = chars.basic(chars.codes("".join(choices)))
        rows = np.repeat(np.arange(len(histories)), [len(c) for c in choices])
        ids = self._ids[points]
        logp = self._p[ids]
        grown = np.flatnonzero(ids != GAP)  # the choices whose n-gram of the last order is stored
        contexts = self._contexts(self._ids[past])
        for table, (keys, known, backoff) in zip(self.tables, contexts, strict=False):
            key, held = keys[span - 1 :: span], known[span - 1 :: span]
            weight = backoff[span - 1 :: span]
            logp += weight[rows]
            at = grown[held[rows[grown]]]
            hit, p, _ = table.find((key[rows[at]] << np.uint64(16)) | ids[at])
            grown = at[hit]
            logp[grown] = p
        return np.asarray(logp + self._price[points], np.float32)

    def _contexts(
        self, ids: NDArray[np.uint16]
    ) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.bool_], F32]]:
        """Of orders one, two and so on, for every place: the key of the n-gram that ends
        there, whether it is stored, its back-off. The first n - 1 places have none."""
        key, known, backoff = ids.astype(np.uint64), ids != GAP, self._backoff[ids]
        yield key, known, backoff
        for table in self.tables:
            # An n-gram can only be stored if its context and its suffix are, so that a
            # chance match of a fingerprint needs all of its parts to be there.
            at = np.flatnonzero(known[1:] & known[:-1]) + 1
            key = np.concatenate((key[:1], (key[:-1] << np.uint64(16)) | ids[1:]))
            hit, _, weight = table.find(key[at])
            backoff, known = np.zeros(len(ids), np.float32), np.zeros(len(ids), bool)
            backoff[at[hit]], known[at[hit]] = weight, True
            yield key, known, backoff

    def _mixed(self, points: NDArray[np.uint16]) -> NDArray[np.int64]:
        """How many characters of either script alone stand before each place: two rows."""
        script = self._script[points]
        counts = np.zeros((2, len(points) + 1), np.int64)
        np.cumsum(script == chars.SIMPLIFIED, out=counts[0, 1:])
        np.cumsum(script == chars.TRADITIONAL, out=counts[1, 1:])
        return counts

    def _score(self, points: NDArray[np.uint16]) -> F32:
        if len(points) <= _CHUNK:
            return self._score_chunk(points)
        before = self.order - 1
        parts = [self._score_chunk(points[:_CHUNK])]
        for start in range(_CHUNK, len(points), _CHUNK):
            parts.append(self._score_chunk(points[start - before : start + _CHUNK])[before:])
        return np.concatenate(parts)

    def _score_chunk(self, points: NDArray[np.uint16]) -> F32:
        ids = self._ids[points]
        logp = self._p[ids]
        backoff = self._backoff[ids]
        key = ids.astype(np.uint64)
        known = ids != GAP
        for table in self.tables:
            if len(key) < 2:
                break
            # An n-gram can only be stored if its context and its suffix are, so that a
            # chance match of a fingerprint needs all of its parts to be there.
            at = np.flatnonzero(known[1:] & known[:-1]) + 1
            logp[1:] += backoff[:-1]
            key[1:] = (key[:-1] << np.uint64(16)) | ids[1:]
            hit, p, weight = table.find(key[at])
            found = at[hit]
            logp[found] = p
            backoff = np.zeros(len(ids), np.float32)
            backoff[found] = weight
            known = np.zeros(len(ids), bool)
            known[found] = True
        return np.asarray(logp + self._price[points], np.float32)
