"""The statistical second look: it asks about whole lines and never edits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.config import Config
from repair.model import Context, Finding
from repair.residue import likely, stage

BEFORE = "会议听取了代表团的审议意见,决定将修改后的草案提请全体会议表决,并安排了下一步工作。\n"
AFTER = "\n江水东流,两岸的人们世代筑堤,留下了许多治水的故事。\n"
MENUS = [
    "拼车信息 宠物寄养 家政保洁 搬家货运",
    "馆藏查询 馆际互借 座位预约 电子资源",
    "赛程 积分榜 射手榜 转会 图集 直播",
    "車站資訊 時刻表 票價查詢 失物招領 無障礙設施",
]
HEADINGS = [
    "第三章 水源地的保护",
    "深入推进乡村全面振兴",
    "一、加强组织领导",
    "春种一粒粟，秋收万颗子",
    "山村小学的一堂音乐课",
    "关于修建北河大桥的决定",
    "王小明 李大年 赵春生 孙立",
    "修正「河川管理辦法」部分條文",
    "雪",
]


def asked(text: str) -> list[Finding]:
    return [f for f in stage(text, Context(Config())).findings if f.rule == likely.RULE]


@pytest.mark.parametrize("line", MENUS)
def test_a_menu_that_no_list_knows_is_asked_about(line: str) -> None:
    (found,) = asked(BEFORE + line + AFTER)
    assert (found.before, found.after) == (line + "\n", "")
    assert found.evidence.startswith("looks like a menu: ")
    assert 0 < found.confidence < 1


@pytest.mark.parametrize("line", HEADINGS)
def test_a_heading_is_not_asked_about(line: str) -> None:
    assert not asked(BEFORE + line + AFTER)


def test_a_line_of_metadata_is_not_asked_about() -> None:
    assert not asked("来源：平原日报 作者：李大年\n" + AFTER)


def test_digits_apart_equal_lines_are_one_decision() -> None:
    page = BEFORE + "赛程 积分榜 射手榜 第12轮" + AFTER + "赛程 积分榜 射手榜 第13轮" + AFTER
    assert len({f.pattern for f in asked(page)}) == 1


@pytest.mark.parametrize("line", MENUS + HEADINGS)
def test_a_line_scores_alike_alone_and_among_others(line: str) -> None:
    together = likely.scored(*likely.features([*MENUS, line, *HEADINGS]))
    assert together[len(MENUS)] == pytest.approx(likely.scored(*likely.features([line]))[0])


def test_only_lines_that_cannot_score_enough_are_passed_over() -> None:
    units, starts = likely.features([*MENUS, *HEADINGS])
    every = likely.scored(units, starts)
    for wanted in (*every.tolist(), likely.BESIDE):
        some = likely.scored(units, starts, None, wanted + 1e-6)
        assert (some[every < wanted] < wanted + 1e-6).all()
        enough = every >= wanted + 1e-6
        assert some[enough] == pytest.approx(every[enough])


@given(st.lists(st.sampled_from([*MENUS, *HEADINGS, "", "首页 | 更多", AFTER.strip()])))
@settings(max_examples=150, deadline=None)
def test_it_never_edits_and_asks_about_whole_lines(lines: list[str]) -> None:
    text = BEFORE + "\n".join(lines)
    said = stage(text, Context(Config()))
    assert likely.RULE not in {edit.rule for edit in said.edits}
    for found in asked(text):
        assert found.start == 0 or text[found.start - 1] == "\n"
        assert found.end == len(text) or text[found.end - 1] == "\n"
        assert found.after == ""
