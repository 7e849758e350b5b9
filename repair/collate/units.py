"""The articles of a result as texts to compare, with the way back to the document's layer.

A unit's text is the repaired text of an article's title and body. Its offsets go to the
repaired text of the document by the pieces, and from there to the layer by the edits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from repair import edits as ed
from repair.collate import provenance
from repair.collate.fold import fold
from repair.collate.pair import Side
from repair.model import Article, Edit, Result

Pieces = tuple[tuple[int, int], ...]  # of the repaired text of a document


@dataclass(frozen=True, eq=False)
class Source:
    """A document with its maps between the layer and the repaired text."""

    result: Result
    trusted: bool
    stated: str | None = None  # its origin, where the configuration names it

    @cached_property
    def origin(self) -> str:
        """Where it comes from: as stated, else told by the document as it came."""
        return self.stated or provenance.detect(self.result.document.text)

    @cached_property
    def back(self) -> ed.OffsetMap:
        """From the repaired text to the layer."""
        return ed.OffsetMap(self.result.edits)

    @cached_property
    def folded(self) -> str:
        """The whole document as it came, folded."""
        return fold(self.result.document.text).text

    @property
    def name(self) -> str:
        """The document's id."""
        return self.result.document.doc_id


@dataclass(frozen=True, eq=False)
class Unit:
    """One article: pieces of the document's repaired text, a line break between two."""

    source: Source
    number: int  # of the article in its document
    text: str
    pieces: Pieces
    whole: bool = False  # a document without articles: its ends need not be an article's
    key: str = field(default="")

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each piece begins in `text`."""
        sizes = (end - start + 1 for start, end in self.pieces[:-1])
        return tuple(accumulate(sizes, initial=0)) if self.pieces else ()

    @cached_property
    def side(self) -> Side:
        """What the comparison needs of it."""
        return Side(self.text, self.source.origin, self.source.trusted, self.whole)

    def place(self, at: int, end: bool = False) -> int:
        """An offset of the unit's text in the repaired text; as the end of a span, it stays
        with the piece before it."""
        n = max(0, bisect_right(self.starts, at - 1 if end else at) - 1)
        return self.pieces[n][0] + at - self.starts[n]

    def repaired(self, start: int, end: int) -> tuple[int, int]:
        """A span of the unit's text in the repaired text."""
        if start == end:
            place = self.place(start, end=start > 0)
            return place, place
        cut = end not in self.starts  # else its last character is the seam of two pieces
        first, last = self.place(start), self.place(end, end=cut)
        between = self.source.result.text[first:last]
        if first <= last and len("".join(between.split())) <= len(self.text[start:end]):
            return first, last
        n = bisect_right(self.starts, start)  # other text lies between: its first piece only
        return first, self.place(self.starts[n] - 1, end=True)

    def edit(self, start: int, end: int, after: str) -> Edit:
        """The change of a span of the unit's text, as an edit of the document's layer."""
        first, last = self.repaired(start, end)
        before = self.source.result.text[first:last]
        change = Edit(first, last, before, after, "", 1.0)
        return ed.lift(self.source.back, change)[0]


def units(source: Source) -> Iterator[Unit]:
    """The articles of a document, or the document where it has none."""
    result = source.result
    for number, text, pieces in texts(result):
        yield Unit(
            source, number, text, pieces, not result.articles, f"{source.name}\x00{number}"
        )  # fmt: skip


def texts(result: Result) -> Iterator[tuple[int, str, Pieces]]:
    """The same as plain values: number, text, and its pieces in code points of the repaired
    document."""
    text = result.text
    if not result.articles:
        if text:
            yield 0, text, ((0, len(text)),)
        return
    forward = ed.OffsetMap(ed.invert(result.edits)) if result.edits else None
    for number, article in enumerate(result.articles):
        spans = [*_title(article), *sorted(article.body)]
        if forward:
            spans = [forward.span(*span) for span in spans]
        pieces = tuple([(first, last) for first, last in spans if first < last])
        if joined := "\n".join([text[first:last] for first, last in pieces]):
            yield number, joined, pieces


def _title(article: Article) -> list[tuple[int, int]]:
    """The place of the title where it stands in the document and outside the body."""
    return [
        (m.start, m.end)
        for m in article.marks
        if m.kind == "title"
        and not m.origin
        and m.start < m.end
        and not any(max(m.start, s) < min(m.end, e) for s, e in article.body)
    ]
