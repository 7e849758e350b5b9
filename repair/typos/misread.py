"""Every sentence under the language model: characters that it can hardly read, and what was
probably printed there. Only with `typos = "model"`.

A place is looked at if the model is surprised by the character and the two after it. Each
character that looks like it is tried in its place; a logistic score then weighs how much
likelier the best one makes the passage, how surprising the passage stays, and whether the
text writes so elsewhere too (a name, a term). How far the text itself looks recognised is
part of the score: stray ASCII marks among full-width ones, which clean text has none of, so
that rare words of clean text are not asked about.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.collate import confusions
from repair.model import Candidate, Finding
from repair.rules import table
from repair.typos.compact import Compact

SURPRISE = 20.0  # nats over three characters; 3 % of recognised and 1.6 % of clean text lie above
REACH = 3  # characters on either side that an order of 4 can see
SHAPE, SEEN = 0.9, 1.0  # weights of shape and of observed counts in the choice of a reading
CLIP = 20.0  # nats: more says no more
NEAR = 2  # places between two findings: the stronger one stands for both
READINGS = 3
BLOCK = 20_000  # characters at a time
_han = re.compile("[\u4e00-\u9fff]")
_stray = re.compile(
    r"(?<=[\u4e00-\u9fff，。、；：])[;:,.\"'*~`|_^=<>\\\[\]{}-]|[;:,\"'*~`|_^=<>\\](?=[\u4e00-\u9fff])"
)
OFTEN = 0.01  # of the characters: a mark that frequent is the text's own way of writing


@dataclass(frozen=True, slots=True)
class Place:
    """A suspicious character with its best readings and what the score weighs."""

    at: int
    readings: tuple[str, ...]
    features: Mapping[str, float]


def find(text: str) -> Iterator[Finding]:
    """The places whose score passes the threshold of the rule table."""
    rule = table("typos")["TYP010"].data
    weights, bias, least = rule["weights"], rule["bias"], rule["threshold"]
    compact = Compact(text)
    scored = [
        (bias + sum(weights[name] * value for name, value in place.features.items()), place)
        for place in places(compact.text)
    ]
    for score, place in strongest(scored):
        if score >= least:
            yield _finding(compact, place, 1 / (1 + math.exp(least - score)))


def strongest(scored: list[tuple[float, Place]]) -> list[tuple[float, Place]]:
    """Without those that a stronger neighbour stands for, in order of place."""
    taken: set[int] = set()
    kept = []
    for score, place in sorted(scored, key=lambda x: (-x[0], x[1].at)):
        if place.at not in taken:
            kept.append((score, place))
            taken.update(range(place.at - NEAR, place.at + NEAR + 1))
    return sorted(kept, key=lambda x: x[1].at)


def places(text: str) -> list[Place]:
    """The suspicious places of a text without line breaks inside sentences."""
    pairs = Counter(map("".join, zip(text, text[1:], strict=False)))
    noise = stray(text)
    found: list[Place] = []
    for start in range(0, len(text), BLOCK):
        # The block with the context that its first and last characters need.
        low, high = max(0, start - REACH), min(len(text), start + BLOCK + REACH)
        found += (
            p for p in _places(text[low:high], low, pairs, noise) if start <= p.at < start + BLOCK
        )
    return found


def stray(text: str) -> float:
    """ASCII marks among Chinese per 1,000 characters, at most 3; those that the text always
    uses don't count."""
    marks = Counter(_stray.findall(text))
    odd = sum(n for n in marks.values() if n <= OFTEN * (len(text) + 100))
    return min(3.0, 1000 * odd / (len(text) + 200))


def _places(block: str, offset: int, pairs: Counter[str], noise: float) -> Iterator[Place]:
    surprise = np.concatenate([-lm.load().score(block).astype(np.float64), np.zeros(REACH)])
    n = len(block)
    over = surprise[:n] + surprise[1 : n + 1] + surprise[2 : n + 2] >= SURPRISE
    tried = [
        (int(i), *like)
        for i in np.flatnonzero(over)
        if _han.match(block[i]) and (like := alike(block[i]))[0]
    ]
    passages: list[str] = []
    for i, readings, _ in tried:
        left, right = block[max(0, i - REACH) : i], block[i + 1 : i + 1 + REACH]
        passages += [f"{left}{char}{right}" for char in (block[i], *readings)]
    totals = lm.load().totals(passages) if passages else np.zeros(0)
    first = 0
    for i, readings, channel in tried:
        gains = totals[first + 1 : first + 1 + len(readings)] - totals[first]
        first += 1 + len(readings)
        ranks = np.argsort(-(gains + channel), kind="stable")
        best, gain = readings[ranks[0]], float(gains[ranks[0]])
        if gain <= 0:
            continue
        left, right = block[max(0, i - 1) : i], block[i + 1 : i + 2]
        features = {
            "gain": gain,
            "seen": math.log1p(confusions.read_as(best, block[i])),
            "here": surprise[i],
            "next": surprise[i + 1],
            "third": surprise[i + 3],
            "before": surprise[i - 2] if i > 1 else 0.0,
            "like": float(channel[ranks[0]]),
            "fit": float(gain / max(1.0, surprise[i : i + 4].sum())),
            "repeated": min(4, max(pairs[left + block[i]], pairs[block[i] + right])),
            "elsewhere": min(3, max(pairs[left + best], pairs[best + right])),
            "marks": sum(bool(c) and not _han.match(c) for c in (left, right)),
            "stray": noise,
        }
        clipped = {name: min(CLIP, float(value)) for name, value in features.items()}
        yield Place(offset + i, tuple(readings[int(j)] for j in ranks[:READINGS]), clipped)


@lru_cache(maxsize=8192)
def alike(char: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The characters that look most like this one and those that OCR read as it, with what
    each one's likeness and count weigh in the choice."""
    look = _look()
    if char not in look:
        return (), np.zeros(0)
    seen = sorted(filter(look.__contains__, confusions.read_for(char)))
    readings = tuple(dict.fromkeys((*look[char], *seen)))
    weights = [
        SHAPE * confusions.shape(char, other) + SEEN * math.log1p(confusions.read_as(other, char))
        for other in readings
    ]
    return readings, np.array(weights)


@cache
def _look() -> dict[str, str]:
    """data/alike.tsv."""
    text = (files("repair") / "typos" / "data" / "alike.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def _finding(compact: Compact, place: Place, chance: float) -> Finding:
    at = compact.places[place.at]
    read, (best, *others) = compact.text[place.at], place.readings
    left = compact.text[max(0, place.at - 1) : place.at]
    right = compact.text[place.at + 1 : place.at + 2]
    gain = place.features["gain"]
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
