"""What goes wrong on the way: the error names its file and place, all else is done, and the
same command completes the work when the cause is gone."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import ROOT, SEEDS, Run

from repair.config import Config
from repair.corpus import work
from repair.corpus.batch import Options, Summary, batch
from repair.corpus.deliver import original
from repair.corpus.store import Store

DAMAGED = "我们\u200b坚持以人民为中心。\n"
CLEAN = "我们坚持以人民为中心。\n"
FREE = ("queue.db", "report.")


def run(tmp_path: Path, out: str = "out", **options: Any) -> Summary:
    return batch([tmp_path / "in"], tmp_path / out, Config(), Options(jobs=1, **options))


def contents(out: Path) -> dict[str, bytes]:
    files = [p for p in out.rglob("*") if p.is_file() and ".repair" not in p.parts]
    found = {str(p.relative_to(out)): p.read_bytes() for p in files if not p.name.startswith(FREE)}
    return found | {"findings": (out / ".repair/findings.jsonl").read_bytes()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    (path / "good.txt").write_text(DAMAGED)
    return path


def records(number: int, size: int = 1) -> bytes:
    rows = ({"id": f"r{n}", "text": DAMAGED * size} for n in range(number))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def mended(tmp_path: Path, summary: Summary, *said: str) -> None:
    """One error with these words, all else done; and without its cause nothing is missing."""
    (error,) = summary.errors
    assert all(words in error for words in said), error
    assert "\n" not in error
    assert (tmp_path / "out/text/good.txt").read_text() == CLEAN


def test_a_truncated_gzip(tmp_path: Path, folder: Path) -> None:
    packed = gzip.compress(random.Random(1).randbytes(90_000).hex().encode() + records(9))
    (folder / "rows.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    mended(tmp_path, run(tmp_path), "rows.jsonl.gz:byte", "broken gzip", "runcated")
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(records(9)))
    assert not run(tmp_path).errors
    run(tmp_path, "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_bad_parquet_page(tmp_path: Path, folder: Path) -> None:
    texts = [f"{DAMAGED}{random.Random(n).random()}" for n in range(400)]
    rows = pa.table({"id": [f"r{n}" for n in range(400)], "text": texts})
    path = folder / "rows.parquet"
    pq.write_table(rows, path, row_group_size=100, compression="gzip", use_dictionary=False)
    sound = path.read_bytes()
    column = pq.read_metadata(path).row_group(3).column(1)
    at = column.data_page_offset + column.total_compressed_size // 2
    path.write_bytes(sound[:at] + bytes(20) + sound[at + 20 :])
    mended(tmp_path, run(tmp_path), "rows.parquet:row 301", "broken Parquet")
    assert pq.read_metadata(tmp_path / "out/documents.parquet").num_rows == 300
    path.write_bytes(sound)
    assert not run(tmp_path).errors
    assert pq.read_metadata(tmp_path / "out/documents.parquet").num_rows == 400


def test_a_file_that_cannot_be_read(tmp_path: Path, folder: Path) -> None:
    (folder / "bad.txt").symlink_to("/proc/self/mem")  # opens, and fails at the first read
    mended(tmp_path, run(tmp_path), "bad.txt: ")
    (folder / "bad.txt").unlink()
    (folder / "bad.txt").write_text(DAMAGED)
    summary = run(tmp_path)
    assert (summary.errors, summary.documents) == ((), 2)


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = folder / "rows.jsonl"
    rows.write_bytes(records(3))
    kernel = work.repaired

    def changing(documents: Any, *args: Any) -> Any:
        if len(documents) == 3:
            rows.write_bytes(records(3).replace(b"r1", b"r9"))
        return kernel(documents, *args)

    monkeypatch.setattr(work, "repaired", changing)
    mended(tmp_path, run(tmp_path), "rows.jsonl", "changed while it was read")
    monkeypatch.undo()
    assert not run(tmp_path).errors
    assert b'"r9"' in (tmp_path / "out/documents.jsonl").read_bytes()


def test_a_line_that_is_too_long(tmp_path: Path, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(records(1) + records(1, 300_000) + records(1) * 0)
    summary = run(tmp_path, largest=1 << 20)
    mended(tmp_path, summary, "rows.jsonl:2", "longer than 1 MB; see --largest")
    assert summary.documents == 2


def test_zero_bytes_are_text(tmp_path: Path, folder: Path) -> None:
    row = {"id": "\0", "text": "我们\0坚持"}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    summary = run(tmp_path)
    assert (summary.errors, summary.documents) == ((), 2)
    assert json.loads((tmp_path / "out/documents.jsonl").read_bytes())["id"] == "\0"


def test_an_older_format_is_done_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    assert run(tmp_path).resumed == 1
    monkeypatch.setattr("repair.corpus.plan.__version__", "99")
    assert run(tmp_path).resumed == 0
    assert run(tmp_path, resume=False).resumed == 0


def test_a_full_disk(repair: Run, tmp_path: Path, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(records(40, 400))
    command = [sys.executable, "-m", "repair", "batch", str(folder), "-o", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = subprocess.run(
        command, cwd=tmp_path, env=environment, preexec_fn=little_room, capture_output=True,
        check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.returncode == 2
    assert "Traceback" not in said
    assert "File too large" in said
    assert "out/" in said
    assert repair("batch", folder, "-o", tmp_path / "out").returncode == 0
    repair("batch", folder, "-o", tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_killed_at_any_moment_nothing_is_lost(repair: Run, tmp_path: Path, folder: Path) -> None:
    for number in range(20):
        for path in SEEDS.iterdir():
            text = path.read_text(encoding="utf-8")[:900]
            (folder / f"{number}-{path.name}").write_text(f"{text}\n第{number}份。\n")
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(records(50, 20)))
    began = time.monotonic()
    repair("batch", folder, "-o", tmp_path / "fresh")
    whole = time.monotonic() - began
    command = [sys.executable, "-m", "repair", "batch", str(folder), "-o", "out", "--jobs", "2"]
    for moment in (0.25, 0.4, 0.55, 0.7, 0.85):
        process = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moment * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert repair("batch", folder, "-o", tmp_path / "out").returncode in (0, 1)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_sample_and_a_limit(tmp_path: Path, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(records(30))
    assert run(tmp_path, limit=5).documents == 5
    written = (tmp_path / "out/documents.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in written] == ["r0", "r1", "r2", "r3"]
    assert run(tmp_path, sample=7).documents == 7
    first = contents(tmp_path / "out")
    run(tmp_path, "other", sample=7)
    assert contents(tmp_path / "other") == first
    summary = run(tmp_path, dry_run=True)
    assert (summary.documents, contents(tmp_path / "out")) == (31, first)
    assert run(tmp_path).documents == 31


def test_a_document_is_shown_though_a_later_file_of_its_shard_has_changed(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "later.txt").write_text(CLEAN)
    run(tmp_path)
    (folder / "later.txt").write_text("别的内容。\n")
    document, edits = original(Store(tmp_path / "out"), "good.txt")
    assert document.text == DAMAGED
    assert len(edits) == 1
