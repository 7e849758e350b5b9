"""Original + journal + decisions -> the final edits and text. Pure: no files, no queue.

    final = rebuild(layer_text, doc_sha256, journal, findings, queue.verdicts(doc_id))
    final.text, final.edits, final.conflicts
    edits, conflicts = final_edits(journal, findings, decisions)   # without a text to check

All positions count in the original layer; what was written before is never patched, so the
result depends on the decisions that hold and not on the way that led to them. `decisions`
maps an id to what holds about it (`verdict`, `replacement`, `seq`), as `Queue.verdicts`
gives it; an id that it does not name is undecided.

- an edit of the journal is applied unless it was rejected; `edit` changes what it writes
- a finding that was accepted or edited becomes an edit, and takes the place of the edit
  that it `replaces`; accepted as it stands (`after == before`) it changes nothing
- a move (`move_to`) is two edits, made together or not at all: the span goes, and the
  moved text stands with a line break at `move_to`
- where two overlap, the one decided later is not made but reported
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from repair import edits as ed
from repair.model import Edit
from repair.pipeline import ORDER
from repair.spans import overlaps

Record = Mapping[str, Any]
_RANK = {stage: n for n, stage in enumerate((*ORDER, "collate"))}


class Decided(Protocol):
    """What holds about one finding or edit (`repair.review.rows.Decision` is one)."""

    @property
    def verdict(self) -> str: ...  # accept, reject, edit, skip
    @property
    def replacement(self) -> str | None: ...
    @property
    def seq(self) -> int: ...  # the earlier decision wins a place


@dataclass(frozen=True, slots=True)
class Conflict:
    """A decision that was not carried out, and why, in words for a person."""

    finding_id: str
    start: int
    end: int
    reason: str
    stale: bool = False  # its text is not there any more; otherwise it overlaps `other`
    other: str | None = None  # the id of the record that has the place


@dataclass(frozen=True, slots=True)
class Final:
    """One document as the decisions want it."""

    text: str
    edits: tuple[Edit, ...]
    records: tuple[Record, ...]  # of each edit the record that makes it
    conflicts: tuple[Conflict, ...]


def rebuild(
    layer: str,
    sha256: str,
    journal: Sequence[Record],
    findings: Sequence[Record],
    decisions: Mapping[str, Decided],
) -> Final:
    """The final text of a document whose input has this hash and this layer. Records made
    from another input, or that do not fit the text, are left out and reported as stale."""
    stale: list[Conflict] = []

    def fits(record: Record) -> bool:
        start, end = record["start"], record["end"]
        same = record["doc_sha256"] == sha256
        move = record.get("move_to")
        if same and layer[start:end] == record["before"] and end <= len(layer) >= (move or 0):
            return True
        if decisions.get(record["id"]) is not None or record.get("status") == "applied":
            reason = "the text is another one there" if same else "the input has changed"
            stale.append(Conflict(record["id"], start, end, reason, stale=True))
        return False

    placed, conflicts = _decided(
        [r for r in journal if fits(r)], [r for r in findings if fits(r)], decisions
    )
    edits = tuple(edit for edit, _ in placed)
    records = tuple(record for _, record in placed)
    return Final(ed.apply(layer, edits), edits, records, (*stale, *conflicts))


def final_edits(
    journal: Sequence[Record], findings: Sequence[Record], decisions: Mapping[str, Decided]
) -> tuple[list[Edit], list[Conflict]]:
    """The edits of one document after the decisions, sorted and without overlaps, and the
    decisions that could not be carried out. `journal` holds the applied edits' records."""
    placed, conflicts = _decided(journal, findings, decisions)
    return [edit for edit, _ in placed], conflicts


def _decided(
    journal: Sequence[Record], findings: Sequence[Record], decisions: Mapping[str, Decided]
) -> tuple[list[tuple[Edit, Record]], list[Conflict]]:
    made = [
        (decisions[f["id"]].seq, f)
        for f in findings
        if f["id"] in decisions and decisions[f["id"]].verdict in ("accept", "edit")
    ]
    made.sort(key=lambda pair: (pair[0], pair[1]["start"], pair[1]["id"]))
    placed = _Placed()
    standing = {r["id"]: r for r in journal if not _rejected(decisions.get(r["id"]))}
    for record in standing.values():
        placed.put(record, _as_edits(record, decisions.get(record["id"])))
    conflicts: list[Conflict] = []
    for _, finding in made:
        replaced = standing.get(finding.get("replaces") or "")
        wanted = _as_edits(finding, decisions[finding["id"]])
        spans = _spans(finding)
        other = placed.overlapping(spans, but=replaced)
        if other is None and len(spans) == 2 and overlaps(*spans[0], *spans[1]):
            other = finding  # a move into its own middle
        if other is None:
            if replaced is not None:
                placed.remove(replaced)
            placed.put(finding, wanted)
        else:
            reason = f"{other['rule']} at {other['start']} has changed this place"
            conflicts.append(
                Conflict(finding["id"], finding["start"], finding["end"], reason, other=other["id"])
            )
    return placed.edits(), conflicts


def _rejected(decision: Decided | None) -> bool:
    return decision is not None and decision.verdict == "reject"


def _spans(record: Record) -> list[tuple[int, int]]:
    spans = [(record["start"], record["end"])]
    move = record.get("move_to")
    return spans if move is None else [*spans, (move, move)]


def _as_edits(record: Record, decision: Decided | None) -> list[Edit]:
    """The edits that a record makes, with the typed replacement if there is one."""
    after = record["after"]
    if decision is not None and decision.verdict == "edit" and decision.replacement is not None:
        after = decision.replacement
    move = record.get("move_to")
    if move is None:
        return [_edit(record, record["start"], record["before"], after)]
    moved = _edit(record, move, "", (after or record["before"]) + "\n")
    return [_edit(record, record["start"], record["before"], ""), moved]


def _edit(record: Record, start: int, before: str, after: str) -> Edit:
    return Edit(
        start=start,
        end=start + len(before),
        before=before,
        after=after,
        rule=record["rule"],
        confidence=record["confidence"],
        evidence=record.get("evidence") or "",
    )


class _Placed:
    """Records that have their place, found by position in logarithmic time.

    Insertions at one place may stand side by side (ordered by stage, then rule); any other
    overlap is one."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int, str]] = []  # never overlapping, sorted
        self.records: dict[str, tuple[Record, list[Edit]]] = {}

    def put(self, record: Record, edits: list[Edit]) -> None:
        self.records[record["id"]] = (record, edits)
        for start, end in _spans(record):
            insort(self.spans, (start, end, record["id"]))

    def remove(self, record: Record) -> None:
        del self.records[record["id"]]
        for start, end in _spans(record):
            del self.spans[bisect_left(self.spans, (start, end, record["id"]))]

    def overlapping(self, spans: Sequence[tuple[int, int]], but: Record | None) -> Record | None:
        """The first record that one of the spans would overlap, apart from `but`."""
        skip = but["id"] if but is not None else None
        for start, end in spans:
            at = bisect_left(self.spans, (start, start, ""))
            while at > 0 and self.spans[at - 1][1] >= start:
                at -= 1
            while at < len(self.spans) and self.spans[at][0] <= end:
                s, e, owner = self.spans[at]
                beside = start == end == s == e
                if owner != skip and not beside and overlaps(start, end, s, e):
                    return self.records[owner][0]
                at += 1
        return None

    def edits(self) -> list[tuple[Edit, Record]]:
        """All edits in the order of the text, each with the record that makes it."""
        made = [
            (edit, record)
            for record, edits in self.records.values()
            for edit in edits
            if edit.before != edit.after
        ]
        return sorted(made, key=_order)


def _order(made: tuple[Edit, Record]) -> tuple[int, int, int, str, str]:
    edit, record = made
    rank = _RANK.get(record.get("stage", ""), len(_RANK))
    return edit.start, edit.end, rank, edit.rule, edit.after
