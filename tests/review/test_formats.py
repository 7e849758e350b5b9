"""What other tools read and write, against their own definitions.

The schemas are what the packages check, put as JSON Schema: label-studio-sdk 2.1.2
(`label_interface/objects.py`, `interface.py: validate_prediction`; tasks as in
https://labelstud.io/guide/tasks#Basic-Label-Studio-JSON-format) and argilla 2.8.0
(`records/_resource.py: Record.from_dict`, `_models/_record/`, `records/_io/_json.py`). The
exports were also read by these packages themselves; they are too heavy to be installed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from repair.review.exports import ExportError, decisions_from, export
from repair.review.formats import LABEL_CONFIG
from repair.review.queue import Queue

Make = Callable[..., dict[str, Any]]
TEXT = "甲处有错字，反写。\n第二行有错字。"
STRING = {"type": "string"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


CHOICE = _object(["choices"], choices=_list({"enum": ["accept", "reject", "edit", "skip"]}, 1))
REGION = _object(
    ["from_name", "to_name", "type", "value"],
    id=STRING,
    from_name={"enum": ["verdict", "replacement"]},
    to_name={"const": "text"},
    type={"enum": ["choices", "textarea"]},
    value={"anyOf": [CHOICE, _object(["text"], text=_list(STRING, 1))]},
)
LABEL_STUDIO = _list(
    _object(
        ["data"],
        data=_object(["text", "evidence", "pattern", "finding_id"], text=STRING, evidence=STRING),
        predictions=_list(
            _object(
                ["result"],
                model_version=STRING,
                score={"type": "number", "minimum": 0, "maximum": 1},
                result=_list(REGION, 1),
            )
        ),
        annotations=_list(
            _object(["result"], result=_list(REGION, 1), was_cancelled={"type": "boolean"})
        ),
    )
)
SUGGESTION = _object(
    ["value"],
    value=STRING,
    score={"type": ["number", "null"]},
    agent={"type": ["string", "null"]},
) | {"additionalProperties": False}
ARGILLA = _list(
    _object(
        ["id", "fields"],
        id=STRING,
        fields=_object(["text", "proposal", "evidence"], text=STRING, proposal=STRING),
        metadata={"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        suggestions={"type": "object", "additionalProperties": SUGGESTION},
        responses={"type": "object"},
    )
)


@pytest.fixture
def queue(tmp_path: Path, make: Make) -> Queue:
    """Three findings: accepted, edited, open."""
    opened = Queue(str(tmp_path / "q.db"))
    records = [make(TEXT, at, at + 2, "正字") for at in (3, 6, 14)]
    opened.load(records)
    opened.decide(records[0]["id"], "accept", reviewer="ann")
    opened.decide(records[1]["id"], "edit", "改", reviewer="ann")
    return opened


@pytest.mark.parametrize(("to", "schema"), [("label-studio", LABEL_STUDIO), ("argilla", ARGILLA)])
def test_an_export_is_what_the_tool_reads(queue: Queue, to: str, schema: Any) -> None:
    value = json.loads(export(queue, to))
    jsonschema_rs.validator_for(schema).validate(value)
    assert len(value) == 3


def test_the_tasks_fit_their_labelling_configuration(queue: Queue) -> None:
    for task in json.loads(export(queue, "label-studio")):
        assert all(f'value="${name}"' in LABEL_CONFIG for name in ("text", "evidence", "pattern"))
        for said in [*task["predictions"], *task.get("annotations", [])]:
            for region in said["result"]:
                assert f'name="{region["from_name"]}" toName="{region["to_name"]}"' in LABEL_CONFIG


def _answered(ids: list[str]) -> list[dict[str, Any]]:
    """As `dataset.records.to_json` of argilla 2.8.0 writes answers of two users."""
    ann, bob = "5f5991a7-a77e-45b6-913b-98d1ac41565c", "0b0f8b8e-6d0e-4c39-9f0f-0a5a3f1d2c11"
    both = {"vectors": {}, "status": "completed", "_server_id": None, "suggestions": {}}
    return [
        {
            "id": ids[0],
            "fields": {"text": "…"},
            "metadata": {},
            **both,
            "responses": {
                "verdict": [{"value": "accept", "user_id": ann}, {"value": "edit", "user_id": bob}],
                "replacement": [{"value": "正", "user_id": bob}],
            },
        },
        {"id": ids[1], "fields": {}, "metadata": {}, **both, "responses": {}},
    ]


@pytest.mark.parametrize("lines", [False, True])
def test_argilla_answers_come_back(tmp_path: Path, lines: bool) -> None:
    path = tmp_path / "a.json"
    records = _answered(["x1", "x2"])
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records)
    path.write_text(text, encoding="utf-8")
    assert [(t.finding_id, t.verdict, t.replacement) for t in decisions_from(path)] == [
        ("x1", "accept", None),
        ("x1", "edit", "正"),
    ]


def test_our_suggestions_are_no_answers(queue: Queue, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(export(queue, "argilla"))
    assert decisions_from(path) == []


def test_of_two_answers_the_last_holds_and_two_people_are_heard(tmp_path: Path, make: Make) -> None:
    record = make(TEXT, 3, 5, "正字")
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_answered([record["id"], "x"])), encoding="utf-8")
    for two, lines in ((False, 1), (True, 2)):
        queue = Queue(str(tmp_path / f"{two}.db"))
        queue.load([record])
        queue.ask_two(two)
        assert queue.take(decisions_from(path)) == (lines, [])
        assert queue.take(decisions_from(path)) == (0, [])
        assert len(queue.verdicts()) == (0 if two else 1)
        queue.close()


def test_every_annotator_is_heard(tmp_path: Path) -> None:
    def says(verdict: str, who: Any) -> dict[str, Any]:
        value = {"choices": [verdict]}
        return {"completed_by": who, "result": [{"from_name": "verdict", "value": value}]}

    task = {
        "data": {"finding_id": "x"},
        "annotations": [says("accept", 1), says("reject", {"id": 2}), says("skip", 1)],
    }
    path = tmp_path / "d.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    assert [(t.verdict, t.reviewer) for t in decisions_from(path)] == [
        ("reject", "2"),
        ("skip", "1"),
    ]


@pytest.mark.parametrize("text", ['{"id": "x", "verdict": "accept"}', '{"finding": "x"}'])
def test_jsonl_that_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ExportError, match="d.jsonl:1: no key 'decision'"):
        decisions_from(path)


def test_an_id_of_digits_is_no_number_in_a_spreadsheet(queue: Queue) -> None:
    rows = export(queue, "csv").decode("utf-8-sig").splitlines()
    assert all(row.startswith("id-") for row in rows[1:] if len(row.split(",")) > 20)
