"""000's first article against 003, its web edition: every substantive difference is one
finding, of the right kind, on the side of the OCR text, and nothing is invented.

The articles are given here, so that this proves the collation and not the layout stage."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from repair import edits as ed
from repair.collate import collate
from repair.model import Article, Document, Edit, Finding, Mark, Result

SEEDS = Path(__file__).parents[2] / "seeds"

# Read off both texts by eye: what 000 has, what 003 has, the kind.
DIFFERENCES = [
    ("系统", "体系", "misreading"),
    ("营商", "", "insertion"),
    ("", "效", "omission"),
    ("", "效", "omission"),
    ("推动", "打造", "misreading"),
    ("化", "", "insertion"),  # 科学化民主依法
    ("量、高水平", "高效", "edition"),
    ("务", "府", "misreading"),
    ("有法可依", "于法有据", "misreading"),
    ("见", "到", "misreading"),
    ("监督", "集赞", "misreading"),
    ("置", "突", "misreading"),
    ("", "治理", "omission"),
    ("佳", "优", "misreading"),
    ("关于", "重要", "misreading"),
    ("批示", "", "insertion"),
    ("", "的", "omission"),
    ("争", "复", "misreading"),
    ("争", "复", "misreading"),
    ("争", "复", "misreading"),
    ("争", "复", "misreading"),
    ("戴", "敲", "misreading"),
    ("责", "职", "misreading"),
    ("与", "聚", "misreading"),
    ("设", "邀", "misreading"),
    ("推动", "建设", "misreading"),
    ("化", "", "insertion"),  # 数字化法治政府
    ("四级", "电子", "misreading"),
    ("龙", "线", "misreading"),
    ("听", "诉", "misreading"),
    ("向", "从", "misreading"),
    ("提高", "加快", "misreading"),
]
MARKS = [(",", "、"), (",", "、"), (",", "。"), (",", "、"), (",", "、"), (",", "、"), (",", "、")]


def _text(name: str) -> str:
    (path,) = SEEDS.glob(f"{name}_*.txt")
    return path.read_bytes().decode("utf-8")


def _result(name: str, first: str, last: str, joined: bool = False) -> Result:
    """A seed with one article: its title and the paragraphs from `first` to `last`, the
    paragraphs that a column break cut joined if asked for."""
    text = _text(name)
    title = re.compile("^把法治政府建设不断向纵深推进$", re.M)
    at = [m.span() for m in title.finditer(text)][-1]
    start, end = text.index(first, at[1]), text.index(last, at[1]) + len(last)
    lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S.*", text[start:end])]
    edits, body = [], lines[:1]
    for (_, stop), (begin, after) in pairwise(lines):
        if joined and text[stop - 1] not in "。":
            edits.append(Edit(stop, begin, text[stop:begin], "", "LAY001", 0.999))
            body[-1] = body[-1][0], after
        else:
            body.append((begin, after))
    mark = Mark(*at, "title", text[slice(*at)])
    digest = sha256(text.encode()).hexdigest()
    repaired = ed.apply(text, edits)
    return Result(
        Document(name, text, digest), repaired, tuple(edits),
        articles=(Article(at[0], end, tuple(body), (mark,)),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def results() -> list[Result]:
    last = "把法治政府建设不断向纵深推进。"
    return [
        _result("000", "《法治政府建设实施纲要", last, joined=True),
        _result("003", "《法治政府建设实施纲要", last),
    ]


@pytest.fixture(scope="module")
def found(results: list[Result]) -> list[Finding]:
    findings = collate(results)
    assert list(findings) == ["000"]
    return findings["000"]


def test_every_difference_once_and_none_invented(found: list[Finding]) -> None:
    told = [(f.before, f.after, f.kind) for f in found if f.kind != "punctuation"]
    assert told == DIFFERENCES


def test_the_marks_are_told_apart(found: list[Finding]) -> None:
    assert [(f.before, f.after) for f in found if f.kind == "punctuation"] == MARKS


def test_the_ocr_side_is_wrong(found: list[Finding]) -> None:
    assert {f.error_side for f in found} == {"this"}


def test_equal_decisions_share_a_pattern(found: list[Finding]) -> None:
    patterns = [f.pattern for f in found]
    assert patterns.count("行政争议→行政复议") == 4
    assert patterns.count("放管服→放管服效") == 2
    assert {"系统化→体系化", "有法可依→于法有据", "一条龙→一条线"} <= set(patterns)


def test_both_sides_have_their_place(results: list[Result], found: list[Finding]) -> None:
    texts = {r.document.doc_id: r.document.text for r in results}
    for finding in found:
        assert texts["000"][finding.start : finding.end] == finding.before
        (witness,) = finding.witnesses
        assert texts["003"][witness.start : witness.end] == witness.text == finding.after
        assert witness.provenance == "born-digital"
        assert "003" in finding.evidence


def test_findings_do_not_overlap(found: list[Finding]) -> None:
    for one, two in pairwise(found):
        assert one.end <= two.start
        assert (one.start, one.end) != (two.start, two.end)


def test_the_order_of_the_documents_does_not_matter(
    results: list[Result], found: list[Finding]
) -> None:  # fmt: skip
    assert collate(results[::-1]) == {"000": found}


def test_a_lost_join_is_reported_as_a_column_break() -> None:
    last = "把法治政府建设不断向纵深推进。"
    cut = _result("000", "《法治政府建设实施纲要", last)
    whole = _result("003", "《法治政府建设实施纲要", last)
    breaks = [f for f in collate([cut, whole])["000"] if f.kind == "column-break"]
    assert [(f.before, f.after) for f in breaks] == [("\n\n", "")] * 3
