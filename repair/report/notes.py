"""What in a batch's figures a person should look at. The limits are rules of thumb, chosen
so that the seeds and a mixed folder of sound pages give no warning; each says its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

REMOVED = 0.5  # of a document: navigation around a short article comes to about a third
FINDINGS = 50  # a 10,000 characters: a thousand an hour is what one person decides
ONE_RULE = 0.8  # of all edits made by one rule, where there are many
MANY = 500  # edits below which shares mean nothing
OUTLIER = 20  # times the median damage of the batch, and at least…
DAMAGED = 100  # …this many changes and questions a 10,000 characters
NAMED = 5  # documents that a warning names


def warnings(value: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`{"what", "why"}` for each unusual figure, in plain words. `files` are all rows."""
    found: list[dict[str, str]] = []

    def warn(what: str, why: str) -> None:
        found.append({"what": what, "why": why})

    if not value["documents"]:
        warn("Nothing was read.", "No input was found, or all were left out.")
        return found
    emptied = [
        r for r in files if r["characters"] > 200 and r["removed"] > REMOVED * r["characters"]
    ]
    if emptied:
        warn(
            f"More than half of the text was removed from {_documents(emptied)}.",
            "Such a page is mostly navigation, or a rule takes content for residue.",
        )
    bare = [r for r in files if not r["articles"] and r["characters"] > 200]
    if bare and value["articles"]:
        warn(f"No article was found in {_documents(bare)}.", "Their text is in text/ all the same.")
    if (
        value["findings"] * 10_000 > FINDINGS * max(1, value["characters"])
        and value["findings"] > MANY
    ):
        warn(
            f"{value['findings']:,} findings are more than most people will read.",
            "Decide the largest patterns first, or leave out a noisy rule with `ignore`.",
        )
    for row in value["rules"]:
        if value["edits"] >= MANY and row["edits"] > ONE_RULE * value["edits"]:
            warn(
                f"{row['rule']} ({row['kind']}) made {row['edits']:,} of {value['edits']:,} edits.",
                "Look at its samples below: one cause behind all is usual, a mistake is possible.",
            )
    middle = median(r["damage"] for r in files)
    worst = [
        r for r in files if r["damage"] > max(DAMAGED, OUTLIER * middle) and r["characters"] > 200
    ]
    if worst:
        warn(
            f"Far more damage than in the rest was found in {_documents(worst)}.",
            "It may be another encoding, another language, or not text.",
        )
    if value["inexact"]:
        warn(
            f"{value['inexact']} inputs hold bytes that their encoding does not explain.",
            "The original bytes are kept in source/, so undo gives them back.",
        )
    return found


def _documents(rows: Sequence[Mapping[str, Any]]) -> str:
    ordered = sorted(rows, key=lambda r: (-r["damage"], r["doc_id"]))
    names = ", ".join(r["doc_id"] for r in ordered[:NAMED])
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return f"{len(rows):,} document{'s' if len(rows) != 1 else ''}: {names}{more}"
