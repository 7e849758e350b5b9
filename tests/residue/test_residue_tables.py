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


SITE = (
    "平原在线\n平原新闻  城市生活  房产楼盘  教育招考\n{title}\n平原在线 第{n}次更新 记者站\n"
    "{salute}\n{prose}\n"
    "依照本法第十二条处理\n平原县人民政府办公室\n联系电话：0319-{n}\n"
    "平原在线技术支持：某某科技  编号 {n}\n栏目  家园  影像  {n}\n"
)


def site(n: int) -> str:
    """A page of a made site whose documents share a salutation, a signature, a statute's words."""
    prose = "\n".join(BODY.format(n=n * 100 + k) for k in range(4))
    return SITE.format(n=n, title=f"县里第{n}号公告", salute="各乡镇人民政府", prose=prose)


def test_the_template_of_a_site_goes_and_the_documents_formulas_stay() -> None:
    known = tables.merge(tables.collect(str(n), site(n)) for n in range(14))
    text = site(77)
    said = stage(text, Context(Config(), known))
    gone = "".join(edit.before for edit in said.edits)
    asked = "".join(finding.before for finding in said.findings)
    for line in ("平原新闻  城市生活", "技术支持：某某科技", "栏目  家园"):
        assert line in gone
    formulas = ("号公告", "各乡镇人民政府", "依照本法", "政府办公室", "联系电话", "第77")
    for line in formulas:
        assert line not in gone
    assert "平原在线\n" in asked


def test_a_template_line_inside_the_prose_is_not_removed() -> None:
    known = tables.merge(tables.collect(str(n), site(n)) for n in range(14))
    line = "平原新闻  城市生活  房产楼盘  教育招考\n"
    prose = BODY.format(n=1) + "\n"
    said = stage(prose + line + prose, Context(Config(), known))
    assert not said.edits


def test_the_head_of_a_table_is_no_template_of_a_site() -> None:
    assert not tables.of_site("序号  姓名  单位")
    assert not tables.of_site("第 12 号招聘公告")
    assert tables.of_site("新闻  家园  影像")


def test_contents_carry_the_page_s_date_and_source() -> None:
    text = (
        "2021年11月11日 上一期 下一期\n本版面文章\n· 治水经验谈\n· 老街的新生\n\n治水经验谈\n"
        "( 2021-11-11 ) 稿件来源: 某某日报\n江水东流,两岸的人们世代筑堤。\n"
    )
    (known,) = tables.merge([tables.collect("a", text)]).contents
    assert known == Contents("a", ("治水经验谈", "老街的新生"), "2021-11-11", "某某日报")


def test_the_hash_of_a_line_of_prose_tells_every_character_and_no_place() -> None:
    line = "市人民政府新闻办公室今天举行发布会，介绍今年以来重点工作的推进情况，并答记者问。"
    codes = {
        tables.collect("", f"{before}\n{line}{after}").body
        for before in ("", "短", "长" * 99)
        for after in ("", "\n尾")
    }
    others = {
        tables.collect("", line[:n] + "变" + line[n + 1 :] + "。").body for n in range(len(line))
    }
    assert len(codes) == 1
    assert len(others | codes) == len(line) + 1
