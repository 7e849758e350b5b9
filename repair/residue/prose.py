"""The first look at a text: which of its lines may matter.

Most of a text stands in lines that are long for what they end with. Such a line matters only if
some word of the site, the press or the trade stands in it, a list of attachments begins with it,
or it holds three readings in brackets, or a pipe. To know that takes a look at one character in
twenty: of each pair that tells of such a word the one that texts have more seldom.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.plane import among, plane
from repair.residue import gate, spans, telling

Units = NDArray[np.uint16]
Places = NDArray[np.intp]
ANCHORED, READING = 1, 2  # what a pair tells of
_ALONE = "★|｜│"  # separators that tell of something: a word of the site, pipes
_LABEL = "附"
SCORED = 60  # characters of a line that may be scored (`likely`) whatever stands in it
PLACED = 120  # characters of a line that its place may make spam (`revise`)
# What ends a sentence, also one that may be scored; what ends no more than a part of one.
_CLOSING, _ENDS, _PARTS = "。；”", "！？", "，、：』」"


class Pairs(NamedTuple):
    """Two characters as they are written, one pair for each word."""

    rows: list[tuple[str, int]]  # what each pair tells of
    keys: str  # the rarer character of each pair
    apart: str  # separators


def _shipped() -> Pairs:
    path = files("repair") / "residue" / "data" / "prose.json"
    return Pairs(*json.loads(path.read_text("utf-8")))


def make() -> Pairs:
    """Made of the rules, and of how often the language model meets them."""
    from repair import lm

    model = lm.load()

    @cache
    def often(piece: str) -> float:
        return float(model.logp(np.array(list(map(ord, piece)), np.uint16)).sum())

    rows: dict[str, int] = {}
    keys = {_LABEL}
    anchors = [word for word in gate.anchors() if len(word) > 1]
    least = [word for word in anchors if not any(w in word for w in anchors if w != word)]
    for word, bit in [(w, ANCHORED) for w in least] + [(w, READING) for w in spans.readings()]:
        pair = min(map("".join, pairwise(word)), key=often)
        rows[pair] = rows.get(pair, 0) | bit
        keys.add(min(pair, key=often))
    signs = telling.tables().signs
    apart = [char for char in plane() if signs[ord(char)] >= telling.SEPARATOR]
    return Pairs(sorted(rows.items()), "".join(sorted(keys)), "".join(apart))


def shown() -> str:
    """What the package ships of them."""
    return json.dumps(make()) + "\n"


_PAIRS = _shipped()
_KEYS, _APART = map(scan.kind, _PAIRS[1:])


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """By hashed pair what it tells of, and by the pair hashed anew."""
    told, surely = np.zeros((2, scan.PLANE), np.uint8)
    for pair, bit in _PAIRS.rows:
        told[telling.cell_of(pair[0], pair[1])] |= bit
        surely[telling.cell_of(pair[0], pair[1], telling.OTHER)] |= bit
    return told, surely


@cache
def _limits() -> NDArray[np.uint16]:
    """For all characters of the first plane: how long a line that ends so may be, separators
    aside, and matter whatever stands in it."""
    limits = np.full(scan.PLANE, gate.LONG, np.uint16)
    for marks, limit in ((_CLOSING, gate.SHORT), (_ENDS, SCORED), (_PARTS, PLACED)):
        limits[among(marks)] = limit
    return limits


def lines(found: scan.Scan, units: Units) -> tuple[Places, Places]:
    """Where each line of a text begins, and the end behind the last one; and the numbers of those
    that may matter. The `units` are the text's, a newline behind it."""
    apart = found.where(_APART)
    breaks = np.flatnonzero(units.take(apart) == ord("\n"))
    ends = np.append(apart.take(breaks), len(found.units))
    begins = np.concatenate(([0], ends + 1))
    separators = np.diff(breaks, prepend=-1, append=len(apart)) - 1
    size = ends - begins[:-1] - separators
    prose = size > _limits().take(units.take(ends - 1))

    keys = found.where(_KEYS)
    before, own, behind = (units.take(keys + n) for n in (-1, 0, 1))
    told, surely = _tables()
    pairs = told.take(own * telling.FACTOR + behind), told.take(before * telling.FACTOR + own)
    some = np.concatenate(pairs)
    hits = np.flatnonzero(
        some > 0
    )  # one in ninety; of numbers themselves it takes ten times as long
    some, at = some.take(hits), np.concatenate((keys, keys - 1)).take(hits)
    some &= surely.take(units.take(at) * telling.OTHER + units.take(at + 1))
    readings = np.sort(np.searchsorted(ends, at.compress(some & READING > 0)))
    labels = np.flatnonzero(own == ord(_LABEL))
    labels = keys.take(labels.compress(among(_PAIRS.apart).take(before.take(labels))))
    alone = apart.compress(among(_ALONE).take(units.take(apart)))
    told_at = np.concatenate((at.compress(some & ANCHORED > 0), labels, alone))
    prose[np.searchsorted(ends, told_at)] = False
    prose[readings[2:][readings[2:] == readings[:-2]]] = False
    return begins, np.flatnonzero(~prose & (ends > begins[:-1]))
