"""What the review page shows of a finding and of a document, ready for the templates.

All text from documents leaves here as `Markup` made by show.py, or is escaped by Jinja2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from markupsafe import Markup

from repair.review.apply import final_edits
from repair.review.rows import Decision
from repair.review.show import aligned, alike, crop, differences, show

Record = Mapping[str, Any]
COMPARED = 600  # characters up to which the parts that differ are marked
BESIDE = 36  # characters of context on either side of a reading and its witness
WINDOW = 60_000  # code points of a document that one view shows
SIDES = {
    "this": "the error is likely here",
    "other": "the error is likely in the other version",
    "both": "both seem wrong",
    "none": "neither seems wrong",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One finding (or applied edit) as a reviewer sees it."""

    record: Record
    title: str
    left: Markup
    before: Markup
    after: Markup
    right: Markup
    near: tuple[Markup, Markup]  # so much of left and right as stands beside a witness
    status: str  # where it is not for this reader's first decision
    flag: bool  # proposes no change
    side: str
    candidates: tuple[tuple[int, Markup, float, str], ...]  # key, text, confidence, source
    witnesses: tuple[tuple[Record, Markup, Markup], ...]  # reading, this text, that text
    decision: Decision | None = None


@cache
def rule_titles() -> Mapping[str, str]:
    """The title of every rule."""
    from repair import rules

    return {code: rule.title for name in rules.PACKAGES for code, rule in rules.table(name).items()}


def card(record: Record, decision: Decision | None = None, blind: bool = False) -> Card:
    """A finding with its parts marked where they differ. A `blind` one does not say whether
    and how it was decided."""
    before, after = record["before"], record["after"]
    context = record["context"] or {}
    titles = rule_titles()
    code = record["rule"].split("+")[0]
    offered = record["candidates"][:9]
    if [c["text"] for c in offered] == [after]:
        offered = []  # it is what accepting makes
    candidates = tuple(
        (n, show(crop(c["text"], 120)), c["confidence"], c["source"])
        for n, c in enumerate(offered, 1)
    )
    left, right = context.get("before", ""), context.get("after", "")
    return Card(
        record,
        titles.get(code, record["kind"]),
        show(left),
        _against(before, after),
        _against(after, before),
        show(right),
        (show(left[-BESIDE:]), show(right[:BESIDE])),
        "" if blind or record["status"] == "pending" else record["status"],
        before == after and record["move_to"] is None,
        SIDES.get(record["error_side"], "who is wrong is unknown") if record["witnesses"] else "",
        candidates,
        tuple(
            (w, _against(before, w["text"]), _against(w["text"], before))
            for w in record["witnesses"]
        ),
        decision,
    )


def named(pattern: str) -> str:
    """A pattern as a list shows it; of one that changes nothing, what it is about."""
    half = len(pattern) // 2
    return pattern[:half] if pattern[half:] == f"→{pattern[:half]}" else pattern


def side_by_side(record: Record, left: str, text: str, right: str) -> tuple[Markup, ...]:
    """This text's left context, reading and right context, then the witness's, each with
    what the other lacks marked. Without a known context of the witness ours stays plain."""
    context = record["context"] or {}
    before, after = context.get("before", ""), context.get("after", "")
    pairs = (
        aligned(before[-BESIDE:], left[-BESIDE:], "start"),
        (record["before"], text),
        aligned(after[:BESIDE], right[:BESIDE], "end"),
    )
    return (
        *(_marked(a, b) for a, b in pairs),
        *(_marked(b, a) for a, b in pairs),
    )


def _marked(text: str, other: str) -> Markup:
    if not other or len(text) + len(other) > COMPARED:
        return show(crop(text))
    return differences(text, other)


def _against(text: str, other: str) -> Markup:
    if not text or not other or text == other or len(text) + len(other) > COMPARED:
        return show(crop(text))
    return differences(text, other) if alike(text, other) else show(text)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document: plain text, or an edit or a finding with what it makes."""

    kind: str  # text, applied, accepted, edited, rejected, pending, skipped, stale
    text: Markup
    was: Markup | None = None  # what stood there, where something else stands now
    id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A window of a document with everything that happened in it."""

    doc_id: str
    pieces: tuple[Piece, ...]
    start: int
    end: int
    length: int  # of the whole layer, in code points
    counts: Mapping[str, int] = field(default_factory=dict)


def document(
    doc_id: str,
    layer: str,
    journal: Sequence[Record],
    findings: Sequence[Record],
    decisions: Mapping[str, Decision],
    at: int = 0,
) -> View:
    """The repaired text around an offset of the layer, every edit and finding a piece."""
    start = max(0, min(at - WINDOW // 2, len(layer) - WINDOW))
    end = min(len(layer), start + WINDOW)
    made, _ = final_edits(journal, findings, decisions)
    texts = {(e.start, e.end): e.after for e in made}
    pieces: list[Piece] = []
    counts: dict[str, int] = {}
    done = start
    for record, kind in _spots(journal, findings, decisions):
        counts[kind] = counts.get(kind, 0) + 1
        s, e = record["start"], record["end"]
        if s < done or e > end:
            continue
        pieces.append(Piece("text", show(layer[done:s], breaks=False)))
        pieces.append(_piece(record, kind, texts.get((s, e), layer[s:e])))
        done = e
    pieces.append(Piece("text", show(layer[done:end], breaks=False)))
    return View(doc_id, tuple(pieces), start, end, len(layer), counts)


def _piece(record: Record, kind: str, now: str) -> Piece:
    before = record["before"]
    return Piece(
        kind,
        show(crop(now, 2000), breaks=False),
        None if now == before else show(crop(before, 2000)),
        record["id"],
        f"{record['rule']} {rule_titles().get(record['rule'].split('+')[0], record['kind'])}",
    )


def _spots(
    journal: Sequence[Record], findings: Sequence[Record], decisions: Mapping[str, Decision]
) -> list[tuple[Record, str]]:
    """Every edit and finding with its state, in order; of a finding and the edit under it,
    the finding."""
    covered = {f["replaces"] for f in findings if f["replaces"]}
    spots: list[tuple[Record, str]] = []
    for record in journal:
        if record["id"] not in covered:
            said = decisions.get(record["id"])
            spots.append((record, _state(said, "applied")))
    for record in findings:
        if record["status"] != "stale":
            spots.append((record, _state(decisions.get(record["id"]), "pending")))
    return sorted(spots, key=lambda spot: (spot[0]["start"], spot[0]["end"], spot[0]["id"]))


def _state(said: Decision | None, otherwise: str) -> str:
    from repair.review.rows import STATUS

    return otherwise if said is None else STATUS[said.verdict]
