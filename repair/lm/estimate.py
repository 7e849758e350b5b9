"""From counts to a back-off model: absolute discounting, interpolation, pruning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars
from repair.lm.counts import GAP, UNKNOWN_ID, Grams

U64 = np.uint64
F64 = NDArray[np.float64]
LEAST_BACKOFF = 1e-5


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
    """The discounts for counts 0, 1, 2 and more (Chen and Goodman 1998, equation 26)."""
    n1, n2, n3, n4 = (max(1, int((times == k).sum())) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return found.clip([0.0, 0.1, 0.2, 0.3], [0.0, 0.95, 1.8, 2.7])


def _left_types(grams: Grams, above: Grams, bits: int) -> Grams:
    """Kneser and Ney's counts: in how many ways each n-gram is preceded."""
    keys, types = np.unique(above.keys & U64((1 << bits) - 1), return_counts=True)
    times = np.ones(len(grams.keys), np.int64)
    times[np.searchsorted(grams.keys, keys)] = types
    return Grams(grams.keys, times.astype(np.float64), times)


def unigrams(grams: Grams, size: int) -> F64:
    """P of each id, never zero: unknown classes get at least their mass of `chars.UNKNOWN`."""
    weight = np.zeros(size)
    weight[grams.keys.astype(np.int64)] = grams.weight
    p = weight / weight.sum()
    floor = np.full(size, 1e-9)
    floor[UNKNOWN_ID : UNKNOWN_ID + len(chars.UNKNOWN)] = list(chars.UNKNOWN.values())
    floor[GAP] = 0.0
    p = np.maximum(p, floor)
    return p / p.sum()


def levels(grams: list[Grams], size: int, kneser_ney: bool) -> tuple[F64, list[Level]]:
    """P of each class, and the levels of orders 2 and up; `grams[k]` holds order k + 1."""
    seen = list(grams)
    if kneser_ney:
        for k in range(len(grams) - 1):
            seen[k] = _left_types(grams[k], grams[k + 1], 16 * (k + 1))
    single = unigrams(seen[0], size)
    made: list[Level] = []
    below, below_keys = single, np.arange(size, dtype=np.uint64)
    for order in range(2, len(grams) + 1):
        counted = seen[order - 1]
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
        joint = grams[order - 1].weight / grams[0].weight.sum()
        gain = joint * (np.log(p) - np.log(gamma * lower))
        made.append(
            Level(keys, p, lower, gain, prefix, suffix, np.ones(len(keys), bool), np.zeros(0))
        )
        below, below_keys = p, keys
    return single, made


def prune(made: list[Level], costs: list[float], budget: float) -> None:
    """Keep the n-grams that are worth most for their bytes, within `budget` bytes.

    `costs[i]` is what one n-gram of `made[i]` takes. The gain is Seymore and Rosenfeld's
    weighted difference. The context and the suffix of whatever is kept are kept too: the
    look-up of an n-gram relies on both."""
    low, high = -60.0, 0.0
    for _ in range(30):
        middle = (low + high) / 2
        _keep(made, costs, np.exp(middle))
        size = sum(c * int(level.kept.sum()) for c, level in zip(costs, made, strict=True))
        low, high = (middle, high) if size > budget else (low, middle)
    _keep(made, costs, np.exp(high))


def _keep(made: list[Level], costs: list[float], threshold: float) -> None:
    for i in reversed(range(len(made))):
        level = made[i]
        level.kept = level.gain > threshold * costs[i]
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
