"""Text read with the wrong codec: made by the mechanism, undone by the stage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repair import edits
from repair.config import Config
from repair.encoding import stage
from repair.model import Context, StageResult

HERE = Path(__file__).parent
CASES = [json.loads(line) for line in (HERE / "mojibake.jsonl").read_text("utf-8").splitlines()]


def run(text: str, unsure: str = "mark") -> StageResult:
    return stage(text, Context(Config(unsure=unsure)))


def fixed(text: str, unsure: str = "mark") -> str:
    return edits.apply(text, run(text, unsure).edits)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_lossless_class_is_undone(case: dict[str, str]) -> None:
    damaged = case["text"].encode(case["hidden"]).decode(case["seen"])
    assert fixed(f"// {damaged}\nint x = 1;\n") == f"// {case['text']}\nint x = 1;\n"


def test_lossy_class_gives_back_what_is_there() -> None:
    """Read as GBK, the last byte of an odd line has no partner and becomes `?`."""
    damaged = "程序启动时读取配置文件".encode().decode("gbk", "replace").replace("\ufffd", "?")
    assert "?" in damaged
    assert "程序启动时读取配置文" in fixed(f"{damaged}\n", "guess")


def test_misread_twice() -> None:
    twice = "系统设置".encode().decode("latin-1").encode().decode("latin-1")
    assert fixed(twice) == "系统设置"


def test_sound_lines_beside_damage_stay() -> None:
    text = "第一行没有问题。\n// 鐢ㄦ埛鍚嶇О\n第三行也没有问题。\n"
    assert fixed(text) == "第一行没有问题。\n// 用户名称\n第三行也没有问题。\n"


def test_what_nobody_can_undo_is_flagged() -> None:
    said = run("标题：锟斤拷锟斤拷，正文在此。")
    assert [(f.before, f.rule) for f in said.findings] == [("锟斤拷锟斤拷", "ENC003")]
    assert said.edits == ()


def test_lost_character_has_candidates() -> None:
    finding = run("中华人民共和\ufffd成立了。").findings[0]
    assert finding.rule == "ENC002"
    assert finding.after == "国"
