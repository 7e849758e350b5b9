"""Spam and novel sites' calls in paragraphs that stay; sound paragraphs about such things.

All of `inserts.jsonl` is written for this test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.config import Config
from repair.model import Context, StageResult
from repair.residue import stage

BEFORE = "会议听取了代表团的审议意见,决定将修改后的草案提请全体会议表决,并安排了下一步工作。\n"
AFTER = "\n江水东流,两岸的人们世代筑堤,留下了许多治水的故事。\n"
ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "inserts.jsonl").read_text("utf-8").splitlines()
]
SENTENCES = [row["insert"] or row["line"] for row in ROWS]


def said_of(text: str) -> StageResult:
    return stage(text, Context(Config()))


def fixed(text: str) -> str:
    for edit in reversed(said_of(text).edits):
        text = text[: edit.start] + edit.after + text[edit.end :]
    return text


def _case(row: dict[str, str]) -> Any:
    """What is known to fail has the reason beside it."""
    why = row.get("known")
    marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
    return pytest.param(row, marks=marks, id=row["line"][:24])


@pytest.mark.parametrize("row", [_case(row) for row in ROWS])
def test_insert(row: dict[str, str]) -> None:
    said = said_of(BEFORE + row["line"] + AFTER)
    if row["expected"] == "removed":
        assert [edit.before for edit in said.edits] == [row["insert"]]
        return
    assert not said.edits
    if row["expected"] == "asked":
        assert [finding.before for finding in said.findings] == [row["insert"]]
    if row["expected"] == "kept":
        assert not said.findings


def test_a_report_beside_the_sentence_makes_it_a_question() -> None:
    spam = "办证刻章加微信bz60221，联系电话13900139000。"
    said = said_of(f"渡口旧时有一株古槐。{spam}警方已将两人抓获。\n{BEFORE}")
    assert not said.edits
    assert [finding.before for finding in said.findings] == [spam]


def test_the_indent_of_a_paragraph_stays() -> None:
    text = "　　办证刻章加微信bz60221，联系电话13900139000。渡口旧时有一株古槐。\n"
    assert fixed(text) == "　　渡口旧时有一株古槐。\n"


def test_a_word_of_the_trade_ends_where_a_latin_word_ends() -> None:
    assert not said_of(f"{BEFORE}参加VIP活动的客户可享受折扣，微信里有说明。{AFTER}").findings


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SENTENCES), st.sampled_from(["", "。", "“", "\n"])), max_size=6
    )
)
def test_a_second_pass_finds_nothing_new(parts: list[tuple[str, str]]) -> None:
    once = fixed(BEFORE + "".join(map("".join, parts)) + AFTER)
    assert fixed(once) == once
