"""What other documents' lists of contents say about this one's articles.

A newspaper's web page lists the articles of its page; the scan of the same page may have
lost a title. Where a list names at least two of a document's titles, in their order, a
title between two named neighbours that no line bears is the article's between them. Such a
title, and the list's date and source, are inferred: they never enter the text.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repair.layout.lines import CHINESE, Lines, counted
from repair.model import Contents

LEAST = 2  # titles of a document that a list must name
ALIKE = 85.0  # rapidfuzz ratio from which two titles are one, read twice


@dataclass(frozen=True, slots=True)
class Inferred:
    """Metadata that a list gives to the article of index `article`."""

    article: int
    kind: str
    value: str
    origin: str


def key(title: str) -> str:
    """A title without what differs between printings: width, spaces, punctuation, case."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(char for char in folded if char.isalnum())


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of contents of a batch, by what they name."""

    tables: Sequence[Contents]
    names: list[frozenset[str]]  # the keys of each list's titles
    where: dict[str, list[int]]  # the lists that name a key
    longest: int  # characters of the longest key


_last = Lists((), [], {}, 0)


def lists(tables: Sequence[Contents]) -> Lists:
    """The index of a batch's lists; that of the last batch is kept."""
    global _last
    if _last.tables is not tables:
        names = [frozenset(map(key, entry.titles)) for entry in tables]
        where: dict[str, list[int]] = {}
        for n, keys in enumerate(names):
            for name in keys:
                where.setdefault(name, []).append(n)
        _last = Lists(tables, names, where, max(map(len, where), default=0))
    return _last


def named(tables: Sequence[Contents], lines: Lines) -> dict[int, str]:
    """The lines, of one text or of many, whose text some list names, and their keys."""
    index = lists(tables)
    if not index.where:
        return {}
    han = counted(lines.scan, CHINESE, lines.starts, lines.ends)
    rows = (han <= index.longest).nonzero()[0].tolist()
    keys = {i: key(lines.content(i)) for i in rows}
    return {i: name for i, name in keys.items() if name in index.where}


def listed(tables: Sequence[Contents], doc_id: str, lines: Lines) -> frozenset[str]:
    """The keys of all titles in other documents' lists that name at least two of the lines."""
    index = lists(tables)
    if not index.where:
        return frozenset()
    found = Counter(n for name in set(named(tables, lines).values()) for n in index.where[name])
    least = [n for n, count in found.items() if count >= LEAST and tables[n].doc_id != doc_id]
    return frozenset().union(*(index.names[n] for n in least))


def infer(
    titles: Sequence[str | None], missing: Mapping[str, Sequence[int]], tables: Iterable[Contents]
) -> list[Inferred]:
    """What the lists say. `titles` are the articles' titles in order; `missing` gives for
    "date" and "source" the articles without one."""
    said: list[Inferred] = []
    if sum(title is not None for title in titles) < LEAST:
        return said
    for entry in tables:
        places = [_place(title, entry.titles) if title else None for title in titles]
        if sum(place is not None for place in places) < LEAST or not _rising(places):
            continue
        found = sum(place is not None for place in places)
        where = f"contents of {entry.doc_id}: its list of {len(entry.titles)} titles"
        for i, title in enumerate(titles):
            if title is None:
                name = _gap(i, places, entry.titles)
                if name:
                    reason = (
                        f"{where} names {found} of this document's titles in order and leaves "
                        "only this one for this place"
                    )
                    said.append(Inferred(i, "title", name, reason))
        for kind, value in (("date", entry.date), ("source", entry.source)):
            if value:
                reason = f"{where} names {found} of this document's titles"
                said += [Inferred(i, kind, value, reason) for i in missing.get(kind, ())]
    first: dict[tuple[int, str], Inferred] = {}
    for item in said:
        first.setdefault((item.article, item.kind), item)
    return list(first.values())


def _place(title: str, names: Sequence[str]) -> int | None:
    from rapidfuzz.fuzz import ratio

    scores = [ratio(key(title), key(name)) for name in names]
    best = max(range(len(names)), key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] >= ALIKE else None


def _rising(places: Sequence[int | None]) -> bool:
    known = [place for place in places if place is not None]
    return known == sorted(set(known))


def _gap(i: int, places: Sequence[int | None], names: Sequence[str]) -> str | None:
    """The only title that the list has between the neighbours of article i, if that article
    is the only one there."""
    low, high = i, i
    while low > 0 and places[low - 1] is None:
        low -= 1
    while high + 1 < len(places) and places[high + 1] is None:
        high += 1
    before = places[low - 1] if low > 0 else -1
    after = places[high + 1] if high + 1 < len(places) else len(names)
    if low != high or before is None or after is None or after - before != 2:
        return None
    return names[before + 1]
