"""The batch's tables: templates of unrelated documents, contents of pages."""

from __future__ import annotations

import random

from repair.config import Config
from repair.model import Contents, Context
from repair.residue import stage, tables

BODY = (
    "第{n}号议案由{n}位代表联名提出,会议听取了第{n}次审议意见,决定将修改后的第{n}号草案提请表决。"
)


def page(n: int, body: str | None = None) -> str:
    prose = "\n".join((body or BODY).format(n=n * 100 + k) for k in range(4))
    return f"今日气温 {n} 度 微风\n某站栏目{'甲乙丙丁'[n % 4]}\n{prose}\n某某站版式\n"


def learn(pages: list[str]) -> frozenset[str]:
    return tables.merge(tables.collect(str(i), p) for i, p in enumerate(pages)).templates


def test_lines_of_many_documents_are_templates_digits_apart() -> None:
    assert learn([page(n) for n in range(12)]) >= {"今日气温 0 度 微风", "某某站版式"}


def test_five_documents_yield_no_template() -> None:
    assert not learn([page(n) for n in range(5)])


def test_copies_of_an_article_do_not_make_its_lines_templates() -> None:
    assert not learn([page(3) for _ in range(30)])


def test_a_line_that_stands_inside_articles_is_no_template() -> None:
    inside = [page(n).replace("\n", "\n某某站版式\n", 3) for n in range(12)]
    assert "某某站版式" not in learn(inside)


def test_headings_that_documents_of_a_kind_share_are_no_templates() -> None:
    assert not learn([f"第一章 总则\n{BODY.format(n=n)}\n附则\n" for n in range(20)])


def test_the_order_of_the_documents_is_free() -> None:
    parts = [tables.collect(str(n), page(n)) for n in range(15)]
    shuffled = parts[:]
    random.Random(1).shuffle(shuffled)
    assert tables.merge(parts) == tables.merge(shuffled)


def test_a_template_line_is_asked_about() -> None:
    known = tables.merge(tables.collect(str(n), page(n)) for n in range(12))
    said = stage(page(40), Context(Config(), known))
    assert "今日气温 40 度 微风\n" in [f.before for f in said.findings]
    assert not any("今日气温" in e.before for e in said.edits)


def test_contents_carry_the_page_s_date_and_source() -> None:
    text = (
        "2021年11月11日 上一期 下一期\n本版面文章\n· 治水经验谈\n· 老街的新生\n\n治水经验谈\n"
        "( 2021-11-11 ) 稿件来源: 某某日报\n江水东流,两岸的人们世代筑堤。\n"
    )
    (known,) = tables.merge([tables.collect("a", text)]).contents
    assert known == Contents("a", ("治水经验谈", "老街的新生"), "2021-11-11", "某某日报")
