"""The formats of Label Studio and SARIF (argilla.py has Argilla's).

Label Studio: https://labelstud.io/guide/task_format (tasks with predictions; the labelling
configuration that they need is `LABEL_CONFIG`). SARIF 2.1.0: OASIS,
sarif-schema-2.1.0.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

Record = Mapping[str, Any]
Said = tuple[str, str, str | None, str]  # finding id, verdict, replacement, who


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


def from_label_studio(tasks: Any) -> Iterator[Said]:
    """What each annotator said of each task, in either of Label Studio's exports (JSON,
    JSON-MIN); an annotator's last word. KeyError or TypeError where it is neither."""
    for task in tasks:
        if "annotations" not in task:
            if task.get("verdict"):
                by = str(task.get("annotator", ""))
                yield task["finding_id"], task["verdict"], one(task.get("replacement")), by
            continue
        done: dict[str, Said] = {}
        for annotation in task["annotations"]:
            values = {item["from_name"]: item["value"] for item in annotation["result"]}
            if annotation.get("was_cancelled") or "verdict" not in values:
                continue
            by = annotation.get("completed_by", "")
            who = str(by.get("email", by.get("id", "")) if isinstance(by, dict) else by)
            typed = one(values.get("replacement", {}).get("text"))
            done.pop(who, None)
            done[who] = task["data"]["finding_id"], values["verdict"]["choices"][0], typed, who
        yield from done.values()


def one(value: Any) -> str | None:
    """A text, or the last one of a list."""
    return value[-1] if isinstance(value, list) and value else value or None


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
