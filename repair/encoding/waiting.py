"""What waits for more bytes, and what comes of one more."""

from __future__ import annotations

from typing import NamedTuple

from repair.encoding import swallowed
from repair.encoding.channel import LOST, SWALLOWED, Codec
from repair.encoding.scorer import Points
from repair.lm import chars


class Next(NamedTuple):
    """What comes of one more byte set."""

    new: Points  # the characters that are complete with it
    others: int  # the number of the same, where it is not known which
    pending: int  # the number of what waits for more


class Waiting:
    """The byte sets that may wait for more in a search, by number; 0 is none."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.sets = [b""]
        self.others = [""]  # what else may stand somewhere, by number
        self._nexts: dict[tuple[int, bytes, bool, str], Next] = {}

    def number(self, byte: bytes) -> int:
        """The number of a byte set."""
        if byte not in self.sets:
            self.sets.append(byte)
        return self.sets.index(byte)

    def following(self, number: int, byte: bytes, rest: str = "", *, assumed: bool = False) -> Next:
        """What comes of one more byte set after what is pending, before `rest`; an assumed one
        is known, but not seen."""
        key = number, byte, assumed, rest if byte is SWALLOWED else ""
        if key not in self._nexts:
            self._nexts[key] = self._next(number, byte, rest, assumed=assumed)
        return self._nexts[key]

    def _next(self, number: int, byte: bytes, rest: str, *, assumed: bool) -> Next:
        if byte is SWALLOWED:  # nothing comes of such a character within another
            new = "" if number else swallowed.characters(rest)
            return Next(chars.codes(new), self._other(LOST), 0)
        waiting = (self.sets[number],) if number else ()
        new, pending = self._codec.take(waiting, byte)
        unknown = assumed or len(byte) > 1 or len(self.sets[number]) > 1
        others = self._other(new) if unknown else 0
        return Next(chars.codes(new), others, self.number(pending[0]) if pending else 0)

    def _other(self, others: str) -> int:
        if others not in self.others:
            self.others.append(others)
        return self.others.index(others)
