"""The gate's law: where it tells of nothing, the rules without it find nothing."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import residue, rules
from repair.residue import fold, gate, hints, likely, prose, telling
from repair.residue import lexicon as lex
from repair.residue.lexicon import lexicon
from repair.residue.lines import BLANK, KEEP, Verdict
from repair.residue.literals import grams, needs, plain

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
EXAMPLES = [
    text
    for rule in rules.table("residue").values()
    for text in [*(example["text"] for example in rule.examples), *rule.traps]
]
LINES = sorted({line for text in EXAMPLES for line in text.split("\n") if line})
PIECES = st.one_of(
    st.sampled_from(LINES),
    st.sampled_from(LINES).flatmap(lambda line: st.integers(1, len(line)).map(lambda n: line[:n])),
    st.sampled_from(sorted(lexicon().words)),
    st.sampled_from(["。", "，", " ", "　", "|", ">", "：", "(", "1", "2021年3月5日", "\r", "\t"]),
    st.text(max_size=4),
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", "", "\n", " ", "。"])), max_size=12).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
PATTERNS = [p.source for p in (*lexicon().clauses, *lexicon().lines)]


def ungated(text: str) -> hints.Lines:
    """The lines with the hints of all rules."""
    lines = hints.split(text)
    every = dict.fromkeys(range(len(lines)), 0x7FFF)
    return hints.Lines(text, lines.starts, hints.touched(text, lines.starts, every))


def shown(verdicts: list[Verdict]) -> list[Verdict]:
    return [KEEP if verdict is BLANK else verdict for verdict in verdicts]


def check(text: str) -> None:
    full = ungated(text)
    verdicts, marks = residue._read(full)
    gated, found = residue._read(hints.split(text))
    assert shown(gated) == shown(verdicts)
    assert found == marks


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_seed(path: Path) -> None:
    check(path.read_text("utf-8"))


def test_examples_and_traps() -> None:
    for text in EXAMPLES:
        check(text)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_mixed(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_match_holds_a_gram(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern)))
    spelt = plain(text.replace("\n", " ")) + "\n"  # a line has none
    assert any(gram in spelt for gram in grams(pattern))
    for need in needs(pattern):
        assert any(piece in spelt for piece in need)
    (own,) = {p for p in (*lexicon().clauses, *lexicon().lines) if p.source == pattern}
    assert own.stands(spelt)  # as the package ships what it needs
    if own in set(lexicon().lines):
        assert own.fits(len("".join(text.split())), lex.heads(spelt))


def test_every_pattern_has_grams() -> None:
    assert [pattern for pattern in PATTERNS if not grams(pattern)] == []


def test_a_pattern_is_tried_where_all_that_it_needs_stands() -> None:
    (more,) = (p for p in lexicon().clauses if needs(p.source)[:1] == [{"更多"}])
    assert more.stands("更多平原新闻\n")
    assert not more.stands("希望更多青年来访\n")


def test_a_form_with_two_labels_is_tried_where_two_stand() -> None:
    (form,) = (p for p in lexicon().lines if "承办|主管|协办" in p.source)
    assert form.stands("地址:平原路0号 电话:000\n")
    assert not form.stands("地址:平原路0号\n")


def test_a_form_is_tried_of_lines_that_begin_and_end_like_it() -> None:
    (form,) = (p for p in lexicon().lines if p.source.startswith(r"^ip(?:属地"))
    for line, fits in (
        ("ip属地:平原", True), ("他的ip属地:平原", False), ("ip属地:" + "平原" * 20, False)
    ):  # fmt: skip
        assert form.fits(len(line), lex.heads(line)) == fits


def test_a_word_of_one_character_counts_where_it_stands_by_itself() -> None:
    assert all(map(lexicon().free.search, ("大 中 小\n", "大中小\n", "0 t\n")))
    assert not any(map(lexicon().free.search, ("台北市大安区中山路\n", "the\n")))


def test_lines_end_at_newlines_alone() -> None:
    lines = hints.split("一\r\n二\u2028三\n\n四")
    assert [line.text for line in lines] == ["一\r", "二\u2028三", "", "四"]
    assert [(line.start, line.end) for line in lines] == [(0, 2), (3, 6), (7, 7), (8, 9)]


def test_the_shipped_tables_are_those_of_the_rules() -> None:
    """If not, `python -m repair.residue.telling` makes them anew."""
    pairs = (telling.tables(), telling.make_tables()), (telling.clues(), telling.make_clues())
    for shipped, made in pairs:
        for name in made._fields:
            assert np.array_equal(getattr(shipped, name), getattr(made, name)), name
    data = files("repair") / "residue" / "data"
    assert (data / "patterns.json").read_text("utf-8") == lex.shown(lexicon().patterns)
    assert (data / "prose.json").read_text("utf-8") == prose.shown()
    assert (data / "fold.json").read_text("utf-8") == fold.shown()


def test_the_shipped_weights_are_those_that_were_fitted(tmp_path: Path) -> None:
    likely.ship(tmp_path)
    with np.load(tmp_path / "likely.bin") as made:
        for name, table in likely.load()._asdict().items():
            assert np.array_equal(table, made[name]), name


LONG = "这一天上午他们从河边走到山脚下的村子里，村里的老人坐在树下说起从前的事情"


@pytest.mark.parametrize(
    "line",
    [
        *(f"{LONG}{word}{LONG}。" for word in gate.anchors()),
        f"附件：{LONG}；",
        f"　附 {LONG}。",
        f"{LONG}花(huā)草（cao）树(shù)木。",
        f"{LONG}｜{LONG}。",
        LONG[: gate.SHORT - 1] + "。",
        LONG[:50] + "？",
        f"{LONG}、{LONG}，",
        f"{LONG}：",
        LONG,
    ],
)
def test_a_line_that_may_matter_gets_a_look(line: str) -> None:
    lines = [f"{LONG}。", line, f"{LONG}；"]
    look = hints.split("\n".join(lines)).look
    assert look is not None and look.lines.tolist() == [1]
