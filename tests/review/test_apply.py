"""Decisions become edits of the original; whatever the way, the result is what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits as ed
from repair.review.apply import final_edits, rebuild
from repair.review.queue import Queue

Make = Callable[..., dict[str, Any]]
TEXT = "第一行有错字。\n第二行也有错字。\n标题\n正文。"


@dataclass(frozen=True)
class Said:
    verdict: str
    replacement: str | None = None
    seq: int = 0


def _text(
    journal: list[dict[str, Any]], findings: list[dict[str, Any]], decisions: dict[str, Said]
) -> str:
    sha = (journal + findings)[0]["doc_sha256"]
    return rebuild(TEXT, sha, journal, findings, decisions).text


def test_undecided_means_the_journal(make: Make) -> None:
    journal, findings = [make(TEXT, 0, 3, "首行")], [make(TEXT, 4, 6, "别字")]
    assert _text(journal, findings, {}) == TEXT.replace("第一行", "首行")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (Said("accept"), "第一行有别字。"),
        (Said("edit", "白字"), "第一行有白字。"),
        (Said("edit", ""), "第一行有。"),
        (Said("reject"), "第一行有错字。"),
        (Said("skip"), "第一行有错字。"),
    ],
)
def test_a_decided_finding(make: Make, said: Said, line: str) -> None:
    finding = make(TEXT, 4, 6, "别字")
    assert _text([], [finding], {finding["id"]: said}).split("\n")[0] == line


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (Said("reject"), "第一行有错字。"),
        (Said("accept"), "首行有错字。"),
        (Said("edit", "头行"), "头行有错字。"),
    ],
)
def test_a_decided_edit_of_the_journal(make: Make, said: Said, line: str) -> None:
    edit = make(TEXT, 0, 3, "首行")
    assert _text([edit], [], {edit["id"]: said}).split("\n")[0] == line


@pytest.mark.parametrize(
    ("finding_said", "edit_said", "line"),
    [
        (Said("accept"), None, "第一行没有□字。"),
        (Said("reject"), None, "第一行有□字。"),
        (Said("reject"), Said("reject"), "第一行有错字。"),
        (Said("accept"), Said("reject"), "第一行没有□字。"),
    ],
)
def test_a_finding_takes_the_place_of_the_edit_it_replaces(
    make: Make, finding_said: Said, edit_said: Said | None, line: str
) -> None:
    edit = make(TEXT, 4, 5, "□")
    finding = make(TEXT, 3, 6, "没有□字", replaces=edit["id"])
    decisions = {finding["id"]: finding_said}
    if edit_said:
        decisions[edit["id"]] = edit_said
    assert _text([edit], [finding], decisions).split("\n")[0] == line


def test_an_overlap_is_refused_and_reported(make: Make) -> None:
    edit, finding = make(TEXT, 4, 6, "□"), make(TEXT, 3, 5, "别")
    edits, [conflict] = final_edits([edit], [finding], {finding["id"]: Said("accept")})
    assert [e.after for e in edits] == ["□"]
    assert (conflict.finding_id, conflict.other, conflict.stale) == (
        finding["id"],
        edit["id"],
        False,
    )


def test_of_two_overlapping_the_later_decision_is_refused(make: Make) -> None:
    first, second = make(TEXT, 4, 6, "甲"), make(TEXT, 5, 7, "乙")
    decisions = {first["id"]: Said("accept", seq=2), second["id"]: Said("accept", seq=1)}
    edits, [conflict] = final_edits([], [first, second], decisions)
    assert [e.after for e in edits] == ["乙"]
    assert conflict.finding_id == first["id"]


def test_another_input_is_stale(make: Make) -> None:
    finding = make(TEXT, 4, 6, "别字")
    final = rebuild(TEXT, "other", [], [finding], {finding["id"]: Said("accept")})
    assert (final.text, [c.stale for c in final.conflicts]) == (TEXT, [True])


def test_a_text_that_does_not_fit_is_stale(make: Make) -> None:
    finding = make(TEXT, 4, 6, "别字", before="不同")
    final = rebuild(TEXT, finding["doc_sha256"], [], [finding], {finding["id"]: Said("accept")})
    assert (final.text, [c.stale for c in final.conflicts]) == (TEXT, [True])


def test_a_move(make: Make) -> None:
    at = TEXT.index("标题")
    move = make(TEXT, at, at + 3, "标题", move_to=0)
    assert _text([], [move], {move["id"]: Said("accept")}) == (
        "标题\n第一行有错字。\n第二行也有错字。\n正文。"
    )


def test_a_move_is_made_whole_or_not_at_all(make: Make) -> None:
    at = TEXT.index("标题")
    move, edit = make(TEXT, at, at + 2, "标题", move_to=2), make(TEXT, 0, 4, "首行")
    edits, conflicts = final_edits([edit], [move], {move["id"]: Said("accept")})
    assert ([e.after for e in edits], len(conflicts)) == (["首行"], 1)


def test_a_move_into_itself_is_refused(make: Make) -> None:
    move = make(TEXT, 0, 6, "标题", move_to=3)
    edits, conflicts = final_edits([], [move], {move["id"]: Said("accept")})
    assert (edits, len(conflicts)) == ([], 1)


def test_insertions_at_one_place_follow_stage_then_rule(make: Make) -> None:
    journal = [
        make(TEXT, 8, 8, "3", stage="layout", rule="LAY001"),
        make(TEXT, 8, 8, "1", stage="encoding", rule="ENC002"),
        make(TEXT, 8, 8, "2", stage="characters", rule="CHR001"),
    ]
    assert [e.after for e in final_edits(journal, [], {})[0]] == ["1", "2", "3"]


# ---- the law: apply and undo in any order and number give what the decisions say

SPANS = [(n * 3, n * 3 + 2) for n in range(8)]
PLACES = st.sampled_from(range(len(SPANS)))
STEPS = st.lists(
    st.tuples(
        PLACES, st.sampled_from(["accept", "reject", "edit", "skip", "undo", "undo all", "apply"])
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_any_order_gives_what_the_decisions_say(
    steps: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory, make: Make
) -> None:
    text = "甲乙。" * len(SPANS)
    # The even places were applied unasked, the odd ones are asked about.
    records = [make(text, s, e, f"改{n}") for n, (s, e) in enumerate(SPANS)]
    journal, findings = records[::2], records[1::2]
    queue = Queue(str(tmp_path_factory.mktemp("law") / "q.db"))
    queue.load(findings, journal)
    queue.adopt(journal)
    wanted = {n: f"改{n}" if n % 2 == 0 else "甲乙" for n in range(len(SPANS))}
    untouched = dict(wanted)
    written: list[str] = []

    def now() -> str:
        final = rebuild(text, records[0]["doc_sha256"], journal, findings, queue.verdicts())
        assert not final.conflicts
        return final.text

    for n, step in steps:
        if step == "apply":
            written.append(now())
            assert now() == written[-1]
        elif step == "undo all":
            queue.undo(everything=True, reviewer="r", journal=journal)
            wanted = dict.fromkeys(wanted, "甲乙")
        elif step == "undo":
            queue.undo(finding=records[n]["id"], reviewer="r")
            wanted[n] = untouched[n]
        elif step == "edit":
            queue.decide(records[n]["id"], "edit", f"手{n}", reviewer="r")
            wanted[n] = f"手{n}"
        elif step in ("accept", "reject"):
            queue.decide(records[n]["id"], step, reviewer="r")  # type: ignore[arg-type]
            wanted[n] = f"改{n}" if step == "accept" else "甲乙"
        else:
            queue.decide(records[n]["id"], "skip", reviewer="r")
            wanted[n] = untouched[n]
    assert now() == "。".join(wanted.values()) + "。"
    queue.undo(everything=True, reviewer="r", journal=journal)
    assert now() == text
    queue.close()


@st.composite
def _overlapping(draw: st.DrawFn) -> list[tuple[int, int, str, int]]:
    spans = []
    for seq in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, 20))
        end = draw(st.integers(start, min(20, start + 5)))
        spans.append((start, end, draw(st.text("甲乙丙", max_size=3)), seq))
    return spans


@given(spans=_overlapping(), journal_size=st.integers(0, 3))
def test_the_result_always_fits_the_text(
    spans: list[tuple[int, int, str, int]], journal_size: int, make: Make
) -> None:
    text = "零一二三四五六七八九" * 2
    journal = [make(text, n * 6, n * 6 + 2, "札", rule="CHR001") for n in range(journal_size)]
    findings = [make(text, s, e, after, seq=seq) for s, e, after, seq in spans]
    decisions = {f["id"]: Said("accept", seq=f["seq"]) for f in findings}
    edits, conflicts = final_edits(journal, findings, decisions)
    ed.apply(text, edits)  # raises where they overlap or do not fit
    refused = {c.finding_id for c in conflicts}
    made = {(e.start, e.end, e.after) for e in edits}
    assert all(
        (f["start"], f["end"], f["after"]) in made
        for f in findings
        if f["id"] not in refused and f["before"] != f["after"]
    )
