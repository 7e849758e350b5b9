"""What the rest of the document says of a damaged place: the same word elsewhere settles most of
what the model leaves open."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from operator import add

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding.channel import LOST
from repair.encoding.hypothesis import Hypothesis

DOCUMENT = 0.35  # share of the document's own counts in the mixture with the model
WORDS, MARKS = 3, 0.15  # times a word must stand elsewhere; the usual share of marks before one
BLOCK = 20_000  # characters of the document that are counted together
NOWHERE = "\ufdd0"
REACH = 3  # characters that the model and the counts see before one


class Counts:
    """The counts of one text, made as places are asked about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._blocks: dict[int, Block] = {}

    def near(self, start: int, end: int) -> Elsewhere:
        """What stands around a window and not in it; `start` and `end` are its place in the
        text, in code points."""
        block = start // BLOCK
        if block not in self._blocks:
            self._blocks[block] = Block(self.text[max(0, block - 1) * BLOCK : (block + 2) * BLOCK])
        window = self.text[max(0, start - 2) : end]
        return Elsewhere(self._blocks[block], window, self.text[max(0, start - REACH) : start])


class Block:
    """A part of a text, and how often pieces of one to three characters stand in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.characters = set(text)
        self._pairs = set(map(add, text, text[1:]))
        self._found: dict[str, int] = {}

    def count(self, piece: str) -> int:
        """How often a piece stands there. Most that are asked about don't."""
        if piece not in self._found:
            pairs = {piece[:2], piece[-2:]}
            there = pairs <= self._pairs if len(piece) > 1 else piece in self.characters
            self._found[piece] = _times(self.text, piece) if there else 0
        return self._found[piece]


class Elsewhere:
    """How often pieces of text stand around a window that stands after `before`."""

    def __init__(self, block: Block, window: str, before: str) -> None:
        self.block, self.window, self.before = block, window, before
        self.total = max(1, len(block.text) - len(window))
        self._own: dict[str, int] = {}
        self._likely: dict[str, float] = {}
        self._words: dict[str, tuple[frozenset[str], float] | None] = {}

    def informed(self, found: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The hypotheses scored again by a mixture of the model and the rest of the document."""
        texts = [(self.before + h.text) for h in found]
        first = len(self.before)
        rescored = []
        scores = lm.load().scores([text.replace(LOST, "1") for text in texts])
        for h, text, own in zip(found, texts, scores, strict=True):
            bonus = sum(self.word(h.text, e) for e in h.edges)
            at = [first + i for i in touched(h)]
            here = [self.likely(text[max(0, place - 2) : place + 1]) for place in at]
            bonus += float(_added(own[at].astype(np.float64), np.array(here)).sum())
            rescored.append(h._replace(score=h.score + bonus, told=bonus))
        return rescored

    def variants(
        self, h: Hypothesis, at: int, choices: str, logp: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Nats that the document adds to each of some choices for the character at `at` of a
        reading more than to the first; `logp` are what the model says of it, and of each of the
        characters behind it, a row each."""
        text = self.before + h.text
        place = len(self.before) + at
        before = text[max(0, place - 2) : place]
        bonus = np.zeros(len(choices))
        there = set(touched(h))
        # What stands nowhere else is all one to the counts.
        shown = [c if c in self.block.characters else NOWHERE for c in choices]
        for k, row in enumerate(logp):
            if at + k in there:
                behind = h.text[at + 1 : at + k + 1]
                known = {c: self.likely((before + c + behind)[-3:]) for c in set(shown)}
                bonus += _added(row, np.array([known[c] for c in shown]))
        for e in set(h.edges) & {at - 2, at - 1, at}:
            words = (h.text[:at] + c + h.text[at + 1 :] for c in choices)
            bonus += np.array([self.word(word, e) for word in words])
        return np.asarray(bonus - bonus[0], np.float64)

    def count(self, piece: str) -> int:
        """How often a piece stands elsewhere."""
        found = self.block.count(piece)
        if found and piece not in self._own:
            self._own[piece] = _times(self.window, piece)
        return max(0, found - self._own[piece]) if found else 0

    def likely(self, piece: str) -> float:
        """The probability of the last character of a piece after the others."""
        if piece not in self._likely:
            found, weight = 0.25 * self.count(piece[-1]) / self.total, 0.25
            for n, share in ((1, 0.35), (2, 0.4)):
                history = piece[-1 - n : -1]
                if len(history) == n and (times := self.count(history)):
                    found += share * self.count(piece[-1 - n :]) / times
                    weight += share
            self._likely[piece] = min(found / weight, 1.0)
        return self._likely[piece]

    def word(self, text: str, at: int) -> float:
        """Nats for a character by what else the document has before the word that follows it: a
        word that mostly begins a phrase there most likely follows a mark here too."""
        word = text[at + 1 : at + 3]
        if len(word) < 2:
            return 0.0
        if word not in self._words:
            self._words[word] = self._before(word)
        known = self._words[word]
        if known is None or text[at] in known[0]:
            return 0.0
        share = known[1]
        if not text[at].isalnum():
            return math.log((share + 0.1) / (MARKS + 0.1))
        return math.log((1 - share + 0.1) / (1 - MARKS + 0.1))

    def _before(self, word: str) -> tuple[frozenset[str], float] | None:
        """The characters before a word elsewhere, and the share of marks among them; None where
        it stands too seldom."""
        left = Counter[str]()
        if self.count(word):
            place = self.block.text.find(word, 1)
            while place > 0:
                left[self.block.text[place - 1]] += 1
                place = self.block.text.find(word, place + 1)
            for c in left:
                left[c] -= _times(self.window, c + word)
        left = +left
        if left.total() < WORDS:
            return None
        return frozenset(left), sum(n for c, n in left.items() if not c.isalnum()) / left.total()


def touched(h: Hypothesis) -> list[int]:
    """The characters of a reading that an open edge may make likelier: it and two after."""
    return sorted({i for e in h.edges for i in range(e, min(e + 3, len(h.text)))})


def _added(logp: NDArray[np.float64], here: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nats that the document adds to what the model says: `here` are its own probabilities."""
    return np.asarray(np.log((1 - DOCUMENT) * np.exp(logp) + DOCUMENT * here) - logp)


def _times(text: str, piece: str) -> int:
    """How often a piece stands in a text, also where it overlaps itself."""
    if piece[0] not in piece[1:]:
        return text.count(piece)
    times, at = 0, text.find(piece)
    while at >= 0:
        times, at = times + 1, text.find(piece, at + 1)
    return times
