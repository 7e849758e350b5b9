"""Lines that end in a carriage return alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repair import edits, fix
from repair.records import Lines, article_records

PAGE = (
    "首页 > 新闻中心 > 正文\n治水经验谈\n来源：平原日报　时间：2021-06-18\n"
    "江水东流，两岸的人们世代筑堤，留下了许多治水的故事，也留下了许多\n治水的教训。\n"
    "老人们说，堤是人心筑成的。\n返回顶部\n"
)


def test_a_page_of_carriage_returns_is_read_as_one_of_line_feeds() -> None:
    mac, unix = fix(PAGE.replace("\n", "\r")), fix(PAGE)
    assert mac.text == unix.text.replace("\n", "\r")
    assert [(e.start, e.end, e.rule) for e in mac.edits] == [
        (e.start, e.end, e.rule) for e in unix.edits
    ]


def test_its_journal_fits_and_is_taken_back() -> None:
    text = PAGE.replace("\n", "\r")
    said = fix(text)
    assert edits.apply(said.text, edits.invert(said.edits)) == text


def test_its_lines_and_paragraphs_are_counted() -> None:
    text = PAGE.replace("\n", "\r")
    assert Lines(text).at(text.index("治水")) == (2, 1)
    said = fix(text)
    (record,) = article_records(said.document, said.articles, said.edits)
    assert len(record["paragraphs"]) == 3


def test_windows_lines_are_lines_once() -> None:
    assert Lines("甲\r\n乙\r\n丙").at(3) == (2, 1)


@given(st.text(st.sampled_from("首页返回顶部。，堤\r\n >"), max_size=40))
def test_what_is_said_fits_and_a_second_run_finds_nothing(text: str) -> None:
    said = fix(text)
    assert edits.apply(text, said.edits) == said.text
    assert all(text[f.start : f.end] == f.before for f in said.findings)
    assert fix(said.text).text == said.text
