"""HTML to text: the article of a page, and what the page says about it.

`extract(markup)` finds the article's container by the weight of its prose (weigh.py), takes
its lines without what stands before, after and between (content.py), and reads title, author,
date, time and source from the visible lines around it, the head and the scripts (meta.py).
trafilatura reads the pages where that finds nothing, and `plain` those that have no tree.
Deterministic; nothing of a page is executed or fetched; no markup raises.
"""

from __future__ import annotations

from dataclasses import dataclass

from repair.extract.tree import Element
from repair.model import Mark

HEAD = 40  # lines over the text in which its metadata may stand
FIRST = 12  # of the text's own, and of those left out between them
EARLY = 30  # … where the date of a thread's first post may stand
TAIL = 12  # … and under it
LONG = 500_000  # characters of markup, a few seconds of trafilatura
LEAST = 10  # characters of text under which another way is tried


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a page's article, a paragraph a line, and its metadata."""

    text: str
    title: str | None = None
    author: str | None = None  # names separated by a space
    date: str | None = None  # ISO 8601, as precise as the page: 2021-03-04, 2021-03
    time: str | None = None  # HH:MM or HH:MM:SS, of the page's own clock
    source: str | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The metadata as marks. They stand in the markup and not in the text: their span is
        its beginning, and their origin says so."""
        kinds = ("title", "author", "date", "time", "source")
        values = ((kind, getattr(self, kind)) for kind in kinds)
        return tuple(Mark(0, 0, kind, value, "markup") for kind, value in values if value)


def extract(markup: str) -> Extracted:
    """The article of a page. Takes any string, returns at least its visible text."""
    from repair.extract import tree

    markup = tree.clean(markup)
    root = tree.parse(markup)
    if root is None:
        return Extracted(tree.plain(markup))
    found = _read(root)
    if len(found.text) >= LEAST:
        return found
    text = _second_opinion(markup)
    if len(text) <= len(found.text):
        text = found.text or tree.plain(markup)
    return Extracted(text, found.title, found.author, found.date, found.time, found.source)


def _read(root: Element) -> Extracted:
    from repair.extract import content, lines, meta

    page = meta.head(root)
    seen = lines.read(root)
    known = [part for title in page.titles for part in meta.split(title)]
    body = content.body(root, seen, known)
    if not body:
        return Extracted("", title=page.titles[0] if page.titles else None)
    start, end = seen.index(body[0]), seen.index(body[-1])
    texts = content.once([line.text for line in body])
    above = [line.text for line in seen[max(0, start - HEAD) : start]]
    title = content.title(page.titles, seen[max(0, start - HEAD) : start], texts)
    around = meta.Around(
        above=meta.labelled(above),
        heading=meta.labelled(above[above.index(title) + 1 :] if title in above else above[-3:]),
        first=tuple(line.text for line in seen[start : min(end, start + FIRST) + 1]),
        early=tuple(line.text for line in seen[start : min(end, start + EARLY) + 1]),
        last=tuple(texts[-4:]),
        below=meta.labelled([line.text for line in seen[end + 1 : end + 1 + TAIL]]),
    )
    moment = meta.date(page, around)
    return Extracted(
        "\n".join(texts),
        title,
        meta.author(page, around, title or ""),
        moment.date if moment else None,
        moment.time if moment else None,
        meta.source(page, around),
    )


def _second_opinion(markup: str) -> str:
    """What trafilatura takes for the text; nothing of a page that would take it long."""
    if len(markup) > LONG:
        return ""
    import logging

    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        return trafilatura.extract(markup, favor_recall=True, include_comments=True) or ""
    except Exception:
        return ""
