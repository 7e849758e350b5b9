"""What a break's two sides say, one kind of evidence at a time."""

from __future__ import annotations

import re

import jieba
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from layout_cases import applied, run, seed

from repair.layout import breaks, evidence, paragraphs, wraps
from repair.layout.reading import read


def marks(above: str, below: str) -> set[str]:
    told = evidence.seams(breaks.between(above, below)).marks[0]
    return {mark for mark, said in zip(evidence.MARKS, told, strict=True) if said}


ABOVE = "全市检察机关坚持以人民为中心的发展思想,扎实推进各项工作。今年以来,共办理案件三百余件,"


@pytest.mark.parametrize(
    ("mark", "above", "below"),
    [
        ("comma", "共办理案件三百余件,", "同比上升一成。"),
        ("stump", "扎实推进各项工作,方式", "转变明显。"),
        ("rest", "努力形成社会治理", "合力。去年以来,"),
        ("open", "会同五家单位(包括市财政局", "等)建立机制。"),
        ("closes", "会同五家单位包括市财政局", "等)建立机制。"),
        ("closing", "会同市财政局", "、市水务局建立机制。"),
        ("number", "涉及土地12", "万平方米。"),
        ("bound", "积极推进生态环境的", "保护工作。"),
        ("again", "国际奥委会公布日程", "国际奥委会今天宣布。"),
    ],
)
def test_a_mark_is_seen_where_it_stands(mark: str, above: str, below: str) -> None:
    assert mark in marks(above, below)


@pytest.mark.parametrize(
    ("mark", "above", "below"),
    [
        ("comma", "扎实推进各项工作。", "同比上升一成。"),
        ("stump", "坚持公正司法,全力维护社会和谐稳定", "近年来,"),
        ("open", "毛主席特别提醒我们：“", "在拿枪的敌人被消灭以后"),
        ("open", "民族才能好。 ”", "总书记重访兰考时"),
        ("closes", "会同五家单位", "等(包括市财政局)建立机制。"),
        ("number", "修正第二条及第五条之5", "6.中华民国九十五年"),
    ],
)
def test_a_mark_is_not_seen_where_it_is_none(mark: str, above: str, below: str) -> None:
    assert mark not in marks(above, below)


# The marks that a pattern defines, with the characters above and below joined by a break.
DEFINED = {
    "comma": r"[，、,][”’」』]?\n",
    "stump": r"[，,][^，、,。；;\n]{1,3}\n",
    "rest": r"\n[^，、,。！？!?；;：:“”《》\n]{1,4}。",
    "closing": r"\n[，、。；：！？）】》」』”’％%…·～,)\]]",
    "number": r"\d\n(?:(?!\d{1,3}[.、．)）](?!\d))[\d.%％]|[年月日时時分万萬亿億個个元人])",
    "bound": r"[的和與与及或在对對把被將将是为為以从從向使由于於并並而且不]\n",
}
SIDES = st.text(
    st.sampled_from("的及，,、。；”“》《（）()「」.1２𝟙年个国家人民法院abc Ａ□😀"),
    min_size=1, max_size=9,
)  # fmt: skip


def unpaired(row: list[str]) -> bool:
    left, right = "“《（(「『【", "”》）)」』】"
    return any(
        char in left and right[left.index(char)] not in row[n:] for n, char in enumerate(row)
    )  # fmt: skip


@settings(max_examples=400)
@given(SIDES, SIDES)
@example("，甲", "甲。")
@example("“甲“", "乙”。")
@example("国家人民", "国家人。")
def test_the_marks_are_those_of_their_definitions(above: str, below: str) -> None:
    mirror = str.maketrans("“《（(「『【”》）)」』】", "”》）)」』】“《（(「『【")
    told = {name for name, form in DEFINED.items() if re.search(form, f"{above}\n{below}")}
    at_end = above[-1] in "“《（(「『【"
    told |= {"open"} & {"open" * unpaired(list(above[:-1] if at_end else above))}
    told |= {"closes"} & {"closes" * unpaired(list(below.translate(mirror)[::-1]))}
    told |= {"again"} & {"again" * (above[:3] == below[:3])}
    assert marks(above, below) == told


@pytest.mark.parametrize(
    ("above", "below", "word"),
    [
        ("加强对权力的法律监", "督和制约", "监督"),
        ("報經主管機關實施監", "督及管理", "監督"),
        ("加强法律监督", "完善工作机制", ""),
        ("加强法律监督", ",完善机制", ""),
        ("the law is", "监督", ""),
    ],
)
def test_the_word_that_a_break_cuts(above: str, below: str, word: str) -> None:
    assert evidence.cut_word(above, below) == word


SIDE = st.text(st.sampled_from("监督的和中国人民法院市民主任1OK,龥"), min_size=1, max_size=6)


@given(SIDE, SIDE)
def test_a_cut_word_is_one_of_jieba(above: str, below: str) -> None:
    done, cut = 0, ""
    for word in jieba.cut(above + below, HMM=False):
        if done < len(above) < done + len(word) and min(above[-1], below[0]) > "一":
            cut = word
        done += len(word)
    assert evidence.cut_word(above, below) == cut


@pytest.mark.parametrize(
    ("above", "below", "glue"),
    [("中文", "中文", ""), ("Open", "Source", " "), ("中文", "Source", ""), ("12", "34", "")],
)
def test_what_a_join_puts_in(above: str, below: str, glue: str) -> None:
    assert paragraphs.glue(breaks.between(above, below)) == [glue]


def test_without_a_model_words_and_marks_still_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaks, "model", lambda: None)
    text = f"{ABOVE}进一步强化了法律监\n\n督的力度,取得了良好的效果。"
    assert applied(text, run(text)) == text.replace("\n\n", "")


def test_without_a_model_nothing_false_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaks, "model", lambda: None)
    text = seed("001")
    assert not [e for e in run(text).edits if e.rule in ("LAY001", "LAY002")]


def test_verse_and_lists_are_no_hard_wrap() -> None:
    lines = read("如果有一天我能够回到那个村庄\n我要在黄昏里慢慢走过每一条巷\n" * 5)
    assert not wraps.find(lines)
