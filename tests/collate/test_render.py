"""Variants for people: nothing of a text acts on the terminal or on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from repair.collate import compare, render

A = "洛阳市常戴行政应诉警示钟，把败诉作为最大警示，<script>alert('1')</script>，推动改革。"
B = "洛阳市常敲行政应诉警示钟、把败诉作为最大警示，<script>alert('2')</script>，推动改革。"
EVIL = st.text(alphabet="甲乙丙丁，。<>&\"'/\x1b\x07\u202e\n \u200b", max_size=40)


class _Marks(HTMLParser):
    """The text between the tags of both panes, and how the marks nest."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.pane = ""
        self.text = {"a": "", "b": ""}
        self.marks = 0
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div" and given.get("id") in {"a", "b"}:
            self.pane = given["id"] or ""
        self.marks += tag == "mark"
        self.outside += [v or "" for k, v in attrs if k in {"src", "href", "action"}]

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.pane = ""

    def handle_data(self, data: str) -> None:
        if self.pane:
            self.text[self.pane] += data


def _page(a: str, b: str) -> tuple[str, _Marks]:
    page = render.html(a, b, compare(a, b), "a<b>.txt", "b.txt")
    parser = _Marks()
    parser.feed(page)
    return page, parser


def test_the_page_needs_nothing_from_outside() -> None:
    page, parser = _page(A, B)
    assert parser.outside == []
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|https?://", page)


def test_the_page_shows_both_texts_and_every_variant() -> None:
    page, parser = _page(A, B)
    assert parser.text == {"a": A, "b": B}
    assert parser.marks == 2 * len(compare(A, B))
    assert "a&lt;b&gt;.txt" in page
    assert "<script>alert" not in page


@settings(max_examples=40, deadline=None)
@given(EVIL, EVIL)
def test_the_page_keeps_any_text(a: str, b: str) -> None:
    page, parser = _page(a, b)
    for side, text in (("a", a), ("b", b)):
        shown = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
        assert parser.text[side] == shown
    assert page.count("<mark") == page.count("</mark>")


def test_the_terminal_shows_both_readings_and_who_is_wrong() -> None:
    shown = render.human(A, B, compare(A, B, "ocr", "born-digital"), "a.txt", "b.txt")
    assert "洛阳市常[戴]行政" in shown
    assert "洛阳市常[敲]行政" in shown
    assert "the first is likely wrong" in shown
    assert "\x1b" not in shown


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b[31m" in render.human(A, B, compare(A, B, "ocr", "unknown"), "a", "b", colour=True)


@settings(max_examples=40, deadline=None)
@given(EVIL, EVIL)
def test_the_terminal_is_never_acted_on(a: str, b: str) -> None:
    shown = render.human(a, b, compare(a, b), "a\x1b", "b\u202e")
    assert all(c.isprintable() or c in "\n\u3000" for c in shown)


def test_equal_texts() -> None:
    assert "no differences" in render.human(A, A, [], "a", "b")
