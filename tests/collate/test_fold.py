"""Folding: what is folded away, what is kept apart, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate.fold import fold, folded, table
from repair.collate.folding import made

SAME = [
    ("關於批準", "关于批准"),
    ("（ＡＢ１）", "(AB1)"),
    ("“四个”", "「四個」"),
    ("‘一’", "『一』"),
    ("2021—2025", "2021－2025"),
    ("共　同\n进 步", "共同进步"),
    ("零\u200b宽", "零宽"),
    ("⼩心", "小心"),
    ("\ufe13", ":"),
]
APART = [("一、二", "一,二"), ("甲。乙", "甲.乙"), ("已", "己"), ("ABC", "abc")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(("one", "other"), APART)
def test_keeps_apart(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


@given(st.text(alphabet="把法治（Ａ）關於 　\n\u200b、,“😀𠀀\ue494"))
def test_every_folded_character_has_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(folded.text) == len(folded.at)
    for n, at in enumerate(folded.at.tolist()):
        assert fold(text[at]).text == folded.text[n]
        assert folded.span(n, n + 1) == (at, at + 1)


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


def test_an_empty_span_lies_behind_the_character_before_it() -> None:
    folded = fold("  甲 \n 乙")
    assert [folded.span(n, n) for n in range(3)] == [(0, 0), (3, 3), (7, 7)]


@given(st.text(max_size=12))
def test_a_few_characters_fold_like_many(text: str) -> None:
    assert folded(text) == fold(text).text


def test_the_shipped_table_is_the_one_that_is_made() -> None:
    """Where OpenCC or Unicode's tables have changed: `python -m repair.collate.folding`."""
    assert np.array_equal(table(), made())
