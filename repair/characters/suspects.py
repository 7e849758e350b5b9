"""The gate of `conversion`: where a traditional text may spell a word with a wrong character.

A misspelt word has a character that no right spelling of it has, beside the word's next one.
All such pairs are a sorted array, so that a text is looked through without a loop; what is in
a right word of two characters is left out again. One place in fifty thousand characters passes,
and `Words.doubtful` judges it. What stands beyond the basic plane, where the arrays end, always
passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair import scan

SURROGATES = range(0xD800, 0xE000)
SHIFT = np.uint32(16)
FACTOR, BITS = np.uint32(2654435761), 18  # Knuth's multiplicative hash, TAOCP 6.4
Units = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A set of pairs: the unit of a character, then that of its neighbour."""

    known: NDArray[np.uint32]  # sorted
    some: NDArray[np.bool_]  # of each hash: whether a pair has it

    def holds(self, pairs: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Which of the pairs are in the set: few, so that most need no search."""
        held = self.some.take(_hash(pairs))
        at = np.flatnonzero(held)
        place = np.searchsorted(self.known, pairs[at])
        held[at] = self.known[np.minimum(place, len(self.known) - 1)] == pairs[at]
        return held


def pairs(known: NDArray[np.uint32]) -> Pairs:
    """The set of these pairs (see `joined`)."""
    known = np.sort(known)
    some = np.zeros(1 << BITS, np.bool_)
    some[_hash(known)] = True
    return Pairs(known, some)


def _hash(found: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return found * FACTOR >> np.uint32(32 - BITS)


def joined(first: Units, second: Units) -> NDArray[np.uint32]:
    """The pairs of the units at equal places."""
    return first.astype(np.uint32) << SHIFT | second


def units(characters: str) -> Units:
    """The units of characters of the basic plane."""
    return np.frombuffer(characters.encode("utf-16-le"), np.uint16)


@dataclass(frozen=True, slots=True)
class Suspects:
    """What stands in no right spelling of some word, beside a character of that word."""

    some: NDArray[np.bool_]  # of each unit: whether it is in a pair
    simple: Units  # of each unit: its simplified form
    norm: Units  # of each unit: the variant that the tables use
    before: Pairs  # with the simplified form of the character before
    after: Pairs
    sound: Pairs  # words of two characters that nothing is wrong with

    def places(self, units: Units) -> NDArray[np.intp]:
        """Where a word may be misspelt, in order; a misspelt word has at least one."""
        at = np.flatnonzero(self.some.take(units))
        if not len(at):
            return at
        here, ends = self.norm.take(units[at]), np.append(units, np.uint16(0))  # none before, after
        odd = self.before.holds(joined(here, self.simple.take(ends[at - 1])))
        odd |= self.after.holds(joined(here, self.simple.take(ends[at + 1])))
        beyond = (units[at] >= SURROGATES.start) & (units[at] < SURROGATES.stop)
        at, beyond = at[odd | beyond], beyond[odd | beyond]
        here = units[at]
        sound = self.sound.holds(joined(ends[at - 1], here))
        sound |= self.sound.holds(joined(here, ends[at + 1]))
        return at[beyond | ~sound]


class Known(NamedTuple):
    """What suspects are made of: the pairs of each set, sorted."""

    before: NDArray[np.uint32]
    after: NDArray[np.uint32]
    sound: NDArray[np.uint32]


def known(
    right: Mapping[str, frozenset[str]],
    simple: Mapping[int, str],
    norm: Mapping[int, str],
    sound: Collection[str],
) -> Known:
    """The pairs of the words in `right`, whose keys are simplified; `sound` are words of two
    characters that are right as they stand."""
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
    return Known(_set(before), _set(after), _set({(word[0], word[1]) for word in sound}))


def _set(found: set[tuple[str, str]]) -> NDArray[np.uint32]:
    basic = sorted(pair for pair in found if max(map(ord, pair)) < scan.PLANE)
    return joined(units("".join(a for a, _ in basic)), units("".join(b for _, b in basic)))


def suspects(found: Known, simple: Mapping[int, str], norm: Mapping[int, str]) -> Suspects:
    """The suspects of the pairs."""
    plain, usual = _table(simple), _table(norm)
    some = np.zeros(scan.PLANE, np.bool_)
    some[np.concatenate((found.before, found.after)) >> SHIFT] = True
    some = some[usual]
    some[SURROGATES.start : SURROGATES.stop] = True
    return Suspects(some, plain, usual, *map(pairs, found))


def _table(mapping: Mapping[int, str]) -> Units:
    table = np.arange(scan.PLANE, dtype=np.uint16)
    for code, char in mapping.items():
        if max(code, ord(char)) < scan.PLANE:
            table[code] = ord(char)
    return table
