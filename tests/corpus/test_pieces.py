"""What the repair writes of a shard's records is what would be made anew of its results."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import SEEDS

from repair.commands.decide import loaded
from repair.config import Config
from repair.corpus import deliver, reading, work
from repair.corpus.batch import Options, batch
from repair.corpus.joining import Joint
from repair.corpus.lines import joined
from repair.corpus.pieces import _lines
from repair.corpus.rows import Row
from repair.corpus.shards import Shard
from repair.corpus.store import Store
from repair.model import Article, Edit, Mark
from repair.records import article_records
from repair.report import Totals, summarise
from repair.review.queue import Queue
from repair.review.rows import Taken

TEXTS = [
    "一切安好。",
    "坏\u200b了。\n第二行。", "首页 > 新闻\n会议在北京举行。\n作者：张三", "", " \n\t",
    "　　缩进的段落。\r\n下一段。", "引号\"与\\反斜线\u2028。",
]  # fmt: skip


def inputs(folder: Path) -> None:
    folder.mkdir()
    lines = [json.dumps({"id": f"j/{n}", "n": 1.50, "text": t}) for n, t in enumerate(TEXTS)]
    (folder / "a.jsonl").write_text("\n".join([*lines, '{"id":"s","text":"\\ud800。"}']) + "\n")
    with (folder / "b.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *((f"c{n}", t) for n, t in enumerate(TEXTS))])
    table = pa.table({"text": TEXTS, "id": [f"p{n}" for n in range(len(TEXTS))]})
    pq.write_table(table, folder / "c.parquet")


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.*") if path.is_file()}


def test_pieces_of_the_repair_are_those_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs(tmp_path / "in")
    made: list[str] = []
    anew = deliver._written
    monkeypatch.setattr(
        deliver, "_written", lambda *a: (made.append(a[1].entry.shard.item.name), anew(*a))[1]
    )
    first = batch([tmp_path / "in"], tmp_path / "out", Config(), Options(jobs=1))
    assert not made
    before = contents(tmp_path / "out")
    again = batch([tmp_path / "in"], tmp_path / "out", Config(), Options(jobs=1))
    assert made == ["a.jsonl", "b.csv", "c.parquet"]
    assert before == contents(tmp_path / "out")
    assert summarise(first.totals, {}) == summarise(again.totals, {})


def test_one_process_writes_records_where_they_belong_and_nothing_of_a_shard_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    for name, times in (("a", 1), ("b", 9), ("c", 2), ("d", 9)):
        lines = [json.dumps({"id": f"{name}{n}", "text": TEXTS[1]}) for n in range(times)]
        (tmp_path / "in" / f"{name}.jsonl").write_text("\n".join(lines))

    def content(shard: Shard, state: Path) -> str:
        changed = shard.item.name in ("b.jsonl", "d.jsonl")
        return "changed" if changed else reading.content(shard, state)

    monkeypatch.setattr(work, "content", content)
    said = batch([tmp_path / "in"], tmp_path / "out", Config(), Options(jobs=1))
    assert len(said.errors) == 2
    for name, key in (("documents", "id"), ("articles", "doc_id"), ("edits", "doc_id")):
        found = (tmp_path / "out" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)[key] for line in found] == ["a0", "c0", "c1"]


def test_shards_are_joined_as_they_are_done_until_one_has_no_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early: list[int] = []

    def delivered(store: Store, joint: Joint, *given: Any) -> deliver.Delivered:
        early.append(joint.shards)
        return deliver.deliver(store, joint, *given)

    def made() -> dict[str, bytes]:
        batch([tmp_path / "in"], out, Config(), Options(jobs=1))
        return contents(out)

    monkeypatch.setattr("repair.corpus.batch.deliver", delivered)
    inputs(tmp_path / "in")
    out = tmp_path / "out"
    first = made()
    entries = list(Store(out).shards())
    Store(out).file("shards", entries[1].key).unlink()
    assert made() == first
    (out / ".repair/shards").rename(out / ".repair/gone")
    Store(out).decided.write_text("{}")  # decisions may change what stands in the pieces
    assert made() == first
    assert early == [len(entries), 0, 0]


def test_a_decision_made_while_the_queue_is_loaded_waits_for_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Queue.load

    def loading(queue: Queue, findings: Iterable[Any], *given: Any) -> None:
        here = list(findings)
        load(queue, here, *given)
        queue.take([Taken(here[0]["id"], "reject", None, "a colleague")])

    text = (SEEDS / "001_82b14f5688dfea3f.txt").read_text(encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "1", "text": text}), encoding="utf-8")
    monkeypatch.setattr(Queue, "load", loading)
    batch([tmp_path / "a.jsonl"], tmp_path / "out", settle=lambda store: loaded(store, ""))
    assert json.loads(Store(tmp_path / "out").decided.read_text())["applied"] == 0


def spans(text: str) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Spans of a text in order."""
    ends = st.lists(st.integers(0, len(text)), max_size=6).map(sorted)
    return ends.map(lambda ends: tuple(zip(ends[::2], ends[1::2], strict=False)))


@given(st.text(st.sampled_from('甲 \n\r\t\u3000\u2028\ud800"\\a\x7f%'), max_size=9), st.data())
def test_lines_about_articles_are_their_records(text: str, data: st.DataObject) -> None:
    row = Row(0, 1, "", 'i"甲', text, None)
    known = st.sampled_from([(), (Mark(0, 0, "title", '"text":"","paragraphs":[]'),)])
    articles = [
        Article(*data.draw(st.tuples(st.integers(0, 9), st.integers(0, 9), spans(text), known)))
        for _ in range(data.draw(st.integers(0, 2)))
    ]
    final = [Edit(2, 3, text[2:3], "乙\n丙", "X", 1.0)] if len(text) > 3 else []
    for edits in ((), final):
        assert _lines(row, articles, edits) == joined(article_records(row, articles, edits))


counted = st.tuples(st.text("ab/", max_size=3), st.integers(0, 400), st.integers(0, 2))


@given(st.lists(counted, min_size=1, unique_by=lambda one: one[0]))
def test_sound_documents_count_together_as_each(documents: list[tuple[str, int, int]]) -> None:
    each, together = Totals(), Totals()
    for name, size, count in documents:
        about = {"doc_id": name, "characters": size, "codec": "utf-8"}
        each.add(about, [], [], [{}] * count)
    together.add_sound(documents)
    assert summarise(together, {}) == summarise(each, {})
