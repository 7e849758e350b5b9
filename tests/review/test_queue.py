"""The queue: loading, grouping, deciding, undoing, and decisions that outlive a new run."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from repair.review import schema
from repair.review.queue import Filter, Queue, QueueError

Make = Callable[..., dict[str, Any]]
TEXT = "健全行政争议预防机制。\n完善行政争议化解机制。\n坚持依法行政，系统推进。"

FAR = "甲乙丙丁戊己庚辛壬癸" * 3 + "错字" + "子丑寅卯辰巳午未申酉" * 3


def _places(make: Make, text: str, word: str, after: str, **fields: Any) -> list[dict[str, Any]]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(make(text, at, at + len(word), after, **fields))
        at = text.find(word, at + 1)
    return found


def _some(make: Make, text: str = TEXT) -> list[dict[str, Any]]:
    return _places(make, text, "争议", "复议", confidence=0.8) + _places(
        make, text, "系统", "体系", confidence=0.9, rule="COL002"
    )


def test_a_record_comes_back_as_it_was(queue: Queue, make: Make) -> None:
    strange = "坏\x00\ud83d\\u0000<script>"
    record = make(strange, 0, len(strange), "好\x00\udc00", move_to=None)
    queue.load([record])
    [back] = queue.findings()
    assert {name: back[name] for name in record} == record


def test_what_is_loaded_first_is_indexed(queue: Queue, make: Make) -> None:
    queue.load([make("错字", 0, 1, "对")])
    made = {index["name"] for index in sa.inspect(queue.engine).get_indexes("findings")}
    assert made == {index.name for index in schema.findings.indexes}


def test_groups_are_ordered_by_confidence_times_size(queue: Queue, make: Make) -> None:
    queue.load(_some(make))
    assert [(g.pattern, g.count) for g in queue.groups()] == [("争议→复议", 2), ("系统→体系", 1)]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (Filter(rule="COL002"), 1),
        (Filter(stage="typos"), 0),
        (Filter(kind="substitution"), 3),
        (Filter(doc_id="a.txt"), 3),
        (Filter(doc_id="b.txt"), 0),
        (Filter(min_confidence=0.85), 1),
        (Filter(max_confidence=0.85), 2),
        (Filter(status=("accepted",)), 0),
    ],
)
def test_filters(queue: Queue, make: Make, where: Filter, count: int) -> None:
    queue.load(_some(make))
    assert len(queue.findings(where)) == count


@pytest.mark.parametrize(
    ("verdict", "replacement", "status"),
    [
        ("accept", None, "accepted"),
        ("reject", None, "rejected"),
        ("edit", "纠纷", "edited"),
        ("skip", None, "skipped"),
    ],
)
def test_a_decision_sets_the_status(
    queue: Queue, make: Make, verdict: Any, replacement: str | None, status: str
) -> None:
    first, *_ = _some(make)
    queue.load(_some(make))
    assert queue.decide(first["id"], verdict, replacement, reviewer="ann") == [first["id"]]
    assert queue.finding(first["id"])["status"] == status  # type: ignore[index]
    said = queue.effective(first["id"])
    assert said is not None
    assert (said.verdict, said.replacement, said.reviewer) == (verdict, replacement, "ann")


def test_a_decision_on_one_place_does_not_leak(queue: Queue, make: Make) -> None:
    records = _some(make)
    queue.load(records)
    queue.decide(records[0]["id"], "accept", reviewer="ann")
    assert queue.counts() == {"accepted": 1, "pending": 2}


def test_a_pattern_is_decided_without_what_was_decided_singly(queue: Queue, make: Make) -> None:
    records = _some(make)
    queue.load(records)
    queue.decide(records[0]["id"], "reject", reviewer="ann")
    assert queue.decide("争议→复议", "accept", reviewer="ann", scope="pattern") == [
        records[1]["id"]
    ]


def test_a_pattern_is_decided_within_the_filter(queue: Queue, make: Make) -> None:
    here, there = make(TEXT, 4, 6, "复议"), make(TEXT, 4, 6, "复议", doc_id="b.txt")
    queue.load([here, there])
    where = Filter(doc_id="b.txt")
    assert queue.decide("争议→复议", "accept", reviewer="ann", scope="pattern", where=where) == [
        there["id"]
    ]


def test_a_typed_text_is_refused_where_the_findings_differ(queue: Queue, make: Make) -> None:
    queue.load([make(TEXT, 4, 6, "复议", pattern="p"), make(TEXT, 2, 6, "行政复议", pattern="p")])
    with pytest.raises(QueueError):
        queue.decide("p", "edit", "纠纷", reviewer="ann", scope="pattern")


def test_nothing_is_decided_twice_by_accident(queue: Queue, make: Make) -> None:
    first, *_ = _some(make)
    queue.load(_some(make))
    queue.decide(first["id"], "accept", reviewer="ann", only_open=True)
    assert queue.decide(first["id"], "reject", reviewer="bob", only_open=True) == []
    assert queue.finding(first["id"])["status"] == "accepted"  # type: ignore[index]


def test_an_unknown_finding_is_an_error(queue: Queue) -> None:
    with pytest.raises(QueueError):
        queue.decide("nobody", "accept", reviewer="ann")


def _decided(queue: Queue, make: Make) -> list[dict[str, Any]]:
    """Two 争议 accepted by ann in one action, 系统 rejected by bob."""
    records = _some(make)
    queue.load(records)
    queue.decide("争议→复议", "accept", reviewer="ann", scope="pattern")
    queue.decide(records[2]["id"], "reject", reviewer="bob")
    return records


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ({"everything": True}, set()),
        ({"by": "ann"}, {2}),
        ({"by": "bob"}, {0, 1}),
        ({"rule": "COL001"}, {2}),
        ({"rule": "COL"}, {0, 1, 2}),
        ({"pattern": "系统→体系"}, {0, 1}),
        ({"since": 0.0}, set()),
        ({"since": 1e12}, {0, 1, 2}),
        ({"by": "ann", "pattern": "系统→体系"}, {0, 1, 2}),
    ],
)
def test_undo_by(queue: Queue, make: Make, what: dict[str, Any], left: set[int]) -> None:
    records = _decided(queue, make)
    queue.undo(**what, reviewer="ann")
    assert set(queue.verdicts()) == {records[i]["id"] for i in left}
    assert queue.counts().get("pending", 0) == 3 - len(left)


def test_undo_of_one_action_takes_back_all_it_covered(queue: Queue, make: Make) -> None:
    records = _decided(queue, make)
    said = queue.effective(records[0]["id"])
    assert said is not None
    assert queue.undo(action=said.action, reviewer="ann").decisions == 2


def test_undo_is_another_line(queue: Queue, make: Make) -> None:
    _decided(queue, make)
    queue.undo(everything=True, reviewer="ann")
    assert [d.verdict for d in queue.log()] == ["accept", "accept", "reject"] + ["undo"] * 3


def test_undo_needs_to_be_told_what(queue: Queue) -> None:
    with pytest.raises(QueueError):
        queue.undo(reviewer="ann")


def test_undo_takes_back_edits_of_the_journal(queue: Queue, make: Make) -> None:
    journal = [make(TEXT, 0, 2, "X", rule="CHR001"), make(TEXT, 2, 4, "Y", rule="CHR001+ENC001")]
    assert queue.undo(rule="ENC001", reviewer="ann", journal=journal).edits == 1
    assert {i: d.verdict for i, d in queue.verdicts("a.txt").items()} == {
        journal[1]["id"]: "reject"
    }


def test_an_edit_can_be_put_back(queue: Queue, make: Make) -> None:
    journal = [make(TEXT, 0, 2, "X")]
    queue.undo(everything=True, reviewer="ann", journal=journal)
    queue.undo(finding=journal[0]["id"], reviewer="ann")
    assert queue.verdicts() == {}
    assert queue.finding(journal[0]["id"])["status"] == "applied"  # type: ignore[index]


def test_edits_are_not_asked_about(queue: Queue, make: Make) -> None:
    queue.adopt([make(TEXT, 0, 2, "X")])
    assert queue.groups() == []


# ---- a new run


def test_the_same_run_again_keeps_decisions(queue: Queue, make: Make) -> None:
    records = _decided(queue, make)
    before = queue.verdicts()
    loaded = queue.load(records)
    assert (loaded.findings, loaded.carried, loaded.stale) == (3, 0, 0)
    assert queue.verdicts() == before
    assert queue.counts() == {"accepted": 2, "rejected": 1}


def test_a_finding_that_nobody_decided_goes_with_its_run(queue: Queue, make: Make) -> None:
    queue.load(_some(make))
    queue.load([])
    assert queue.counts() == {}


def test_a_decision_goes_over_to_its_place_in_a_changed_input(queue: Queue, make: Make) -> None:
    old = make(FAR, 30, 32, "对")
    queue.load([old])
    queue.decide(old["id"], "reject", reviewer="ann")
    new = make("这是新加的一行。\n" + FAR, 39, 41, "对")
    assert queue.load([new]).carried == 1
    assert {i: (d.verdict, d.reviewer) for i, d in queue.verdicts().items()} == {
        new["id"]: ("reject", "ann")
    }


def test_a_decision_does_not_go_over_where_the_context_differs(queue: Queue, make: Make) -> None:
    old = make(FAR, 30, 32, "对")
    queue.load([old])
    queue.decide(old["id"], "reject", reviewer="ann")
    assert queue.load([make(FAR[:20] + "变" + FAR[21:], 30, 32, "对")]).stale == 1


def test_an_accepted_reading_is_carried_to_the_letter(queue: Queue, make: Make) -> None:
    old = make(TEXT, 4, 6, "复议")
    queue.load([old])
    queue.decide(old["id"], "accept", reviewer="ann")
    new = make(TEXT, 4, 6, "纠纷")
    queue.load([new])
    said = queue.effective(new["id"])
    assert said is not None
    assert (said.verdict, said.replacement) == ("edit", "复议")


def test_two_equal_places_are_not_told_apart(queue: Queue, make: Make) -> None:
    line = "甲" * 30 + "错" + "乙" * 30
    old = make(line, 30, 31, "对")
    queue.load([old])
    queue.decide(old["id"], "accept", reviewer="ann")
    twice = line + "\n" + line
    loaded = queue.load([make(twice, 30, 31, "对"), make(twice, 92, 93, "对")])
    assert (loaded.carried, loaded.stale) == (0, 1)
    assert queue.counts() == {"pending": 2, "stale": 1}


def test_nothing_is_stale_when_an_input_is_again_as_it_was(queue: Queue, make: Make) -> None:
    first, second = make(FAR, 30, 32, "对"), make("导语。" + FAR, 33, 35, "对")
    queue.load([first])
    queue.decide(first["id"], "accept", reviewer="ann")
    assert queue.load([second]).carried == 1
    assert queue.load([first]).stale == 0
    assert queue.counts() == {"accepted": 1}


def test_a_decision_whose_place_is_gone_stays_as_stale(queue: Queue, make: Make) -> None:
    _decided(queue, make)
    assert queue.load([]).stale == 3
    assert len(queue.verdicts()) == 3
    with pytest.raises(QueueError):
        queue.decide(queue.findings()[0]["id"], "accept", reviewer="ann")


def test_a_stale_decision_comes_back_with_its_finding(queue: Queue, make: Make) -> None:
    records = _decided(queue, make)
    queue.load([])
    queue.load(records)
    assert queue.counts() == {"accepted": 2, "rejected": 1}


def test_undoing_a_stale_decision_removes_it(queue: Queue, make: Make) -> None:
    _decided(queue, make)
    queue.load([])
    queue.undo(everything=True, reviewer="ann")
    assert queue.counts() == {}


def test_a_taken_back_edit_stays_so_in_a_changed_input(queue: Queue, make: Make) -> None:
    queue.undo(everything=True, reviewer="ann", journal=[make(FAR, 30, 32, "X")])
    new = make("这是新加的一行。\n" + FAR, 39, 41, "X")
    assert queue.load([], [new]).carried == 1
    assert queue.verdicts()[new["id"]].verdict == "reject"


# ---- several at once


def _reviewer(url: str, name: str, ids: list[str], results: Any) -> None:
    queue = Queue(url)
    won = [i for i in ids if queue.decide(i, "accept", reviewer=name, only_open=True)]
    results.put(won)
    queue.close()


def test_several_processes_decide_each_finding_once(url: str, make: Make) -> None:
    text = "错" * 60
    records = [make(text, i, i + 1, "对") for i in range(60)]
    queue = Queue(url)
    queue.load(records)
    queue.close()
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    ids = [r["id"] for r in records]
    workers = [
        spawn.Process(target=_reviewer, args=(url, f"r{n}", ids[:: -1 if n % 2 else 1], results))
        for n in range(3)
    ]
    for worker in workers:
        worker.start()
    won = [i for _ in workers for i in results.get(timeout=60)]
    for worker in workers:
        worker.join()
    assert sorted(won) == sorted(ids)
    reopened = Queue(url)
    assert reopened.counts() == {"accepted": 60}
    assert len(list(reopened.log())) == 60
    reopened.close()


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    Queue(str(tmp_path / "q.db")).close()
    [[mode]] = sqlite3.connect(tmp_path / "q.db").execute("PRAGMA journal_mode")
    assert mode == "wal"


# ---- leases, agreement


@pytest.mark.parametrize("how", ["load", "decide", "undo"])
def test_postgresql_counts_by_index_after_a_bulk_write(
    postgres: str, make: Make, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(schema, "MANY", 2)
    queue = Queue(postgres)
    with queue.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        schema.metadata.create_all(connection)
    queue.load(_some(make))
    if how != "load":
        queue.decide("争议→复议", "accept", reviewer="ann", scope="pattern")
    if how == "undo":
        queue.undo(by="ann", reviewer="ann")
    pages = sa.text("SELECT relpages, relallvisible FROM pg_class WHERE relname = 'findings'")
    with queue.engine.connect() as connection:
        used, visible = connection.execute(pages).one()
    queue.close()
    assert used == visible > 0


def test_a_leased_finding_is_nobody_elses(queue: Queue, make: Make) -> None:
    queue.load([make(TEXT, 4, 6, "复议")])
    where = Filter(status=("pending",))
    assert queue.lease(where, "ann") is not None
    assert queue.lease(where, "bob") is None
    assert queue.lease(where, "ann") is not None


def test_a_lease_runs_out(queue: Queue, make: Make) -> None:
    queue.load([make(TEXT, 4, 6, "复议")])
    where = Filter(status=("pending",))
    queue.lease(where, "ann", seconds=-1)
    assert queue.lease(where, "bob") is not None


def test_a_lease_is_given_back(queue: Queue, make: Make) -> None:
    queue.load([make(TEXT, 4, 6, "复议")])
    where = Filter(status=("pending",))
    queue.lease(where, "ann")
    queue.release(["ann"])
    assert queue.lease(where, "bob") is not None


def test_a_lease_takes_the_place_of_the_last(queue: Queue, make: Make) -> None:
    records = _some(make)
    queue.load(records)
    where = Filter(status=("pending",))
    first = queue.lease(where, "ann")
    other = next(r for r in records if first and r["id"] != first["id"])
    queue.lease(where, "ann", other["id"])
    again = queue.lease(where, "bob")
    assert again is not None
    assert again["id"] != other["id"]


def test_a_second_person_checks_what_the_first_decided(queue: Queue, make: Make) -> None:
    records = _decided(queue, make)  # ann accepted two, bob rejected one
    check = Filter(status=("accepted", "rejected", "edited"), not_by="bob")
    assert {r["id"] for r in queue.findings(check)} == {records[0]["id"], records[1]["id"]}
    queue.decide(records[0]["id"], "accept", reviewer="bob")
    queue.decide(records[1]["id"], "reject", reviewer="bob")
    assert queue.findings(check) == []
    said = queue.agreement()
    assert (said.checked, said.agreed, said.disputed) == (2, 1, (records[1]["id"],))


def test_a_decision_that_was_undone_is_no_opinion(queue: Queue, make: Make) -> None:
    records = _decided(queue, make)
    queue.decide(records[0]["id"], "reject", reviewer="bob")
    queue.undo(finding=records[0]["id"], reviewer="bob")
    assert queue.agreement().checked == 0
