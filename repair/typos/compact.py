"""A text without the white space that a printed column puts inside its sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain

LINE = 15  # characters from which a line can be full, so that its end is no paragraph's end
# Between two characters one of which is Chinese, and not where a sentence ends.
_inside = re.compile(
    r"(?<![\s。！？；…!?])(?:(?<=[^\x00-\x7f])\s+(?=\S)|(?<=[\x21-\x7e])\s+(?=[^\x00-\x7f\s]))"
)


@dataclass(slots=True)
class Compact:
    """`text` and, for each of its characters, the place in the original."""

    original: str
    text: str = field(init=False)
    places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        gone = [m.span() for m in _inside.finditer(self.original) if self._wraps(m)]
        edges = [0, *chain.from_iterable(gone), len(self.original)]
        kept = list(zip(edges[::2], edges[1::2], strict=True))
        self.text = "".join(self.original[a:b] for a, b in kept)
        self.places = list(chain.from_iterable(range(a, b) for a, b in kept))

    def _wraps(self, match: re.Match[str]) -> bool:
        if "\n" not in match[0]:
            return True
        return match.start() - self.original.rfind("\n", 0, match.start()) > LINE
