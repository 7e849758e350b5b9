"""The gate of `conversion`: where a traditional text may spell a word with a wrong character.

A misspelt word has a character that no right spelling of it has, beside the word's next one.
All such pairs are a sorted array, so that a text is looked through without a loop; a few
places in a thousand characters pass, and `Words.doubtful` judges them. What stands beyond the
basic plane, where the arrays end, always passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair import scan

SURROGATES = range(0xD800, 0xE000)
SHIFT = np.uint32(16)
Pairs = NDArray[np.uint32]  # sorted; the unit of a character, then that of its neighbour


@dataclass(frozen=True, slots=True)
class Suspects:
    """What stands in no right spelling of some word, beside a character of that word."""

    some: NDArray[np.bool_]  # of each unit: whether it is in a pair
    simple: NDArray[np.uint16]  # of each unit: its simplified form
    norm: NDArray[np.uint16]  # of each unit: the variant that the tables use
    before: Pairs  # with the simplified form of the character before
    after: Pairs

    def places(self, text: str) -> list[int]:
        """Where a word may be misspelt, in order; a misspelt word has at least one."""
        units = scan.of(text).units
        at = np.flatnonzero(self.some.take(units))
        if not len(at):
            return []
        here = self.norm.take(units[at]).astype(np.uint32) << SHIFT
        edged = self.simple.take(np.concatenate(([0], units, [0])).astype(np.uint16))
        odd = _among(here | edged[at], self.before) | _among(here | edged[at + 2], self.after)
        odd |= (units[at] >= SURROGATES.start) & (units[at] < SURROGATES.stop)
        found: list[int] = at[odd].tolist()
        return found


def suspects(
    right: Mapping[str, frozenset[str]], simple: Mapping[int, str], norm: Mapping[int, str]
) -> Suspects:
    """The pairs of the words in `right`, whose keys are simplified."""
    spelt: dict[str, set[str]] = defaultdict(set)  # simplified: what a text has for it
    for code, char in simple.items():
        spelt[char].add(norm.get(code, chr(code)))
    for char in {char for key in right for char in key} | spelt.keys():
        if simple.get(ord(char), char) == char:
            spelt[char].add(norm.get(ord(char), char))
    before: set[tuple[str, str]] = set()
    after: set[tuple[str, str]] = set()
    for key, forms in right.items():
        for i, char in enumerate(key):
            for odd in spelt[char].difference(form[i] for form in forms):
                if i:
                    before.add((odd, key[i - 1]))
                else:
                    after.add((odd, key[1]))
    some = np.zeros(scan.PLANE, np.bool_)
    some[[ord(odd) for odd, _ in before | after if ord(odd) < scan.PLANE]] = True
    plain, usual = _table(simple), _table(norm)
    some = some[usual]
    some[SURROGATES.start : SURROGATES.stop] = True
    return Suspects(some, plain, usual, _sorted(before), _sorted(after))


def _table(mapping: Mapping[int, str]) -> NDArray[np.uint16]:
    table = np.arange(scan.PLANE, dtype=np.uint16)
    for code, char in mapping.items():
        if max(code, ord(char)) < scan.PLANE:
            table[code] = ord(char)
    return table


def _sorted(pairs: set[tuple[str, str]]) -> Pairs:
    codes = ((ord(a), ord(b)) for a, b in pairs)
    return np.array(sorted(a << 16 | b for a, b in codes if max(a, b) < scan.PLANE), np.uint32)


def _among(pairs: Pairs, known: Pairs) -> NDArray[np.bool_]:
    place = np.searchsorted(known, pairs)
    return np.asarray(known[np.minimum(place, len(known) - 1)] == pairs)
