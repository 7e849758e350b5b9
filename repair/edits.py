"""Apply, invert, compose, lift: the only place where text changes.

An edit list is sorted by (start, end), does not overlap, and counts in the text that it
applies to. Two edits may touch; two insertions at one place are ordered as they stand.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from operator import ge
from os.path import commonprefix

import numpy as np

from repair.model import Article, Edit, Mark


class EditError(ValueError):
    """An edit that does not fit its text or overlaps another one."""


def order(edits: Iterable[Edit]) -> list[Edit]:
    """Sorted by place; insertions at one place keep the order of their rules."""
    listed = list(edits)
    starts = [edit.start for edit in listed]
    if any(map(ge, starts, starts[1:])):  # seldom
        listed.sort(key=lambda e: (e.start, e.end, e.rule, e.after))
    return listed


def trimmed(edit: Edit) -> Edit:
    """The edit without the characters that both its sides share at their ends."""
    before, after = edit.before, edit.after
    head = len(commonprefix((before, after)))
    tail = len(commonprefix((before[head:][::-1], after[head:][::-1])))
    return _put(
        edit, edit.start + head, before[head : len(before) - tail], after[head : len(after) - tail]
    )


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made. EditError where one overlaps or does not fit."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        if edit.start < done:
            raise EditError(f"{edit.rule} at {edit.start} overlaps the edit before it")
        if text[edit.start : edit.end] != edit.before or edit.end > len(text):
            raise EditError(f"{edit.rule} at {edit.start} does not fit the text")
        parts += (text[done : edit.start], edit.after)
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)


def invert(edits: Sequence[Edit]) -> list[Edit]:
    """The edits that take the given ones back: `apply(apply(t, e), invert(e)) == t`."""
    inverse: list[Edit] = []
    shift = 0
    for edit in edits:
        inverse.append(_put(edit, edit.start + shift, edit.after, edit.before))
        shift += len(edit.after) - len(edit.before)
    return inverse


def _put(edit: Edit, start: int, before: str, after: str) -> Edit:
    """The edit with another place and other words. (`dataclasses.replace` takes four times as
    long.)"""
    end = start + len(before)
    return Edit(start, end, before, after, edit.rule, edit.confidence, edit.evidence)


class OffsetMap:
    """Positions in the text after some edits, as positions in the text before them.

    The map of the inverse edits goes the other way."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = list(edits)
        lost = [len(edit.before) - len(edit.after) for edit in self.edits]
        self.shifts = [0, *accumulate(lost)]  # back from the place after each number of edits
        # of each edit, in the text after
        self.starts = [e.start - by for e, by in zip(self.edits, self.shifts, strict=False)]
        self.ends = [e.end - by for e, by in zip(self.edits, self.shifts[1:], strict=True)]

    def left(self, position: int) -> int:
        """The leftmost place it came from: inside a replacement that edit's start, beside
        a deletion the place before what was deleted."""
        i = bisect_left(self.starts, position)
        if i and self.ends[i - 1] > position:
            return self.edits[i - 1].start
        return position + self.shifts[i]

    def right(self, position: int) -> int:
        """The rightmost place it came from."""
        i = bisect_right(self.ends, position)
        if i < len(self.edits) and self.starts[i] < position:
            return self.edits[i].end
        return position + self.shifts[i]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span before the edits that the given one came from, widened to whole edits
        where it cuts one, without what was deleted at its edges."""
        if start == end:
            return self.left(start), self.left(start)
        i = bisect_left(self.starts, start)
        if i and self.ends[i - 1] > start:
            first = self.edits[i - 1].start
        else:
            first = start + self.shifts[bisect_right(self.ends, start)]
        i = bisect_right(self.ends, end)
        if i < len(self.edits) and self.starts[i] < end:
            return first, self.edits[i].end
        return first, end + self.shifts[bisect_left(self.starts, end)]

    def spans(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """`span` of many, none of them empty: arrays take a tenth of the time."""
        if not self.edits:
            return list(spans)
        starts, ends = np.array(spans, np.intp).reshape(-1, 2).T
        begun = np.array([*self.starts, np.iinfo(np.intp).max])
        gone, shifts = np.array([-1, *self.ends]), np.array(self.shifts)
        next_ = gone[1:].searchsorted(starts, "right")  # the first edit that ends behind a start
        past = begun[:-1].searchsorted(ends)  # the edits that begin before an end
        first, last = starts + shifts.take(next_), ends + shifts.take(past)
        cut = (begun.take(next_) < starts).nonzero()[0]
        first[cut] = [self.edits[i].start for i in next_[cut].tolist()]
        cut = (gone.take(past) > ends).nonzero()[0]
        last[cut] = [self.edits[i - 1].end for i in past[cut].tolist()]
        return list(zip(first.tolist(), last.tolist(), strict=True))

    def mark(self, mark: Mark) -> Mark:
        """The mark in offsets of the text before the edits."""
        if not self.edits:
            return mark
        start, end = self.span(mark.start, mark.end)
        return replace(mark, start=start, end=end)

    def article(self, article: Article) -> Article:
        """The article in offsets of the text before the edits."""
        if not self.edits:
            return article
        start, end = self.span(article.start, article.end)
        body = tuple(self.spans(article.body))
        marks = tuple(map(self.mark, article.marks))
        return article._replace(start=start, end=end, body=body, marks=marks)

    def meeting(self, start: int, end: int) -> range:
        """Indices of the edits that a change of this span meets; to touch is not to meet,
        but two insertions at one place meet, because nothing else would order them."""
        near = range(bisect_left(self.ends, start), bisect_right(self.starts, end))
        hits = [i for i in near if self._meets(i, start, end)]
        return range(hits[0], hits[-1] + 1) if hits else range(0)

    def _meets(self, i: int, start: int, end: int) -> bool:
        s, e = self.starts[i], self.ends[i]
        if s == e:
            return start < s < end
        if start == end:
            return s < start < e or not self.edits[i].before
        return max(start, s) < min(end, e)


def compose(first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """One edit list for two in a row: `apply(apply(t, a), b) == apply(t, compose(a, b))`.

    Edits of `second` that meet edits of `first` become one edit over the union."""
    if not second:
        return list(first)
    if not first:
        return [edit for edit in order(second) if edit.before != edit.after]
    offsets = OffsetMap(first)
    groups: list[tuple[list[Edit], range]] = []
    for edit in order(second):
        met = offsets.meeting(edit.start, edit.end)
        if groups and met and met.start < groups[-1][1].stop:
            edits, before = groups[-1]
            groups[-1] = ([*edits, edit], range(before.start, max(before.stop, met.stop)))
        else:
            groups.append(([edit], met))
    used = {i for _, met in groups for i in met}
    composed = [edit for i, edit in enumerate(first) if i not in used]
    composed += [_union(offsets, edits, met) for edits, met in groups]
    return sorted((e for e in composed if e.before != e.after), key=lambda e: (e.start, e.end))


def lift(offsets: OffsetMap, edit: Edit) -> tuple[Edit, range]:
    """An edit of the text after, as one edit of the text before, and the indices of the
    map's edits whose place it would take."""
    if not offsets.edits:
        return edit, range(0)
    met = offsets.meeting(edit.start, edit.end)
    return _union(offsets, [edit], met), met


def merge(edits: Sequence[Edit], text: str) -> Edit:
    """One edit over the union of several that apply to `text`, naming all their rules."""
    start, end = edits[0].start, edits[-1].end
    inside = [_put(e, e.start - start, e.before, e.after) for e in edits]
    return _put(_named(edits), start, text[start:end], apply(text[start:end], inside))


def _union(offsets: OffsetMap, second: Sequence[Edit], met: range) -> Edit:
    """One edit over edits of the text after and the edits that they meet.

    The text of the region is known from both: what the met edits wrote and what the
    second edits stand on; between them nothing is left open."""
    if len(second) == 1 and not met:
        (edit,) = second
        here = offsets.span(edit.start, edit.end)[0]
        return _put(edit, here, edit.before, edit.after)
    first = [offsets.edits[i] for i in met]
    start = min([e.start for e in second] + [offsets.starts[i] for i in met])
    end = max([e.end for e in second] + [offsets.ends[i] for i in met])
    region = [""] * (end - start)
    for at, text in [(offsets.starts[i], offsets.edits[i].after) for i in met] + [
        (e.start, e.before) for e in second
    ]:
        region[at - start : at - start + len(text)] = text
    now = "".join(region)
    undo = [
        _put(e, offsets.starts[i] - start, e.after, e.before)
        for i, e in zip(met, first, strict=True)
    ]  # fmt: skip
    before = apply(now, undo)
    after = apply(now, [_put(e, e.start - start, e.before, e.after) for e in second])
    here = offsets.span(start, end)[0]
    return _put(_named([*first, *second]), here, before, after)


def _named(edits: Sequence[Edit]) -> Edit:
    """The last edit with the rules and evidence of all and the least confidence."""
    rules = dict.fromkeys(code for e in edits for code in e.rule.split("+"))
    evidence = dict.fromkeys(e.evidence for e in edits if e.evidence)
    return replace(
        edits[-1],
        rule="+".join(rules),
        confidence=min(e.confidence for e in edits),
        evidence="; ".join(evidence),
    )
