"""The gates of the cheap checks: where one says no, the whole check finds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import lm, scan
from repair.typos import balance, doubled, items, replaced, sequence

MARKS = st.text("“”‘’（）()《》「」a:;-\n中，", max_size=24)
LINES = st.lists(
    st.sampled_from(["“中", "文”", "（1)", "中)", "（中\n", "文\n", "“", "2）", "‘中’", "\n“中\n"]),
    max_size=12,
).map("".join)
NUMBERED = "1234一二三四、.\n （）第，"
LISTED = (
    "一、甲\n", " 二、乙\n", "三、\n", "四、\n", "五、\n", "十二、\n", "十四、", "１、\n",
    "\u30002．\n", "3.\n", "4.5\n", "4、\n", "5、\n", "（一）\n", "(二)\n", "（三）\n", "（五）\n",
    "第一，\n", "\n",
)  # fmt: skip
WORDS = st.lists(
    st.sampled_from(
        ["国家", "国国", "中国", "院院长", "信仰仰", "司法司法", "國會", "会", "的", "\n"]
    ),
    max_size=8,
).map("".join)


@given(st.lists(MARKS | LINES, min_size=1, max_size=3))
def test_marks_that_are_paired_beyond_doubt_hide_no_odd_one(texts: list[str]) -> None:
    expected = [
        (n, finding)
        for n, text in enumerate(texts)
        for pair in balance.PAIRS
        for places in [[i for i, char in enumerate(text) if char in pair]]
        for finding in balance._unbalanced(text, pair, places, places)
    ]
    assert sorted(balance.find(scan.join(texts)), key=repr) == sorted(expected, key=repr)


@given(WORDS)
def test_a_double_that_is_not_likely_gains_too_little(text: str) -> None:
    joined = scan.join([text])
    likely = {at for _, (_, at, _) in doubled._likely(joined)}
    for at in doubled._characters(joined.scan.units).tolist():
        if at not in likely and not doubled._rhythmic(text, at):
            assert doubled._gains([doubled._readings(text, at, 1)])[0] <= doubled.GAIN


@given(WORDS)
def test_repeats_are_those_that_an_expression_finds(text: str) -> None:
    units = scan.of(text).units
    for sizes, pattern in (((1,), r"(?=([\u4e00-\u9fff])\1)"), ((2,), r"(?=([\u4e00-\u9fff].)\1)")):
        found = [m.start() for m in re.finditer(pattern, text, re.DOTALL)]
        assert doubled._repeated(units, sizes).tolist() == found


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


# What `items` reads without a loop: the styles of numbered lines.
NUMERAL = "(?:十[一二三四五六七八九]?|[一二三四五六七八九])"
STYLES = (
    f"({NUMERAL})、",
    f"[（(]({NUMERAL})[）)]",
    f"第({NUMERAL})[，,、]",
    r"(\d{1,2})[、．.](?!\d)",
)
VALUES = {numeral: i for i, numeral in enumerate("〇一二三四五六七八九十")}


def holes(text: str) -> Iterator[int]:
    """The numbers that follow the one hole of a list of at least four, after two in order."""
    for style in STYLES:
        read = re.findall(rf"^[ \t\u3000]*{style}", text.replace("\r", "-"), re.MULTILINE)
        values = [int(n) if n.isdecimal() else sum(map(VALUES.__getitem__, n)) for n in read]
        lists = [[]]
        for value in values:
            if value == 1 or not lists[-1] or value <= lists[-1][-1]:
                lists.append([])
            lists[-1].append(value)
        for found in lists:
            gaps = [i for i in range(1, len(found)) if found[i] - found[i - 1] > 1]
            if found[:1] == [1] and len(found) >= items.LEAST and len(gaps) == 1 < gaps[0]:
                at = gaps[0]
                yield from found[at : at + 1] if found[at] - found[at - 1] == 2 else ()


@given(st.lists(st.sampled_from(LISTED), max_size=9).map("".join), st.text(NUMBERED, max_size=30))
def test_holes_are_those_that_expressions_find(listed: str, other: str) -> None:
    texts = [listed, other, other + listed, listed]
    found = [
        (n, f.evidence.split()[-1])
        for n, f in sequence.find(scan.join(texts))
        if "goes" in f.evidence
    ]
    expected = [(n, str(value)) for n, text in enumerate(texts) for value in holes(text)]
    assert sorted(found) == sorted(expected)


def test_in_a_text_full_of_doubles_only_the_first_get_other_readings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doubled, "MANY", 1)
    found = [f for _, f in doubled.find(scan.join(["我们要坚定理想信仰仰，筑牢精神基础。" * 3]))]
    assert [len(f.candidates) > 1 for f in found] == [True, False, False]


DOUBLES = (
    ("筑牢理想", "仰", "，夯实"), ("流浪", "犬", "的管理"), ("", "龘", ""), ("见", "龘", "\n"),
    ("國家", "國", "務會議"), ("第0条", "应", "当依法"),
)  # fmt: skip


def test_doubles_read_together_are_read_as_alone() -> None:
    together = list(replaced.likeliest(DOUBLES))
    assert together == [others for one in DOUBLES for others in replaced.likeliest([one])]


def test_another_character_in_the_place_of_a_copy_is_told() -> None:
    (others,) = replaced.likeliest([("无人看管的", "犬", "进入小区")])
    assert "犬只" in others
