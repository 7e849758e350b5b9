"""The commands after a batch as real processes: killed, interrupted, undone, run again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repair.commands import decide
from repair.corpus.store import Store

DOCUMENTS = 8
TEXT = "市里召开会议。{n}号楼的居民信仰仰精神星空，司法司法机关到场。\n" * 40


def _run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "repair", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs and the OUT of a batch."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "in").mkdir()
    for n in range(DOCUMENTS):
        (folder / "in" / f"{n}.txt").write_text(TEXT.format(n=n), encoding="utf-8")
    done = _run("batch", "in", "-o", "out", "--jobs", "1", "--exit-zero", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(made, tmp_path / "w")
    manifest = tmp_path / "w/out/.repair/manifest.json"
    text = manifest.read_text(encoding="utf-8").replace(str(made), str(tmp_path / "w"))
    manifest.write_text(text, encoding="utf-8")
    return tmp_path / "w"


def _files(out: Path) -> dict[str, bytes]:
    paths = [*(out / "text").iterdir(), out / "edits.jsonl", out / "articles.jsonl"]
    return {p.name: p.read_bytes() for p in paths if not p.name.startswith(".")}


def _say(out: Path, verdict: str) -> None:
    queue = decide.open_queue(Store(out))
    if verdict == "undo":
        queue.undo(everything=True, reviewer="ann")
    for group in queue.groups():
        if verdict != "undo":
            queue.decide(group.key, "accept", reviewer="ann", scope="pattern")
    queue.close()


def _killed_apply(out: Path, after: float) -> bool:
    """An apply in a process of its own that is killed so long after it began to write;
    whether it was still at work."""
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
        try:
            decide.apply(out)
        finally:
            os._exit(0)
    until = time.monotonic() + 30
    while not list(out.glob(".*.draft")) and time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_kill_9_leaves_the_old_or_the_new_file(folder: Path) -> None:
    out = folder / "out"
    states = {}
    for verdict in ("accept", "undo"):
        _say(out, verdict)
        decide.apply(out)
        states[verdict] = _files(out)
    assert states["accept"] != states["undo"]
    killed = 0
    for moment in range(24):
        verdict = "accept" if moment % 2 == 0 else "undo"
        _say(out, verdict)
        killed += _killed_apply(out, moment / 1000)
        for name, data in _files(out).items():
            assert data in (states["accept"][name], states["undo"][name]), (moment, name)
        decide.apply(out)
        assert _files(out) == states[verdict]
    assert killed >= 6
    assert not list(out.rglob("*.draft"))


@pytest.fixture
def begun() -> Iterator[Any]:
    processes: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "repair", *map(str, arguments)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )  # fmt: skip
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", ["review", "serve"])
def test_ctrl_c_is_how_it_ends(folder: Path, begun: Any, command: str) -> None:
    more = ["--no-browser"] if command == "review" else []
    process = begun(command, folder / "out", *more)
    assert "http://127.0.0.1" in process.stderr.readline()
    time.sleep(0.5)  # the server takes its handlers after the address is printed
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Traceback" not in err


def test_ctrl_c_while_apply_writes(folder: Path, begun: Any) -> None:
    out = folder / "out"
    before = _files(out)
    process = begun("apply", out)
    while process.poll() is None and not list(out.glob(".*.draft")):
        pass
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in process.communicate(timeout=30)[1]
    assert _files(out) == before
    assert not list(out.rglob("*.draft"))


def test_the_world_is_not_let_in_without_a_password(folder: Path) -> None:
    done = _run("review", folder / "out", "--host", "0.0.0.0", "--no-browser")
    assert done.returncode == 2
    assert "--password-file" in done.stderr


def test_a_file_without_decisions_is_refused(folder: Path) -> None:
    shutil.copy(folder / "out/.repair/findings.jsonl", folder / "d.jsonl")
    done = _run("import", folder / "out", folder / "d.jsonl")
    assert done.returncode == 2
    assert "no key 'decision'" in done.stderr


# ---- without processes: the same functions


def test_the_password_of_a_queue_is_not_written(folder: Path) -> None:
    url = "postgresql://ann:topsecret@h/q?password=topsecret&sslmode=require"
    plain = decide.without_password(url)
    assert plain == "postgresql://ann@h/q?sslmode=require"
    assert decide.without_password("/a/b/queue.db") == "/a/b/queue.db"


def test_decisions_outlive_a_changed_input(folder: Path) -> None:
    """One is carried over to its place, one is stale, and `apply` writes what holds."""
    out = folder / "out"
    ours = folder / "in" / "0.txt"
    left = "云腾致雨露结为霜天地玄黄甲乙丙丁戊己庚"
    right = "着子丑寅卯辰巳午未申酉日月盈昃辰宿列张。"
    line = f"{left}信仰仰精神{right}"
    other = "张三王五司法司法部门。"
    ours.write_text(f"{line}\n{other}\n", encoding="utf-8")
    batch = ["batch", folder / "in", "-o", out, "--jobs", "1", "--exit-zero"]
    assert _run(*batch).returncode == 0
    queue = decide.open_queue(Store(out))
    found = {f["before"]: f for f in queue.findings() if f["doc_id"].endswith("0.txt")}
    assert len(found) == 2, found
    for finding in found.values():
        queue.decide(finding["id"], "accept", reviewer="ann")
    ours.write_text(f"新的一行在前。\n{line}\n换了别的。\n", encoding="utf-8")
    assert _run(*batch).returncode == 0
    counts = queue.counts()
    assert (counts["accepted"], counts["stale"]) == (1, 1)
    queue.close()
    assert _run("apply", out, "--exit-zero").returncode == 0
    text = next((out / "text").rglob("0.txt")).read_text(encoding="utf-8")
    assert text == f"新的一行在前。\n{line.replace('仰仰', '仰')}\n换了别的。\n"


def test_two_must_agree_before_apply_writes(folder: Path, capsys: Any) -> None:
    out = folder / "out"
    before = _files(out)
    queue = decide.open_queue(Store(out))
    queue.ask_two(True)
    ids = [f["id"] for f in queue.findings(limit=3)]
    for finding in ids:
        queue.decide(finding, "accept", reviewer="ann")
    decide.apply(out)
    assert _files(out) == before
    queue.decide(ids[0], "accept", reviewer="bob")
    queue.decide(ids[1], "reject", reviewer="bob")
    decide.apply(out)
    said = capsys.readouterr().err
    assert "1 of 2 (50.0%) do, 1 are disputed, 1 wait for a second person" in said
    edits = [json.loads(line) for line in (out / "edits.jsonl").read_text().splitlines()]
    assert [e["id"] for e in edits if e["status"] == "accepted"] == ids[:1]
    queue.close()


def test_a_repair_of_markup_says_why_it_stays(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    page = "<html><body><h1>通知</h1><p>20209月以来，我们深化网格化管理。</p></body></html>"
    (tmp_path / "in/a.html").write_text(page, encoding="utf-8")
    batch = _run("batch", tmp_path / "in", "-o", tmp_path / "out", "--exit-zero")
    assert batch.returncode == 0, batch.stderr
    lines = (tmp_path / "out/edits.jsonl").read_text(encoding="utf-8").splitlines()
    [edit] = [e for e in map(json.loads, lines) if e["layer"] == "source"]
    with pytest.raises(ValueError, match="--all"):
        decide.undo(tmp_path / "out", finding=edit["id"])
