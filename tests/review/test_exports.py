"""The queue in other formats, and decisions back from them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.review.exports import (
    ExportError,
    decisions_from,
    export,
    safe_cell,
    unsafe_cell,
)
from repair.review.queue import Queue

Make = Callable[..., dict[str, Any]]
TEXT = "=SUM(A1)处有错字，\u202e反\ud800写。\n第二行有错字。"
SAID = [("accept", None), ("edit", "=正字"), ("reject", None)]


@pytest.fixture
def full(tmp_path: Path, make: Make) -> Queue:
    """Four findings: accepted, edited, rejected, and one that nobody decided."""
    queue = Queue(str(tmp_path / "q.db"))
    spans = [(0, 8), (10, 12), (13, 16), (21, 23)]
    records = [make(TEXT, s, e, f"改{s}") for s, e in spans]
    queue.load(records)
    for record, (verdict, replacement) in zip(records, SAID, strict=False):
        queue.decide(record["id"], verdict, replacement, reviewer="ann")  # type: ignore[arg-type]
    return queue


def _again(full: Queue, path: Path) -> None:
    """Taking the file's decisions into an empty queue gives the same decisions."""
    other = Queue(str(path.with_suffix(".db")))
    other.load(full.findings())
    assert other.take(decisions_from(path)) == (3, [])
    assert other.take(decisions_from(path)) == (0, [])
    assert {i: (d.verdict, d.replacement) for i, d in other.verdicts().items()} == {
        i: (d.verdict, d.replacement) for i, d in full.verdicts().items()
    }


def test_jsonl_holds_each_record_whole(full: Queue) -> None:
    lines = [json.loads(line) for line in export(full, "jsonl").decode().splitlines()]
    wanted = full.findings()
    assert [{k: line[k] for k in line if k != "decision"} for line in lines] == [
        {k: record[k] for k in record if k not in ("applied", "pattern_key")} for record in wanted
    ]
    assert [line["decision"] and line["decision"]["verdict"] for line in lines] == [
        "accept", "edit", "reject", None,
    ]  # fmt: skip


@pytest.mark.parametrize("to", ["jsonl", "csv", "label-studio", "argilla", "sarif"])
def test_equal_queues_give_equal_bytes(full: Queue, to: str) -> None:
    assert export(full, to) == export(full, to)


@pytest.mark.parametrize(("to", "name"), [("jsonl", "d.jsonl"), ("csv", "d.csv")])
def test_round_trip(full: Queue, tmp_path: Path, to: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(export(full, to))
    _again(full, path)


def test_csv_opens_in_a_spreadsheet(full: Queue) -> None:
    data = export(full, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for cell in row)


@given(st.text("'=+-@\t\r\n甲1 ", max_size=6))
def test_a_safe_cell_is_undone_exactly(text: str) -> None:
    assert unsafe_cell(safe_cell(text)) == text


def test_label_studio_annotations_come_back(full: Queue, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(export(full, "label-studio"))
    _again(full, path)


def test_label_studio_json_min_comes_back(full: Queue, tmp_path: Path) -> None:
    ids = [record["id"] for record in full.findings()]
    tasks = [
        {"finding_id": ids[0], "verdict": "accept", "annotator": 7},
        {"finding_id": ids[1], "verdict": "edit", "replacement": "=正字"},
        {"finding_id": ids[2], "verdict": "reject"},
        {"finding_id": ids[3]},
    ]
    path = tmp_path / "min.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    _again(full, path)


def test_a_cancelled_annotation_is_none(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text('[{"data": {}, "annotations": [{"was_cancelled": true, "result": []}]}]')
    assert decisions_from(path) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.csv", "id,text\n1,2\n"),
        ("d.csv", "id,verdict\n1,perhaps\n"),
        ("d.jsonl", "no json\n"),
        ("d.json", '[{"annotations": [{"result": [{}]}]}]'),
        ("absent.csv", None),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, text: str | None) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ExportError, match=name):
        decisions_from(path)


def test_unknown_findings_are_reported(full: Queue, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("id,verdict\nnobody,accept\n", encoding="utf-8")
    assert full.take(decisions_from(path)) == (0, ["nobody"])


def test_an_unknown_format_is_an_error(full: Queue) -> None:
    with pytest.raises(ExportError):
        export(full, "xml")


def test_sarif_fixes_count_in_code_points(full: Queue) -> None:
    [run] = json.loads(export(full, "sarif"))["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    change = run["results"][1]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change == {
        "deletedRegion": {"charOffset": 10, "charLength": 2},
        "insertedContent": {"text": "=正字"},
    }
