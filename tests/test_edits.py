"""The laws of edits.py, on generated edit lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair import edits
from repair.model import Edit

ALPHABET = "省區市abc。\n"


@st.composite
def edit_lists(draw: st.DrawFn, text: str) -> list[Edit]:
    """A valid edit list for the text: sorted, not overlapping, at most one insertion a place."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    made: list[Edit] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        if made and (start, end) == (made[-1].end, made[-1].end) == (made[-1].start, start):
            continue
        after = draw(st.text(ALPHABET, max_size=3))
        if after != text[start:end]:
            made.append(Edit(start, end, text[start:end], after, draw(st.sampled_from("AB")), 1.0))
    return made


@st.composite
def two_steps(draw: st.DrawFn) -> tuple[str, list[Edit], list[Edit]]:
    text = draw(st.text(ALPHABET, max_size=14))
    first = draw(edit_lists(text))
    second = draw(edit_lists(edits.apply(text, first)))
    return text, first, second


@given(two_steps())
def test_invert_takes_back(case: tuple[str, list[Edit], list[Edit]]) -> None:
    text, first, _ = case
    assert edits.apply(edits.apply(text, first), edits.invert(first)) == text


@given(two_steps())
def test_compose_is_one_after_the_other(case: tuple[str, list[Edit], list[Edit]]) -> None:
    text, first, second = case
    both = edits.compose(first, second)
    assert edits.apply(text, both) == edits.apply(edits.apply(text, first), second)
    assert all(text[e.start : e.end] == e.before for e in both)


@given(two_steps())
def test_lift_is_the_second_edit_in_the_original(
    case: tuple[str, list[Edit], list[Edit]],
) -> None:
    text, first, second = case
    offsets = edits.OffsetMap(first)
    for edit in second:
        lifted, met = edits.lift(offsets, edit)
        rest = [e for i, e in enumerate(first) if i not in met]
        whole = sorted([*rest, lifted], key=lambda e: (e.start, e.end))
        assert edits.apply(text, whole) == edits.apply(edits.apply(text, first), [edit])


@given(two_steps())
def test_merge_is_the_same_text(case: tuple[str, list[Edit], list[Edit]]) -> None:
    text, first, _ = case
    if first:
        assert edits.apply(text, [edits.merge(first, text)]) == edits.apply(text, first)


@given(two_steps(), st.data())
def test_map_of_the_inverse_goes_back(
    case: tuple[str, list[Edit], list[Edit]], data: st.DataObject
) -> None:
    text, first, _ = case
    offsets, back = edits.OffsetMap(first), edits.OffsetMap(edits.invert(first))
    position = data.draw(st.integers(0, len(text)))
    if any(e.start <= position <= e.end for e in first):
        return
    assert offsets.left(back.left(position)) == position == offsets.right(back.right(position))


@given(two_steps(), st.data())
def test_many_spans_are_each(case: tuple[str, list[Edit], list[Edit]], data: st.DataObject) -> None:
    text, first, _ = case
    size = len(edits.apply(text, first))
    if size:
        places = st.integers(0, size - 1).flatmap(
            lambda start: st.tuples(st.just(start), st.integers(start + 1, size))
        )
        spans = data.draw(st.lists(places))
        offsets = edits.OffsetMap(first)
        assert offsets.spans(spans) == [offsets.span(*span) for span in spans]


def test_merged_edit_names_both_rules() -> None:
    first = [Edit(1, 2, "b", "xy", "ENC001", 0.9, "one")]
    second = [Edit(2, 4, "yc", "z", "CHR001", 1.0, "two")]
    (both,) = edits.compose(first, second)
    assert (both.rule, both.start, both.end, both.before, both.after) == (
        "ENC001+CHR001", 1, 3, "bc", "xz",
    )  # fmt: skip
    assert both.confidence == 0.9
    assert both.evidence == "one; two"


def test_overlap_and_misfit_are_errors() -> None:
    with pytest.raises(edits.EditError, match="overlaps"):
        edits.apply("abc", [Edit(0, 2, "ab", "", "R", 1), Edit(1, 3, "bc", "", "R", 1)])
    with pytest.raises(edits.EditError, match="does not fit"):
        edits.apply("abc", [Edit(0, 1, "x", "", "R", 1)])
