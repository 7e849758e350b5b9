"""The model for one character at a time: what `Model.score` gives it, without the cost of a
vectorised call.

A gate that asks about five characters a text would spend 200 µs on such a call. One look-up
here takes 3 µs, and the n-grams of running text recur, so that most are remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from repair.lm import maplet
from repair.lm.counts import GAP

if TYPE_CHECKING:
    from repair.lm.model import Model, Table

KEPT = 1 << 16  # remembered n-grams, and as many contexts: some 20 MB
WORD = 2**64 - 1

GAP_CHAR = "\ufdd1"  # its class is GAP

Gram = tuple[int, ...]  # the ids of its characters
Entry = tuple[float, float]  # log-probability and back-off


@dataclass(frozen=True, slots=True)
class Char:
    """What the model knows of a character."""

    id: int
    entry: Entry  # of its class
    price: float  # of its form
    script: int


class Single:
    """A model's answers for single characters."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._char = lru_cache(KEPT)(model.char)
        self._known = lru_cache(KEPT)(self._look)
        self.after: Callable[[str, str], float] = lru_cache(KEPT)(self._after)

    def _after(self, context: str, char: str) -> float:
        """The log-probability of a character after a context, of which the last three
        characters count. Before a shorter one stands the beginning of a text."""
        order = self._model.order
        read = [self._char(char) for char in (GAP_CHAR * order + context + char)[-order:]]
        gram = tuple(one.id for one in read)
        logp, backoff = read[-1].entry[0], read[-2].entry[1]
        for n in range(2, order + 1):
            stored = self._known(gram[-n:])
            logp = stored[0] if stored else logp + backoff
            longer = self._known(gram[-n - 1 : -1]) if n < order else None
            backoff = longer[1] if longer else 0.0
        return logp + read[-1].price

    def mixed(self, text: str) -> bool:
        """Whether the text has characters of both scripts alone, which `score` charges for."""
        return len({self._char(char).script for char in text} - {0}) > 1

    def _look(self, gram: Gram) -> Entry | None:
        """The entry of an n-gram, if it is stored: as in `Model`, with all of its parts."""
        if len(gram) == 1:
            return None if gram[0] == GAP else (0.0, 0.0)
        if self._known(gram[:-1]) is None or self._known(gram[1:]) is None:
            return None
        return _find(self._model.tables[len(gram) - 2], gram)


def _find(table: Table, gram: Gram) -> Entry | None:
    """`Table.find` for one key; the arithmetic is that of `maplet`."""
    key = 0
    for number in gram:
        key = key << 16 | number
    h = (key + table.shape.seed) & WORD
    for factor in maplet.FACTORS:
        h ^= h >> 33
        h = h * factor & WORD
    h ^= h >> 33
    size, mask = table.shape.segment, table.shape.segment - 1
    first = (h >> 32) * table.shape.starts >> 32
    word = 0
    for at in (first, (first + size) ^ (h >> 18 & mask), (first + 2 * size) ^ (h & mask)):
        word ^= table.layout.read_one(table.cells, at)
    layout = table.layout
    if word >> (layout.p + layout.backoff) != (h * maplet.MARK & WORD) >> (64 - layout.mark):
        return None
    p = table.p[word >> layout.backoff & ((1 << layout.p) - 1)]
    return float(p), float(table.backoff[word & ((1 << layout.backoff) - 1)])
