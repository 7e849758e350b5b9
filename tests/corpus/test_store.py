"""OUT: files appear whole or not at all, and one process at a time works on it."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
from pathlib import Path

import pytest

from repair.config import Config
from repair.corpus.batch import Options, batch
from repair.corpus.inputs import Found, InputError, plain
from repair.corpus.store import Store, StoreError, tables_of, tables_record
from repair.model import Contents, Tables
from repair.residue import tables


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(tmp_path / "a.txt", "old")

    with pytest.raises(OSError, match="disk full"), store.draft(tmp_path / "a.txt") as file:
        file.write(b"new")
        raise OSError("disk full")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_of_several_files_all_are_old_until_all_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    names = ("a", "b", "c")
    for name in names:
        store.write(tmp_path / name, "old")
    sync, synced = os.fsync, 0

    def full(file: int) -> None:
        nonlocal synced
        if (synced := synced + 1) == len(names):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught, store.drafts() as draft:
        for name in names:
            draft(tmp_path / name).write(b"new")
    assert caught.value.filename == str(tmp_path / "c")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == dict.fromkeys(names, "old")
    with store.drafts() as draft:
        for name in names:
            draft(tmp_path / name).write(b"new")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == dict.fromkeys(names, "new")


def test_results_that_do_not_fit_on_the_disk_leave_all_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may say only at the end that it is full."""
    text, out = "我们\u200b坚持以人民为中心。", tmp_path / "out"

    def made(*rows: dict[str, str]) -> None:
        (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        batch([tmp_path / "a.jsonl"], out, Config(), Options(jobs=1))

    def results() -> list[bytes]:
        return [(out / f"{name}.jsonl").read_bytes() for name in ("articles", "documents", "edits")]

    made({"id": "1", "text": text})
    before, sync = results(), os.fsync

    def full(file: int) -> None:
        drafts = [
            path for path in out.glob(".*.draft") if os.path.samestat(path.stat(), os.fstat(file))
        ]
        if drafts and b'"paragraphs"' in drafts[0].read_bytes():
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    rows = [{"id": str(n), "text": text} for n in range(5)]
    with pytest.raises(OSError, match="No space left"):
        made(*rows)
    assert results() == before
    monkeypatch.undo()
    made(*rows)
    assert [data.count(b"\n") for data in results()] == [5, 5, 5]


def test_state_that_a_disk_has_spoiled_is_made_anew_or_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我们\u200b坚持以人民为中心。")

    def made(**options: bool) -> int:
        return batch(
            [tmp_path / "a.txt"], tmp_path / "out", Config(), Options(1, **options)
        ).resumed

    def spoil(what: str) -> str:
        (path,) = (tmp_path / f"out/.repair/{what}").glob("*/*")
        path.write_bytes(path.read_bytes()[:100])
        return path.name

    made()
    spoil("survey")
    assert made() == 1
    name = spoil("shards")
    with pytest.raises(StoreError, match=f"{name}: broken .* --no-resume"):
        made()
    assert made(resume=False) == 0
    assert (tmp_path / "out/text/a.txt").read_text() == "我们坚持以人民为中心。"


def _hold(out: str, held: object, let_go: object) -> None:
    with Store(Path(out)).locked():
        held.set()  # type: ignore[attr-defined]
        let_go.wait(30)  # type: ignore[attr-defined]


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, let_go = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path), held, let_go))
    process.start()
    try:
        assert held.wait(30)
        with pytest.raises(StoreError, match="another repair process"), Store(tmp_path).locked():
            pass
    finally:
        let_go.set()
        process.join()
    with Store(tmp_path).locked():
        pass


def test_tables_survive_the_file() -> None:
    known = Tables(frozenset({"第#版", "上一篇"}), (Contents("a", ("x", "y"), "2021-11-11"),))
    assert tables_of(tables_record(known)) == known


def test_inputs_are_found_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.md", ".hidden", "rows.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old.txt").write_text("")
    found = Found([tmp_path], tmp_path / "out")
    inputs = list(found)
    assert [(i.name, i.kind) for i in inputs] == [
        ("a.txt", "text"),
        ("b.txt", "text"),
        ("rows.jsonl", "jsonl"),
        ("sub/c.md", "text"),
    ]
    assert inputs[-1].output == "sub/c.md.txt"
    assert not found.errors


def test_names_are_shown_on_one_line() -> None:
    assert plain("a\nb\u202e.txt") == "a\\nb\\u202e.txt"
    assert str(InputError("a\nb", "is bad", "3")) == "a\\nb:3: is bad"


def test_tables_on_disk_are_those_in_memory(tmp_path: Path) -> None:
    choice = random.Random(4)
    folder = tmp_path / "in"
    folder.mkdir()
    parts = []
    text = ""
    for number in range(60):
        if number % 7 or not text:  # else a copy of the one before
            words = "".join(choice.choice("深化改革创新治理服务提升水平建设") for _ in range(60))
            body = f"近年来，我们坚持以人民为中心的发展思想，{words}。\n" * 3
            text = (
                f"首页 某某网\n本站综述\n今日{number}版\n{body}本站综述\n{body}"
                f"责任编辑：某某\n版权所有 {number}\n"
            )
        (folder / f"{number:03}.txt").write_text(text)
        parts.append(tables.collect(f"{number:03}.txt", text))
    batch([folder], tmp_path / "out", Config(), Options(jobs=1))
    learnt = json.loads((tmp_path / "out/tables.json").read_text())
    assert learnt == tables_record(tables.merge(parts))
    assert "首页 某某网" in learnt["templates"]
    assert "本站综述" not in learnt["templates"]  # half of them stand inside
