"""The search of a damaged stretch: its scores are the model's, and it finds what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import lm
from repair.encoding import beam, channel
from repair.encoding.beam import Window
from repair.encoding.outlook import Outlook
from repair.encoding.rows import ROW
from repair.encoding.scorer import SPAN, Scorer
from repair.lm import chars

SOUND = "本市今年新建三座公园，市民出门十分钟便能散步。"
TEXTS = st.text("的一了在人有国年，。、A1ä\n夔龘", min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_a_row_grows_by_what_the_model_says(history: str, new: str) -> None:
    scorer = Scorer(None)
    row = np.zeros(len(history) + 1, ROW)
    scorer.follow(row, "", history)
    grown = scorer.grow(row[-1:], np.zeros(len(new), np.intp), chars.codes(new))
    before = history[-SPAN:].rjust(SPAN, "\n")
    said = [lm.load().logp(chars.basic(chars.codes(before + c)))[-1] for c in new]
    assert grown.logp == pytest.approx(np.array(said, np.float64), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_to_follow_a_text_is_to_grow_character_by_character(text: str) -> None:
    scorer = Scorer(None)
    rows = np.zeros(len(text) + 1, ROW)
    scorer.follow(rows, "前文", text)
    row = rows[:1]
    for at, point in enumerate(chars.codes(text), start=1):
        row = scorer.grow(row, np.zeros(1, np.intp), np.array([point])).take(np.zeros(1, np.intp))
        for name in ("key", "backoff", "held", "last"):
            assert (row[name] == rows[name][at]).all()
        assert row["score"][0] == pytest.approx(rows["score"][at])


def slipped(text: str, at: int) -> str:
    """The text whose byte at a place became a question mark, read on."""
    data = text.encode("gb18030")
    return (data[:at] + b"?" + data[at + 1 :]).decode("gb18030", "replace")


def test_the_text_as_it_stands_is_among_the_readings() -> None:
    damaged = slipped(SOUND, 20)[:20]
    ((found,),) = beam.search([[Window(damaged, channel.codec("gbk"))]], Scorer(False))
    (seen,) = (h for h in found if not h.ops)
    assert seen.text == damaged
    assert [ord(mark) for mark in seen.origin] == list(range(len(damaged)))


def test_a_lost_byte_is_found() -> None:
    damaged = slipped(SOUND, 20)
    ((found,),) = beam.search([[Window(damaged, channel.codec("gbk"))]], Scorer(False))
    assert found[0].text == SOUND
    assert found[0].ops[0].name == "S1"


def test_windows_do_not_change_one_another() -> None:
    windows = [Window(slipped(SOUND, at), channel.codec("gbk")) for at in (4, 20, 30)]
    together = beam.search([[w] for w in windows], Scorer(False))
    alone = [beam.search([[w]], Scorer(False))[0] for w in windows]
    assert together == alone


def test_sound_text_is_not_searched() -> None:
    ((found,),) = beam.search([[Window(SOUND, channel.codec("gbk"))]], Scorer(False))
    assert [h.text for h in found] == [SOUND]


def test_a_rival_that_promises_less_is_not_searched() -> None:
    damaged = slipped(SOUND, 20)
    rivals = [Window(damaged, channel.codec(name)) for name in ("gbk", "big5")]
    ((gbk, big5),) = beam.search([rivals], Scorer(False))
    assert len(gbk) > 1 and [h.text for h in big5] == [damaged]


def test_a_reading_far_from_the_best_way_is_not_offered() -> None:
    """One byte off costs 10 nats a character here, so that a slip pays at its end alone."""
    reading = channel.Reading("S5", (channel.ANY,), 4.0, 0, False)
    offered = [{"synced": [reading], "shifted": [reading]} for _ in range(6)]
    ways = Outlook([-2.0] * 6, [-12.0] * 6, [False] * 6, offered)
    assert ways.best == pytest.approx(-12.0)
    assert ways.near(2, 5.0) == {"synced": [], "shifted": []}
    assert ways.near(2, 100.0) == {"synced": [reading], "shifted": [reading]}
