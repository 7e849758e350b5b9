"""The scan: what it says of a text is what a search for each character would say."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import scan

CLASS = r"-\x01-\x08a-c（）\u3400-\u9fff\ue000-\uf8ff"
BEYOND = r"\U0002f800-\U0002fbff"  # a whole block
FEW = "（）一\x07"  # stand here and there
kind, beyond, few = map(scan.kind, (CLASS, BEYOND, FEW))
_class, _beyond, _few = (re.compile(f"[{c}]") for c in (CLASS, BEYOND, FEW))
texts = st.text(st.sampled_from("-\x01\x07abcd（）一中文\ue000\n\U0002f810\U00020000\ud87e"))


@given(texts)
def test_places_are_those_that_the_expression_finds(text: str) -> None:
    for bit, expression in ((kind, _class), (few, _few)):
        found = [m.start() for m in expression.finditer(text)]
        assert scan.of(text).where(bit).tolist() == found


@given(texts)
def test_places_of_line_breaks(text: str) -> None:
    assert scan.of(text).breaks.tolist() == [m.start() for m in re.finditer("\n", text)]


@given(texts.filter(lambda text: "\ud87e" not in text))
def test_offsets_count_code_points_beyond_the_basic_plane(text: str) -> None:
    assert scan.of(text).where(beyond).tolist() == [m.start() for m in _beyond.finditer(text)]


@given(texts)
def test_present_tells_which_kinds_a_text_holds(text: str) -> None:
    assert bool(scan.of(text).present & kind) == bool(_class.search(text))


def test_a_kind_made_after_a_text_was_scanned_is_found_in_it() -> None:
    text = "一丁"
    assert scan.of(text).units.tolist() == [0x4E00, 0x4E01]
    late = scan.kind("丁")
    assert scan.of(text).where(late).tolist() == [1]


def test_there_is_a_bit_for_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_kinds", ["a"] * scan.MOST)
    with pytest.raises(ValueError, match="32 kinds"):
        scan.kind("b")


@given(st.lists(texts, min_size=1, max_size=6))
def test_texts_looked_at_together_keep_what_is_their_own(each: list[str]) -> None:
    joined = scan.join(each)
    assert [joined.text[a:b] for a, b in zip(joined.starts, joined.ends, strict=True)] == each
    places = joined.scan.where(kind)
    own = [[m.start() for m in _class.finditer(text)] for text in each]
    assert joined.holding(places).tolist() == joined.having(kind).tolist() == list(map(bool, own))
    assert list(joined.parts(places)) == [(n, each[n], own[n]) for n in range(len(each)) if own[n]]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))))
def test_all_places_of_spans(spans: list[tuple[int, int]]) -> None:
    starts, sizes = np.array(spans, np.intp).reshape(-1, 2).T
    expected = [at for start, size in spans for at in range(start, start + size)]
    assert scan.spread(starts, starts + sizes).tolist() == expected
