"""From counts to a back-off model: absolute discounting, interpolation, pruning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars, maplet
from repair.lm.counts import GAP, UNKNOWN_ID, Grams

U64 = np.uint64
F64 = NDArray[np.float64]
LEAST_BACKOFF = 1e-5
WIDER = 1.4


@dataclass(slots=True)
class Level:
    """The n-grams of one order. All arrays but `backoff` run beside `keys`."""

    keys: NDArray[np.uint64]
    p: F64  # P(last | the others), interpolated with the lower orders
    lower: F64  # P(last | the others but the first)
    gain: F64  # what the model loses, in nats of a character, if this n-gram goes
    prefix: NDArray[np.int64]  # where its context stands in the order below
    suffix: NDArray[np.int64]  # where its shorter n-gram stands in the order below
    kept: NDArray[np.bool_]
    backoff: F64  # a weight for each n-gram as a context; set by `backoffs`


def discounts(times: NDArray[np.int64]) -> F64:
    """The discounts for counts 0, 1, 2 and more (Chen and Goodman 1998, equation 26),
    widened: text to be repaired comes from elsewhere than the training text, whose counts
    are bursts. Of 1, 1.2 and 1.4, 1.4 was best on web pages, books and subtitles (0.06 nats a
    character) and cost 0.016 on news."""
    n1, n2, n3, n4 = (max(1, int((times == k).sum())) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.asarray((WIDER * found).clip([0.0, 0.1, 0.2, 0.3], [0.0, 0.95, 1.9, 2.8]))


def unigrams(text: Grams, pairs: Grams, words: Grams, size: int) -> F64:
    """P of each id, never zero: unknown classes get at least their mass of `chars.UNKNOWN`.

    `text` and `pairs` are the single characters and the pairs of running text, `words` the
    characters of the word list. A character of the text counts by what it follows and not by
    how often (Kneser and Ney 1995): the frequent word of one domain lends its characters no
    weight elsewhere. For orders above, that was no gain in choosing between readings."""
    occurrence = np.zeros(size)
    occurrence[text.keys.astype(np.int64)] = text.weight / text.times  # alone, if never second
    second = (pairs.keys & U64(0xFFFF)).astype(np.int64)
    follows = np.bincount(second, pairs.weight / pairs.times, size)
    weight = np.where(follows > 0, follows, occurrence)
    listed = np.zeros(size)
    listed[words.keys.astype(np.int64)] = words.weight
    weight += listed * (weight.sum() / text.weight.sum())
    p = weight / weight.sum()
    floor = np.full(size, 1e-9)
    floor[UNKNOWN_ID : UNKNOWN_ID + len(chars.UNKNOWN)] = list(chars.UNKNOWN.values())
    floor[GAP] = 0.0
    p = np.maximum(p, floor)
    return np.asarray(p / p.sum(), np.float64)


def levels(single: F64, grams: list[Grams]) -> list[Level]:
    """The levels of orders 2 and up; `single` is P of each id, `grams[k]` holds order k + 1."""
    made: list[Level] = []
    below, below_keys = single, np.arange(len(single), dtype=np.uint64)
    for order in range(2, len(grams) + 1):
        counted = grams[order - 1]
        keys = counted.keys
        contexts = keys >> U64(16)
        start = np.flatnonzero(np.concatenate(([True], contexts[1:] != contexts[:-1])))
        run = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(keys))))
        cut = discounts(counted.times)[np.minimum(counted.times, 3)]
        rest = counted.weight * (1 - cut / counted.times)
        total = np.add.reduceat(counted.weight, start)
        gamma = (1 - np.add.reduceat(rest, start) / total)[run]
        suffix = np.searchsorted(below_keys, keys & U64((1 << (16 * (order - 1))) - 1))
        prefix = np.searchsorted(below_keys, contexts)
        lower = below[suffix]
        p = rest / total[run] + gamma * lower
        joint = counted.weight / grams[0].weight.sum()
        gain = joint * (np.log(p) - np.log(gamma * lower))
        made.append(
            Level(keys, p, lower, gain, prefix, suffix, np.ones(len(keys), bool), np.zeros(0))
        )
        below, below_keys = p, keys
    return made


def prune(made: list[Level], bits: list[int], room: float) -> None:
    """Keep the n-grams that are worth most for their bits, within `room` bytes.

    `bits[i]` is what a cell of `made[i]` takes. The gain is Seymore and Rosenfeld's weighted
    difference. The context and the suffix of whatever is kept are kept too: the look-up of
    an n-gram relies on both."""

    def size() -> float:
        kept = [maplet.plan(int(level.kept.sum())).cells for level in made]
        return sum(n * b / 8 for n, b in zip(kept, bits, strict=True))

    low, high = -60.0, 0.0
    for _ in range(30):
        middle = (low + high) / 2
        _keep(made, bits, np.exp(middle))
        low, high = (middle, high) if size() > room else (low, middle)
    _keep(made, bits, np.exp(high))


def _keep(made: list[Level], bits: list[int], threshold: float) -> None:
    for i in reversed(range(len(made))):
        level = made[i]
        level.kept = level.gain > threshold * bits[i]
        if i + 1 < len(made):
            above = made[i + 1]
            level.kept[above.prefix[above.kept]] = True
            level.kept[above.suffix[above.kept]] = True


def backoffs(made: list[Level], size: int) -> F64:
    """Set each level's back-off weights; those of the single classes are returned.

    A context's weight makes its kept n-grams and the shorter ones add up to one."""
    single = np.ones(size)
    for i, level in enumerate(made):
        target = single if i == 0 else np.ones(len(made[i - 1].keys))
        context = level.prefix[level.kept]
        taken = np.bincount(context, level.p[level.kept], len(target))
        covered = np.bincount(context, level.lower[level.kept], len(target))
        target[:] = ((1 - taken) / np.maximum(1 - covered, 1e-9)).clip(LEAST_BACKOFF, 1e3)
        if i:
            made[i - 1].backoff = target
    return single
