"""A page as the lines that a reader sees, each with the element that holds it.

A line ends where a block begins or ends and at `<br>`. White space is folded as a browser
folds it; a line break of the source between two Chinese characters is no space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repair.extract.tree import Element, walk

BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
        "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend",
        "li", "main", "menu", "nav", "noframes", "ol", "p", "pre", "section", "summary", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
UNSEEN = frozenset(
    {
        "applet", "audio", "base", "button", "canvas", "datalist", "embed", "frame", "head",
        "iframe", "input", "link", "map", "math", "meta", "noembed", "noscript", "object", "option",
        "param", "rp", "rt", "script", "select", "style", "svg", "template", "textarea", "title",
        "track", "video", "xmp",
    }
)  # fmt: skip

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff01-\uffee\u3000-\u303f“”‘’…—"
_WRAP = re.compile(rf"(?<=[{_WIDE}])[ \t\r]*\n\s*(?=[{_WIDE}])")


@dataclass(slots=True)
class Line:
    """One line of the page."""

    text: str
    linked: int  # characters of it inside links
    holder: Element  # the block that holds it
    weight: float = 0.0  # what it says for or against the block, see weigh.py

    @property
    def free(self) -> int:
        """Characters outside links."""
        return len(self.text) - self.linked


def read(root: Element) -> list[Line]:
    """The lines of the page in order."""
    return [line for line in _lines(root) if line.text]


def _lines(root: Element) -> Iterator[Line]:
    parts: list[tuple[str, bool]] = []
    blocks: list[Element] = [root]
    links = 0
    pre = 0
    steps = walk(root)
    for event, element in steps:
        tag = element.tag
        if event == "start":
            if tag in UNSEEN:
                steps.skip_subtree()
                continue
            if tag in BLOCKS:
                yield _line(parts, blocks[-1])
                parts = []
                blocks.append(element)
            elif tag == "br":
                yield _line(parts, blocks[-1])
                parts = []
            links += tag == "a"
            pre += tag == "pre"
            text = element.text
        else:
            if tag not in UNSEEN:
                if tag in BLOCKS:
                    yield _line(parts, blocks.pop())
                    parts = []
                links -= tag == "a"
                pre -= tag == "pre"
            text = element.tail if element is not root else None
        if not text:
            continue
        if pre:
            first, *rest = text.split("\n")
            parts.append((first, links > 0))
            for more in rest:
                yield _line(parts, blocks[-1])
                parts = [(more, links > 0)]
        else:
            parts.append((text, links > 0))
    yield _line(parts, blocks[-1])


def _line(parts: list[tuple[str, bool]], holder: Element) -> Line:
    text = fold("".join(part for part, _ in parts))
    linked = sum(len(_SPACE.sub("", part)) for part, link in parts if link)
    return Line(text, min(linked, len(text)), holder)


def fold(text: str) -> str:
    """The text with its white space as a browser shows it."""
    return _SPACE.sub(" ", _WRAP.sub("", text)).strip()
