"""Articles as texts to compare: every place goes back to the document's own code points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repair import edits as ed
from repair.collate.units import Source, Unit, units
from repair.model import Article, Document, Edit, Mark, Result

LINES = ["标题在这里", "第一段有十个字左右。", "广告：扫一扫", "第二段也有十个字左右。", "页脚"]
TEXT = "\n\n".join(LINES)


def _span(line: int) -> tuple[int, int]:
    start = TEXT.index(LINES[line])
    return start, start + len(LINES[line])


def _unit(edits: list[Edit], body: tuple[int, ...], title: int | None = None) -> Unit:
    marks = () if title is None else (Mark(*_span(title), "title", LINES[title]),)
    article = Article(0, len(TEXT), tuple(_span(n) for n in body), marks)
    document = Document("d", TEXT, "")
    result = Result(document, ed.apply(TEXT, edits), tuple(edits), articles=(article,))
    (unit,) = units(Source(result, False))
    return unit


def test_the_text_is_the_title_and_the_body() -> None:
    assert _unit([], (1, 3), title=0).text == "\n".join(LINES[n] for n in (0, 1, 3))


def test_a_title_behind_the_article_comes_first() -> None:
    assert _unit([], (1, 3), title=4).text == "\n".join(LINES[n] for n in (4, 1, 3))


def test_a_place_in_the_second_piece() -> None:
    unit = _unit([], (1, 3))
    at = unit.text.index("第二段")
    edit = unit.edit(at, at + 3, "第三段")
    assert (edit.before, edit.start) == ("第二段", TEXT.index("第二段"))


def test_an_insertion_between_two_pieces_stays_with_the_first() -> None:
    unit = _unit([], (1, 3))
    edit = unit.edit(len(LINES[1]), len(LINES[1]), "！")
    assert (edit.start, edit.end, edit.before) == (_span(1)[1], _span(1)[1], "")


def test_a_span_over_two_pieces_leaves_out_what_stands_between_them() -> None:
    unit = _unit([], (1, 3))
    edit = unit.edit(8, len(LINES[1]) + 4, "甲")
    assert edit.before == LINES[1][8:]


def test_a_span_over_two_paragraphs_takes_the_break_in() -> None:
    unit = _unit([], (0, 1))
    edit = unit.edit(3, len(LINES[0]) + 3, "甲")
    assert edit.before == f"{LINES[0][3:]}\n\n{LINES[1][:2]}"


def test_a_document_without_articles_is_one_unit() -> None:
    (unit,) = units(Source(Result(Document("d", TEXT, ""), TEXT), False))
    assert (unit.text, unit.whole) == (TEXT, True)


@st.composite
def _edits(draw: st.DrawFn) -> list[Edit]:
    edits, at = [], 0
    while at < len(TEXT):
        start = draw(st.integers(at, len(TEXT)))
        end = draw(st.integers(start, min(len(TEXT), start + 3)))
        after = draw(st.text(alphabet="甲乙", max_size=2))
        if draw(st.booleans()) and TEXT[start:end] != after:
            edits.append(Edit(start, end, TEXT[start:end], after, "LAY001", 0.9))
        at = end + 1
    return edits


@given(_edits(), st.data())
def test_every_span_goes_back_to_the_layer(edits: list[Edit], data: st.DataObject) -> None:
    unit = _unit(edits, (0, 1, 3))
    start = data.draw(st.integers(0, len(unit.text)))
    end = data.draw(st.integers(start, len(unit.text)))
    edit = unit.edit(start, end, "丙")
    assert TEXT[edit.start : edit.end] == edit.before
    assert "丙" in edit.after
    for other in edits:  # covers whole every edit that it meets, or does not meet it
        met = max(edit.start, other.start) < min(edit.end, other.end)
        assert not met or (edit.start <= other.start and other.end <= edit.end)
