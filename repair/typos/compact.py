"""A text without the white space that a printed column puts inside its sentences."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, chain

from repair.patterns import lazy

LINE = 15  # characters from which a line can be full, so that its end is no paragraph's end
_space = lazy(r"(?<=\S)\s+(?=\S)")
_ends = frozenset("。！？；…!?")  # a sentence


class Compact:
    """`text`, and for each of its characters the place in the original."""

    def __init__(self, original: str) -> None:
        gone = [m.span() for m in _space.finditer(original) if _inside(original, *m.span())]
        edges = [0, *chain.from_iterable(gone), len(original)]
        self._kept = list(zip(edges[::2], edges[1::2], strict=True))
        self._starts = [0, *accumulate(b - a for a, b in self._kept)]
        self.text = "".join(original[a:b] for a, b in self._kept)

    def place(self, at: int) -> int:
        """The place in the original of the character `at`."""
        n = bisect_right(self._starts, at) - 1
        return self._kept[n][0] + at - self._starts[n]

    @cached_property
    def places(self) -> list[int]:
        """Those of all characters."""
        return list(chain.from_iterable(range(a, b) for a, b in self._kept))


def _inside(original: str, start: int, end: int) -> bool:
    """Whether white space stands between two characters of a sentence, one of them Chinese."""
    before, after = original[start - 1], original[end]
    if before in _ends or (before.isascii() and after.isascii()):
        return False
    line = original.rfind("\n", 0, start) + 1
    return "\n" not in original[start:end] or start - line >= LINE
