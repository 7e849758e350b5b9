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


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("桥面结构[编辑]", "桥面结构"),
        ("傳說 [編輯 | 編輯原始碼]", "傳說"),
        ("三条黑影直奔她的面门！（本章未完，请点击下一页继续阅读）", "三条黑影直奔她的面门！"),
    ],
)
def test_a_link_behind_a_line_that_stays(line: str, left: str) -> None:
    said = between(line)
    (edit,) = said.edits
    assert line + "\n" == left + edit.before + "\n"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("中華民國三十六年七月十五日　星期二", "1947-07-15"),
        ("發布日期：民國112年5月3日", "2023-05-03"),
        ("民國一百零二年十二月三十一日", "2013-12-31"),
        ("29/6/2020 07:30 AM", "2020-06-29"),
    ],
)
def test_days_of_other_calendars(text: str, day: str) -> None:
    marks = facts(BEFORE + text + AFTER)
    assert [m.value for m in marks if m.kind == "date"] == [day]


def test_the_running_heads_beside_page_numbers_go_but_for_the_first() -> None:
    head = "近代造船史话\n"
    text = f"— 17 —\n{head}{BEFORE}{head}— 18 —\n{BEFORE}{head}— 19 —\n"
    said = stage(text, Context(Config()))
    gone = [e.start for e in said.edits if e.before == head]
    assert gone == [text.index(head, 20), text.rindex(head)]


def test_metadata_and_furniture_end_a_list_of_contents() -> None:
    text = (
        "江水东流,世代筑堤。\n本版新闻\n老街的新生\n治水经验谈\n版权所有 翻印必究\n热线：88996633\n"
    )
    assert [m.value for m in facts(text) if m.kind == "contents"] == ["老街的新生", "治水经验谈"]


def test_the_rows_of_a_table_are_not_asked_about() -> None:
    rows = "用料\n五花肉 500克\n生姜 3片\n大葱 1段\n冰糖 30克\n盐 适量\n"
    assert not stage(BEFORE + rows + AFTER, Context(Config())).findings
    links = (
        "老街的新生 2021-03-05\n治水经验谈 2021-03-06\n春耕时节 2021-03-07\n山村学校 2021-03-08\n"
    )
    assert stage(BEFORE + links + AFTER, Context(Config())).findings


def test_a_house_and_its_writer_between_title_and_text() -> None:
    text = "老街的新生\n云岭师范学院 王大年\n" + BEFORE
    said = {m.kind: m.value for m in facts(text)}
    assert said == {
        "byline": "王大年 云岭师范学院", "author": "王大年", "office": "云岭师范学院",
    }  # fmt: skip
    assert not facts("参会名单\n云岭师范学院 王大年\n云岭第一中学 李小年\n")


MANUAL = """个人资料
在页面上方可以修改昵称和邮箱。
点击右上角头像，进入个人中心。
上传文件
单击按钮，在对话框中选择文件即可。
操作成功
点击菜单中的链接可以返回。
"""


def test_a_sites_words_are_headings_in_a_text_about_software() -> None:
    said = stage(MANUAL, Context(Config()))
    assert not said.edits
    assert "上传文件\n" in [f.before for f in said.findings]
    prose = BEFORE + "上传文件" + AFTER  # where nothing is about software it is a button
    assert [e.before for e in stage(prose, Context(Config())).edits] == ["上传文件\n"]


def test_a_markdown_table_is_not_asked_about() -> None:
    table = "| 参数 | 类型 | 说明 |\n| --- | --- | --- |\n| 进程 | 整数 | 并行数目 |\n"
    assert not stage(BEFORE + table + AFTER, Context(Config())).findings
