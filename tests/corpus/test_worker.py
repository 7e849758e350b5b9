"""The process that workers are forked from, and how many there are."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from project import ROOT

from repair.corpus import engine, forking


def asked(script: str) -> str:
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return run.stdout.decode().strip()


def test_it_has_worked_on_a_text() -> None:
    script = (
        "import repair.corpus.worker; from repair.collate import fold; from repair import lm\n"
        "from repair.residue import likely\n"
        "print({f.cache_info().currsize for f in (fold.table, likely.load, lm.load)})"
    )
    assert asked(script) == "{1}"


def test_what_starts_it_imports_little() -> None:
    script = (
        "import sys, repair.__main__, repair.corpus.forking\n"
        "print({'typer', 'numpy', 'concurrent.futures'} & sys.modules.keys())"
    )
    assert asked(script) == "set()"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux does")
def test_what_it_works_on_starts_no_thread() -> None:
    script = (
        "import os, numpy, pyarrow.parquet\n"
        "threads = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = threads(); import repair.corpus.worker; print(threads() - before)"
    )
    assert asked(script) == "0"


def test_workers_go_on_as_the_process_that_they_are_forked_from() -> None:
    with closing(engine.Local(2)) as local:
        (threshold,) = local.run(eval, ["__import__('gc').get_threshold()[0]"])
    assert threshold == 200_000


def test_small_inputs_get_one_process_and_what_is_asked_for_counts() -> None:
    here = forking.jobs_here()
    assert [forking.jobs_for(size, 0) for size in (0, 10 << 30)] == [1, here]
    assert forking.jobs_for(0, here + 1) == here + 1


def test_one_process_needs_none_to_fork_from(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("文")
    assert not forking.begin("local", [tmp_path, tmp_path / "a.txt", tmp_path / "none"], 0)
    assert not forking.begin("spark", [tmp_path], 2)


def test_words_that_cannot_be_a_file_start_nothing() -> None:
    assert not forking.begin("local", map(Path, ["-o", "字" * 200, "a\0b"]), 0)


def test_a_script_without_a_guard_is_not_run_by_the_workers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我们坚持以人民为中心。")
    script = (
        "from pathlib import Path; import repair; from repair.corpus.batch import Options\n"
        "print('begun')\n"
        "said = repair.batch([Path('a.txt')], Path('out'), options=Options(jobs=2))\n"
        "print(said.documents, said.errors, Path(__file__).name)\n"
    )
    (tmp_path / "own.py").write_text(script)
    run = subprocess.run(
        [sys.executable, "own.py"], cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.stdout.decode().splitlines() == ["begun", "1 () own.py"], run.stderr.decode()


def _in_a_pool(_: int) -> list[int]:
    with closing(engine.Local(2)) as local:
        return list(local.run(abs, [-1, -2]))


def test_a_process_that_may_have_no_children_does_the_work_itself() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(_in_a_pool, [0]) == [[1, 2]]


def test_ctrl_c_is_one_word(tmp_path: Path) -> None:
    """A terminal sends it to all processes: none of them shows where it was."""
    rows = (json.dumps({"id": str(n), "text": f"第{n}份。"}) + "\n" for n in range(100_000))
    (tmp_path / "a.jsonl").write_text("".join(rows))
    command = [sys.executable, "-m", "repair", "batch", "a.jsonl", "-o", "out", "--jobs", "2"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while not list(tmp_path.glob("out/.repair/survey/*/*")) and process.poll() is None:
        time.sleep(0.01)  # until a worker is at work
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode not in (0, 1)
    assert b"Traceback" not in said, said.decode()
