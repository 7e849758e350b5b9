"""The gates of the characters stage: where one says no, the whole check finds nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import scan
from repair.characters import conversion, forms, invisible, script
from repair.characters.tables import lines, only

TRADITIONAL = (
    "關於批準與審核的準則",
    "關于批准备案",
    "行政机關應當說明",
    "乾淨的飲水設備",
    "乾隆皇帝與皇后",
    "公里與里長",
    "台灣與臺灣的機關",
    "製度與制度",
    "特制定本標准",
    "復蓋複蓋覆蓋",
    "\U00020000的關係人",
    "著作權與顯著的效果",
)
SIMPLIFIED = ("着名的学者", "显着提高", "复盖全国", "随著时间", "土着居民", "干隆年间", "着手工作")
NOISE = "，。于於后後里裡裏只隻干幹乾制製准準的人員\n"


def documents(phrases: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Phrases of a script with single characters between them."""
    return st.lists(st.sampled_from(phrases) | st.text(NOISE, max_size=4), max_size=12).map("".join)


def _asked(line: str) -> bool:
    tables = conversion.words()
    return any(key in tables.asked for (_, _, key, _), _ in tables.wrong(line)[0])


@given(documents(TRADITIONAL))
def test_every_misspelt_word_has_a_suspect(text: str) -> None:
    passed = {
        at
        for at in conversion.gate().places(scan.of(text).units).tolist()
        if conversion.words().doubtful(text, at)
    }
    for offset, line in lines(text):
        if not passed & set(range(offset, offset + len(line))):
            assert not _asked(line)


def test_the_shipped_pairs_are_those_of_the_words() -> None:
    """After a change of the tables: `python -m repair.characters.data.make`."""
    for shipped, made in zip(conversion.shipped(), conversion.suspected(), strict=True):
        assert shipped.tolist() == made.tolist()


@given(documents(SIMPLIFIED))
def test_simplified_text_without_a_pair_has_no_wrong_word(text: str) -> None:
    rows = conversion._rows()
    if not len(rows.places(scan.of(text).units)):
        assert not any(pattern.search(text) for pattern, _, _ in rows.words)


@given(documents((*TRADITIONAL, *SIMPLIFIED)))
def test_counts_by_the_scan_are_those_of_the_characters(text: str) -> None:
    assert script.counts(text) == script.line_counts(text)


@pytest.mark.parametrize(
    ("gate", "characters"),
    [
        (invisible.GATE, invisible.INVISIBLE + invisible.CONTROLS),
        (forms.GATE, forms.ODD),
        (script.TRADITIONAL, "".join(c for c in only("T") if c not in script.NAMES)),
        (script.SIMPLIFIED, "".join(only("S"))),
    ],
)
def test_a_gate_knows_every_character_that_its_check_looks_for(gate: int, characters: str) -> None:
    plane = "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, 0x10000)))
    found = [match.start() for match in re.finditer(f"[{characters}]", plane)]
    assert scan.of(plane).where(gate).tolist() == found
