"""What each line of a page says for or against the block that holds it.

A line of prose weighs as many points as it has characters outside links; a line of links, or
a short one without punctuation, weighs against.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby

from repair.extract import signs
from repair.extract.lines import Line
from repair.extract.tree import Element

SHORT = -6.0  # a short line without punctuation: a label, a date, a name
LINK = -10.0  # a line of links, beside its characters
LABEL = 60  # characters of a line that may be a label
PROSE = 12  # characters outside links from which a run with punctuation is prose
LONG = 40  # … and without

POSTER = 30  # characters that say who posted, beside the date
NOISE = re.compile(r"[\W_]+")
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_RUNNING = frozenset({"p", "div", "li", "dd", "section", "blockquote"})  # siblings that make a text


@lru_cache(maxsize=4096)
def words(name: str) -> frozenset[str]:
    """The parts of an `id` or `class`, in lower case, and each name whole.

    >>> sorted(words("articleShare side-bar2"))
    ['article', 'articleshare', 'bar', 'share', 'side', 'sidebar']
    """
    parts = {part.lower() for part in _NAME.findall(name)}
    whole = {re.sub(r"[^a-z]", "", one.lower()) for one in name.split() if ":" not in one}
    return frozenset(part for part in parts | whole if not part.isdigit() and part)


def names(element: Element) -> frozenset[str]:
    """The words of the element's id and classes."""
    return words(f"{element.get('id') or ''} {element.get('class') or ''}"[:400])


def weigh(lines: list[Line], posts: Callable[[Element | None], bool] | None = None) -> None:
    """Gives each line its weight. In a thread (`posts`) the labels of a post cost nothing.
    Lines that follow one another in one block, or in blocks of one kind, are judged together:
    a poem, a paragraph broken by `<br>`, a list of titles."""
    for _, group in groupby(lines, key=_kind):
        run = list(group)
        free = sum(line.free for line in run if line.linked * 2 <= len(line.text))
        marks = sum(len(signs.PUNCTUATION.findall(line.text)) for line in run)
        linked = sum(line.linked for line in run)
        prose = (free >= LONG and linked < free) or (free >= PROSE and marks > 0)
        for line in run:
            if posts is not None and posts(line.holder):
                line.weight = 0.0 if is_label(line) else float(line.free)
            elif line.linked * 2 > len(line.text):
                line.weight = LINK - line.linked
            elif not prose:
                line.weight = SHORT
            elif reserves(line.text):
                line.weight = 0.0
            else:
                line.weight = float(line.free - line.linked)


def _kind(line: Line) -> object:
    holder = line.holder
    if holder.tag not in _RUNNING:
        return holder
    return holder.getparent(), holder.tag, holder.get("class")


def is_label(line: Line) -> bool:
    """Whether the line is a button, a counter, a link or says who posted when from where."""
    text = line.text
    if line.linked * 2 > len(text):
        return True
    if len(text) > LABEL:
        return False
    if signs.COUNTS.fullmatch(text):
        return True
    if not signs.SENTENCE.search(text) and (
        signs.WIDGETS.fullmatch(text) or signs.META.match(text)
    ):
        return True
    if signs.STOP.search(text):
        return False
    rest, dates = signs.DATE.subn("", text)
    if dates or signs.AGO.search(rest):
        return len(NOISE.sub("", rest)) <= (POSTER if dates else POSTER // 2)
    return bool(signs.PLACE.fullmatch(text))


def reserves(text: str) -> bool:
    """Whether the line is about the site and its rights: it names the site, its copyright or
    its reprints, and goes on in such words."""
    if signs.SITE.match(text):
        return len(text) <= 2 * LABEL
    return bool(signs.SITE.search(text)) and of_rights(text, 25)


def of_rights(text: str, every: int = 40) -> bool:
    """Whether a word of such lines stands in every 40 characters."""
    return len(signs.RIGHTS.findall(text)) * every > len(text)
