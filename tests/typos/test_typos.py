"""The cheap checks for typos: doubled text, unbalanced marks, broken series."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.config import Config
from repair.model import Context, StageResult
from repair.typos import stage

SEEDS = Path(__file__).parents[2] / "seeds"


def _run(text: str, typos: str = "cheap") -> StageResult:
    return stage(text, Context(Config(typos=typos)))


def _found(text: str) -> list[tuple[str, str, str]]:
    return [(f.rule, f.before, f.after) for f in _run(text).findings]


def _seed(number: str) -> str:
    return next(SEEDS.glob(f"{number}_*")).read_text(encoding="utf-8")


def test_seed_004() -> None:
    assert _found(_seed("004")) == [
        ("TYP006", "一", "—"),
        ("TYP001", "仰仰", "仰"),
        ("TYP002", "司法司法", "司法"),
        ("TYP003", "”春到上塘”", "“春到上塘”"),
        ("TYP001", "犬犬", "犬"),
    ]


def test_seed_000() -> None:  # 参与与合力 is 参与聚合力 in 003
    assert [(f.rule, f.before) for f in _run(_seed("000")).findings] == [
        ("TYP001", "与与"),
        ("TYP003", "”"),
    ]


@pytest.mark.parametrize("number", ["002", "003"])
def test_sound_seeds(number: str) -> None:
    assert _run(_seed(number)) == StageResult()


def test_another_reading_of_a_doubled_character_is_offered() -> None:
    finding = next(f for f in _run(_seed("004")).findings if f.before == "犬犬")
    assert "犬只" in [c.text for c in finding.candidates]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("会议强调要全面推进依依法治国各项工作", ("TYP001", "依依", "依")),
        ("提高人民群众的获得感感和幸福感", ("TYP001", "感感", "感")),
        ("会议研究部署部署下一阶段重点工作任务", ("TYP002", "部署部署", "部署")),
        ("根据《中华人民共和国宪法第三条的规定，国家机构实行民主集中制。", ("TYP004", "《", "《")),
        ("有关部门）应当依法履行职责，做好工作。", ("TYP004", "）", "）")),
        ("他说：“要把群众放在心上。\n会议就此结束了。", ("TYP003", "“", "“")),
        ("要坚持问题导向”，解决突出问题。", ("TYP003", "”", "”")),
        ("（一）甲\n（二）乙\n（三）丙\n（五）戊", ("TYP005", "五", "五")),
        ("按照“登记一受理—审查—决定—送达”流程办理", ("TYP006", "一", "—")),
    ],
)
def test_finding(text: str, finding: tuple[str, str, str]) -> None:
    assert finding in _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "人人有责，天天向上，家家户户都高高兴兴地过年，姗姗来迟的春天",
        "全校学习习近平同志的重要讲话，推进人民民主建设",
        "以盈利为目的的商业活动；中国国家主席；企业业务；大会会议",
        "附带民事公益诉讼诉讼请求得到支持，公益诉讼诉讼程序启动",
        "研究研究再决定，讨论讨论看看，一个一个地解决，很多很多的人",
        "软软韧韧的年糕，一串串葡萄，红红的太阳，静静地流淌",
        "“第一段的引文。\n“第二段的引文。\n“第三段结束。”他说。",
        "引文“从这里开始，\n到这里结束”才算完。",
        "1）加强领导；2）落实责任；（三）做好保障。\na) 甲项\nb) 乙项",
        "‘四个意识’和“两个维护”，It’s OK，rock ’n’ roll 乐队 ;-) 开场",
        "一、甲\n二、乙\n一、丙\n二、丁\n三、戊",
        "1. 甲\n2. 乙\n5. 丙\n9. 丁",
        "北京—天津—唐山一线；一带一路—海上—陆上",
        "a ((lisp) english text “with odd quotes",
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    assert _run(text) == StageResult()


def test_off_does_nothing() -> None:
    assert _run(_seed("004"), "off") == StageResult()


def test_the_model_finds_misreadings() -> None:
    text = (
        "各乡镇要把粮食安全放在首位,落实最严格的耕地保护制度，扎实推进"
        "农村基层治理建役各项工作;不断提高乡镇居民的收入水平、幸副感和安全感。"
    )
    found = {(f.before, f.after) for f in _run(text, "model").findings if f.rule == "TYP010"}
    assert found == {("役", "设"), ("副", "福")}


def test_the_model_reads_over_the_end_of_a_line() -> None:
    broken = "全面贯彻落实党的二十大精神，扎实推进中国式现代化建\n役各项工作;不断提高人民生活水平"
    found = [f for f in _run(broken, "model").findings if f.rule == "TYP010"]
    assert [(f.before, f.after, broken[f.start]) for f in found] == [("役", "设", "役")]


@pytest.mark.parametrize("number", ["002", "003"])
def test_the_model_asks_little_in_sound_seeds(number: str) -> None:
    assert len(_run(_seed(number), "model").findings) <= 2


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("国法司信仰“”‘’（）()《》一二、—发现筛选上报 a1\n"), max_size=40))
def test_findings_fit_and_lie_apart(text: str) -> None:
    said = _run(text)
    assert not said.edits
    taken: set[int] = set()
    for finding in said.findings:
        assert text[finding.start : finding.end] == finding.before
        span = set(range(finding.start, finding.end))
        assert span and not span & taken
        taken |= span
