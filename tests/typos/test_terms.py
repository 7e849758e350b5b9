"""Names and terms that one text writes in two ways."""

from __future__ import annotations

import pytest

from repair.typos import terms

NAMED = "负责人周志勇介绍了情况。周志勇说，工程已经完工。周志勇还说，明年再建一座。"


@pytest.mark.parametrize(
    ("more", "odd", "usual"),
    [
        ("记者随后又采访了周智勇，他没有回答。", "智", "志"),  # a sound
        ("随后周志永离开了会场，没有再说什么。", "永", "勇"),
        ("会后，周忘勇接受了采访，谈到了今后。", "忘", "志"),  # a shape
    ],
)
def test_the_odd_form_of_a_name_is_asked(more: str, odd: str, usual: str) -> None:
    found = [(f.before, f.after, f.start) for f in terms.find(NAMED + more)]
    assert found == [(odd, usual, len(NAMED) + more.index(odd))]


@pytest.mark.parametrize(
    "text",
    [
        NAMED + "会后，周建国接受了采访，他是周志勇的同事。",  # another name
        NAMED + "会后，周志勇离开了，周智强留了下来，回答了大家的提问。",
        NAMED * 3,
        "第一条规定了范围，第二条规定了对象，第一条与第二条都适用，第三条另有规定，见第一条。" * 2,
        NAMED[:20],  # too short to say what is usual
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    assert list(terms.find(text)) == []


def test_a_form_that_stands_twice_is_a_form() -> None:
    assert list(terms.find(NAMED + "周智勇走了，周智勇又回来了，大家都很高兴。")) == []
