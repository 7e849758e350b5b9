"""Which spans meet: one definition for edits, findings and decisions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Span(Protocol):
    """Anything with a place; `end` is exclusive."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


S = TypeVar("S", bound=Span)


def overlaps(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans share a character, or one is a point inside the other, or both are
    the same point. To touch is not to overlap."""
    if start == end and other_start == other_end:
        return start == other_start
    if start == end:
        return other_start < start < other_end
    if other_start == other_end:
        return start < other_start < end
    return max(start, other_start) < min(end, other_end)


def meeting(items: Sequence[S], start: int, end: int) -> list[S]:
    """Those of the items, sorted by place and apart from one another, that the span overlaps."""
    at = bisect_left(items, start, key=lambda item: item.end)
    met: list[S] = []
    while at < len(items) and items[at].start <= end:
        if overlaps(start, end, items[at].start, items[at].end):
            met.append(items[at])
        at += 1
    return met


def covers(outer: Span, inner: Span) -> bool:
    """Whether the inner span lies in the outer one, the edges included."""
    return outer.start <= inner.start and inner.end <= outer.end
