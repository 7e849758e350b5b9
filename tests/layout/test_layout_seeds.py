"""The five seeds: breaks, articles and titles, with the marks that residue gives, made by
hand where the test needs them."""

from __future__ import annotations

import re

import pytest
from layout_cases import CONTENTS, applied, byline, mark, run, seed

from repair.model import Mark, StageResult

PEOPLE = {
    "000": "徐衣显|黄辉|牛芳泽|孙琳",
    "004": "王图强|滕远东|胡春平|刘加云",
}
JOINED = {
    "000": [
        "立法风险防范和征求意见机制",
        "变末端执法为源头治理,",
        "公共资金、土地出让等",
        "服务中心大局的“纲”来抓。",
        "对全市法律监督执法司法信息",
        "系统集成,不断推进区域",
        "教育整顿为抓手,认真开展",
    ],
    "004": [
        "贯彻全过程人民民主的重大理念",
        "责任是否落实",
        "稳定可预期的",
        "转变,方式转化、重心转移",
        "依法治市具体实践",
        "形成社会治理合力。",
        "人民监督员,特约检察员",
    ],
}


def page(number: str) -> tuple[str, StageResult]:
    text = seed(number)
    lines = re.findall(rf"(?m)^(?:{PEOPLE[number]})\n.*$", text)
    return text, run(text, *(byline(text, line) for line in lines), contents=(CONTENTS,))


@pytest.fixture(scope="module")
def pages() -> dict[str, tuple[str, StageResult]]:
    return {number: page(number) for number in PEOPLE}


@pytest.mark.parametrize(
    ("number", "joined"), [(number, text) for number, all in JOINED.items() for text in all]
)
def test_a_paragraph_that_a_column_cut_is_whole(pages, number: str, joined: str) -> None:
    text, said = pages[number]
    assert joined not in text
    assert joined in applied(text, said)


@pytest.mark.parametrize("number", PEOPLE)
def test_nothing_else_is_joined(pages, number: str) -> None:
    _, said = pages[number]
    assert sum(edit.rule == "LAY001" for edit in said.edits) == 7
    assert not any(edit.rule == "LAY002" for edit in said.edits)


def test_the_break_that_lost_text_is_asked(pages) -> None:
    text, said = pages["000"]
    (lost,) = [f for f in said.findings if f.rule == "LAY003"]
    assert text[lost.start - 4 : lost.end + 4] == "推动党政\n\n服改革迭"
    assert lost.after == lost.before
    assert [candidate.text for candidate in lost.candidates] == [""]


def test_headings_that_agree_are_split_off(pages) -> None:
    text, said = pages["000"]
    lines = applied(text, said).split("\n")
    assert {
        "一、以打开路,打造能征善战的利剑公安",
        "二、主动防范,打造防范风险的金属公安",
        "三、科技强警,打造信息赋能的数字公安",
        "四、依法治警,打造公平正义的法治公安",
        "五、政治建警,打造忠诚担当的铁律公安",
    } <= set(lines)


def test_headings_less_sure_are_asked_at_their_end(pages) -> None:
    text, said = pages["000"]
    asked = [f for f in said.findings if f.rule == "LAY005"]
    assert [text[f.start - 4 : f.start] for f in asked] == ["绿色样本", "湖州经验", "大同心圆"]
    assert {(f.before, f.after) for f in asked} == {("", "\n")}


def test_000_has_four_articles_and_the_lost_title_says_where_it_comes_from(pages) -> None:
    text, said = pages["000"]
    assert tuple(article.value("title") for article in said.articles) == CONTENTS.titles
    last = next(m for m in said.articles[3].marks if m.kind == "title")
    assert last.start == last.end
    assert last.origin.startswith("contents of 003: ")
    assert last.value not in applied(text, said)
    assert [len(article.body) for article in said.articles] == [10, 13, 19, 7]


@pytest.mark.parametrize(("kind", "value"), [("date", "2021-11-11"), ("source", "法治日报")])
def test_what_the_page_lacks_is_inferred_with_its_origin(pages, kind: str, value: str) -> None:
    _, said = pages["000"]
    for article in said.articles:
        (found,) = [m for m in article.marks if m.kind == kind]
        assert (found.value, found.origin[:15]) == (value, "contents of 003")


def test_without_another_document_nothing_is_inferred() -> None:
    text = seed("000")
    lines = re.findall(rf"(?m)^(?:{PEOPLE['000']})\n.*$", text)
    said = run(text, *(byline(text, line) for line in lines))
    assert said.articles[3].value("title") is None
    assert said.articles[0].value("date") is None


def test_004_puts_the_title_that_stands_after_its_article_to_it(pages) -> None:
    text, said = pages["004"]
    assert [article.value("title") for article in said.articles] == [
        "“一个聚焦、四个聚力”推进全过程人民民主",
        "用好“三单”增强“三感” 加强和创新基层治理",
        "努力让法治成为国际瓷都核心竞争力",
        "为推动社会治理现代化贡献检察力量",
    ]
    (moved,) = [f for f in said.findings if f.rule == "LAY007"]
    assert moved.before == moved.after == "用好“三单”增强“三感” 加强和创新基层治理"
    assert moved.move_to == said.articles[1].start == text.index("滕远东")


@pytest.mark.parametrize("number", PEOPLE)
def test_titles_and_bylines_are_in_no_body(pages, number: str) -> None:
    text, said = pages[number]
    for article in said.articles:
        body = "\n".join(text[start:end] for start, end in article.body)
        assert article.value("title") not in body.split("\n")
        assert article.value("byline").split(" ")[0] not in body.split("\n")


def test_001_is_one_article_whatever_its_section_heads() -> None:
    text = seed("001").split("\n\n", 1)[1].replace("【字體 :\n", "").split("附件下載")[0]
    said = run(text, mark(text, "date", "2022-03-02"), mark(text, "source", "法治日報"))
    (article,) = said.articles
    assert article.value("title") == text.strip().split("\n")[0]
    bodies = [text[start:end] for start, end in article.body]
    assert "北京市出臺接訴即辦工作條例" in bodies
    assert not said.edits


@pytest.fixture(scope="module")
def twice() -> tuple[str, StageResult]:
    text = re.sub(r"(?m)^\|\n", "", seed("002")).replace(" |\n", "\n").rstrip("|")
    said = run(
        text,
        mark(text, "section", "法治调研"),
        mark(text, "date", "2025-03-31"),
        mark(text, "source", "法治日报"),
        byline(text, "刘海东\n重庆市长寿区人民检察院\n党组书记、检察长"),
    )
    return text, said


def test_002_keeps_the_body_that_follows_title_and_byline(twice) -> None:
    text, said = twice
    (removed,) = [e for e in said.edits if e.rule == "LAY006"]
    assert removed.end <= text.index("推动法律监督与社会治理效能双提升")
    assert applied(text, said).count("自主研发的医疗机构违法排污监督模型被最高检推广") == 1


def test_002_gets_its_paragraphs_and_headings_back(twice) -> None:
    text, said = twice
    (article,) = said.articles
    bodies = [text[start:end] for start, end in article.body]
    assert len(bodies) == 17
    assert [b for b in bodies if re.match("[一二三四]、", b)] == [
        "一、突出稳进增效,构建法律监督新格局",
        "二、突出改革创新,打造检察履职新动能",
        "三、突出除险固安,健全风险防控新体系",
        "四、突出富民强企,优化法治服务新路径",
    ]


def test_002_metadata(twice) -> None:
    (article,) = twice[1].articles
    assert article.value("title") == "推动法律监督与社会治理效能双提升"
    assert article.value("date") == "2025-03-31"
    assert article.value("section") == "法治调研"


def test_003_is_one_clean_article_that_keeps_its_page_s_contents() -> None:
    text = "把法治" + seed("003").split("\n\n把法治")[1].split("相关文章")[0].rstrip()
    said = run(
        text,
        *(Mark(0, 0, "contents", title) for title in CONTENTS.titles),
        mark(text, "date", "2021-11-11"),
        mark(text, "source", "法治日报"),
        byline(text.replace("\n  ", "\n\u3000"), "\u3000徐衣显 河南省洛阳市委副书记、代市长"),
    )
    (article,) = said.articles
    assert article.titles == CONTENTS.titles
    assert article.value("title") == CONTENTS.titles[0]
    assert len(article.body) == 10
    assert not said.edits
