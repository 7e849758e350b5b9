"""The formats of Label Studio, Argilla and SARIF.

Label Studio: https://labelstud.io/guide/task_format (tasks with predictions; the labelling
configuration that they need is `LABEL_CONFIG`). Argilla 2: records as `rg.Record.to_dict`
gives them, one a line. SARIF 2.1.0: OASIS, sarif-schema-2.1.0.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

Record = Mapping[str, Any]


def plain_json(value: Any, indent: int | None = None) -> str:
    """JSON that UTF-8 can hold: Chinese as it is, lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text)


LABEL_CONFIG = """<View>
  <Header value="$pattern"/>
  <Text name="text" value="$text"/>
  <Text name="evidence" value="$evidence"/>
  <Choices name="verdict" toName="text" choice="single-radio" showInline="true" required="true">
    <Choice value="accept" hotkey="y"/>
    <Choice value="reject" hotkey="n"/>
    <Choice value="edit" hotkey="e"/>
    <Choice value="skip" hotkey="s"/>
  </Choices>
  <TextArea name="replacement" toName="text" maxSubmissions="1" placeholder="replacement"
            visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="edit"/>
</View>
"""


def sentence(record: Record) -> tuple[str, str, str]:
    """The finding's text with what stands on either side of it."""
    context = record["context"] or {}
    return context.get("before", ""), record["before"], context.get("after", "")


def label_studio(records: Iterable[Record]) -> Iterator[str]:
    """A list of tasks: our proposal as a prediction, a decision as an annotation."""
    yield "["
    for number, record in enumerate(records):
        left, middle, right = sentence(record)
        task: dict[str, Any] = {
            "data": {
                "finding_id": record["id"],
                "text": f"{left}【{middle}→{record['after']}】{right}",
                "evidence": record["evidence"],
                "pattern": record["pattern"],
                "doc_id": record["doc_id"],
                "line": record["line"],
                "rule": record["rule"],
            },
            "predictions": [
                {
                    "model_version": record["rule"],
                    "score": record["confidence"],
                    "result": _answer(record["id"], "accept", None),
                }
            ],
        }
        said = record["decision"]
        if said is not None:
            result = _answer(record["id"], said["verdict"], said["replacement"])
            task["annotations"] = [{"result": result, "was_cancelled": False}]
        yield (",\n" if number else "\n") + plain_json(task)
    yield "\n]\n"


def _answer(finding_id: str, verdict: str, replacement: str | None) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = [
        {
            "id": finding_id[:10],
            "from_name": "verdict",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": [verdict]},
        }
    ]
    if replacement is not None:
        result.append(
            {
                "id": finding_id[:9] + "r",
                "from_name": "replacement",
                "to_name": "text",
                "type": "textarea",
                "value": {"text": [replacement]},
            }
        )
    return result


def from_label_studio(tasks: Any) -> Iterator[tuple[str, str, str | None, str]]:
    """Finding id, verdict, replacement and annotator of each annotated task, from either of
    Label Studio's exports (JSON, JSON-MIN). Of several annotations the last one holds.
    KeyError or TypeError where it is neither."""
    for task in tasks:
        if "annotations" not in task:
            if task.get("verdict"):
                yield (
                    task["finding_id"],
                    task["verdict"],
                    _one(task.get("replacement")),
                    str(task.get("annotator", "")),
                )
            continue
        done = [a for a in task["annotations"] if not a.get("was_cancelled")]
        if not done:
            continue
        values = {item["from_name"]: item["value"] for item in done[-1]["result"]}
        if "verdict" in values:
            by = done[-1].get("completed_by", "")
            yield (
                task["data"]["finding_id"],
                values["verdict"]["choices"][0],
                _one(values.get("replacement", {}).get("text")),
                str(by.get("email", by.get("id", "")) if isinstance(by, dict) else by),
            )


def _one(value: Any) -> str | None:
    return value[-1] if isinstance(value, list) and value else value or None


_ABOUT = ("doc_id", "line", "rule", "kind", "stage", "pattern")


def argilla(records: Iterable[Record]) -> Iterator[str]:
    """One record a line, for `rg.Record.from_dict`: fields, metadata, suggestions with score.

    The dataset needs the fields `text`, `proposal` and `evidence`, a label question `verdict`
    and a text question `replacement`. A decision is the suggestion, with the reviewer as its
    agent: a response would need the id of a user that only the Argilla server knows."""
    for record in records:
        left, middle, right = sentence(record)
        said = record["decision"] or {}
        best = record["candidates"][0] if record["candidates"] else {}
        score = None if said else record["confidence"]
        typed = said.get("replacement")
        line = {
            "id": record["id"],
            "fields": {
                "text": f"{left}【{middle}】{right}",
                "proposal": record["after"],
                "evidence": record["evidence"],
            },
            "metadata": {
                name: record[name]
                for name in (*_ABOUT, "confidence", "status")
            },
            "suggestions": {
                "verdict": {
                    "value": said.get("verdict", "accept"),
                    "score": score,
                    "agent": said.get("reviewer", record["rule"]),
                },
                "replacement": {
                    "value": record["after"] if typed is None else typed,
                    "score": score,
                    "agent": said.get("reviewer", best.get("source") or record["rule"]),
                },
            },
        }  # fmt: skip
        yield plain_json(line) + "\n"


SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVEL = {"accepted": "warning", "edited": "warning", "pending": "note", "skipped": "note"}


def sarif(records: Iterable[Record]) -> Iterator[str]:
    """One run: a result a finding, with its proposal as a fix. Regions count code points."""
    from repair import __version__, rules

    table = {code: rule for name in rules.PACKAGES for code, rule in rules.table(name).items()}
    used: dict[str, dict[str, Any]] = {}
    results = []
    for record in records:
        code = record["rule"].split("+")[0]
        rule = table.get(code)
        used.setdefault(
            code,
            {
                "id": code,
                "name": record["kind"],
                "shortDescription": {"text": rule.title if rule else record["kind"]},
                "fullDescription": {"text": rule.reason if rule else record["kind"]},
            },
        )
        results.append(_result(record, code, list(used).index(code)))
    driver = {"name": "repair", "version": __version__, "rules": list(used.values())}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    yield plain_json({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(record: Record, code: str, index: int) -> dict[str, Any]:
    said = record["decision"]
    artifact = {"uri": quote(record["doc_id"], errors="backslashreplace")}
    place = {"charOffset": record["start"], "charLength": record["end"] - record["start"]}
    # A result of one line may also say line and column; `snippet` is what stands there.
    region = {**place, "startLine": record["line"], "startColumn": record["column"]}
    after = said["replacement"] if said and said["verdict"] == "edit" else record["after"]
    result: dict[str, Any] = {
        "ruleId": code,
        "ruleIndex": index,
        "level": _LEVEL.get(record["status"], "none"),
        "message": {"text": record["evidence"] or record["pattern"]},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {**region, "snippet": {"text": record["before"]}},
                }
            }
        ],
        "partialFingerprints": {"repairId/v1": record["id"]},
        "rank": round(record["confidence"] * 100, 2),
    }
    if after != record["before"]:
        change = {"deletedRegion": place, "insertedContent": {"text": after}}
        result["fixes"] = [
            {
                "description": {"text": record["pattern"]},
                "artifactChanges": [{"artifactLocation": artifact, "replacements": [change]}],
            }
        ]
    if record["status"] == "rejected":
        result["suppressions"] = [{"kind": "external"}]
    return result
