"""jieba's dictionary without jieba's own table."""

from __future__ import annotations

import math
from pathlib import Path

import jieba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from repair.lm import wordlist

CHARS = "中华人民共和国的一T恤 龥\ud800"
PIECE = st.text(st.sampled_from(CHARS), min_size=1, max_size=20)


def test_the_shipped_list_is_the_one_that_the_dictionary_makes(tmp_path: Path) -> None:
    wordlist.make(tmp_path / "made.bin")
    assert (tmp_path / "made.bin").read_bytes() == wordlist.SHIPPED.read_bytes()


@given(PIECE)
def test_counts_are_those_of_jieba(piece: str) -> None:
    jieba.initialize()
    assert wordlist.count(piece) == (jieba.dt.FREQ.get(piece) or 0)


@given(PIECE.filter(lambda row: len(row) <= wordlist.LONGEST and "\ud800" not in row))
def test_the_shares_of_all_pieces_of_a_row(row: str) -> None:
    units = np.array([[ord(char) for char in row]], np.uint16)
    starts, ends = np.triu_indices(len(row))
    ends = ends + 1
    shares = wordlist.Rows(units).shares(np.zeros_like(starts), starts, ends)
    for start, end, share in zip(starts, ends, shares, strict=True):
        assert round(math.exp(share) * wordlist.total()) == wordlist.count(row[start:end])


@given(st.sampled_from(["中华人民共和国", "一心一意", "T恤", "共和国"]))
def test_what_stands_side_by_side_in_a_word_is_paired(word: str) -> None:
    units = np.array([ord(char) for char in word], np.uint16)
    assert wordlist.paired(units[:-1], units[1:]).all()


def test_beginnings_of_words_count_nothing() -> None:
    assert wordlist.count("中华人") == 0


def test_the_total_is_that_of_jieba() -> None:
    jieba.initialize()
    assert wordlist.total() == jieba.dt.total
