"""Title, author, date, time and source: from the head, the scripts, the visible lines."""

from __future__ import annotations

import pytest

from repair.extract import bylines, dates, extract

BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "三月的一天，我们来到山脚下的小村，村口的溪水清得能数出石子，老人们坐在桥头说话。",
        "村里修了新路，通了班车，年轻人陆续回来开店，卖的是自家种的茶叶和菌子。",
        "日子慢慢好起来了，他最大的愿望是把村里的小学留下来，让孩子们不用走远路。",
    )
)
META = '<meta name="{}" content="{}">'


def page(over: str = "", under: str = "", head: str = "", body: str = BODY) -> str:
    return (
        f"<html><head><title>溪边小村的春天_山城新闻</title>{head}</head><body>"
        f"<h1>溪边小村的春天</h1><div>{over}</div><div>{body}</div><div>{under}</div></body></html>"
    )


AUTHORS = {
    "label": (page("<span>作者：刘小溪</span>"), "刘小溪"),
    "label with space": (page("<span>作 者： 刘小溪 来源：山城日报</span>"), "刘小溪"),
    "reporters": (page("<p>山城日报记者 周立言 宋小苗</p>"), "周立言 宋小苗"),
    "reporters on two lines": (
        page("<p>本报记者 周立言</p><p>通讯员 宋小苗、方 敏</p>"),
        "周立言 宋小苗 方敏",
    ),
    "brackets beside the date": (page("<p>2021年3月4日08:19 [ 黄宇 ]</p>"), "黄宇"),
    "alone": (page("<p>欧阳文山</p>"), "欧阳文山"),
    "dateline": (page(body=BODY.replace("三月", "新华社兰州7月16日电（记者邹铭）三月")), "邹铭"),
    "signed": (page(body=BODY + "<p>戏台也要修了。（常书香 马丹阳 ）</p>"), "常书香 马丹阳"),
    "signed by a reporter": (page(body=BODY + "<p>□ 本报记者 葛灵丹</p>"), "葛灵丹"),
    "editor, where nobody else is named": (page(under="<p>编辑：山石</p>"), "山石"),
    "reporter before editor": (
        page("<p>记者 周立言</p>", "<p>责任编辑：刘小溪</p>"),
        "周立言",
    ),
    "poster": (page(under="<p>由 haiguniang 张贴 @ 2005-06-14</p>"), "haiguniang"),
    "office": (page("<p>发文机关：</p><p>山城县人民政府</p>"), "山城县人民政府"),
    "head": (page(head=META.format("author", "刘小溪")), "刘小溪"),
    "linked data": (
        page(
            head='<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x",'
            '"author": [{"name": "刘小溪"}, {"name": "周立言"}]}</script>'
        ),
        "刘小溪 周立言",
    ),
    "label, several": (page("<span>作者：刘小溪 周立言 时间：2021-03-04</span>"), "刘小溪 周立言"),
    "label, a nickname": (page("<span>作者：风中的茶 2021-03-04</span>"), "风中的茶"),
    "reporter and correspondent": (
        page(body=BODY.replace("三月", "本报讯（记者 周立言 通讯员 宋小苗）三月")),
        "周立言 宋小苗",
    ),
    "a bullet": (page("<p>□ 刘小溪</p>"), "刘小溪"),
    "wrote": (page("<p>刘小溪/文 周立言/图</p>"), "刘小溪"),
    "a paper is nobody": (page("<span>作者：山城日报</span>"), None),
    "a number is nobody": (page(head=META.format("author", "L_104485")), None),
    "nobody": (page(), None),
}


@pytest.mark.parametrize(("markup", "author"), AUTHORS.values(), ids=AUTHORS.keys())
def test_author(markup: str, author: str | None) -> None:
    assert extract(markup).author == author


DATES = {
    "line": (page("<p>2021-03-04 10:11 来源：山城日报</p>"), ("2021-03-04", "10:11")),
    "Chinese": (page("<p>发布时间：2021年3月4日 下午1:05</p>"), ("2021-03-04", "13:05")),
    "month first": (page("<p>发布日期： 9/17/2004 5:54:13 PM</p>"), ("2004-09-17", "17:54:13")),
    "day first, as the head says": (
        page("<p>06/02/2022 - 13:48</p>", head=META.format("pubdate", "2022-02-06")),
        ("2022-02-06", "13:48"),
    ),
    "English": (page("<p>September 10th, 2005 10:56 am</p>"), ("2005-09-10", "10:56")),
    "republic": (page("<p>民國110年3月4日</p>"), ("2021-03-04", None)),
    "head": (
        page(head=META.format("article:published_time", "2021-03-04T10:11:12+08:00")),
        ("2021-03-04", "10:11:12"),
    ),
    "head, no time": (
        page(head=META.format("pubdate", "2021-03-04 00:00:00")),
        ("2021-03-04", None),
    ),
    "script": (page(head='<script>var ct = "1614823872";</script>'), ("2021-03-04", "10:11:12")),
    "a line before the head": (
        page("<p>2021-03-04 10:11</p>", head=META.format("pubdate", "2021-03-05")),
        ("2021-03-04", "10:11"),
    ),
    "under the text": (page(under="<p>2021年3月4日</p>"), ("2021-03-04", None)),
    "issue": (page(body=BODY + "<p>——《山城》1998年3月号</p>"), ("1998-03", None)),
    "address": (
        page(head='<link rel="canonical" href="https://e.org/2021/0304/c1-2.html">'),
        ("2021-03-04", None),
    ),
    "a year in prose is no date": (page(body=BODY.replace("三月", "2019年5月6日这")), (None, None)),
    "none": (page(), (None, None)),
}


@pytest.mark.parametrize(("markup", "expected"), DATES.values(), ids=DATES.keys())
def test_date(markup: str, expected: tuple[str | None, str | None]) -> None:
    found = extract(markup)
    assert (found.date, found.time) == expected


def test_impossible_date_is_none() -> None:
    assert list(dates.find("编号2021-13-45，电话0412-2021-03")) == []


TITLES = {
    "heading": (page(), "溪边小村的春天"),
    "open graph": (
        page(head='<meta property="og:title" content="春到溪边">').replace("溪边小村的春天", ""),
        "春到溪边",
    ),
    "sections are no titles": (
        page(body=BODY + "<h1>一、修路</h1>" + BODY),
        "溪边小村的春天",
    ),
    "a page's name that stands nowhere": (
        page().replace("<title>溪边小村的春天_山城新闻</title>", "<title>欢迎光临</title>")
        .replace("h1>", "b>"),
        "溪边小村的春天",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "title"), TITLES.values(), ids=TITLES.keys())
def test_title(markup: str, title: str) -> None:
    assert extract(markup).title == title


def test_source() -> None:
    assert extract(page("<p>2021-03-04 来源：《山城日报》 编辑：刘小溪</p>")).source == "山城日报"


def test_marks_say_that_they_come_from_the_markup() -> None:
    marks = extract(page("<p>2021-03-04 10:11 来源：山城日报</p>")).marks
    assert {(mark.kind, mark.value, mark.origin) for mark in marks} == {
        ("title", "溪边小村的春天", "markup"),
        ("date", "2021-03-04", "markup"),
        ("time", "10:11", "markup"),
        ("source", "山城日报", "markup"),
    }


@pytest.mark.parametrize("word", ["项目", "管理", "高兴", "周围"])
def test_a_common_word_is_no_name(word: str) -> None:
    assert bylines.is_word(word)


@pytest.mark.parametrize("name", ["黄宇", "胡平", "李楠"])
def test_a_name_is_no_common_word(name: str) -> None:
    assert not bylines.is_word(name)
