"""The laws of the stage, on texts that Hypothesis puts together from pieces of real layouts."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from layout_cases import applied, run
from layout_texts import PROSE, TEXTS

from repair import edits
from repair.model import Mark, StageResult

KINDS = ("byline", "author", "date", "source", "section", "editor", "title", "contents")


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    """A text with marks over some of its lines."""
    text = draw(TEXTS)
    lines = [m for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    marks = []
    for line in draw(st.lists(st.sampled_from(lines), max_size=4)) if lines else []:
        kind = draw(st.sampled_from(KINDS))
        empty = draw(st.booleans())
        end = line.start() if empty else line.end()
        marks.append(Mark(line.start(), end, kind, line.group().strip()))
    return text, tuple(marks)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def spans(said: StageResult) -> list[tuple[int, int]]:
    found = [(e.start, e.end) for e in (*said.edits, *said.findings)]
    for article in said.articles:
        found += [(article.start, article.end), *article.body]
        found += [(m.start, m.end) for m in article.marks]
    return found


@given(marked())
def test_kept_and_removed_are_the_input(case: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = case
    said = run(text, *marks)
    after = applied(text, said)
    assert edits.apply(after, edits.invert(said.edits)) == text
    removed = "".join(e.before for e in said.edits if e.rule == "LAY006")
    assert len(bare(after)) + len(bare(removed)) == len(bare(text))


@given(marked())
def test_only_white_space_and_repeated_bodies_are_changed(
    case: tuple[str, tuple[Mark, ...]],
) -> None:
    text, marks = case
    for edit in run(text, *marks).edits:
        if edit.rule != "LAY006":
            assert not edit.before.strip()
            assert edit.after in ("", " ", "\n")


@settings(max_examples=200)
@given(marked())
def test_its_own_output_gives_it_nothing_to_do(case: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = case
    said = run(text, *marks)
    forward = edits.OffsetMap(edits.invert(said.edits))
    moved = []
    for mark in marks:
        start, end = forward.span(mark.start, mark.end)
        moved.append(Mark(start, end, mark.kind, mark.value))
    assert not run(applied(text, said), *moved).edits


@given(marked())
def test_spans_lie_in_the_text_and_in_order(case: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = case
    said = run(text, *marks)
    assert all(0 <= start <= end <= len(text) for start, end in spans(said))
    for item in (*said.edits, *said.findings):
        assert text[item.start : item.end] == item.before
    for article in said.articles:
        for (_, end), (start, _) in zip(article.body, article.body[1:], strict=False):
            assert end <= start


@given(marked())
def test_findings_do_not_overlap_and_cover_whole_edits(
    case: tuple[str, tuple[Mark, ...]],
) -> None:
    text, marks = case
    said = run(text, *marks)
    for first, second in zip(said.findings, said.findings[1:], strict=False):
        assert first.end <= second.start
        assert (first.start, first.end) != (second.start, second.end)
    for finding in said.findings:
        for edit in said.edits:
            if max(edit.start, finding.start) < min(edit.end, finding.end):
                assert finding.start <= edit.start
                assert edit.end <= finding.end


@given(marked())
def test_an_article_has_one_mark_of_a_kind(case: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = case
    for article in run(text, *marks).articles:
        kinds = [mark.kind for mark in article.marks]
        assert len(kinds) == len(set(kinds))


@given(TEXTS)
def test_no_line_is_two_articles_body(text: str) -> None:
    said = run(text)
    bodies = [span for article in said.articles for span in article.body]
    assert len(bodies) == len(set(bodies))


@given(TEXTS)
def test_text_without_lines_has_no_article(text: str) -> None:
    assert bool(run(text).articles) == bool(text.strip())


@given(st.lists(st.sampled_from([PROSE[:44], PROSE[44:83], PROSE[83:]]), min_size=1, unique=True))
def test_a_document_without_structure_is_one_article_of_all_its_paragraphs(
    paragraphs: list[str],
) -> None:
    text = "\n\n".join(paragraphs)
    (article,) = run(text).articles
    assert article.value("title") is None
    assert "\n\n".join(text[a:b] for a, b in article.body) == text


@given(st.text(st.characters(max_codepoint=0x24F), max_size=300))
def test_text_that_is_not_chinese_is_untouched(text: str) -> None:
    said = run(text)
    assert not said.edits
    assert not said.findings
