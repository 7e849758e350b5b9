"""The gates: what they let through, and that no text makes them slow."""

from __future__ import annotations

import random
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from repair import edits, encoding, scan
from repair.config import Config
from repair.encoding import (
    channel,
    escapes,
    gate,
    living,
    mojibake,
    numbers,
    places,
    shifted,
    stage,
)
from repair.model import Context

SOUND = "各级人民政府应当加强对农产品质量安全工作的领导，建立健全协调机制。"


def test_a_slip_reads_better_one_byte_off() -> None:
    data = SOUND.encode("gb18030")
    slipped = (data[:8] + data[9:]).decode("gb18030", "replace")
    ((other, sound),) = shifted.runs([slipped, SOUND], ["gbk"])
    assert other.gain > 100 > 10 > sound.gain


@pytest.mark.parametrize(
    "text",
    ["昨日は本を三冊買った。", "어제는 비가 와서 집에서 책을 읽었다.", "Вчера шёл дождь."],
)
def test_living_alphabets_are_known(text: str) -> None:
    assert living.sound(text)


def test_misread_cyrillic_is_no_language() -> None:
    assert not living.sound("中文".encode("gbk").decode("cp1251") * 3)


FORMS = [e.form for e in escapes.ESCAPES] + [encoding.LOSS, places.MARK, places.CP932]


@given(st.text("\\\\ux%&#;amp=+~{}\x1b$BâÂ€ÃE锟斤拷烫屯?\ufffd丒中0238aAfFz-\n", max_size=12))
def test_no_trace_begins_where_none_is_looked_for(text: str) -> None:
    looked = set(encoding._signs(scan.of(text)).tolist())
    traces = {match.start() for form in FORMS for match in form.finditer(text)}
    assert traces <= looked


def near_of(text: str) -> numbers.Near:
    return numbers.near(text, numbers.ends(scan.of(text)).tolist())


def test_numbers_that_may_lack_a_unit() -> None:
    near = near_of("20209月，逮捕1720人，第十五第一款，二〇一九七月")
    assert (near.dates, near.people, near.articles, near.chinese) == ([5], [13], [18], True)


def test_sound_numbers_are_passed() -> None:
    near = near_of("2020年9月1日，12人，第十五条第一款，二〇一九年七月二十一日，有一规定")
    assert not (near.dates or near.people or near.chinese or near.lines)


def calls(text: str) -> int:
    """How many functions the stage calls for a text: its work, on any machine."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        stage(text, Context(Config()))
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "text",
    [
        "的" * 60_000,
        "吗?人民" * 2_000,
        "어제는 비가 와서 집에서 책을 읽었다. " * 200,
        "人民\ue494政府工作报告" * 400,
        "１" + "1" * 30_000 + "月",
    ],
    ids=["one character", "questions", "korean", "private use", "digits"],
)
def test_work_grows_with_the_text_alone(text: str) -> None:
    calls(text)  # what is made once
    assert calls(text * 4) <= 5 * calls(text) + 1_000


def test_dense_spans_are_apart_and_in_order() -> None:
    chance = random.Random(5)
    text = "".join(chance.choice("人民政府锛鐨▍\ue494a ") for _ in range(2_000))
    spans = gate.dense(gate.weigh(scan.of(text)))
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_a_big5_slip_is_restored() -> None:
    text = "本局表示，將持續改善道路照明與排水設施，並邀請居民參加說明會。"
    data = bytearray(text.encode("cp950"))
    data[2 * text.index("改")] = 0x3F
    damaged = data.decode("cp950", "replace")
    said = stage(damaged, Context(Config(unsure="guess")))
    assert edits.apply(damaged, said.edits) == text


PAIRS = [("cp936", "utf-8"), ("latin-1", "utf-8"), ("big5", "utf-8"), ("euc-kr", "utf-8"),
         ("latin-1", "gbk"), ("cp1251", "big5"), ("gbk", "big5"), ("big5", "gbk"),
         ("euc-kr", "gbk"), ("cp932", "gbk"), ("cp932", "big5")]  # fmt: skip


@given(st.text("各級人民政府應當加強對農產品質量安全工作的領導，建立2a 。", min_size=2), st.data())
def test_no_part_rules_out_what_its_text_was_misread_with(text: str, data: st.DataObject) -> None:
    seen, hidden = data.draw(st.sampled_from(PAIRS))
    python = channel.PYTHON
    read = text.encode(python.get(hidden, hidden), "ignore")
    shown = read.decode(python.get(seen, seen).replace("cp936", "gb18030"), "ignore")
    assume(
        len(shown) > 1
        and mojibake.invert(shown, seen, hidden) == read.decode(python.get(hidden, hidden))
    )
    low = data.draw(st.integers(0, len(shown) - 1))
    high = data.draw(st.integers(low + 1, len(shown)))
    part = shown[low:high]
    assume(any(char >= "\x80" for char in part))
    assert (seen, hidden) in [pair[1:3] for pair in mojibake._able(part)]
