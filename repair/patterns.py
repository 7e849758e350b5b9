"""Regular expressions that are compiled at their first use.

    HANZI = lazy("[\\u4e00-\\u9fff]")    # at the head of a module
    HANZI.search(text)

Python compiles a class by going through its characters, so one of Chinese characters takes a
millisecond: all patterns of the stages took a quarter of what `repair fix` needs for a line
that few of them are asked about. A call takes 16 ns more than one of the pattern itself.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    """Stands for a pattern, and from the first use on has its methods as its own."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        for own in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", name):
            setattr(self, own, getattr(compiled, own))
        return getattr(self, name)


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled when it is first used. Nobody but `isinstance` sees a difference."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))
