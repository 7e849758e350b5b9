"""Characters that stand apart: what was spaced out comes back, sound prose stays."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import edits, pipeline
from repair.characters import spaced, stage
from repair.config import Config
from repair.model import Context, Document

SENTENCES = (
    "昨天下午，我们在学校的图书馆里看到了很多从北京寄来的新书。",
    "他说，这项技术可以帮助农民提高产量，但是还需要进一步的研究。",
    "随着经济的发展，人们的生活水平不断提高，对环境的要求也越来越高。",
    "老人把那封信读了三遍，然后慢慢地放回抽屉里，什么也没有说。",
    "承辦人員收到申請以後，應該在十個工作天以內把檢查的情形告訴住戶。",
    "會議決定成立工作小組，負責協調各有關部門的工作，並按時報告進度。",
)


def fixed(text: str) -> str:
    return edits.apply(text, stage(text, Context(Config())).edits)


def at_random(text: str, seed: int) -> str:
    """The text with a space behind every other character or so."""
    rng = random.Random(seed)
    return "".join(c + " " * (c != "\n" and rng.random() < 0.5) for c in text)


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4), st.sampled_from(" \u3000\xa0"))
def test_what_was_spaced_out_comes_back(sentences: list[str], blank: str) -> None:
    assert fixed("\n".join(map(blank.join, sentences))) == "\n".join(sentences)


@given(st.lists(st.sampled_from(SENTENCES), max_size=4), st.integers(0, 99))
def test_its_own_output_gives_it_nothing_to_do(sentences: list[str], seed: int) -> None:
    text = at_random("\n".join(sentences), seed)
    once = fixed(text)
    assert fixed(once) == once


@given(st.lists(st.sampled_from(SENTENCES), max_size=4), st.integers(0, 99))
def test_only_blanks_go(sentences: list[str], seed: int) -> None:
    text = at_random("\n".join(sentences), seed)
    made = stage(text, Context(Config())).edits
    assert all(edit.before in (" ", "\u3000", "\xa0") and not edit.after for edit in made)
    assert edits.apply(edits.apply(text, made), edits.invert(made)) == text


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sound_prose_is_left_alone(sentence: str) -> None:
    assert spaced.find(sentence) == ([], [])


def test_the_other_stages_see_it_closed_up() -> None:
    """The break between two lines is joined in the same run."""
    above = (
        "近年来，全市各级人民法院坚持以人民为中心的发展思想，深入推进司法责任制改革，"
        "不断完善审判权力运行机制，人民群众的满"
    )
    below = "意度显著提高，司法公信力进一步增强。"
    text = f"{' '.join(above)}\n\n{' '.join(below)}"
    assert pipeline.run(Document("spaced", text, "0" * 64)).text == above + below
