"""The characters stage: cases, findings, negatives, the seeds, and its laws."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits
from repair.characters import stage
from repair.config import Config
from repair.model import Context, StageResult

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
FULL = Config(punctuation="fullwidth")


def _rows(name: str) -> list[Any]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(row, id=row["label"]) for row in map(json.loads, lines)]


def _run(text: str, config: Config | None = None) -> StageResult:
    return stage(text, Context(config or Config()))


def _fixed(text: str, config: Config | None = None) -> str:
    return edits.apply(text, _run(text, config).edits)


def _seed(number: str) -> str:
    return next(SEEDS.glob(f"{number}_*")).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", _rows("cases.jsonl"))
def test_text(case: dict[str, str]) -> None:
    assert _fixed(case["original"]) == case["expected"]


@pytest.mark.parametrize("case", _rows("findings.jsonl"))
def test_finding(case: dict[str, str]) -> None:
    found = [(f.rule, f.before, f.after) for f in _run(case["text"]).findings]
    assert (case["rule"], case["finds"], case["proposes"]) in found


@pytest.mark.parametrize("case", _rows("negatives.jsonl"))
def test_sound_text_is_left_alone(case: dict[str, str]) -> None:
    assert _run(case["text"]) == StageResult()


def test_seed_001_groups_its_conversion_errors() -> None:
    patterns = Counter(
        f"{f.before}→{f.after}" for f in _run(_seed("001")).findings if f.rule == "CHR050"
    )
    assert patterns["關于→關於"] == 5
    assert patterns["規范→規範"] == 13
    for pattern in ("批準→批准", "干部→幹部", "自愿→自願", "范圍→範圍", "示范→示範", "最后→最後"):
        assert patterns[pattern]


def test_seed_004_has_three_traditional_characters() -> None:
    found = [f.pattern for f in _run(_seed("004")).findings]
    assert found == ["疏導端→疏导端", "疏導端→疏导端", "疏導→疏导"]


@pytest.mark.parametrize("number", ["000", "002", "003"])
def test_other_seeds_are_left_alone(number: str) -> None:
    assert _run(_seed(number)) == StageResult()


def test_punctuation_is_kept_by_default() -> None:
    assert _fixed("近年来,滁州市(安徽)坚持") == "近年来,滁州市(安徽)坚持"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("金额1,000元,比例3:1,时间9:30", "金额1,000元，比例3:1，时间9:30"),
        ("详见https://a.cn/x?a=1,b;c(中文)", "详见https://a.cn/x?a=1,b;c(中文)"),
        ("北京(Beijing)是首都", "北京（Beijing）是首都"),
        ("调用foo(a,b)函数,返回", "调用foo(a,b)函数，返回"),
        ("正则(?:a|b)匹配", "正则(?:a|b)匹配"),
        ("姓名,年龄,住址\n张三,十二,北京", "姓名,年龄,住址\n张三,十二,北京"),
        ('{"键":"值","甲":[1,2]}', '{"键":"值","甲":[1,2]}'),
        ("1)加强领导;2)落实(三)", "1)加强领导；2)落实（三）"),
        ("宏?开展合作", "宏?开展合作"),
        ("时间 : 2022-03-02 09:42:36", "时间 : 2022-03-02 09:42:36"),
        ("Hello, world! (test)", "Hello, world! (test)"),
        ("这是、トラックの、テスト(test),です", "这是、トラックの、テスト(test),です"),
    ],
)
def test_fullwidth(text: str, expected: str) -> None:
    assert _fixed(text, FULL) == expected


def test_fullwidth_leaves_no_mark_in_seed_004() -> None:
    assert not set(_fixed(_seed("004"), FULL)) & set(",()")


ALPHABET = (
    "中国关于關於批準准干部⼩小⽣\uf97e量､︵\ue000\u200b\u200d\ufeff\x00\x1a\u202e"
    ",():?!a1 、\nのאไ👨\ufe0f"
)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=30), st.sampled_from([Config(), FULL]))
def test_a_second_run_changes_nothing(text: str, config: Config) -> None:
    once = _fixed(text, config)
    assert _fixed(once, config) == once


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=30), st.sampled_from([Config(), FULL]))
def test_edits_and_findings_fit(text: str, config: Config) -> None:
    said = _run(text, config)
    taken: set[int] = set()
    for item in (*said.edits, *said.findings):
        assert text[item.start : item.end] == item.before
        span = set(range(item.start, item.end))
        assert span and not span & taken
        taken |= span


@given(st.text(st.characters(codec="ascii")))
def test_ascii_passes(text: str) -> None:
    assert _run(text, FULL) == StageResult()
