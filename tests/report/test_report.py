"""The figures of a batch and the page that shows them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from repair import rules
from repair.report import Totals, render, summarise
from repair.review.kinds import KINDS, STAGES


def _record(n: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{n * 7919 % 1000:016x}",
        "doc_id": f"site/{n % 3}.txt",
        "line": n,
        "rule": "RES001",
        "kind": "navigation",
        "stage": "residue",
        "before": "首页 > 新闻",
        "after": "",
        "confidence": 0.999,
        "evidence": "known tokens only",
        "pattern": "首页→",
        "context": None,
        **fields,
    }


DOCUMENTS = [
    {"doc_id": f"site/{n}.txt", "characters": 1000, "codec": "utf-8", "exact": True}
    for n in range(4)
]
EDITS = [_record(n) for n in range(30)]
FINDINGS = [_record(n, rule="COL001", stage="collate", confidence=0.5, after="x") for n in range(9)]
ARTICLES = [{"doc_id": "site/0.txt", "title": "题", "date": None, "inferred": {"date": "site/1"}}]
SECONDS = {"residue": 0.5, "total": 2.0}


def _totals(
    edits: Sequence[Any], findings: Sequence[Any], articles: Sequence[Any], documents: Sequence[Any]
) -> Totals:
    """The counts of a batch, a worker for each document."""
    totals = Totals()
    for document in documents:
        own = ([r for r in said if r["doc_id"] == document["doc_id"]]
               for said in (edits, findings, articles))  # fmt: skip
        one = Totals()
        one.add(document, *own)
        totals.merge(one)
    return totals


def _summary() -> dict[str, Any]:
    return summarise(_totals(EDITS, FINDINGS, ARTICLES, DOCUMENTS), SECONDS)


def test_the_figures() -> None:
    value = _summary()
    assert (value["documents"], value["characters"], value["edits"]) == (4, 4000, 30)
    assert (value["findings"], value["removed"], value["rate"]) == (9, 210, 2000)
    assert value["untouched"] == 1
    assert [r["edits"] for r in value["stages"] if r["stage"] == "residue"] == [30]
    assert sum(value["confidence"]["edits"]) == 30
    assert sum(value["damage"]["documents"]) == 4


def test_the_order_of_the_input_does_not_matter() -> None:
    edits, findings, documents = EDITS.copy(), FINDINGS.copy(), DOCUMENTS.copy()
    for items in (edits, findings, documents):
        random.Random(1).shuffle(items)
    assert summarise(_totals(edits, findings, ARTICLES, documents), SECONDS) == _summary()


def test_an_empty_batch_has_a_page() -> None:
    assert "Nothing was read" in render(summarise(Totals(), {}))


def test_a_page_that_lost_most_of_its_text_is_named() -> None:
    documents = [{"doc_id": "site/0.txt", "characters": 300}]
    edit = _record(0, before="导" * 200)
    [warning] = summarise(_totals([edit], [], [], documents), {})["warnings"]
    assert "site/0.txt" in warning["what"]


class _Collect(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_from_a_document_is_markup() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
    edit = _record(1, before=evil, after=evil, doc_id=evil, evidence=evil, pattern=evil)
    context = {"before": evil, "after": evil}
    finding = {**edit, "context": context, "rule": evil, "stage": evil, "kind": evil}
    article = {"doc_id": evil, "inferred": {evil: evil}}
    documents = [{"doc_id": evil, "characters": 10, "codec": evil}]
    page = render(
        summarise(_totals([edit], [finding], [article], documents), {}) | {"errors": [evil]}
    )
    seen = _Collect()
    seen.feed(page)
    assert not seen.tags & {"script", "img", "iframe", "link", "object", "form"}
    assert not any(name.startswith("on") for name in seen.attributes)
    assert "\u202e" not in page


def test_the_page_is_self_contained() -> None:
    page = render(_summary())
    assert not re.search(r"""(src|href)=|url\(|@import""", page)
    assert "30" in page


def test_it_speaks_both_languages() -> None:
    for language in ("en", "zh"):
        page = render(_summary(), language)
        assert "findings to decide" in page
        assert "待定" in page
        assert f'id="{language}" checked' in page


def test_every_warning_is_in_chinese_too() -> None:
    documents = [{"doc_id": f"{n}", "characters": 300, "exact": False} for n in range(9)]
    edits = [_record(n, doc_id="0", before="导" * 200) for n in range(600)]
    findings = [_record(n, doc_id="0") for n in range(600)]
    articles = [{"doc_id": "1", "title": "题"}]
    found = summarise(_totals(edits, findings, articles, documents), {})["warnings"]
    assert len(found) == 6
    assert all(set(warning) == {"what", "why", "what_zh", "why_zh"} for warning in found)


def test_stages_and_most_kinds_have_a_chinese_name() -> None:
    kinds = {rule.kind for rule in rules.all_rules().values()}
    assert len(kinds - KINDS.keys()) < len(kinds) / 10
    assert {rule.stage for rule in rules.all_rules().values()} <= STAGES.keys()
