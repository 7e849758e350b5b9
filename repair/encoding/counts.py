"""What the rest of the document says of a damaged place: the same word elsewhere settles most of
what the model leaves open."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import add

from repair import lm
from repair.encoding.beam import Hypothesis
from repair.encoding.channel import LOST

CONTEXT = 40  # characters before and after that the model may see
DOCUMENT = 0.35  # share of the document's own counts in the mixture with the model
WORDS, MARKS = 3, 0.15  # times a word must stand elsewhere; the usual share of marks before one
BLOCK = 20_000  # characters of the document that are counted together


class Counts:
    """The counts of one text, made block by block as places are asked about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._counts: dict[int, Counter[str]] = {}
        self._lefts: dict[tuple[int, str], Counter[str]] = {}

    def informed(self, found: Sequence[Hypothesis], start: int, end: int) -> list[Hypothesis]:
        """The hypotheses scored again by a mixture of the model and the rest of the document;
        `start` and `end` are the window in the text, in code points."""
        counts = self._near(start)
        window = self.text[max(0, start - 2) : end]
        own = _grams(window)
        before = self.text[max(0, start - CONTEXT) : start]
        texts = [before + h.text for h in found]
        scores = lm.load().score("".join(texts).replace(LOST, "1"))
        total = max(1, len(self._around(start // BLOCK)) - len(window))
        rescored = []
        at = 0
        for h, text in zip(found, texts, strict=True):
            bonus = 0.0
            for i in _touched(h):
                place = len(before) + i
                model = math.exp(scores[at + place])
                here = _probability(counts, own, text, place, total)
                bonus += math.log((1 - DOCUMENT) * model + DOCUMENT * here) - math.log(model)
            for i in h.edges:
                word = h.text[i + 1 : i + 3]
                if len(word) == 2:
                    bonus += _before_word(self._before(start, word), own, h.text[i], word)
            rescored.append(h._replace(score=h.score + bonus, told=bonus))
            at += len(text)
        return rescored

    def _near(self, at: int) -> Counter[str]:
        """How often each one, two and three characters stand in the text around a place."""
        block = at // BLOCK
        if block not in self._counts:
            self._counts[block] = _grams(self._around(block))
        return self._counts[block]

    def _around(self, block: int) -> str:
        return self.text[max(0, block - 1) * BLOCK : (block + 2) * BLOCK]

    def _before(self, at: int, word: str) -> Counter[str]:
        """How often each character stands before a word in the text around a place."""
        key = at // BLOCK, word
        if key not in self._lefts:
            around, found = self._around(key[0]), Counter[str]()
            place = around.find(word, 1)
            while place > 0:
                found[around[place - 1]] += 1
                place = around.find(word, place + 1)
            self._lefts[key] = found
        return self._lefts[key]


def _grams(text: str) -> Counter[str]:
    pairs = list(map(add, text, text[1:]))
    return Counter(chain(text, pairs, map(add, pairs, text[2:])))


def _touched(h: Hypothesis) -> list[int]:
    """The characters of a reading that an open edge may make likelier: it and two after."""
    return sorted({i for e in h.edges for i in range(e, min(e + 3, len(h.text)))})


def _probability(counts: Counter[str], own: Counter[str], text: str, at: int, total: int) -> float:
    """Of a character after the two before it, by the counts of the document without `own`."""

    def count(piece: str) -> int:
        return max(0, counts[piece] - own[piece])

    found, weight = 0.25 * count(text[at]) / total, 0.25
    for n, share in ((1, 0.35), (2, 0.4)):
        history = text[max(0, at - n) : at]
        if len(history) == n and count(history):
            found += share * count(history + text[at]) / count(history)
            weight += share
    return min(found / weight, 1.0)


def _before_word(seen: Counter[str], own: Counter[str], character: str, word: str) -> float:
    """Nats for a character by what else the document has before the word that follows it: a
    word that mostly begins a phrase there most likely follows a mark here too."""
    left = {c: n - own[c + word] for c, n in seen.items() if n > own[c + word]}
    total = sum(left.values())
    if total < WORDS or character in left:
        return 0.0
    share = sum(n for c, n in left.items() if not c.isalnum()) / total
    if not character.isalnum():
        return math.log((share + 0.1) / (MARKS + 0.1))
    return math.log((1 - share + 0.1) / (1 - MARKS + 0.1))
