"""Pages into articles: where one begins, and whose the lines around it are."""

from __future__ import annotations

import pytest
from layout_cases import byline, mark, run

from repair.model import Contents, Mark

FIRST = (
    "县里的三百多条小河,过去有一半常年飘着垃圾。"
    "去年春天起,水利局全体职工分段巡河,发现问题当天处理。"
)
SECOND = (
    "山里的学校只有三个班级,却有一间小小的图书室。老师们说,这些书都是城里的读者一本一本寄来的。"
)
ONE, TWO = "让每一条河都清澈起来", "把学校办到大山里去"
WANG, LI = "王芳\n县水利局局长", "李明\n县教育局局长"


def titles(text: str, *marks: Mark, contents: tuple[Contents, ...] = ()) -> list[str | None]:
    return [a.value("title") for a in run(text, *marks, contents=contents).articles]


def bodies(text: str, *marks: Mark) -> list[str]:
    said = run(text, *marks)
    return ["\n".join(text[a:b] for a, b in article.body) for article in said.articles]


def test_a_byline_under_a_title_begins_an_article() -> None:
    text = f"{ONE}\n\n{WANG}\n\n{FIRST}\n\n{TWO}\n\n{LI}\n\n{SECOND}"
    marks = byline(text, WANG), byline(text, LI)
    assert titles(text, *marks) == [ONE, TWO]
    assert bodies(text, *marks) == [FIRST, SECOND]


def test_a_date_and_source_under_a_title_begin_an_article() -> None:
    line = "2021-11-11 来源:县报"
    text = f"{ONE}\n\n{line}\n\n{FIRST}"
    (article,) = run(text, mark(text, "date", "2021-11-11"), mark(text, "source", "县报")).articles
    assert (article.value("title"), article.value("source")) == (ONE, "县报")
    assert text[article.body[0][0] : article.body[-1][1]] == FIRST


def test_a_title_in_two_lines_is_one() -> None:
    text = f"让每一条河\n都清澈起来\n\n{WANG}\n\n{FIRST}"
    assert titles(text, byline(text, WANG)) == ["让每一条河 都清澈起来"]


def test_a_subtitle_after_a_dash_belongs_to_the_title() -> None:
    text = f"{ONE}\n\n——县水利局巡河记\n\n{WANG}\n\n{FIRST}"
    assert titles(text, byline(text, WANG)) == [f"{ONE} ——县水利局巡河记"]


def test_metadata_above_the_title_of_a_page_is_all_its_articles() -> None:
    text = f"2021-11-11 县报\n\n{ONE}\n\n{WANG}\n\n{FIRST}\n\n{TWO}\n\n{LI}\n\n{SECOND}"
    marks = byline(text, WANG), byline(text, LI), mark(text, "date", "2021-11-11")
    assert [a.value("date") for a in run(text, *marks).articles] == ["2021-11-11"] * 2


def test_an_editor_under_an_article_is_its_own() -> None:
    text = f"{ONE}\n\n{WANG}\n\n{FIRST}\n\n责任编辑:赵敏\n\n{TWO}\n\n{LI}\n\n{SECOND}"
    said = run(text, byline(text, WANG), byline(text, LI), mark(text, "editor", "赵敏"))
    assert [a.value("editor") for a in said.articles] == ["赵敏", None]


def test_metadata_taken_out_of_the_text_still_begins_an_article() -> None:
    text = f"{ONE}\n\n\n\n{FIRST}\n\n{TWO}\n\n\n\n{SECOND}"
    first = text.index(FIRST) - 2
    second = text.index(SECOND) - 2
    marks = Mark(first, first, "byline", "王芳"), Mark(second, second, "byline", "李明")
    assert titles(text, *marks) == [ONE, TWO]


def test_section_heads_without_a_byline_begin_no_article() -> None:
    text = f"{ONE}\n\n{WANG}\n\n{FIRST}\n\n夯实基础强化管理\n\n{SECOND}"
    assert titles(text, byline(text, WANG)) == [ONE]
    assert bodies(text, byline(text, WANG)) == [f"{FIRST}\n夯实基础强化管理\n{SECOND}"]


def test_a_first_line_set_apart_above_prose_is_the_title() -> None:
    assert titles(f"{ONE}\n\n{FIRST}\n\n{SECOND}") == [ONE]


@pytest.mark.parametrize(
    "first", [FIRST, "一、基本情况", "第一条 为了规范管理", "问:河水是怎样变清的?", "(二〇二一年)"]
)
def test_a_first_line_that_is_no_title(first: str) -> None:
    assert titles(f"{first}\n\n{FIRST}\n\n{SECOND}") == [None]


def test_a_title_after_the_last_article_is_its_title() -> None:
    text = f"{ONE}\n\n{WANG}\n\n{FIRST}\n\n{LI}\n\n{SECOND}\n\n{SECOND[:30]}。\n\n{TWO}"
    said = run(text, byline(text, WANG), byline(text, LI))
    assert [a.value("title") for a in said.articles] == [ONE, TWO]
    (moved,) = said.findings
    assert (moved.rule, moved.before, moved.move_to) == ("LAY007", TWO, text.index(LI))


LISTED = Contents("page", (ONE, "修一条通往春天的路", TWO), "2021-11-11", "县报")


def page(*parts: tuple[str, str, str]) -> tuple[str, list[Mark]]:
    text = "\n\n".join("\n\n".join(filter(None, part)) for part in parts)
    return text, [byline(text, part[1]) for part in parts]


def test_a_lost_title_comes_from_a_list_of_contents() -> None:
    text, marks = page((ONE, WANG, FIRST), ("", "赵敏\n县交通局局长", SECOND), (TWO, LI, SECOND))
    assert titles(text, *marks, contents=(LISTED,)) == list(LISTED.titles)


@pytest.mark.parametrize(
    ("why", "names"),
    [
        ("one title only is named", (ONE, "修一条通往春天的路", "别的文章")),
        ("two titles are left for the place", (ONE, "甲乡的路通了", "乙乡的桥通了", TWO)),
        ("the order is another one", (TWO, "修一条通往春天的路", ONE)),
        ("the list is the document's own", LISTED.titles),
    ],
)
def test_a_list_that_does_not_settle_it_gives_no_title(why: str, names: tuple[str, ...]) -> None:
    text, marks = page((ONE, WANG, FIRST), ("", "赵敏\n县交通局局长", SECOND), (TWO, LI, SECOND))
    doc_id = "this" if "own" in why else "page"
    entry = Contents(doc_id, names)
    assert titles(text, *marks, contents=(entry,)) == [ONE, None, TWO], why


def test_a_listed_title_begins_an_article_without_a_byline() -> None:
    text = f"{ONE}\n\n{FIRST}\n\n{TWO}\n\n{SECOND}"
    assert titles(text, contents=(LISTED,)) == [ONE, TWO]


def test_a_title_read_wrong_is_still_the_listed_one() -> None:
    text, marks = page(
        ("让每一条河都清激起来", WANG, FIRST),
        ("", "赵敏\n县交通局局长", SECOND),
        (TWO, LI, SECOND),
    )
    found = titles(text, *marks, contents=(LISTED,))
    assert found == ["让每一条河都清激起来", "修一条通往春天的路", TWO]


def test_who_signs_a_letter_and_when_begin_no_article() -> None:
    text = f"{ONE}\n\n{WANG}\n\n{FIRST}\n县防汛抗旱指挥部\n2023年5月16日\n附件：责任人名单"
    marks = byline(text, WANG), mark(text, "date", "2023年5月16日")
    (article,) = run(text, *marks).articles
    assert (article.value("title"), article.value("date")) == (ONE, "2023年5月16日")


def test_a_writer_under_the_article_is_its_own() -> None:
    text = f"{ONE}\n2021-11-11 县报\n{FIRST}\n记者：王芳"
    marks = mark(text, "date", "2021-11-11"), mark(text, "byline", "王芳")
    (article,) = run(text, *marks).articles
    assert (article.value("title"), article.value("byline")) == (ONE, "王芳")


def test_the_name_of_the_paper_begins_no_article() -> None:
    text = f"江畔晚报\n2021-11-11\n第二版\n{ONE}\n\n{WANG}\n\n{FIRST}"
    (article,) = run(text, mark(text, "date", "2021-11-11"), byline(text, WANG)).articles
    assert (article.value("title"), article.value("date")) == (ONE, "2021-11-11")


def test_a_short_line_of_the_page_hides_no_title_below_it() -> None:
    text = f"快讯\n{ONE}\n2021-11-11 县报\n{FIRST}"
    assert titles(text, mark(text, "date", "2021-11-11")) == [ONE]


def test_a_chapter_over_its_writer_is_a_title() -> None:
    text = f"第一百一十二章 夜渡寒江\n作者：王芳\n{FIRST}"
    assert titles(text, mark(text, "author", "王芳")) == ["第一百一十二章 夜渡寒江"]


def test_a_menu_is_no_title() -> None:
    text = f"首页 | 政务公开 | 互动交流\n2021-11-11 县报\n{FIRST}"
    assert titles(text, mark(text, "date", "2021-11-11")) == [None]


@pytest.mark.parametrize(
    "lead",
    [
        "【本报上海十四日专电】",
        "（某某社蚌埠十三日電）",
        "〔記者林筱婷／台北報導〕",
        "（维港日报专讯）",
        "本报讯（记者 王芳）",
    ],
)
def test_a_title_over_what_a_report_begins_with_is_an_articles(lead: str) -> None:
    text = f"{ONE}\n{lead}{FIRST}\n{TWO}\n{lead}{SECOND}"
    assert titles(text) == [ONE, TWO]


@pytest.mark.parametrize("start", ["（一）", "（以下简称甲方）", "【摘要】", "（记者手记）"])
def test_other_brackets_begin_no_report(start: str) -> None:
    assert titles(f"{ONE}\n{start}{FIRST}\n{TWO}\n{start}{SECOND}") == [None]
