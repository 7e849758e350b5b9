"""What in a batch's figures a person should look at. The limits are rules of thumb, chosen
so that the seeds and a mixed folder of sound pages give no warning; each says its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

REMOVED = 0.5  # of a document: navigation around a short article comes to about a third
FINDINGS = 50  # a 10,000 characters: a thousand an hour is what one person decides
ONE_RULE = 0.8  # of all edits made by one rule, where there are many
MANY = 500  # edits below which shares mean nothing
OUTLIER = 20  # times the median damage of the batch, and at least…
DAMAGED = 100  # …this many changes and questions a 10,000 characters
NAMED = 5  # documents that a warning names
TEXT = 200  # characters from which on a document is looked at

# How many documents, and the most damaged of them, the worst first.
Seen = tuple[int, Sequence[Mapping[str, Any]]]


def warnings(value: Mapping[str, Any], seen: Mapping[str, Seen]) -> list[dict[str, str]]:
    """`{"what", "why"}` for each unusual figure, in plain words. `seen` are the documents
    that were `emptied`, are `bare` of articles, or have the `worst` damage."""
    found: list[dict[str, str]] = []

    def warn(what: str, why: str) -> None:
        found.append({"what": what, "why": why})

    if not value["documents"]:
        warn("Nothing was read.", "No input was found, or all were left out.")
        return found
    if seen["emptied"][0]:
        warn(
            f"More than half of the text was removed from {_documents(seen['emptied'])}.",
            "Such a page is mostly navigation, or a rule takes content for residue.",
        )
    if seen["bare"][0] and value["articles"]:
        warn(
            f"No article was found in {_documents(seen['bare'])}.",
            "Their text is in text/ all the same.",
        )
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
    if seen["worst"][0]:
        warn(
            f"Far more damage than in the rest was found in {_documents(seen['worst'])}.",
            "It may be another encoding, another language, or not text.",
        )
    if value["inexact"]:
        warn(
            f"{value['inexact']} inputs hold bytes that their encoding does not explain.",
            "The original bytes are kept in source/, so undo gives them back.",
        )
    return found


def _documents(seen: Seen) -> str:
    count, rows = seen
    names = ", ".join(r["doc_id"] for r in rows[:NAMED])
    more = f" and {count - NAMED:,} more" if count > NAMED else ""
    return f"{count:,} document{'s' if count != 1 else ''}: {names}{more}"
