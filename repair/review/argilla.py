"""Argilla 2's records, as `dataset.records.to_json` writes and `from_json` reads them:
https://docs.argilla.io/latest/how_to_guides/import_export/ (checked against argilla 2.8.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from repair.review.formats import Record, Said, one, plain_json, sentence

_ABOUT = ("doc_id", "line", "rule", "kind", "stage", "pattern")


def argilla(records: Iterable[Record]) -> Iterator[str]:
    """A list of records, for `dataset.records.from_json`: fields, metadata, suggestions with
    their score.

    The dataset needs the fields `text`, `proposal` and `evidence`, a label question `verdict`
    and a text question `replacement`. A decision is the suggestion, with the reviewer as its
    agent: a response would need the id of a user that only the Argilla server knows."""
    yield "["
    for number, record in enumerate(records):
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
        yield (",\n" if number else "\n") + plain_json(line)
    yield "\n]\n"


def from_argilla(records: Any) -> Iterator[Said]:
    """What each user answered, of `dataset.records.to_json`; a record without a response is
    passed over, its suggestions are ours. KeyError or TypeError where it is something else."""
    for record in records:
        answers = record.get("responses") or {}
        typed = {a["user_id"]: a["value"] for a in answers.get("replacement", ())}
        for answer in answers.get("verdict", ()):
            who = answer["user_id"]
            replacement = one(typed.get(who)) if answer["value"] == "edit" else None
            yield str(record["id"]), answer["value"], replacement, str(who)
