"""The queue in other tools' formats, and their decisions back.

    data = export(queue, "jsonl")              # also csv, label-studio, argilla, sarif
    queue.take(decisions_from(Path("done.csv")))   # csv, Label Studio, Argilla, jsonl

Findings come in the order of documents and places, so equal queues give equal bytes.
A finding is exported whole; `decision` (null, or what holds about it) is added to it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from repair.review import formats
from repair.review.argilla import argilla, from_argilla
from repair.review.formats import plain_json
from repair.review.queue import Queue
from repair.review.rows import STATUS, Taken
from repair.review.schema import FIELDS

Record = Mapping[str, Any]


class ExportError(ValueError):
    """An unknown format, or a decision file that cannot be read: names file and line."""


def export(queue: Queue, to: str) -> bytes:
    """All findings and the decisions that hold, as UTF-8."""
    writers: dict[str, Callable[[Iterator[Record]], Iterator[str]]] = {
        "jsonl": _jsonl,
        "csv": _csv,
        "label-studio": formats.label_studio,
        "argilla": argilla,
        "sarif": formats.sarif,
    }
    if to not in writers:
        raise ExportError(f"unknown format '{to}', there are {', '.join(writers)}")
    return "".join(writers[to](decided(queue))).encode("utf-8")


def decided(queue: Queue) -> Iterator[dict[str, Any]]:
    """Every finding's record with its `decision`."""
    holding = queue.verdicts()
    for record in queue.stream():
        said = holding.get(record["id"])
        fields = {name: record[name] for name in FIELDS}
        yield fields | {
            "decision": None
            if said is None
            else {
                "verdict": said.verdict,
                "replacement": said.replacement,
                "reviewer": said.reviewer,
                "time": said.time,
                "scope": said.scope,
            }
        }


def _jsonl(records: Iterator[Record]) -> Iterator[str]:
    for record in records:
        yield plain_json(record) + "\n"


# ---- csv: for a spreadsheet, which must not take a document's text for a formula

COLUMNS = (
    "id", "verdict", "replacement", "reviewer", "status", "confidence", "doc_id", "line",
    "column", "context_before", "before", "after", "context_after", "pattern", "rule", "kind",
    "stage", "error_side", "candidates", "witnesses", "evidence", "path", "start", "end",
)  # fmt: skip
ID = "id-"
_FORMULA = re.compile(r"'*[=+\-@\t\r\n|%＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n|%＝＋－＠]")


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet runs as a formula (OWASP, CSV injection): what starts like
    one gets an apostrophe in front. `unsafe_cell` takes it away again, always rightly."""
    value = value.replace("\0", "␀")
    return f"'{value}" if _FORMULA.match(value) else value


def unsafe_cell(value: str) -> str:
    """What `safe_cell` was given."""
    return value[1:] if _QUOTED.match(value) else value


def _csv(records: Iterator[Record]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow([safe_cell(_cell(record, name)) for name in COLUMNS])
        yield buffer.getvalue().encode("utf-8", "backslashreplace").decode("utf-8")
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(record: Record, name: str) -> str:
    if name == "id":  # 16 digits, or 12e3, would be a number to a spreadsheet
        value = ID + record["id"]
    elif name in ("verdict", "replacement", "reviewer"):
        value = (record["decision"] or {}).get(name)
    elif name in ("context_before", "context_after"):
        value = (record["context"] or {}).get(name.removeprefix("context_"))
    elif name in ("candidates", "witnesses"):
        value = " | ".join(item["text"] for item in record[name])
    else:
        value = record[name]
    return "" if value is None else str(value)


# ---- decisions back


def decisions_from(path: Path) -> list[Taken]:
    """The decisions in a csv or JSON Lines file that we exported, or in an export of Label
    Studio or Argilla; what nobody decided is passed over. ExportError names the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ExportError(f"{path}: {error}") from None
    if path.suffix == ".csv":
        return list(_from_csv(path, text))
    try:
        if text.lstrip().startswith("["):
            tasks = json.loads(text)
            ours = any("fields" in task or "responses" in task for task in tasks)
            said = (from_argilla if ours else formats.from_label_studio)(tasks)
            return [_taken(f"{path}: decision {n}", *one) for n, one in enumerate(said, 1)]
        return list(_from_jsonl(path, text))
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise ExportError(f"{path}: not an export that can be taken back ({error})") from None


def _from_csv(path: Path, text: str) -> Iterator[Taken]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"id", "verdict"} - set(reader.fieldnames or ())
    if missing:
        raise ExportError(f"{path}: no column {', '.join(sorted(missing))}")
    for row in reader:
        cells = {name: unsafe_cell(value or "") for name, value in row.items() if name}
        if cells["verdict"].strip():
            replacement = cells.get("replacement", "")
            where = f"{path}:{reader.line_num}"
            yield _taken(
                where,
                cells["id"].removeprefix(ID),
                cells["verdict"],
                replacement,
                cells.get("reviewer", ""),
            )


def _from_jsonl(path: Path, text: str) -> Iterator[Taken]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        record, where = json.loads(line), f"{path}:{number}"
        if "responses" in record:
            for said in from_argilla([record]):
                yield _taken(where, *said)
        elif "decision" not in record:
            raise ExportError(f"{where}: no key 'decision'; this is no export of the queue")
        elif said := record["decision"]:
            typed, by = said.get("replacement"), said.get("reviewer") or ""
            yield _taken(where, record["id"], said["verdict"], typed, by)


def _taken(where: str, finding: str, said: str, replacement: str | None, reviewer: str) -> Taken:
    verdict = said.strip().lower()
    if verdict not in STATUS:
        raise ExportError(f"{where}: verdict '{said}' is none of {', '.join(STATUS)}")
    typed = (replacement or "") if verdict == "edit" else None
    return Taken(finding.strip(), verdict, typed, reviewer or "import")
