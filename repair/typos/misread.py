"""Every sentence under the language model: characters that it can hardly read, and what was
probably printed there. Only with `typos = "model"`.

A place is looked at if the model is surprised by the character and the two after it, more than
by its neighbours. Each character that looks like it is tried in its place; a logistic score
then weighs how much of the surprise the best one takes away, how often it was seen to be read
so, and whether the text writes so elsewhere too (a name, a term). What the text itself is like
is part of the score: whether it looks recognised, by stray ASCII marks among full-width ones,
which clean text has none of; and how foreign it is to the model, so that in stories, verse and
forums, where half of the words surprise it, a word must surprise it far more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from repair import lm, scan
from repair.lm.reading import Reading
from repair.model import Candidate, Finding
from repair.plane import among
from repair.rules import table
from repair.typos import lookalike
from repair.typos.compact import Compact

SURPRISE = 20.0  # nats over three characters; 3 % of recognised and 1.6 % of clean text lie above
# A misreading makes what follows it surprising too: of places close by only the most surprising
# ones are looked at, the next character counting half.
AFTER, PEAK = 0.5, 2.0  # nats
REACH = 3  # characters on either side that an order of 4 can see
CLIP = 20.0  # nats: more says no more
SHAPE = 0.9  # weight of shape in the choice of a reading, beside nats and what was seen
# Nats: the median of news is 0.9 to 3.4, that of stories, forums and verse 4 to 6.5.
KNOWN = 3.5
SHORT = 100  # hanzi
# Times that count of what the text has once more, as it is and as it would be.
REPEATED, ELSEWHERE = 4.0, 3.0
NEAR = 2  # places between two findings: the stronger one stands for both
BEST = 3  # readings that are told
BLOCK = 20_000  # characters at a time
STOPS = "，。、；："
BEHIND = ";:,.\"'*~`|_^=<>\\[]{}-"  # marks that are stray behind Chinese
AHEAD = ";:,\"'*~`|_^=<>\\"  # … and those that are stray before it
OFTEN = 0.01  # of the characters: a mark that frequent is the text's own way of writing

F64 = NDArray[np.float64]
Spots = NDArray[np.intp]
Units = NDArray[np.uint16]
Columns = dict[str, F64]


@dataclass(frozen=True, slots=True)
class Places:
    """Suspicious characters, one a row: what the score weighs, and their best readings."""

    at: Spots
    features: Columns
    gains: F64  # of the best reading, in nats
    _tried: Units  # the readings of all
    _merit: F64  # and what speaks for each
    _first: Spots  # where those of a place begin
    _sizes: Spots

    def readings(self, row: int) -> str:
        """The best readings of a place, best first."""
        start, size = int(self._first[row]), int(self._sizes[row])
        order = np.argsort(-self._merit[start : start + size], kind="stable")[:BEST]
        return "".join(map(chr, self._tried[start + order].tolist()))


@dataclass(frozen=True, slots=True)
class Score:
    """The logistic score of a place, in log-odds."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def of(self, features: Columns) -> F64:
        """The scores of some places."""
        parts = [weight * features[name] for name, weight in self.weights.items()]
        return np.asarray(sum(parts, self.bias), np.float64)


def find(text: str) -> Iterator[Finding]:
    """The places whose score passes the threshold of the rule table."""
    rule = table("typos")["TYP010"].data
    score = Score(rule["weights"], rule["bias"], rule["threshold"])
    compact = Compact(text)
    found: list[tuple[float, int]] = []
    told: dict[int, tuple[float, str]] = {}
    for some in places(compact.text, score):
        scores = score.of(some.features)
        for row in np.flatnonzero(scores >= score.threshold).tolist():
            at = int(some.at[row])
            found.append((float(scores[row]), at))
            told[at] = float(some.gains[row]), some.readings(row)
    for value, at in strongest(found):
        yield _finding(compact, at, *told[at], 1 / (1 + math.exp(score.threshold - value)))


def strongest(scored: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The scores and places without those that a stronger neighbour stands for, in order."""
    taken: set[int] = set()
    kept = []
    for score, at in sorted(scored, key=lambda x: (-x[0], x[1])):
        if at not in taken:
            kept.append((score, at))
            taken.update(range(at - NEAR, at + NEAR + 1))
    return sorted(kept, key=lambda x: x[1])


def places(text: str, score: Score | None = None) -> Iterator[Places]:
    """The suspicious places of a text without line breaks inside sentences, a block of it at a
    time; with a score only those that can reach its threshold."""
    written = Written(scan.of(text).units)
    blocks = -(-len(text) // BLOCK)
    edges = [n * len(text) // blocks for n in range(blocks + 1)] if blocks else []
    for start, end in pairwise(edges):
        # The block with the context that its first and last characters need.
        low, high = max(0, start - REACH), end + REACH
        read = lm.load().read(text[low:high])
        surprise = np.concatenate([-read.scores.astype(np.float64), np.zeros(REACH)])
        at = np.flatnonzero(odd(surprise)[start - low : end - low]) + start
        at = at[lookalike.load().has(written.units[at])]
        if not len(at):
            continue
        known = {
            "here": np.minimum(CLIP, surprise[at - low]),
            "next": np.minimum(CLIP, surprise[at - low + 1]),
            "foreign": np.full(len(at), foreign(surprise[:-REACH][han(written.units[low:high])])),
            **written.features(at),
        }
        if score:
            most = _most(written.units[at])
            worth = score.of(known | most) >= score.threshold
            at, known = at[worth], {name: value[worth] for name, value in known.items()}
        if len(at):
            passage = surprise[at - low + np.arange(REACH + 1)[:, None]].sum(0)
            yield _tried(read, at, low, known, passage, written)


def _most(units: Units) -> Columns:
    """The most that the features can be that show when the readings are tried."""
    one = np.ones(len(units))
    return {
        "fit": one,
        "seen": np.log1p(lookalike.load().most[units]),
        "elsewhere": ELSEWHERE * one,
    }


def odd(surprise: F64) -> NDArray[np.bool_]:
    """Which characters are suspicious; after the last one stand REACH zeros."""
    here, after, last = (surprise[k : k - REACH] for k in range(3))
    value = here + AFTER * after
    peak = value.copy()
    for k in range(1, NEAR + 1):
        np.maximum(peak[k:], value[:-k], out=peak[k:])
        np.maximum(peak[:-k], value[k:], out=peak[:-k])
    return (here + after + last >= SURPRISE) & (value >= peak - PEAK)


def foreign(surprise: F64) -> float:
    """By how many nats half of a text's hanzi surprise the model more than they do in the kind
    of text that it knows; a short text is half believed."""
    if not len(surprise):
        return 0.0
    size = len(surprise)
    half = float(np.partition(surprise, size // 2)[size // 2])
    return max(0.0, half - KNOWN) * size / (size + SHORT)


def _tried(
    read: Reading, at: Spots, low: int, known: Columns, passage: F64, written: Written
) -> Places:
    """The places, in each of which one of the readings makes the passage likelier."""
    tried = lookalike.load().of(written.units[at])
    gains = read.gains(at - low, tried.sizes, tried.units)
    merit = gains + SHAPE * tried.shape + tried.seen
    first = np.cumsum(tried.sizes) - tried.sizes
    # The first of the best ones of each place.
    tops = np.flatnonzero(merit == np.repeat(np.maximum.reduceat(merit, first), tried.sizes))
    best = tops[np.searchsorted(tops, first)]
    rows = np.flatnonzero(gains[best] > 0)
    at, best = at[rows], best[rows]
    features = {name: value[rows] for name, value in known.items()} | {
        "fit": gains[best] / np.maximum(1.0, passage[rows]),
        "seen": tried.seen[best],
        "elsewhere": written.elsewhere(at, tried.units[best]),
    }
    return Places(at, features, gains[best], tried.units, merit, first[rows], tried.sizes[rows])


class Written:
    """What the text is like around its characters, the language model aside."""

    def __init__(self, units: Units) -> None:
        self.units = units

    @cached_property
    def _edged(self) -> Units:
        """With nothing before and behind the text."""
        return np.concatenate(([0], self.units, [0])).astype(np.uint16)

    @cached_property
    def _pairs(self) -> NDArray[np.uint32]:
        return np.sort(_pair(self.units[:-1], self.units[1:]))

    @cached_property
    def _stray(self) -> float:
        return stray(self.units)

    def features(self, at: Spots) -> Columns:
        """Of some places: how often the text writes so, and how recognised the text looks."""
        left, right = self._edged[at], self._edged[at + 2]
        return {
            "repeated": np.minimum(REPEATED, self._times(left, self.units[at], right)),
            "stray": np.full(len(at), self._stray),
        }

    def elsewhere(self, at: Spots, chars: Units) -> F64:
        """How often the text has other characters beside the neighbours of some places."""
        return np.minimum(ELSEWHERE, self._times(self._edged[at], chars, self._edged[at + 2]))

    def _times(self, left: Units, char: Units, right: Units) -> F64:
        pairs = np.stack((_pair(left, char), _pair(char, right)))
        times = self._pairs.searchsorted(pairs, "right") - self._pairs.searchsorted(pairs)
        most: F64 = times.max(0).astype(np.float64)
        return most


def _pair(first: Units, second: Units) -> NDArray[np.uint32]:
    return (first.astype(np.uint32) << np.uint32(16)) | second


def han(units: Units) -> NDArray[np.bool_]:
    return (units >= 0x4E00) & (units <= 0x9FFF)


def stray(units: Units) -> float:
    """ASCII marks among Chinese per 1,000 characters, at most 3; those that the text always
    uses don't count."""
    at = np.flatnonzero(units < 0x80)
    edged = np.concatenate(([0], units, [0])).astype(np.uint16)
    marks, left, right = units[at], edged[at], edged[at + 2]
    odd = among(BEHIND)[marks] & (han(left) | among(STOPS)[left])
    odd |= among(AHEAD)[marks] & han(right)
    counts = np.bincount(marks[odd])
    strange = counts[counts <= OFTEN * (len(units) + 100)].sum()
    return min(3.0, 1000 * float(strange) / (len(units) + 200))


def _finding(compact: Compact, place: int, gain: float, readings: str, chance: float) -> Finding:
    at = compact.place(place)
    read, best, others = compact.text[place], readings[0], readings[1:]
    left, right = compact.text[max(0, place - 1) : place], compact.text[place + 1 : place + 2]
    chance = round(min(0.95, chance), 3)
    return Finding(
        at,
        at + 1,
        read,
        best,
        "TYP010",
        chance,
        f"{left}{read}{right} is hardly ever written; {left}{best}{right} looks like it and is "
        f"e^{gain:.0f} times likelier here",
        (
            Candidate(best, chance, "model"),
            *(Candidate(o, round((1 - chance) / 4, 3), "model") for o in others),
        ),
        pattern=f"{left}{read}{right}→{left}{best}{right}",
    )
