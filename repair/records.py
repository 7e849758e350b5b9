"""Edits, findings and articles as JSON records (DESIGN.md, "The record of an edit").

A record is a plain dict of JSON values. Offsets count code points of the layer.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from repair import edits as ed
from repair import rules
from repair.model import (
    Article,
    Candidate,
    Document,
    Edit,
    Finding,
    Mark,
    Result,
    WitnessReading,
)
from repair.views import unified

Record = dict[str, Any]
BESIDE = 4  # characters on either side that tell one break from another
CONTEXT = 60  # characters of the layer kept on either side of a place


class Lines:
    """Line and column, both from 1, of an offset in a text."""

    def __init__(self, text: str) -> None:
        text = unified(text) if "\r" in text else text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def at(self, offset: int) -> tuple[int, int]:
        """The line of the offset and its column in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def identity(document: Document, item: Edit | Finding) -> str:
    """A stable id: equal inputs give equal ids on any machine and in any order. A question
    whether an edit has written the right thing has the edit's own: a decision is about both."""
    witnesses = item.witnesses if isinstance(item, Finding) else ()
    parts = [
        document.doc_id,
        document.sha256,
        document.layer,
        item.start,
        item.end,
        item.rule,
        item.after,
        [(w.doc_id, w.start, w.end) for w in witnesses],
    ]
    plain = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def edit_records(result: Result) -> list[Record]:
    """The journal of one document, in order."""
    lines = Lines(result.document.text)
    return [_record(result.document, lines, edit, "applied") for edit in result.edits]


def markup_records(document: Document) -> list[Record]:
    """The repairs of the markup that a document was taken out of, in the markup's offsets."""
    if document.markup is None:
        return []
    page = document._replace(text=document.markup.text, layer="source")
    lines = Lines(page.text)
    return [_record(page, lines, edit, "applied") for edit in document.markup.edits]


def finding_records(
    document: Document, findings: Iterable[Finding], journal: Sequence[Edit]
) -> list[Record]:
    """The findings of one document, each naming the edit that it lies over."""
    lines = Lines(document.text)
    records = []
    for finding in findings:
        record = _record(document, lines, finding, "pending")
        for edit in inside(journal, finding.start, finding.end):
            if edit.start != edit.end or finding.start < edit.start < finding.end:
                record["replaces"] = identity(document, edit)
        records.append(record)
    return records


def inside(journal: Sequence[Edit], start: int, end: int) -> Iterator[Edit]:
    """The edits of a sorted journal that lie in the span, its edges included."""
    for i in range(bisect_left(journal, start, key=lambda e: e.start), len(journal)):
        if journal[i].start > end:
            return
        if journal[i].end <= end:
            yield journal[i]


def place(text: str, lines: Lines, start: int, end: int) -> Record:
    """What a record says of where it is."""
    line, column = lines.at(start)
    before = text[start:end]
    return {"start": start, "end": end, "line": line, "column": column, "before": before}


def context(text: str, start: int, end: int) -> Record:
    """What a record shows of the text around a place."""
    return {"before": text[max(0, start - CONTEXT) : start], "after": text[end : end + CONTEXT]}


def _record(document: Document, lines: Lines, item: Edit | Finding, status: str) -> Record:
    rule = rules.rule_of(item.rule)
    text = document.text
    return {
        "id": identity(document, item),
        "doc_id": document.doc_id,
        "doc_sha256": document.sha256,
        "path": document.path,
        "layer": document.layer,
        **place(text, lines, item.start, item.end),
        "after": item.after,
        "rule": item.rule,
        "kind": (item.kind if isinstance(item, Finding) else "") or rule.kind,
        "stage": rule.stage,
        "confidence": round(item.confidence, 4),
        "candidates": [
            {"text": c.text, "confidence": round(c.confidence, 4), "source": c.source}
            for c in (item.candidates if isinstance(item, Finding) else ())
        ],
        "witnesses": [
            {
                "doc_id": w.doc_id,
                "start": w.start,
                "end": w.end,
                "text": w.text,
                "provenance": w.provenance,
            }
            for w in (item.witnesses if isinstance(item, Finding) else ())
        ],
        "error_side": item.error_side if isinstance(item, Finding) else "this",
        "pattern": (item.pattern if isinstance(item, Finding) else "") or _pattern(text, item),
        "replaces": None,
        "move_to": item.move_to if isinstance(item, Finding) else None,
        "context": context(text, item.start, item.end),
        "evidence": item.evidence,
        "status": status,
    }


def _pattern(text: str, item: Edit | Finding) -> str:
    """before→after; where that is only white space, with the characters beside it, because
    two line breaks are not one decision."""
    if item.before.strip() or item.after.strip():
        return f"{item.before}→{item.after}"
    left, right = text[max(0, item.start - BESIDE) : item.start], text[item.end : item.end + BESIDE]
    return f"{left}{item.before}{right}→{left}{item.after}{right}"


def edit_of(record: Mapping[str, Any]) -> Edit:
    """The edit of a journal record."""
    return Edit(
        record["start"],
        record["end"],
        record["before"],
        record["after"],
        record["rule"],
        record["confidence"],
        record["evidence"],
    )


def finding_of(record: Mapping[str, Any]) -> Finding:
    """The finding of a record."""
    return Finding(
        record["start"],
        record["end"],
        record["before"],
        record["after"],
        record["rule"],
        record["confidence"],
        record["evidence"],
        tuple(Candidate(**c) for c in record["candidates"]),
        tuple(WitnessReading(**w) for w in record["witnesses"]),
        record["error_side"],
        record["pattern"],
        record["move_to"],
        record["kind"],
    )


METADATA = ("title", "byline", "author", "office", "source", "date", "time", "section", "editor")
_NO_METADATA = dict.fromkeys(METADATA)
# The fields of a line of `articles.jsonl`, and what stands there where nothing is known.
_ARTICLE: Record = {
    "doc_id": "",
    "index": 0,
    **_NO_METADATA,
    "start": 0,
    "end": 0,
    "text": "",
    "paragraphs": (),
    "inferred": None,
    "contents": (),
    "attachments": (),
}


def article_shape(article: Article) -> Record:
    """The part of an article that no decision changes: spans and metadata."""
    return {
        "start": article.start,
        "end": article.end,
        "body": article.body,
        "marks": [
            {"start": m.start, "end": m.end, "kind": m.kind, "value": m.value, "origin": m.origin}
            for m in article.marks
        ],
        "titles": article.titles,
    }


def article_of(shape: Mapping[str, Any]) -> Article:
    """The article of a shape."""
    return Article(
        shape["start"],
        shape["end"],
        tuple(map(tuple, shape["body"])),
        tuple([Mark(**mark) for mark in shape["marks"]]),
        tuple(shape["titles"]),
    )


class Named(Protocol):
    """A text and its document's id: a document, or a row of records."""

    @property
    def doc_id(self) -> str: ...
    @property
    def text(self) -> str: ...


def article_records(
    document: Named, articles: Sequence[Article], final: Sequence[Edit]
) -> list[Record]:
    """The lines of `articles.jsonl` for one document.

    Spans count in the layer; `text` and `paragraphs` have the given edits made."""
    return [
        _article_record(document, index, article, final) for index, article in enumerate(articles)
    ]


def _article_record(document: Named, index: int, article: Article, final: Sequence[Edit]) -> Record:
    paragraphs = paragraphs_of(document.text, article, final)
    said = {"text": "\n".join(paragraphs), "paragraphs": paragraphs}
    return about(document.doc_id, index, article) | said


def about(doc_id: str, index: int, article: Article) -> Record:
    """The line of an article without its text: `text` and `paragraphs` are empty."""
    record = _ARTICLE.copy()
    record["doc_id"], record["index"] = doc_id, index
    record["start"], record["end"] = article.start, article.end
    record["inferred"], record["contents"] = {}, article.titles
    if article.marks:
        record.update(metadata(article))
    return record


def paragraphs_of(text: str, article: Article, final: Sequence[Edit]) -> list[str]:
    """The paragraphs of an article with the given edits made, each a line without white space at
    its ends, and none empty."""
    if final:
        pieces = [repaired_span(text, final, start, end) for start, end in article.body]
    else:
        pieces = [text[start:end] for start, end in article.body]
    whole = "".join(pieces)
    if "\n" in whole or "\r" in whole:  # a piece is more than a line
        pieces = unified("\n".join(pieces)).split("\n")
    return list(filter(None, map(str.strip, pieces)))


def metadata(article: Article) -> Record:
    """What is known of an article, by kind, which of that is `inferred` and from where, and its
    `attachments`; nothing of what is unknown."""
    known: Record = {}
    for mark in article.marks:
        if mark.kind in _NO_METADATA:
            known[mark.kind] = mark.value
        if mark.kind == "attachment":
            known.setdefault("attachments", []).append(mark.value)
        if mark.origin:
            known.setdefault("inferred", {})[mark.kind] = mark.origin
    return known


def repaired_span(text: str, final: Sequence[Edit], start: int, end: int) -> str:
    """`text[start:end]` with those edits made that lie inside it; an edit that reaches over
    an edge is left out, it belongs to what stands between two spans."""
    shifted = [
        Edit(e.start - start, e.end - start, e.before, e.after, e.rule, e.confidence)
        for e in inside(final, start, end)
    ]
    return ed.apply(text[start:end], shifted)


def line(record: Mapping[str, Any]) -> str:
    """One line of JSON, the same bytes for equal records. Lone surrogates, which UTF-8 has
    no bytes for, are escaped."""
    plain = json.dumps(record, ensure_ascii=False, separators=(", ", ": "))
    if not plain.isascii() and any("\ud800" <= char <= "\udfff" for char in plain):
        plain = json.dumps(record, separators=(", ", ": "))
    return plain + "\n"
