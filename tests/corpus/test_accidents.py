"""What happens to OUT and to the inputs behind the back of the tool: the error names the file and
says what to do, OUT stays as it was, and that done, all is as it would have been."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from project import ROOT, Run

from repair.corpus.store import Store

DAMAGED = "我们\u200b坚持以人民为中心。\n"
CLEAN = "我们坚持以人民为中心。\n"
ASKED = "司法司法机关疏導端。\n"  # something is asked about it
FREE = ("queue.db", "report.")


def contents(out: Path) -> dict[str, bytes]:
    files = [p for p in out.rglob("*") if p.is_file() and ".repair" not in p.parts]
    return {str(p.relative_to(out)): p.read_bytes() for p in files if not p.name.startswith(FREE)}


def told(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """Exit status 2 and one line of error with all these words."""
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("repair:")]
    assert all(words in line for words in said), line
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def batch(repair: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs and what a batch made of them."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "in").mkdir()
    (folder / "in/a.txt").write_text(DAMAGED + ASKED)
    (folder / "in/b.html").write_text(f"<p>{DAMAGED}</p><p>{ASKED}</p>")
    (folder / "in/c.jsonl").write_text(json.dumps({"id": "c", "text": DAMAGED}) + "\n")
    done = repair("batch", folder / "in", "-o", folder / "out")
    assert done.returncode == 1, done.stderr
    return folder


@pytest.fixture
def folder(batch: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test to spoil."""
    return shutil.copytree(batch / "out", tmp_path / "out")


def gone(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def junk(path: Path) -> None:
    path.write_bytes(b"\xff{" * 200)


def bytes_changed(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


STATE = {
    "shards": ("shards", gone, "2 of 2 files are gone"),
    "results": ("shards/*/*.arrow", cut, ".arrow: broken"),
    "junk": ("shards/*/*.arrow", junk, ".arrow: broken"),
    "taken out of markup": ("survey/*/*", cut, ".parquet: broken"),
    "findings": ("findings.jsonl", cut, "findings.jsonl: broken"),
    "no findings": ("findings.jsonl", gone, "findings.jsonl: is gone"),
    "bytes of findings": ("findings.jsonl", bytes_changed, "findings.jsonl: broken"),
    "index": ("findings.index", cut, "findings.index: broken"),
    "manifest": ("manifest.json", junk, "manifest.json: broken"),
    "list": ("shards.*.jsonl", cut, ".jsonl:1: broken"),
    "applied": ("applied.json", junk, "applied.json: broken"),
}


@pytest.mark.parametrize("name", STATE)
def test_apply_names_what_is_spoiled_and_leaves_out_alone(
    repair: Run, folder: Path, name: str
) -> None:
    pattern, spoil, said = STATE[name]
    for path in (folder / ".repair").glob(pattern):
        spoil(path)
    before = contents(folder)
    told(repair("apply", folder), said, "run the batch")
    assert contents(folder) == before


@pytest.mark.parametrize("spoil", [gone, cut, junk])
def test_a_batch_names_a_spoiled_sample(
    repair: Run, batch: Path, folder: Path, spoil: Callable[[Path], None]
) -> None:
    (path, *_) = (folder / ".repair/samples").glob("*/*")
    spoil(path)
    before = contents(folder)
    told(repair("batch", batch / "in", "-o", folder), path.name, "--no-resume")
    assert contents(folder) == before
    assert repair("batch", batch / "in", "-o", folder, "--no-resume").returncode == 1
    assert contents(folder) == before


def test_what_is_gone_of_the_state_is_made_again(repair: Run, batch: Path, folder: Path) -> None:
    before = contents(folder)
    gone(folder / ".repair/shards")
    assert repair("batch", batch / "in", "-o", folder).returncode == 1
    assert repair("apply", folder).returncode == 1
    assert contents(folder) == before


@pytest.mark.parametrize("command", [("undo", "--all"), ("diff",)])
def test_others_name_it_too(repair: Run, folder: Path, command: tuple[str, ...]) -> None:
    gone(folder / ".repair/shards")
    before = contents(folder)
    told(repair(command[0], folder, *command[1:]), "files are gone")
    assert contents(folder) == before


def test_apply_does_not_take_old_findings_for_those_of_a_batch_that_died(
    repair: Run, folder: Path
) -> None:
    store = Store(folder)
    manifest = {k: v for k, v in store.manifest().items() if k != "completed"}
    store.write(store.manifest_path, json.dumps(manifest))  # as it is before versions are compared
    before = contents(folder)
    told(repair("apply", folder), "has not ended; run the batch again")
    assert contents(folder) == before


def test_a_queue_that_is_none_is_named(repair: Run, folder: Path) -> None:
    (folder / "queue.db").write_bytes(b"no database" * 99)
    told(repair("apply", folder), "queue.db")


@pytest.mark.parametrize("hidden", [False, True])
def test_an_empty_folder_does_not_empty_out(
    repair: Run, folder: Path, tmp_path: Path, hidden: bool
) -> None:
    """As that of a disk that is not there."""
    (tmp_path / "in").mkdir()
    if hidden:
        (tmp_path / "in/.a.txt").write_text(DAMAGED)
    before = contents(folder)
    told(repair("batch", tmp_path / "in", "-o", folder), "in: holds no file to read")
    assert contents(folder) == before


def test_an_empty_folder_costs_no_other_input(repair: Run, batch: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    told(repair("batch", tmp_path / "in", batch / "in", "-o", tmp_path / "out"), "holds no file")
    assert contents(tmp_path / "out") == contents(batch / "out")


@pytest.mark.parametrize("data", ["<alto><Page>", "<PcGts>\n<a></PcGts>", "<alto>\0</alto>"])
def test_broken_xml_is_named_with_its_path_and_line(repair: Run, tmp_path: Path, data: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(DAMAGED)
    (tmp_path / "in/page.xml").write_text(data)
    done = repair("batch", tmp_path / "in", "-o", tmp_path / "out")
    told(done, f"{tmp_path}/in/page.xml:{1 + data.count(chr(10))}: broken XML")
    assert len(done.stderr.splitlines()) == 5
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


def test_fix_names_broken_xml_too(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "page.xml").write_text("<alto><Page>")
    told(repair("fix", tmp_path / "page.xml"), f"{tmp_path}/page.xml:1: broken XML")


def test_a_folder_that_may_not_be_read_costs_no_other_input(tmp_path: Path) -> None:
    (tmp_path / "in/closed").mkdir(parents=True)
    (tmp_path / "in/a.txt").write_text(DAMAGED)
    (tmp_path / "in/closed").chmod(0)
    told(unprivileged(tmp_path, "batch", "in", "-o", "out"), "in/closed: Permission denied")
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


def test_results_that_may_not_be_read_are_named(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    repair("batch", "a.txt", "-o", "out", cwd=tmp_path)
    (path,) = (tmp_path / "out/.repair/shards").glob("*/*")
    path.chmod(0)
    told(unprivileged(tmp_path, "apply", "out"), f"repair: {path.relative_to(tmp_path)}")


def test_an_input_that_may_not_be_read_costs_no_other(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(DAMAGED)
    (tmp_path / "a.txt").chmod(0)
    said = unprivileged(tmp_path, "batch", "a.txt", "b.txt", "-o", "out")
    assert said.returncode == 2
    assert "a.txt: Permission denied" in said.stderr
    assert [path.name for path in (tmp_path / "out/text").iterdir()] == ["b.txt"]


def unprivileged(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """The command as somebody whom permissions bind, if we are root without those of root."""
    caps = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"] if os.geteuid() == 0 else []
    return subprocess.run(
        [*drop, sys.executable, "-m", "repair", *command], cwd=folder, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
    )  # fmt: skip


def test_a_name_that_no_text_can_have_costs_that_file(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(DAMAGED)
    (tmp_path / "in" / ("n" * 252)).write_text(DAMAGED)
    long = "字" * 82 + ".html"
    (tmp_path / "in" / long).write_text(f"<p>{DAMAGED}</p><p>{ASKED}</p>")
    told(repair("batch", tmp_path / "in", "-o", tmp_path / "out"), "nnn: its name is too long")
    assert sorted(p.name for p in (tmp_path / "out/text").iterdir()) == ["a.txt", f"{long}.txt"]


def test_a_link_to_a_folder_is_named(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(DAMAGED)
    (tmp_path / "in/loop").symlink_to(".")
    told(repair("batch", tmp_path / "in", "-o", tmp_path / "out"), "in/loop: is a link to a folder")
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_an_archive_that_is_empty_is_broken(repair: Run, tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a.jsonl.{ending}").write_bytes(b"")
    told(repair("batch", f"a.jsonl.{ending}", "-o", "out", cwd=tmp_path), "(empty)")


@pytest.mark.parametrize(
    ("number", "moments"),
    [(signal.SIGTERM, (0.6, 1.2, 1.8)), (signal.SIGINT, (0.3, 0.6, 1.2))],
)
def test_whoever_ends_a_batch_is_told_nothing(
    tmp_path: Path, number: signal.Signals, moments: tuple[float, ...]
) -> None:
    rows = (json.dumps({"id": n, "text": DAMAGED * 400}) for n in range(900))
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    command = [
        sys.executable,
        "-m",
        "repair",
        "batch",
        "rows.jsonl",
        "-o",
        "out",
        "--jobs",
        "2",
    ]
    for moment in moments:
        process = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )  # fmt: skip
        time.sleep(moment)
        os.killpg(process.pid, number)
        said = process.communicate(timeout=60)[1].decode()
        assert process.returncode, "it had ended before"
        assert said == ""


def test_a_list_of_another_version_is_passed_over(repair: Run, batch: Path, folder: Path) -> None:
    before = contents(folder)
    (folder / ".repair/shards.0000.jsonl").write_text('{"old": 1}\n')
    assert repair("batch", batch / "in", "-o", folder).returncode == 1
    assert contents(folder) == before
    assert not (folder / ".repair/shards.0000.jsonl").exists()
