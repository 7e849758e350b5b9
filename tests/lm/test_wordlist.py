"""jieba's dictionary without jieba's own table."""

from __future__ import annotations

import jieba
from hypothesis import given
from hypothesis import strategies as st

from repair.lm import wordlist

PIECE = st.text(st.sampled_from("中华人民共和国的一T恤 龥\ud800"), min_size=1, max_size=7)


@given(PIECE)
def test_counts_are_those_of_jieba(piece: str) -> None:
    jieba.initialize()
    assert wordlist.count(piece) == jieba.dt.FREQ.get(piece)


def test_beginnings_of_words_count_nothing() -> None:
    assert wordlist.count("中华人") == 0
    assert wordlist.count("华人民") is None


def test_the_total_is_that_of_jieba() -> None:
    jieba.initialize()
    assert wordlist.total() == jieba.dt.total
