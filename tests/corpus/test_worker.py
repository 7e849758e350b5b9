"""The process that workers are forked from, and how many there are."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from repair.corpus import engine


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
    here = engine.jobs_here()
    assert [engine.jobs_for(size, 0) for size in (0, 10 << 30)] == [1, here]
    assert engine.jobs_for(0, here + 1) == here + 1


def test_one_process_needs_none_to_fork_from(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("文")
    assert not engine.begin("local", [tmp_path, tmp_path / "a.txt", tmp_path / "none"], 0)
    assert not engine.begin("spark", [tmp_path], 2)


def test_words_that_cannot_be_a_file_start_nothing() -> None:
    assert not engine.begin("local", map(Path, ["-o", "字" * 200, "a\0b"]), 0)
