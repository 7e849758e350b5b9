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
from repair.lm.reading import MIXED, Level, Reading
from repair.lm.single import GAP_CHAR, Char, Single
from repair.lm.words import Layout

_CHUNK = 1 << 16  # characters scored at a time: the working arrays stay in the cache
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
        words = self.layout.read(self.cells, maplet.places(h, self.shape))
        marks = maplet.fingerprint(h, self.layout.mark)
        hit = (self.layout.mark_of(words) == marks).nonzero()[0]
        p, backoff = self.layout.unpack(words[hit])
        return hit, self.p[p], self.backoff[backoff]


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
        self.ids: NDArray[np.uint16] = arrays["ids"]
        self.price: F32 = arrays["price"]
        self.script: NDArray[np.uint8] = arrays["script"]
        self.p: F32 = arrays["p1"]
        self.backoff: F32 = arrays["backoff1"]
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
        number = int(self.ids[point])
        entry = float(self.p[number]), float(self.backoff[number])
        return Char(number, entry, float(self.price[point]), int(self.script[point]))

    def scripts(self, units: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Of each code point of the basic plane: 1 where simplified text alone has it, 2 where
        traditional text alone does."""
        return self.script.take(units)

    def fold(self, text: str) -> str:
        """`text` in simplified characters and half width, code point for code point."""
        points = chars.codes(text)
        low = points < chars.BMP
        folded = np.where(low, self._fold[np.where(low, points, 0)], points).astype(np.uint32)
        return folded.tobytes().decode("utf-32-le", "surrogatepass")

    def score(self, text: str) -> F32:
        """The log-probability of each character given those before it in `text`; one entry
        a code point."""
        return self.scores([text])[0]

    def scores(self, texts: Sequence[str]) -> list[F32]:
        """`score` of each text; one call for many costs little more than one for their
        characters."""
        if not texts:
            return []
        points = chars.basic(chars.codes(GAP_CHAR.join(texts)))
        scores = self.logp(points)
        lengths = np.array([len(text) for text in texts])
        ends = (lengths + 1).cumsum() - 1
        starts = ends - lengths
        counts = self.mixed(points)
        if counts[:, -1].all():
            counts -= counts[:, starts].repeat(lengths + 1, axis=1)
            scores -= np.float32(MIXED) * np.diff(counts.min(axis=0)).astype(np.float32)
        return [
            scores[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]

    def totals(
        self, texts: Sequence[str], context: str | Sequence[str] = ""
    ) -> NDArray[np.float64]:
        """The log-probability of each whole text after `context`, or after one of its own; one
        call for many texts costs little more than one for their characters."""
        contexts = [context] * len(texts) if isinstance(context, str) else context
        leads = [GAP_CHAR + c[-(self.order - 1) :] for c in contexts]
        joined = "".join([part for both in zip(leads, texts, strict=True) for part in both])
        points = chars.basic(chars.codes(joined))
        scores = self.logp(points)
        lengths = np.array([len(text) for text in texts], np.intp)
        ends = (lengths + np.array([len(lead) for lead in leads], np.intp)).cumsum()
        starts = ends - lengths
        # Each text's sum by itself, so that it is the same whatever texts stand beside it.
        bounds = np.stack((starts, ends), axis=1).ravel()
        padded = np.concatenate((scores, np.zeros(1, np.float32)))
        sums = np.add.reduceat(padded, bounds, dtype=np.float64)[::2]
        sums[lengths == 0] = 0.0
        counts, past = self.mixed(points), self.mixed(chars.basic(chars.codes("".join(contexts))))
        if (counts[:, -1] + past[:, -1]).all():
            stops = np.cumsum([len(context) for context in contexts])
            before = np.diff(past[:, stops], axis=1, prepend=0)
            after = before + counts[:, ends] - counts[:, starts]
            sums -= MIXED * (after.min(axis=0) - before.min(axis=0))
        return np.asarray(sums, np.float64)

    def read(self, text: str) -> Reading:
        """The text with all that the model says of it, so that other characters can be tried
        in some of its places. It holds some 100 bytes a character."""
        return Reading(self, chars.basic(chars.codes(text)))

    def levels(self, ids: NDArray[np.uint16]) -> Iterator[Level]:
        """Order after order, the n-gram that ends in each place; the first n - 1 places of
        order n keep the key of the longest one that there is."""
        logp = self.p[ids]
        level = Level(ids.astype(np.uint64), ids != GAP, logp, self.backoff[ids])
        yield level
        for table in self.tables:
            # An n-gram can only be stored if its context and its suffix are, so that a
            # chance match of a fingerprint needs all of its parts to be there.
            at = (level.known[1:] & level.known[:-1]).nonzero()[0] + 1
            key, logp = level.key.copy(), level.logp.copy()
            key[1:] = (level.key[:-1] << np.uint64(16)) | ids[1:]
            logp[1:] += level.backoff[:-1]
            hit, p, weight = table.find(key[at])
            found = at[hit]
            logp[found] = p
            backoff, known = np.zeros(len(ids), np.float32), np.zeros(len(ids), bool)
            backoff[found], known[found] = weight, True
            level = Level(key, known, logp, backoff)
            yield level

    def mixed(self, points: NDArray[np.uint16]) -> NDArray[np.int64]:
        """How many characters of either script alone stand before each place: two rows."""
        script = self.script.take(points)
        counts = np.zeros((2, len(points) + 1), np.int64)
        np.cumsum(script == chars.SIMPLIFIED, out=counts[0, 1:])
        np.cumsum(script == chars.TRADITIONAL, out=counts[1, 1:])
        return counts

    def logp(self, points: NDArray[np.uint16]) -> F32:
        """The log-probability of each code point (see `chars.basic`) given those before it; the
        script is not priced."""
        if len(points) <= _CHUNK:
            return self._logp(points)
        before = self.order - 1
        parts = [self._logp(points[:_CHUNK])]
        for start in range(_CHUNK, len(points), _CHUNK):
            parts.append(self._logp(points[start - before : start + _CHUNK])[before:])
        return np.concatenate(parts)

    def _logp(self, points: NDArray[np.uint16]) -> F32:
        *_, last = self.levels(self.ids[points])
        return np.asarray(last.logp + self.price[points], np.float32)
