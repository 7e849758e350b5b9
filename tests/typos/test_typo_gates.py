"""The gates of the cheap checks: where one says no, the whole check finds nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import lm, scan
from repair.typos import balance, doubled, sequence

MARKS = st.text("“”‘’（）()《》「」a:;-\n中，", max_size=24)
WORDS = st.lists(
    st.sampled_from(
        ["国家", "国国", "中国", "院院长", "信仰仰", "司法司法", "國會", "会", "的", "\n"]
    ),
    max_size=8,
).map("".join)


@given(MARKS)
def test_only_marks_are_looked_at_where_they_decide(text: str) -> None:
    """The look at the marks alone may not call sound what the look at the text does not."""
    unsound = {
        pair
        for pair, pattern in zip(balance.PAIRS, balance._sound, strict=True)
        if sum(map(text.count, pair)) != 2 * len(pattern.findall(text))
    }
    asked = [
        f for pair in balance.PAIRS if pair in unsound for f in balance._unbalanced(text, pair)
    ]
    assert list(balance.find(text)) == asked


@given(WORDS)
def test_a_double_that_is_not_possible_gains_too_little(text: str) -> None:
    for match in re.finditer(r"(?=([\u4e00-\u9fff])\1)", text):
        if not doubled._possible(text, match.start()):
            (gain,) = doubled._gains(text, [(match.start(), 1)])
            assert gain <= doubled.GAIN


@given(WORDS)
def test_repeats_are_those_that_an_expression_finds(text: str) -> None:
    units = scan.of(text).units
    for sizes, pattern in (((1,), r"(?=([\u4e00-\u9fff])\1)"), ((2,), r"(?=([\u4e00-\u9fff].)\1)")):
        found = [m.start() for m in re.finditer(pattern, text, re.DOTALL)]
        assert doubled._repeated(units, sizes) == found


@given(st.text("国家院长abc“，。1\u3000\n\U00020000龘", max_size=9))
def test_single_characters_get_what_the_whole_text_gives(text: str) -> None:
    model = lm.load()
    scores = model.totals([text[: i + 1] for i in range(len(text))])
    if not model.single.mixed(text):
        before = 0.0
        for i, total in enumerate(scores.tolist()):
            assert (
                abs(model.single.after(text[max(0, i - 3) : i], text[i]) - (total - before)) < 0.001
            )
            before = total


@given(st.text("1234一二三四、.\n （）第，", max_size=40))
def test_fewer_items_than_a_list_has_have_no_hole(text: str) -> None:
    if len(sequence._item.findall("\n" + text)) < sequence.LEAST:
        assert not list(sequence.find(text))


def test_in_a_text_full_of_doubles_only_the_first_get_other_readings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doubled, "MANY", 1)
    found = list(doubled.find("我们要坚定理想信仰仰，筑牢精神基础。" * 3))
    assert [len(f.candidates) > 1 for f in found] == [True, False, False]
