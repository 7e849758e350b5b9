"""Lost units: dates, article numbers and counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits
from repair.encoding.units import find
from repair.model import StageResult

SEEDS = Path(__file__).parents[2] / "seeds"


def _fixed(text: str) -> str:
    return edits.apply(text, find(text).edits)


def _asked(text: str) -> dict[str, list[str]]:
    return {f.before: [c.text for c in f.candidates] for f in find(text).findings}


@pytest.mark.parametrize(
    ("damaged", "restored"),
    [
        ("截至20209月", "截至2020年9月"),
        ("截至202012月底", "截至2020年12月底"),
        ("自20207月1日起", "自2020年7月1日起"),
        ("自201971日至20301231日", "自2019年7月1日至2030年12月31日"),
        ("2019年9月至20209月，", "2019年9月至2020年9月，"),
        ("2020年2月-20209月", "2020年2月-2020年9月"),
        ("于2024年1231日闭幕", "于2024年12月31日闭幕"),
        ("于2024229日闭幕", "于2024年2月29日闭幕"),
        ("二〇一九七月一日", "二〇一九年七月一日"),
        ("一九四九十月一日", "一九四九年十月一日"),
        ("二○一九年七一日", "二○一九年七月一日"),
        ("中華民國1099月施行", "中華民國109年9月施行"),
        ("依照《刑法》第二百三十六第三款", "依照《刑法》第二百三十六条第三款"),
        ("本法第三十条第二第一项", "本法第三十条第二款第一项"),
        ("第一条 总则\n第二 适用\n第三条 附则", "第一条 总则\n第二条 适用\n第三条 附则"),
    ],
)
def test_one_valid_reading_is_applied(damaged: str, restored: str) -> None:
    assert _fixed(damaged) == restored


@pytest.mark.parametrize(
    ("text", "number", "candidates"),
    [
        ("2019111日印发", "2019111日", ["2019年1月11日", "2019年11月1日"]),
        ("2019121日印发", "2019121日", ["2019年1月21日", "2019年12月1日"]),
        ("2020年120日召开", "2020年120日", ["2020年1月20日"]),
        ("截止20190301日", "20190301日", ["2019年03月01日"]),
        ("9月1日1530分", "9月1日1530分", ["9月1日15时30分"]),
        (
            "20209月以来，批准逮捕1720人",
            "1720人",
            ["17件20人"],
        ),
        (
            "批准逮捕12起15人，提起公诉30起41人，移送131141人",
            "131141人",
            ["131起141人", "13起1141人"],
        ),
    ],
)
def test_several_readings_are_asked_about(text: str, number: str, candidates: list[str]) -> None:
    assert _asked(text)[number][: len(candidates)] == candidates


@pytest.mark.parametrize(
    "text",
    [
        "2020年9月19日、2019年7月1日至2030年12月31日",
        "自公告之日起180日内，最长不超过1000日",
        "罚款20301231日元",
        "国发201912号文件",
        "请于公告日起35日内提出",
        "轉1406分機，總分200分",
        "12306号列车20时30分到达",
        "编号A20209月度报表",
        "2019年13月、2019年2月30日",
        "批准逮捕1720人，审查起诉1311人",
        "本法第一第二款",
        "排名全省第二第一季度增长",
        "第一章　总则\n第二节　适用",
        "一九一二月",
        "English text of 20209 months",
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    assert find(text) == StageResult()


def test_impossible_dates_are_left_alone() -> None:
    assert find("20191301日、2019年230日、2023229日") == StageResult()


def test_seed_001() -> None:
    text = next(SEEDS.glob("001_*")).read_text(encoding="utf-8")
    said = find(text)
    assert [(e.before, e.after) for e in said.edits] == [
        ("20209月", "2020年9月"),
        ("201971日", "2019年7月1日"),
        ("20301231日", "2030年12月31日"),
        ("20207月", "2020年7月"),
    ]
    assert [(f.before, f.after) for f in said.findings] == [
        ("1720人", "17件20人"),
        ("131141人", "131件141人"),
    ]


@pytest.mark.parametrize("number", ["000", "002", "003", "004"])
def test_other_seeds_are_left_alone(number: str) -> None:
    text = next(SEEDS.glob(f"{number}_*")).read_text(encoding="utf-8")
    assert find(text) == StageResult()


@given(st.dates())
@settings(deadline=None)
def test_a_whole_date_is_never_touched(day: object) -> None:
    y, m, d = str(day).split("-")
    text = f"于{int(y)}年{int(m)}月{int(d)}日，{y}年{m}月{d}日"
    assert find(text) == StageResult()


@given(st.integers(1900, 2099), st.integers(1, 12), st.integers(1, 28))
@settings(deadline=None)
def test_a_lost_unit_is_restored_or_asked(year: int, month: int, day: int) -> None:
    whole = f"{year}年{month}月{day}日"
    for damaged in (f"{year}{month}月{day}日", f"{year}{month}{day}日"):
        said = find(damaged)
        readings = [e.after for e in said.edits] + [
            c.text for f in said.findings for c in f.candidates
        ]
        assert whole in readings
        assert len(said.edits) + len(said.findings) == 1


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789年月日分第一二十条款项規定人件逮捕 \n"), max_size=30))
def test_a_second_run_changes_nothing(text: str) -> None:
    once = _fixed(text)
    assert _fixed(once) == once
