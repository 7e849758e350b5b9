"""Markup to a tree, and to plain text when no tree can be had.

Nothing of a page is executed or fetched. libxml2 stops at 2,048 open elements and drops what
follows: such a page, and one that it cannot read at all, goes through `plain`.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Element: TypeAlias = Any  # lxml.html.Element; lxml comes without types

DEPTH = 1500  # open elements; libxml2 gives up at 2,048 (XML_PARSE_HUGE)

# Characters that no XML tree may hold, and lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_RAW = re.compile(
    r"<(script|style|noscript|template|textarea|select|svg|head|title)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK = re.compile(
    r"</?(?:p|div|br|tr|td|th|li|ul|ol|table|h[1-6]|section|article|pre|blockquote|dd|dt|hr)\b"
    r"[^<>]*>?",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")


def clean(markup: str) -> str:
    """The markup without what no tree may hold."""
    return _FORBIDDEN.sub("", markup)


def parse(markup: str) -> Element | None:
    """The root of the page (already `clean`), or None where there is nothing to build or the
    nesting is beyond the parser."""
    from lxml import etree, html  # type: ignore[import-untyped]

    if not markup.strip():
        return None
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        root = html.document_fromstring(markup.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return None if _too_deep(root) else root


def walk(root: Element) -> Any:
    """An iterator over `("start" | "end", element)` that can skip a subtree."""
    from lxml import etree

    return etree.iterwalk(root, events=("start", "end"))


def _too_deep(root: Element) -> bool:
    depth = 0
    for event, _ in walk(root):
        depth += 1 if event == "start" else -1
        if depth > DEPTH:
            return True
    return False


def plain(markup: str) -> str:
    """The text of the markup, tag by tag and without any tree: a line for each block.

    >>> plain("<p>第一段。<b>强调</b></p><script>x()</script><p>第二段。&amp;")
    '第一段。强调\\n第二段。&'
    """
    from html import unescape

    text = _RAW.sub(" ", _COMMENT.sub(" ", markup))
    text = _TAG.sub("", _BREAK.sub("\n", text))
    lines = (" ".join(line.split()) for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)
