"""TYP010: which places are looked at, what is tried there, and in what kind of text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import scan
from repair.collate import confusions
from repair.lm import chars
from repair.rules import table
from repair.typos import lookalike, misread
from repair.typos.data import make

SLIP = "扎实推进现代化建役各项工作;不断提高人民群众的获得感、幸副感和安全感。"
NEWS = "会议强调，要坚持以人民为中心的发展思想，全面贯彻落实党中央决策部署，" + SLIP
STORY = (
    "老猫蜷在灶台边打呼噜，铁锅里咕嘟咕嘟冒着热气。阿婆眯起眼，拿竹签戳了戳红薯，嘟囔说还得焖一会儿。"
    "二叔公捋着山羊胡，慢吞吞地踱进堂屋，把烟杆往鞋底上磕了磕。油灯芯子噼啪爆了个花，满屋子都是桐油味儿。"
    "雪粒子打在窗纸上沙沙作响，铜壶里的酒已烫得滚热，两人推杯换盏，谁也不提白天那档子糟心事。"
    "糖糕刚出锅，黏得粘牙，小妮子烫得直呵气，还舍不得松手。半大小子们猴儿似的窜上了草垛。"
)
TEXT = st.text(
    st.sampled_from("建设建役工作幸福幸副感人民国家，;, \n的了猫灶嘟龘㐀a1\U00020000"), max_size=60
)


def _score() -> misread.Score:
    rule = table("typos")["TYP010"].data
    return misread.Score(rule["weights"], rule["bias"], rule["threshold"])


def _found(text: str) -> list[tuple[str, str]]:
    return [(f.before, f.after) for f in misread.find(text)]


def test_slips_in_news_are_found() -> None:
    assert _found(NEWS) == [("役", "设"), ("副", "福")]


def test_a_text_of_another_kind_is_read_by_its_own_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stray marks make the story look recognised, and half of its words surprise the model."""
    recognised = STORY.replace("，", ",", 2)
    assert _found(recognised) == []
    monkeypatch.setattr(misread, "foreign", lambda surprise: 0.0)
    assert len(_found(recognised)) > 5


def test_news_is_not_foreign_and_a_story_is() -> None:
    def far(text: str) -> float:
        read = misread.lm.load().read(text)
        surprise = -read.scores.astype(np.float64)
        return misread.foreign(surprise[misread.han(scan.of(text).units)])

    assert far(NEWS) == 0
    assert far(STORY) > 0.5
    assert misread.foreign(np.zeros(0)) == 0


@settings(max_examples=50, deadline=None)
@given(TEXT)
def test_what_cannot_reach_the_threshold_is_not_tried(text: str) -> None:
    """And nothing else: the score by the most that the readings can give is a bound."""
    score = _score()
    every = [at for some in misread.places(text)
             for at, s in zip(some.at, score.of(some.features), strict=True)
             if s >= score.threshold]  # fmt: skip
    worth = [at for some in misread.places(text, score)
             for at, s in zip(some.at, score.of(some.features), strict=True)
             if s >= score.threshold]  # fmt: skip
    assert every == worth


def test_of_neighbours_the_most_surprising_is_looked_at() -> None:
    surprise = np.array([1.0, 12, 8, 1, 1, 1, 10, 10, 10, 0, 0, 0])
    assert misread.odd(surprise).nonzero()[0].tolist() == [1, 6, 7]


def test_blocks_are_no_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _found(NEWS)
    monkeypatch.setattr(misread, "BLOCK", 40)
    monkeypatch.setattr(misread, "SHORT", 0)
    assert _found(NEWS) == found


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("工作;人民", 1), ("工作,人民:国家", 2), ("工作；人民", 0), ("a;b,c", 0), ("工作\"人民", 1),
        ("3.5元", 0), ("，-人", 1), ("", 0),
    ],
)  # fmt: skip
def test_stray_marks(text: str, marks: int) -> None:
    units = scan.of(text).units
    assert misread.stray(units) == pytest.approx(min(3, 1000 * marks / (len(units) + 200)))


def test_the_readings_of_a_character() -> None:
    found = lookalike.load().of(chars.basic(chars.codes("役囗")))
    tried = "".join(map(chr, found.units.tolist()))
    assert found.sizes.sum() == len(tried) and "设" in tried[: found.sizes[0]]
    for n, other in enumerate(tried):
        char = "役" if n < found.sizes[0] else "囗"
        assert found.shape[n] == pytest.approx(confusions.shape(char, other), abs=0.01)
        assert found.seen[n] == pytest.approx(np.log1p(confusions.read_as(other, char)))
        assert found.seen[n] <= np.log1p(lookalike.load().most[ord(char)])


def test_the_shipped_readings_are_those_that_the_tables_make() -> None:
    """After a change of the tables: `python -m repair.typos.data.make`."""
    orders = make.strokes()
    for char in "役囗龋":
        found = lookalike.load().of(chars.basic(chars.codes(char)))
        assert "".join(map(chr, found.units.tolist())) == "".join(make.alike(char, orders))


def test_what_is_no_hanzi_has_no_readings() -> None:
    assert not lookalike.load().has(chars.basic(chars.codes("a，\ud840\uffff"))).any()


def test_a_character_repeated_without_end_is_tried_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misread, "_tried", None)
    assert _found("的" * 5000) == []
