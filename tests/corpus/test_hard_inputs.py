"""Inputs and addresses that a batch must survive: each broke one before."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from project import Run

DAMAGED = "我们\u200b坚持以人民为中心。\n"
CLEAN = "我们坚持以人民为中心。\n"


def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    (path / "a.txt").write_text(DAMAGED)
    return path


def one_line(stderr: str, what: str) -> None:
    lines = [line for line in stderr.splitlines() if line.startswith("repair:")]
    assert len(lines) == 1
    assert what in lines[0]
    assert "Traceback" not in stderr


def test_a_pipe_in_the_folder_does_not_stop_the_batch(repair: Run, tmp_path: Path) -> None:
    os.mkfifo(folder(tmp_path) / "pipe.txt")
    done = repair("batch", tmp_path / "in", "-o", tmp_path / "out")
    assert done.returncode == 2
    one_line(done.stderr, "pipe.txt: is no regular file")
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


def test_a_link_to_itself_is_named(repair: Run, tmp_path: Path) -> None:
    (folder(tmp_path) / "loop.txt").symlink_to("loop.txt")
    done = repair("batch", tmp_path / "in", "-o", tmp_path / "out")
    one_line(done.stderr, "loop.txt")
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


def test_a_name_that_is_no_unicode(repair: Run, tmp_path: Path) -> None:
    name = os.fsencode(folder(tmp_path)) + b"/\xff.txt"
    try:
        Path(os.fsdecode(name)).write_text(DAMAGED)
    except OSError:
        pytest.skip("this file system wants Unicode")
    done = repair("batch", tmp_path / "in", "-o", tmp_path / "out")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert Path(os.fsdecode(os.fsencode(tmp_path) + b"/out/text/\xff.txt")).read_text() == CLEAN
    assert repair("undo", tmp_path / "out", "--all").returncode == 0


def test_compressed_data_is_no_text(repair: Run, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(5000)
    (folder(tmp_path) / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    done = repair("batch", tmp_path / "in", "-o", tmp_path / "out")
    one_line(done.stderr, "picture.txt: is no text")


def test_a_mistyped_path_leaves_out_alone(repair: Run, tmp_path: Path) -> None:
    repair("batch", folder(tmp_path), "-o", tmp_path / "out")
    done = repair("batch", tmp_path / "inn", "-o", tmp_path / "out")
    assert done.returncode == 2
    one_line(done.stderr, "inn: no such file or folder")
    assert (tmp_path / "out/text/a.txt").read_text() == CLEAN


def test_a_batch_of_relative_paths_is_undone_from_anywhere(repair: Run, tmp_path: Path) -> None:
    folder(tmp_path)
    repair("batch", "in", "-o", "out", cwd=tmp_path)
    (tmp_path / "elsewhere").mkdir()
    done = repair("undo", "../out", "--all", cwd=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/text/a.txt").read_text() == DAMAGED


def test_what_cannot_be_built_anew_stays(repair: Run, tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "b.txt").write_text(DAMAGED)
    out = tmp_path / "out"
    repair("batch", path, "-o", out)
    before = {p: p.read_bytes() for p in (out / "edits.jsonl", out / "text/a.txt")}
    (path / "a.txt").unlink()
    done = repair("apply", out)
    assert done.returncode == 2
    one_line(done.stderr, "a.txt: No such file")
    after = {p: p.read_bytes() for p in before}
    assert sorted(after[out / "edits.jsonl"].splitlines()) == sorted(
        before[out / "edits.jsonl"].splitlines()
    )
    assert after[out / "text/a.txt"] == before[out / "text/a.txt"]


def test_rows_that_are_gone_leave_the_file_of_all_rows(repair: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "text": "我们\u200b坚持。"}\n')
    out = tmp_path / "out"
    repair("batch", rows, "-o", out)
    before = (out / "documents.jsonl").read_bytes()
    rows.unlink()
    done = repair("apply", out)
    assert done.returncode == 2
    one_line(done.stderr, "rows.jsonl")
    assert (out / "documents.jsonl").read_bytes() == before


def test_a_queue_without_a_driver_is_one_line_and_not_remembered(
    repair: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = repair("batch", folder(tmp_path), "-o", out, "--queue", "oracle+cx_oracle://x/y")
    assert done.returncode == 2
    one_line(done.stderr, "--queue")
    assert repair("batch", tmp_path / "in", "-o", out).returncode == 0


@pytest.mark.parametrize(
    "given",
    [("in", "-o", "in"), (".", "-o", "."), ("text", "-o", "."), ("documents.jsonl", "-o", ".")],
)
def test_an_input_that_the_results_would_replace_is_refused(
    repair: Run, tmp_path: Path, given: tuple[str, ...]
) -> None:
    for name in ("in", "text"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(DAMAGED)
    rows = '{"id": "1", "text": "我们\u200b坚持。"}\n'
    (tmp_path / "documents.jsonl").write_text(rows)
    done = repair("batch", *given, cwd=tmp_path)
    assert done.returncode == 2
    one_line(done.stderr, "where the results go")
    assert (tmp_path / "text/a.txt").read_text() == (tmp_path / "in/a.txt").read_text() == DAMAGED
    assert (tmp_path / "documents.jsonl").read_text() == rows
    # a folder with one in it is passed over by other batches
    assert not (tmp_path / "in/.repair").exists()


def test_an_empty_list_of_files_leaves_out_alone(repair: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    repair("batch", folder(tmp_path), "-o", out)
    done = repair("batch", "--files-from", "-", "-o", out, stdin=b"\n")
    assert done.returncode == 2
    one_line(done.stderr, "-: names no file")
    assert (out / "text/a.txt").read_text() == CLEAN


def test_numbers_beyond_all_bounds(repair: Run, tmp_path: Path) -> None:
    given = ("--jobs", "9" * 30, "--sample", "9" * 30, "--limit", "9" * 30, "--largest", "9" * 30)
    done = repair("batch", folder(tmp_path), "-o", tmp_path / "out", *given)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("given", [("--jobs", "-3"), ("--reference", "nowhere")])
def test_options_that_cannot_be(repair: Run, tmp_path: Path, given: tuple[str, ...]) -> None:
    done = repair("batch", folder(tmp_path), "-o", tmp_path / "out", *given)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_table_of_settings_must_be_one(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nrepair = 1\n")
    done = repair("fix", "-", stdin=b"", cwd=tmp_path)
    one_line(done.stderr, "must be a table")


def test_rows_of_other_columns_do_not_cost_the_first_ones(repair: Run, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": ["1"], "text": [DAMAGED]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": [2], "text": [DAMAGED]}), tmp_path / "b.parquet")
    out = tmp_path / "out"
    done = repair("batch", tmp_path / "a.parquet", tmp_path / "b.parquet", "-o", out)
    assert done.returncode == 2
    one_line(done.stderr, "b.parquet: other columns")
    assert pq.read_table(out / "documents.parquet").to_pylist() == [{"id": "1", "text": CLEAN}]


def test_what_another_batch_wrote_is_no_input(repair: Run, tmp_path: Path) -> None:
    path = folder(tmp_path)
    repair("batch", path, "-o", path / "first")
    done = repair("batch", path, "-o", tmp_path / "second")
    assert done.stderr.startswith("1 documents")


def test_a_name_gives_a_terminal_no_orders(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "\x1b[31mred\n.txt").write_text(DAMAGED)
    repair("batch", tmp_path / "\x1b[31mred\n.txt", "-o", tmp_path / "out")
    shown = repair("diff", tmp_path / "out").stdout
    assert shown.splitlines()[0] == r"--- \x1b[31mred\n.txt"
