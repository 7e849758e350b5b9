"""The lines of a text, and what a line shows by its form alone.

A line is what stands between two line breaks, without the white space at its ends; blank
lines are counted (`gap`), not listed. Everything here looks at one line and no further.

The lines of several texts can be looked at as one (`reading`): arrays cost as much for a
hundred records as for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.patterns import lazy
from repair.plane import among, plane, wordy

Counts = NDArray[np.intp]
Bools = NDArray[np.bool_]

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
SPACES = " \t\u3000\xa0\u2002\u2003\u2009\ufeff"
HAN = r"\u3400-\u9fff\uf900-\ufaff"

LONGEST_HEADING = 60  # characters of a numbered heading that stands alone

# What ends a sentence, with what may close or decorate it after that; a remark in brackets
# after the full stop belongs to it. An opening mark at the end does not close anything.
CLOSERS = "”’」』）)】》〉］"
_OPENING = "“‘「『《〈（(【[〔"
_TERMINAL = lazy(
    rf"[。！？!?；;：:…．](?:[^\w{re.escape(_OPENING)}]*|[（(][^（）()]*[）)])$|[^A-Za-z0-9]\.$"
)
_ENDS = frozenset("。！？!?；;：:…．")  # _TERMINAL at its simplest
_COMMA = lazy(r"[，,]")

LONGEST_LABEL = 8
# Characters that running text has at least, and those of it that has no sentence's end.
PROSE, WITHOUT = 30, 40

# The same as kinds of characters.
ODD_BREAKS = scan.kind(BREAKS.replace("\n", ""))
SPACE = scan.kind(SPACES)
_TERMINALS, _DOT, _CLOSED = scan.kind("".join(sorted(_ENDS))), scan.kind("."), scan.kind(CLOSERS)
_SENTENCES = scan.kind("。！？!?…")
_RULES, _COMMAS = scan.kind("|｜┃│\t"), scan.kind("，,")
_ASCII, CHINESE = scan.kind("\0-\x7f"), scan.kind(HAN)
ALONE, _NONE = np.zeros(1, np.intp), np.zeros(0, np.intp)

_NUMBER = r"[一二三四五六七八九十百千零〇○两兩\d]"
# A line that begins something of its own: a numbered heading, an article of a statute, an
# item, a label, a speaker. Such a line continues no other.
_OPENS = lazy(
    rf"""(?:
      第\s*{_NUMBER}{{1,9}}\s*[章節节編编篇部分回卷集条條款项項目]
    | [（(]\s*{_NUMBER}{{1,4}}\s*[)）]
    | {_NUMBER}{{1,4}}\s*[、．.)）]
    | [①-⑳㈠-㈩⑴-⒇Ⅰ-Ⅻ]
    | [甲乙丙丁戊己庚辛壬癸子丑寅卯][、．.]
    | [A-Za-z][、．.)）]
    | [●○■□◆◇★☆▲△▼▪•·*◎※►→✓-]\s*\S
    | 【
    )""",
    re.VERBOSE,
)
_OPENER = lazy(  # what it begins with
    rf"[第（(①-⑳㈠-㈩⑴-⒇Ⅰ-Ⅻ甲乙丙丁戊己庚辛壬癸子丑寅卯A-Za-z●○■□◆◇★☆▲△▼▪•·*◎※►→✓【-]|{_NUMBER}"
)
_HEADS = "第（(一二三四五六七八九十"  # what it begins with
_HEADED = lazy(
    rf"(?:[一二三四五六七八九十]{{1,3}}[、．.]|[（(][一二三四五六七八九十]{{1,3}}[)）]"
    rf"|第{_NUMBER}{{1,4}}[章節节編编篇部分])"
)
_LABEL = lazy(rf"[{HAN}A-Za-z \u3000]{{1,{LONGEST_LABEL}}}[:：]")
_TABLE = lazy(r"[|｜\t┃│]|\S[ \u3000\xa0]{2,}\S.*\S[ \u3000\xa0]{2,}\S")
_TABLE_GATE = lazy(r"[|｜\t┃│]|[ \u3000\xa0]{2}")
_CODE_EDGES = "{};>", "#idcr/<$"  # what code ends in, and begins with: see the next two
_CODE_END = lazy(r"(?:[{};]|</?\w[^<>]*>)\s*$")
_CODE_START = lazy(r"\s*(?:#include|import |def |class |return\b|//|/\*|<\w|\$ )")


class Line(NamedTuple):
    """A line's content: `text == whole[start:end]`."""

    start: int
    end: int
    text: str
    indent: int  # columns of white space before the content
    gap: int  # blank lines above it
    kinds: int  # of the characters between its line breaks, as the scan has them

    @property
    def ends(self) -> bool:
        """Whether it ends as a sentence, a list's lead or an item ends."""
        if self.text[-1] in _ENDS:
            return True
        return bool(self.kinds & (_TERMINALS | _DOT) and _TERMINAL.search(self.text))

    @property
    def opens(self) -> bool:
        """Whether it begins something of its own (numbered heading, article, item)."""
        return bool(_OPENS.match(self.text))

    @property
    def sentences(self) -> bool:
        """Whether a sentence ends inside it or at its end."""
        return bool(self.kinds & _SENTENCES)

    @property
    def prose(self) -> bool:
        """Whether it is plainly running text: long, with a sentence's punctuation."""
        if len(self.text) < PROSE:
            return False
        return self.sentences or (len(self.text) >= WITHOUT and len(_COMMA.findall(self.text)) > 1)

    @property
    def set_apart(self) -> bool:
        """Whether its form forbids to take it for a paragraph: a label, a row, code."""
        return (len(self.text) < 60 and bool(_LABEL.match(self.text))) or columns(self.text)


class Lines(Sequence[Line]):
    """The lines of a text that hold more than white space, in order, made as they are asked
    for; or those of several texts. The arrays have an entry for each."""

    def __init__(
        self, text: str, found: scan.Scan, rows: Sequence[Counts], firsts: Counts = ALONE
    ) -> None:
        """`rows` are starts, ends, indents and gaps; `firsts` is where each text begins."""
        self.text, self.scan, self.firsts = text, found, firsts
        self.starts, self.ends, self.indents, self.gaps = rows
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, i: int) -> Line: ...
    @overload
    def __getitem__(self, i: slice) -> list[Line]: ...
    def __getitem__(self, i: int | slice) -> Line | list[Line]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        line = self._made.get(i)
        if line is None:
            i = i + len(self) if i < 0 else i
            start, end = int(self.starts[i]), int(self.ends[i])
            rest = map(int, (self.indents[i], self.gaps[i], self.kinds[i]))
            line = self._made[i] = Line(start, end, self.text[start:end], *rest)
        return line

    def content(self, i: int) -> str:
        """The text of a line alone."""
        return self.text[self.starts[i] : self.ends[i]]

    @cached_property
    def barred(self) -> Bools:
        """Those in no article's body, as it is told."""
        return np.zeros(len(self), np.bool_)

    @cached_property
    def _opens(self) -> NDArray[np.int8]:
        """What is known of which lines `opens`."""
        return np.full(len(self), -1, np.int8)

    @cached_property
    def owners(self) -> Counts:
        """The number of the text that each line is of."""
        if len(self.firsts) == 1:
            return np.zeros(len(self), np.intp)
        return np.repeat(np.arange(len(self.firsts)), np.diff(self._edges))

    @cached_property
    def linked(self) -> Bools:
        """For each line but the last, whether the next one is of the same text."""
        return np.asarray(self.owners[1:] == self.owners[:-1])

    @cached_property
    def _edges(self) -> list[int]:
        """The first line of each text, and the end."""
        edges: list[int] = np.searchsorted(self.starts, self.firsts).tolist()
        return [*edges, len(self)]

    def part(self, owner: int) -> range:
        """The lines of one text."""
        return range(self._edges[owner], self._edges[owner + 1])

    def bounds(self, owners: Counts) -> tuple[Counts, Counts]:
        """The first line of each of some texts, and the one behind its last."""
        edges = np.array(self._edges)
        return edges[owners], edges[owners + 1]

    def only(self, owner: int) -> Lines:
        """The lines of one text alone, in its own offsets."""
        if len(self.firsts) == 1:
            return self
        part = self.part(owner)
        own = slice(part.start, part.stop)
        first = int(self.firsts[owner])
        last = len(self.text) if owner + 1 == len(self.firsts) else int(self.firsts[owner + 1]) - 1
        found = scan.Scan(
            self.scan.units[first:last], self.scan.kinds[first:last], self.scan.present
        )
        rows = [self.starts[own] - first, self.ends[own] - first, self.indents[own], self.gaps[own]]
        one = Lines(self.text[first:last], found, rows)
        one.kinds = self.kinds[own]
        return one

    @cached_property
    def kinds(self) -> NDArray[np.uint32]:
        """What kinds of characters stand between the line's start and the next line's."""
        return np.bitwise_or.reduceat(self.scan.kinds, self.starts)

    @cached_property
    def sizes(self) -> Counts:
        """Characters."""
        return self.ends - self.starts

    def widths(self, rows: Counts) -> Counts:
        """Columns of some lines: two for a full-width character."""
        ascii = counted(self.scan, _ASCII, self.starts[rows], self.ends[rows])
        return np.asarray(2 * self.sizes[rows] - ascii)

    def _count(self, rows: Counts, kind: int) -> Counts:
        """How many characters of a kind stand in each of a few lines."""
        sizes = self.sizes[rows]
        begins = np.cumsum(sizes) - sizes
        at = scan.spread(self.starts[rows], self.ends[rows])
        told = self.scan.kinds[at] & np.uint32(kind) > 0
        return np.add.reduceat(told, begins, dtype=np.intp)

    @cached_property
    def open(self) -> Bools:
        """Which lines may go on: those that plainly end are not among them."""
        kinds = self.scan.kinds
        last = kinds[self.ends - 1]
        before = kinds[np.maximum(self.ends - 2, self.starts)]
        closed = (last & _CLOSED > 0) & (before & _TERMINALS > 0)
        return np.asarray((last & _TERMINALS == 0) & ~closed)

    def closing(self, rows: Counts) -> Bools:
        """`Line.ends` of some lines."""
        told = ~self.open[rows]
        may = ~told & (self.kinds[rows] & (_TERMINALS | _DOT) > 0)
        may &= ~_inner().take(self.scan.units[self.ends[rows] - 1])
        told[may] = self._find(rows[may], _TERMINAL.search)
        return told

    def opening(self, rows: Counts) -> Bools:
        """`Line.opens` of some lines; asked more than once of many."""
        new = rows[self._opens[rows] < 0]
        self._opens[new] = self._begin(new, _OPENS, _openers())
        return np.asarray(self._opens[rows] > 0)

    def headed(self, rows: Counts) -> Bools:
        """Which of some lines begin with the number of a section heading."""
        return self._begin(rows, _HEADED, among(_HEADS))

    def _begin(self, rows: Counts, form: re.Pattern[str], first: Bools) -> Bools:
        told = first.take(self.scan.units[self.starts[rows]])
        told[told] = self._find(rows[told], form.match)
        return told

    def _find(self, rows: Counts, found: Callable[[str, int, int], object]) -> list[bool]:
        """Whether a pattern is found in each of some lines."""
        places = zip(self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True)
        return [found(self.text, start, end) is not None for start, end in places]

    @property
    def ended(self) -> Bools:
        """Which lines have the end of a sentence in them."""
        return self.kinds & _SENTENCES > 0

    @property
    def stopped(self) -> Bools:
        """Which lines have a comma or the end of a sentence in them."""
        return self.kinds & np.uint32(_SENTENCES | _COMMAS) > 0

    @cached_property
    def prose(self) -> Bools:
        """Which lines are plainly running text."""
        told = (self.sizes >= PROSE) & self.ended
        rows = (~told & (self.sizes >= WITHOUT)).nonzero()[0]
        told[rows] = self._count(rows, _COMMAS) > 1
        return told

    def foreign(self, rows: Counts) -> Bools:
        """Which of some lines have hardly any Chinese in them."""
        return np.asarray(3 * self._count(rows, CHINESE) < self.sizes[rows])

    def set_apart(self, rows: Counts) -> Bools:
        """`Line.set_apart` of some lines."""
        told = np.zeros(len(rows), np.bool_)
        near = self.starts[rows][:, None] + np.arange(1, LONGEST_LABEL + 1)
        units = self.scan.units.take(near, mode="clip")
        told |= ((units == ord(":")) | (units == ord("："))).any(axis=1)
        told |= np.isin(rows, self.columned(rows))
        for n in told.nonzero()[0].tolist():
            told[n] = self[rows[n]].set_apart
        return told

    def columned(self, rows: Counts) -> Counts:
        """Those of the lines that may be a table's row or code."""
        first, last = self.scan.units[self.starts[rows]], self.scan.units[self.ends[rows] - 1]
        may = (self.kinds[rows] & _RULES > 0) | _code_edges()[0][last] | _code_edges()[1][first]
        edges = np.searchsorted(self._twice, (self.starts[rows], self.ends[rows]))
        return np.asarray(rows[may | (edges[1] - edges[0] > 1)])

    @cached_property
    def _twice(self) -> Counts:
        """Where white space is followed by more of it."""
        spaces = self.scan.where(SPACE) if self.scan.present & SPACE else _NONE
        return np.asarray(spaces[:-1][np.diff(spaces) == 1])

    def spaced(self, least: int, some: Bools) -> Counts:
        """Those of some of the lines that have so much white space in them, at least."""
        rows = (some & (self.kinds & SPACE > 0)).nonzero()[0]
        return rows[counted(self.scan, SPACE, self.starts[rows], self.ends[rows]) >= least]


def counted(found: scan.Scan, kind: int, starts: Counts, ends: Counts) -> Counts:
    """How many characters of the kind stand in each of the spans."""
    if not found.present & kind:
        return np.zeros(len(starts), np.intp)
    at = found.where(kind)
    return np.asarray(np.searchsorted(at, ends) - np.searchsorted(at, starts))


def columns(text: str) -> bool:
    """Whether a line is a table's row or code: nothing to join, in any setting."""
    table = _TABLE_GATE.search(text) and _TABLE.search(text)
    return bool(table or _CODE_START.match(text) or _CODE_END.search(text))


@cache
def _code_edges() -> tuple[Bools, Bools]:
    """Which characters code ends in, and begins with, and white space that may stand there."""
    spaces = re.findall(r"\s", plane())
    return among(_CODE_EDGES[0] + "".join(spaces)), among(_CODE_EDGES[1] + "".join(spaces))


@cache
def _inner() -> Bools:
    """The characters that no line with an end ends in: letters and what opens."""
    return wordy() | among(_OPENING)


@cache
def _openers() -> Bools:
    """The characters that begin a line that `opens`, and the halves of surrogate pairs."""
    return among("".join((*_OPENER.findall(plane()), *map(chr, range(0xD800, 0xDC00)))))
