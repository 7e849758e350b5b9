"""Which readings can lie on a good way through a window, told before the search.

Two ways lead through a window, its characters as they stand and one byte off. Both are scored
beforehand, and what the channel knows leads from one to the other. The character of an unknown
byte is taken for a good one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from repair.encoding.channel import SHIFTED, SWALLOWED, SYNCED, Reading

GOOD = -3.0  # nats for a character with an unknown byte
FAR = 1e6  # nats for what is no way at all
# What may be pending at a place: nothing, the last byte of the character before it, another
# byte or an unknown one.
STATES = NONE, LAST, OTHER = range(3)
Offers = Mapping[str, Sequence[Reading]]  # by SYNCED and SHIFTED


class _Way(NamedTuple):
    """From a place and a state to another one."""

    state: int
    end: int
    then: int
    worth: float  # nats
    reading: Reading | None = None


class Outlook:
    """The ways through a window."""

    def __init__(
        self,
        own: Sequence[float],
        off: Sequence[float],
        falls: Sequence[bool],
        offered: Sequence[Offers],
    ) -> None:
        """`own` and `off` are the nats of each character as it stands, and of the one that it
        completes one byte off; `falls` tells behind which one that is off falls back into step;
        `offered` are the readings of each place."""
        size = len(own)
        self._ways = [
            [
                *_others(at, size, offered[at], gaps=True),
                *_plain(at, own[at], off[at], falls[at]),
                *_others(at, size, offered[at], gaps=False),
            ]
            for at in range(size)
        ]
        # The most nats up to each place and state, and from there on to the end.
        self.before = [[-FAR] * len(STATES) for _ in range(size + 1)]
        self.ahead = [[-FAR] * len(STATES) for _ in range(size + 1)]
        self.before[0][NONE] = self.ahead[size][NONE] = 0.0
        for at, ways in enumerate(self._ways):
            here = self.before[at]
            for state, end, then, worth, _ in ways:
                self.before[end][then] = max(self.before[end][then], here[state] + worth)
        for at in range(size - 1, -1, -1):
            here = self.ahead[at]
            for state, end, then, worth, _ in reversed(self._ways[at]):
                here[state] = max(here[state], self.ahead[end][then] + worth)
        self.best = self.ahead[0][NONE]

    def near(self, at: int, far: float) -> dict[str, list[Reading]]:
        """The readings at a place that lie on a way at most so many nats behind the best."""
        found: dict[str, list[Reading]] = {SYNCED: [], SHIFTED: []}
        for state, end, then, worth, reading in self._ways[at]:
            whole = self.before[at][state] + worth + self.ahead[end][then]
            kept = found[SHIFTED if state else SYNCED]
            if reading and whole >= self.best - far and reading not in kept:
                kept.append(reading)
        return found


def _plain(at: int, own: float, off: float, falls: bool) -> Iterator[_Way]:
    """The two ways themselves."""
    then = NONE if falls else LAST
    yield _Way(NONE, at + 1, NONE, own)
    yield _Way(LAST, at + 1, then, off)
    yield _Way(OTHER, at + 1, then, GOOD)


def _others(at: int, size: int, offered: Offers, *, gaps: bool) -> Iterator[_Way]:
    """What leads from one way to the other: what is missing before the character, or what may
    stand for it."""
    for state in STATES:
        for reading in offered[SHIFTED if state else SYNCED]:
            if (reading.length == 0) == gaps:
                bytes_ = sum(s is not SWALLOWED for s in reading.sets) + (state != NONE)
                then = OTHER if bytes_ % 2 else NONE
                worth = GOOD * (bytes_ // 2) - reading.cost
                yield _Way(state, min(size, at + reading.length), then, worth, reading)
