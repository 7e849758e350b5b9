"""The gates: what they let pass unread would have said nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from layout_cases import run, seed
from layout_texts import PROSE, TEXTS

from repair import layout, scan
from repair.config import Config
from repair.layout import repeats, wraps
from repair.layout.reading import read, read_all
from repair.model import Contents, Context, StageResult, Tables
from repair.plane import plane
from repair.residue import facts

CONTEXT = Context(Config())
SENTENCES = [sentence + "。" for sentence in PROSE.split("。") if sentence]


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


CHOICE = st.sampled_from
LAID_OUT = st.one_of(
    TEXTS,
    st.integers(8, 70).map(lambda width: wrapped(PROSE * 2, width)),
    st.lists(CHOICE([*SENTENCES, "一、坚持", "　", "短"]), max_size=12).map("\n".join),
    st.tuples(CHOICE(["题目一行", "题目。"]), CHOICE(["\n", "\n\n"])).map(
        lambda parts: "".join(parts) + PROSE
    ),
    st.lists(CHOICE(["一、甲乙丙", "二、甲乙丁", PROSE, "如下："]), max_size=6).map("\n".join),
    st.lists(CHOICE(SENTENCES), min_size=4, max_size=9).map(
        lambda some: "".join(some) + "\n尾声\n" + "".join(some)
    ),
)
# Characters that the marks and the gates tell by, around a break.
SIDES = st.text(
    CHOICE("的及，,、。”“》《（）()「」1２𝟙年国家人民法院abc Ａ□😀"), min_size=1, max_size=12
)


def needed(texts: Sequence[str], context: Context = CONTEXT) -> list[bool]:
    said: list[bool] = layout.needs(scan.join(texts), context).tolist()
    return said


@given(st.lists(LAID_OUT, min_size=1, max_size=4))
@example(["", "\n", "　", "\r", "字", f"{PROSE[:40]}\n\n{PROSE[40:]}"])
@example([seed(number) for number in ("000", "001", "002", "003", "004")])
def test_a_text_that_needs_nothing_gets_what_is_plain(texts: list[str]) -> None:
    for text, need in zip(texts, needed(texts), strict=True):
        if not need:
            assert layout.stage(text, CONTEXT) == StageResult(
                articles=layout.plain(scan.join([text]), [0])[0]
            )


@given(st.lists(LAID_OUT, min_size=1, max_size=4))
def test_what_a_text_needs_does_not_depend_on_the_others(texts: list[str]) -> None:
    assert needed(texts) == [needed([text])[0] for text in texts]


@given(st.lists(st.tuples(LAID_OUT, st.booleans()), max_size=5))
@example([(seed(number), True) for number in ("000", "001", "002", "003", "004")])
def test_many_is_each(cases: list[tuple[str, bool]]) -> None:
    texts = [text for text, _ in cases]
    contexts = [
        replace(CONTEXT, marks=tuple(facts(text)) if known else ()) for text, known in cases
    ]
    layout._kept.clear()
    alone = list(map(layout.stage, texts, contexts))
    if texts:
        needed(texts)  # what it saw is not looked at again
    assert layout.each(texts, contexts) == alone


def test_what_was_seen_without_the_tables_is_not_what_they_part() -> None:
    text = "\n".join((TITLES[0], PROSE, TITLES[1], PROSE))
    context = replace(
        CONTEXT, tables=Tables(contents=(Contents("a", tuple(TITLES[:2]), "2020-01-01", "报"),))
    )
    layout._kept.clear()
    fresh = layout.stage(text, context)
    needed([text])
    assert layout.stage(text, context) == fresh


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(SENTENCES),
        f"加强队伍建设，打造过硬的铁军\n{PROSE}\n坚持公正司法，努力为民服务\n{PROSE}",
        "\n".join(f"第{n}条　{SENTENCES[0]}" for n in "一二三四五六七"),
        SENTENCES[0],
    ],
)
def test_sound_text_needs_nothing(text: str) -> None:
    assert needed([text]) == [False]


TITLES = ["坚持公正司法", "加强队伍建设", "努力为民服务", "题目一行"]
LISTS = Tables(contents=(Contents("x", tuple(TITLES)), Contents("y", ("尾声", "题目。"))))


@given(st.lists(LAID_OUT | st.permutations([*TITLES, *SENTENCES]).map("\n".join), min_size=1))
def test_the_same_where_lists_of_contents_are_known(texts: list[str]) -> None:
    context = Context(Config(), LISTS)
    for text, need in zip(texts, needed(texts, context), strict=True):
        if not need:
            assert layout.stage(text, context) == StageResult(
                articles=layout.plain(scan.join([text]), [0])[0]
            )


def test_a_line_that_a_list_names_needs_the_stage() -> None:
    context = Context(Config(), LISTS)
    assert needed([SENTENCES[0], f"{TITLES[0]}\n{SENTENCES[0]}"], context) == [False, True]


@given(LAID_OUT | st.lists(SIDES).map("\n".join))
@example("".join(f"{char}、子\n{char}1)子\n子。{char}\n" for char in plane() if char > "/"))
def test_what_arrays_tell_is_what_each_line_shows(text: str) -> None:
    lines = read(text)
    rows = np.arange(len(lines))
    assert lines.closing(rows).tolist() == [line.ends for line in lines]
    assert lines.opening(rows).tolist() == [line.opens for line in lines]
    assert lines.set_apart(rows).tolist() == [line.set_apart for line in lines]
    assert lines.prose.tolist() == [line.prose for line in lines]


# --- the gates one by one -----------------------------------------------------------------


@given(st.lists(LAID_OUT, min_size=1, max_size=3))
def test_the_runs_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    joined = read_all(whole := scan.join(texts))
    runs = [
        (int(start) + int(lines.starts[run.first]), run.columns, run.indent)
        for text, start in zip(texts, whole.starts, strict=True)
        if not any(char in text for char in "\r\f")
        for lines in [read(text)]
        for run in wraps.find(lines)
    ]
    found = [
        (int(joined.starts[run.first]), run.columns, run.indent)
        for run in wraps.find(joined)
        if not any(char in texts[joined.owners[run.first]] for char in "\r\f")
    ]
    assert found == runs


@given(st.lists(CHOICE([*SENTENCES, *(s[:30] for s in SENTENCES), "短"]), max_size=24))
def test_no_seed_of_a_body_is_passed_over(parts: list[str]) -> None:
    lines = read("\n".join(parts))
    found = repeats.find(lines)
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(repeats._Ink, "wide", lambda ink: np.ones(len(ink), bool))
        patch.setattr(repeats._Ink, "beside", lambda ink, _, below: np.ones(len(below), bool))
        assert repeats.find(lines) == found


def test_a_repeated_body_needs_the_stage() -> None:
    text = seed("002")
    assert needed([PROSE, text]) == [False, True]
    assert any(edit.rule == "LAY006" for edit in run(text).edits)
