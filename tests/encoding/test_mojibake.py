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


def test_what_the_charset_lacks_is_proposed() -> None:
    """碁 is not in GB 2312, so that it is likelier to be lost than its frequency says."""
    (finding,) = run("台湾的宏\ufffd电脑公司").findings
    assert "碁" in [candidate.text for candidate in finding.candidates]


def test_every_line_of_a_damaged_text_is_tried() -> None:
    """Rare characters in a row over several lines, each line damaged in a way of its own."""
    lines = ["关于召开年度总结会议的通知", "氣象局發布大雨特報", "图书馆周末延长开放时间"]
    damaged = [
        lines[0].encode("gbk").decode("latin-1"),
        lines[1].encode("big5").decode("gb18030"),
        lines[2].encode().decode("cp1252", "ignore"),
    ]
    assert fixed("\n".join(damaged), "guess") == "\n".join(lines)


def test_utf16_in_the_wrong_order() -> None:
    """Where a pair of bytes was no character the place is marked and asked about."""
    text = "图书馆周末开放时间"
    assert fixed(text.encode("utf-16-le").decode("utf-16-be")) == text
    said = run("蜂蜜和采蘑菇".encode("utf-16-le").decode("utf-16-be", "replace"))
    assert all("□" not in e.after or said.findings for e in said.edits)
