"""What a document names as its attachments."""

from __future__ import annotations

import pytest

from repair import fix
from repair.records import article_records
from repair.residue import hints
from repair.residue.attachments import find


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("附件：1.申请表 2.推荐名单", ["申请表", "推荐名单"]),
        ("附件：1．申请表\n　　　2．推荐名单\n　　　3．样式", ["申请表", "推荐名单", "样式"]),
        ("附件：\n1. 申请表.docx\n2. 名单.xlsx\n\n平原县教育局", ["申请表.docx", "名单.xlsx"]),
        ("附件：平原县养老服务规划", ["平原县养老服务规划"]),
        ("附件1：报名登记表.docx（18KB）", ["报名登记表.docx"]),
        ("附檔：名冊.pdf", ["名冊.pdf"]),
        ("附：参会回执", ["参会回执"]),
        ("附1：参会回执", ["参会回执"]),
        ("附 2：\n1. 回执", ["回执"]),
        ("实施方案.pdf（共3页）", ["实施方案.pdf"]),
        ("附件：1.申请表\n1.第二项工作要求如下", ["申请表"]),
        ("附件：1.申请表\n正文继续。\n2.名单", ["申请表"]),
        ("附件所列产品应当召回。", []),
        ("附件：以下各项应当由申请人填写。本表一式三份；不得涂改。", []),
        ("版本号是2.0.txt格式说明", []),
        ("一、总则\n二、附则", []),
    ],
)  # fmt: skip
def test_names(text: str, names: list[str]) -> None:
    lines = hints.split(text)
    marks = find(lines, range(len(lines)))
    assert find(lines, lines.touched) == marks
    assert [mark.value for mark in marks] == names
    assert all(text[mark.start : mark.end] == mark.value for mark in marks)


def test_they_stand_in_the_articles_record_and_in_the_text() -> None:
    text = (
        "平原县关于申报养老服务项目的通知\n来源：平原县民政局　时间：2021-06-18\n"
        "各乡镇人民政府，县政府各部门要按照要求，认真组织申报工作，并于月底以前报送材料。\n"
        "附件：1.申报表 2.汇总表\n"
    )
    said = fix(text)
    (record,) = article_records(said.document, said.articles, said.edits)
    assert record["attachments"] == ["申报表", "汇总表"]
    assert "附件：1.申报表 2.汇总表" in said.text
