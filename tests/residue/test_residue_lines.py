"""Single lines between two paragraphs of prose, as users meet them.

`lines.jsonl` holds residue and what becomes of it, `negatives.jsonl` sound lines that share
its words and must stay without an edit. All of them are written for this test.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repair.config import Config
from repair.model import Context, StageResult
from repair.residue import facts, stage

HERE = Path(__file__).parent
BEFORE = "会议听取了代表团的审议意见,决定将修改后的草案提请全体会议表决,并安排了下一步工作。\n"
AFTER = "\n江水东流,两岸的人们世代筑堤,留下了许多治水的故事。\n"


def rows(name: str) -> list[dict[str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def between(line: str) -> StageResult:
    return stage(BEFORE + line + AFTER, Context(Config()))


@pytest.mark.parametrize("row", rows("lines.jsonl"), ids=lambda row: row["line"][:24])
def test_residue(row: dict[str, str]) -> None:
    said = between(row["line"])
    if row["expected"] == "removed":
        assert [e.before for e in said.edits] == [row["line"] + "\n"]
    else:
        assert not said.edits
        assert [f.before.strip() for f in said.findings] == [row["line"]]


@pytest.mark.parametrize("row", rows("negatives.jsonl"), ids=lambda row: row["line"][:24])
def test_sound_line(row: dict[str, str]) -> None:
    said = between(row["line"])
    assert not said.edits
    assert not said.findings


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("责任编辑：李大年", [("editor", "李大年")]),
        ("（编辑 李大年）", []),
        ("记者 李大年 通讯员 王二", [("author", "李大年 王二"), ("byline", None)]),
        (
            "来源：某某日报 作者：李大年 时间：2021年3月5日 08:30",
            [
                ("source", "某某日报"),
                ("author", "李大年"),
                ("byline", "李大年"),
                ("date", "2021-03-05"),
                ("time", "08:30"),
            ],
        ),
        ("發布日期：2020/11/05", [("date", "2020-11-05")]),
        ("发布日期：2019-13-03", []),
        ("附件1：报名登记表.docx", [("attachment", "报名登记表.docx")]),
        ("2003-7-24 某某晚报", [("date", "2003-07-24"), ("source", "某某晚报")]),
        ("记者：你平时也关注农业政策,所以是专家了。", []),
        ("时间：5月3日上午9点", []),
    ],
)
def test_facts_of_a_line(line: str, marks: list[tuple[str, str | None]]) -> None:
    said = between(line)
    have = {(m.kind, m.value) for m in said.marks}
    want = {(kind, value if value is not None else line) for kind, value in marks}
    assert have == want
    assert not said.edits


@pytest.mark.parametrize(
    ("text", "facts_"),
    [
        ("本报记者 周志勇 通讯员 李红梅", {"author": "周志勇 李红梅"}),
        ("□ 钱文博", {"byline": "□ 钱文博", "author": "钱文博"}),
        ("□ 孙立 李红梅", {"author": "孙立 李红梅"}),
        ("□ 文化", {}),
        ("□关注民生", {}),
        ("A03 民生新闻 2022年3月2日 星期三", {"date": "2022-03-02"}),
    ],
)
def test_names_and_days_of_a_paper(text: str, facts_: dict[str, str]) -> None:
    said = {mark.kind: mark.value for mark in facts(text + "\n江水东流，两岸筑堤。\n")}
    assert facts_.items() <= said.items()
    assert facts_ or not said
