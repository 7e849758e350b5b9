"""`needs`: where it says no, the stage says nothing; where yes, what it keeps is the stage's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_residue_gate import EXAMPLES, TEXTS

from repair import residue, scan
from repair.config import Config
from repair.model import Context, Mark, StageResult, Tables
from repair.residue.tables import mask

PLAIN = Context(Config())
MANY = st.lists(st.one_of(TEXTS, st.sampled_from(EXAMPLES)), min_size=1, max_size=6)


def check(texts: list[str], context: Context) -> None:
    needed = residue.needs(scan.join(texts), context).tolist()
    together = [
        residue.stage(text, context) if needs else None
        for text, needs in zip(texts, needed, strict=True)
    ]
    residue._seen.clear()
    for text, said in zip(texts, together, strict=True):
        assert residue.stage(text, context) == (said or StageResult()), text


@settings(max_examples=80, deadline=None)
@given(MANY)
def test_no_is_a_promise(texts: list[str]) -> None:
    check(texts, PLAIN)


@settings(max_examples=60, deadline=None)
@given(MANY, st.data())
def test_no_is_a_promise_with_template_lines(texts: list[str], data: st.DataObject) -> None:
    lines = [mask(line) for text in texts for line in text.split("\n") if line.strip()]
    known = frozenset(data.draw(st.lists(st.sampled_from(lines), max_size=3)) if lines else [])
    check(texts, Context(Config(), Tables(templates=known)))


def test_examples_and_traps() -> None:
    for at in range(0, len(EXAMPLES), 40):
        check(EXAMPLES[at : at + 40], PLAIN)


def test_prose_needs_nothing() -> None:
    prose = "会议听取了各代表团的审议意见，决定将修改后的草案提请表决，并安排了下一步工作。\n"
    assert not residue.needs(scan.join([prose * 40, prose, "", "plain English\n"]), PLAIN).any()


def test_a_line_of_facts_needs_the_stage() -> None:
    text = "老街的新生\n来源：某某日报　责任编辑：张三\n江水东流，两岸的人们世代筑堤。\n"
    assert residue.needs(scan.join(["江水东流。", text]), PLAIN).tolist() == [False, True]
    assert Mark(9, 13, "source", "某某日报") in residue.stage(text, PLAIN).marks


@pytest.mark.parametrize("end", ["，", "、", "：", "」", ""])
def test_what_its_place_makes_spam_is_seen_whatever_it_ends_with(end: str) -> None:
    prose = "江水东流，两岸的人们世代筑堤，把这里的故事一代又一代讲了下来。\n"
    words = ["祖传", "网上", "当日放款", "信用卡", "导航", "老品牌", "内幕", "高清", "免费漫画"]
    line = "、".join(words * 2) + end
    said = residue.stage(prose * 2 + line, PLAIN)
    assert [e.start for e in (*said.edits, *said.findings)] == [2 * len(prose)]
