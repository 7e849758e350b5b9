"""What a text that is damaged all over costs, and what is said of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.config import Config
from repair.encoding import beam, lost, slips, stage
from repair.encoding.scorer import Scorer
from repair.model import Context, StageResult

SEEDS = Path(__file__).parents[2] / "seeds"
PAGE = next(SEEDS.glob("*000*")).read_text("utf-8")


def run(text: str) -> StageResult:
    return stage(text, Context(Config()))


def lossy(codec: str) -> Callable[[str], str]:
    """Saved in a codec that lacks a part of the characters."""
    return lambda text: text.encode(codec, "replace").decode(codec)


def slipped(every: int, mark: bytes) -> Callable[[str], str]:
    """One byte lost after every so many characters, with or without a mark."""

    def damaged(text: str) -> str:
        data = text.encode("gb18030")
        step = 2 * every
        parts = [data[at : at + step] for at in range(0, len(data), step)]
        return mark.join(part[1:] for part in parts).decode("gb18030", "replace")

    return damaged


def strewn(sign: str, share: float) -> Callable[[str], str]:
    """A sign in the place of some characters."""
    choice = random.Random(5)
    return lambda text: "".join(sign if choice.random() < share else c for c in text)


def noise(text: str) -> str:
    """Bytes of something else."""
    return random.Random(5).randbytes(2 * len(text)).decode("gb18030", "replace")


KINDS: dict[str, Callable[[str], str]] = {
    "simplified in Big5": lossy("big5"),
    "half is ?": strewn("?", 0.5),
    "a tenth is U+FFFD": strewn("\ufffd", 0.1),
    "a fifth is two marks": strewn("??", 0.2),
    "a fifth is private": strewn("\ue494", 0.2),
    "a tenth is 81 45": strewn("丒", 0.1),
    "slips without a mark": slipped(40, b""),
    "slips with a mark": slipped(40, b"?"),
    "other bytes": noise,
    "misread, with U+FFFD": lambda text: text.encode("gb18030").decode("big5", "replace"),
}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the windows that are searched."""
    sizes: list[int] = []
    search = beam.search

    def counted(rivals: Sequence[Sequence[beam.Window]], scorer: Scorer) -> object:
        sizes.extend(len(own[0].text) for own in rivals)
        return search(rivals, scorer)

    monkeypatch.setattr(beam, "search", counted)
    yield sizes


@pytest.mark.parametrize("kind", KINDS)
def test_search_is_bounded(kind: str, searched: list[int]) -> None:
    text = KINDS[kind](PAGE * 3)
    run(text)
    # What was said may reach into the next window, which is searched once more.
    assert len(searched) <= 1.5 * max(slips.MOST, len(text) // slips.EVERY)


@pytest.mark.parametrize("codec", ["big5", "gb2312"])
def test_lost_characters_are_asked_about_and_not_searched(codec: str, searched: list[int]) -> None:
    text = lossy(codec)(PAGE if codec == "big5" else next(SEEDS.glob("*001*")).read_text("utf-8"))
    said = run(text)
    assert sum(searched) < 0.01 * len(text)
    asked = sum(f.before.count("?") for f in said.findings if f.rule == "ENC002")
    assert asked > 0.9 * text.count("?")


def test_too_many_slips_are_asked_about_as_they_read_one_byte_off() -> None:
    text = slipped(40, b"?")(PAGE * 3)
    said = run(text)
    asked = [f for f in said.findings if f.evidence == slips.TOO_MANY]
    inside = [f.after.strip("□") for f in asked]
    assert len(asked) > 50
    assert sum(part[:-1] in PAGE for part in inside) > 0.7 * len(inside)
    assert not [e for e in said.edits if e.rule == "ENC001"]


@given(st.text("中国人民的?,\n\ufffd丒E", max_size=80))
@settings(max_examples=60)
def test_a_stretch_of_lost_characters_lies_in_a_line_and_ends_with_marks(text: str) -> None:
    said = [f for f in run(text).findings if f.rule == "ENC002" and "codec lacked" in f.evidence]
    for finding in said:
        assert "\n" not in finding.before
        assert finding.before[0] in "?丒国的" and finding.before[-1] in "?,丒E"


def test_only_the_first_of_many_lost_characters_get_candidates() -> None:
    text = "各级政府应当加强领\ufffd，建立协调机制。\n" * (lost.MANY + 5)
    ranked = [bool(f.candidates) for f in run(text).findings]
    assert ranked == [True] * lost.MANY + [False] * 5
