"""Where the lines of a text begin and end: a text's, or those of several texts as one."""

from __future__ import annotations

import re

import numpy as np

from repair import scan
from repair.layout.lines import ALONE, BREAKS, ODD_BREAKS, SPACE, SPACES, Counts, Lines
from repair.patterns import lazy

_LINE = lazy(rf"[^{re.escape(BREAKS)}]+")


def width(text: str) -> int:
    """Columns of a text: one for ASCII, two for the rest (quotes are full-width in Chinese)."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def read(text: str) -> Lines:
    """The lines of `text` that hold more than white space, in order."""
    found = scan.of(text)
    if found.present & ODD_BREAKS:
        return _read(text)
    return Lines(text, found, _rows(found, len(text)))


def read_all(texts: scan.Texts) -> Lines:
    """The lines of several texts that have no line breaks but newlines. The gap above the
    first line of a text is not its own."""
    return Lines(texts.text, texts.scan, _rows(texts.scan, len(texts.text)), texts.starts)


def _rows(found: scan.Scan, size: int) -> list[Counts]:
    """Starts, ends, indents and gaps of the lines between newlines; those of the last scan are
    kept."""
    global _last
    last = _last
    if last[0] is not found:
        _last = last = found, _parted(found, size)
    return last[1]


_last: tuple[scan.Scan | None, list[Counts]] = (None, [])


def _parted(found: scan.Scan, size: int) -> list[Counts]:
    ends = np.append(found.breaks, size)
    starts = np.concatenate((ALONE, ends[:-1] + 1))
    at = (ends > starts).nonzero()[0]
    starts, ends = starts[at], ends[at]
    indents = np.zeros(len(at), np.intp)
    if ((found.kinds[starts] | found.kinds[ends - 1]) & SPACE).any():
        spaces = found.where(SPACE)
        new = np.diff(spaces, prepend=-2) > 1  # the first of some in a row
        rows, first, last = np.cumsum(new) - 1, spaces[new], spaces[np.append(new[1:], True)]
        before = starts.copy()
        led = (found.kinds[starts] & SPACE > 0).nonzero()[0]
        starts[led] = last[rows[np.searchsorted(spaces, starts[led])]] + 1
        some = starts < ends
        at, before, starts, ends = at[some], before[some], starts[some], ends[some]
        followed = (found.kinds[ends - 1] & SPACE > 0).nonzero()[0]
        ends[followed] = first[rows[np.searchsorted(spaces, ends[followed] - 1)]]
        narrow = np.append(0, np.cumsum(found.units[spaces] < 0x80))
        indents = 2 * (starts - before)
        indents -= np.diff(narrow[np.searchsorted(spaces, (before, starts))], axis=0)[0]
    return [starts, ends, indents, np.diff(at, prepend=-1) - 1]


def _read(text: str) -> Lines:
    """As `read`, of a text with other line breaks than newlines."""
    rows: list[tuple[int, int, int, int]] = []
    seen = 0
    for match in _LINE.finditer(text):
        whole, first = match[0], match.start()
        content = whole.strip(SPACES)
        if not content:
            continue
        indent = len(whole) - len(whole.lstrip(SPACES))
        start = first + indent
        end = start + len(content)
        breaks = _breaks(text[seen:first])
        gap = max(breaks - 1, 0) if rows else breaks
        rows.append((start, end, width(whole[:indent]), gap))
        seen = end
    table = np.array(rows, np.intp).reshape(-1, 4)
    return Lines(text, scan.of(text), [table[:, n] for n in range(4)])


def _breaks(space: str) -> int:
    """How many line breaks stand in white space; `\\r\\n` is one."""
    if not space.strip("\n"):  # nearly always
        return len(space)
    return sum(space.count(char) for char in BREAKS) - space.count("\r\n")
