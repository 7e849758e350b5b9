"""Lines that end in a carriage return alone; Markdown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repair import edits, fix, views
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


def test_the_navigation_of_a_markdown_page_goes_and_its_markup_stays() -> None:
    kept = (
        "# 治水经验谈\n\n江水东流，[两岸的人们](http://example.com/a)世代筑堤，留下了许多故事。\n\n"
        "![](images/1.png)\n\n- 第一项工作，要抓紧落实。\n- 第二项工作，要认真总结。\n"
    )
    menu = '[首页](/) > [新闻中心](/news) > 正文\n- [返回顶部](#top)\n- [更多>>](/more "更多")\n'
    said = fix(menu + kept + "[打印本页](javascript:print()) [关闭窗口](javascript:close())\n")
    assert said.text == kept
    (article,) = said.articles
    assert (article.value("title"), article.value("section")) == ("治水经验谈", "新闻中心")


def test_code_between_fences_is_not_touched() -> None:
    code = "```\n返回顶部\n批\u200b準 首页 > 新闻 > 正文\n```\n"
    said = fix("会议审议通过了三项议案。\n返回顶部\n" + code + "各代表团分组进行了讨论。\n")
    assert said.text == "会议审议通过了三项议案。\n" + code + "各代表团分组进行了讨论。\n"
    assert not any(f.start > 20 and f.end < 50 for f in said.findings)


def test_a_fence_that_is_never_closed_protects_nothing() -> None:
    assert views.fences("```\n返回顶部\n") == []


def test_part_of_a_link_is_not_cut_out() -> None:
    text = "会议审议通过了三项议案。[返回首页](/)\n会议[通过了议案](/a)。返回首页\n"
    said = fix(text)
    assert "](" not in said.text or "[通过了议案](/a)" in said.text
    assert said.text.count("[") == said.text.count("](")


@given(st.text(st.sampled_from("首页返回顶部。堤[]()!#->` \n/a"), max_size=40))
def test_a_view_has_the_length_of_its_text(text: str) -> None:
    assert len(views.shown(text)) == len(text)
    said = fix(text)
    assert edits.apply(text, said.edits) == said.text
    assert fix(said.text).text == said.text
