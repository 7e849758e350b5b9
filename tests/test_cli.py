"""The commands, each through a real process: output, exit status, bad input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import ROOT, SEEDS, Run

SOUND = "我们坚持以人民为中心，加强和创新基层治理。\n"
DAMAGED = "我们\u200b坚持以人民为中心。\n"  # applied
CLEAN = "我们坚持以人民为中心。\n"
DOUBTFUL = "三、坚持用法治树理念筑信仰仰精神。\n"  # asked


# ---- fix


def test_fix_writes_sound_text_as_it_is(repair: Run) -> None:
    done = repair("fix", "-", stdin=SOUND.encode())
    assert (done.stdout, done.stderr, done.returncode) == (SOUND, "", 0)


def test_fix_repairs_standard_input(repair: Run) -> None:
    assert repair("fix", "-", stdin=DAMAGED.encode()).stdout == CLEAN


def test_fix_exits_with_1_while_something_is_asked(repair: Run) -> None:
    assert repair("fix", "-", stdin=DOUBTFUL.encode()).returncode == 1
    assert repair("fix", "-", "--exit-zero", stdin=DOUBTFUL.encode()).returncode == 0


def test_check_exits_with_1_for_an_edit_and_writes_nothing(repair: Run) -> None:
    done = repair("fix", "--check", "-", stdin=DAMAGED.encode())
    assert (done.stdout, done.returncode) == ("", 1)
    assert repair("fix", "--check", "-", stdin=SOUND.encode()).returncode == 0


def test_fix_as_json_is_one_object_in_the_record_format(repair: Run) -> None:
    value = json.loads(repair("fix", "--format", "json", "-", stdin=DAMAGED.encode()).stdout)
    assert set(value) == {"text", "edits", "findings", "articles"}
    (edit,) = value["edits"]
    assert (edit["before"], edit["after"], edit["status"]) == ("\u200b", "", "applied")
    assert (edit["line"], edit["column"]) == (1, 3)


def test_fix_diff_shows_both_texts(repair: Run) -> None:
    done = repair("fix", "--diff", "-", stdin=DAMAGED.encode())
    assert f"-{DAMAGED}+{CLEAN}" in done.stdout


def test_fix_explains_each_change(repair: Run) -> None:
    done = repair("fix", "--explain", "-", stdin=DAMAGED.encode())
    assert done.stdout.startswith("1:3 CHR")
    assert "\\u200b" in done.stdout, "what cannot be seen is written out"


def test_fix_names_the_missing_file(repair: Run, tmp_path: Path) -> None:
    done = repair("fix", tmp_path / "none.txt")
    assert done.returncode == 2
    assert done.stderr == f"repair: {tmp_path}/none.txt: No such file or directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk as Linux has it")
def test_what_cannot_be_written_is_an_error() -> None:
    """A command ends without Python's own end, which would write what is left."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "repair", "rules"], stdout=full, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), done.stderr.decode()


@pytest.mark.parametrize("said", ["Query interrupted", "'held' failed: KeyboardInterrupt: "])
def test_ctrl_c_in_the_middle_of_a_query_is_no_traceback(said: str) -> None:
    script = (
        "from unittest.mock import Mock; from repair import __main__, cli\n"
        f"cli.app = Mock(side_effect=RuntimeError({said!r}))\n"
        "__main__.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, b"")


def test_a_command_does_what_is_left_for_its_end() -> None:
    script = (
        "import atexit, sys; from repair import __main__, cli\n"
        "sys.argv, app = ['repair', 'rules', 'none'], cli.app\n"
        "cli.app = lambda: (atexit.register(print, 'done'), app())\n"
        "__main__.start()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"done\n")


def test_who_calls_the_command_line_goes_on_with_a_status_of_its_own() -> None:
    script = (
        "import sys; from contextlib import suppress; from repair.cli import main\n"
        "sys.argv = ['repair', 'rules', 'none']\n"
        "with suppress(SystemExit): main()\n"
        "sys.exit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 7


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("colour = 'red'", "unknown key 'colour'"),
        ("unsure = 'no'", "unsure must be one of"),
        ("origins = ['scan/*=paper']", "origins are PATTERN=ORIGIN"),
        ("x", "repair.toml"),
    ],
)
def test_a_bad_configuration_is_an_error(
    repair: Run, tmp_path: Path, settings: str, says: str
) -> None:
    (tmp_path / "repair.toml").write_text(settings)
    done = repair("fix", "-", stdin=b"", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


# ---- batch


def write(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        raw = data.encode() if isinstance(data, str) else data
        (folder / name.replace("__", ".")).write_bytes(raw)
    return folder


def contents(out: Path) -> dict[str, bytes]:
    """What law 3 says must be the same bytes."""
    files = [p for p in out.rglob("*") if p.is_file() and ".repair" not in p.parts]
    free = ("queue.db", "report.")
    return {
        str(p.relative_to(out)): p.read_bytes() for p in files if not p.name.startswith(free)
    } | {"findings": (out / ".repair/findings.jsonl").read_bytes()}


def test_batch_is_told_where_its_documents_come_from(repair: Run, tmp_path: Path) -> None:
    scan, web = sorted(p for p in SEEDS.iterdir() if p.name.startswith(("000", "003")))
    repair(
        "batch", scan, web, "-o", tmp_path, "--origin", "003*=ocr", "--origin", "*=born-digital"
    )  # fmt: skip
    rows = map(json.loads, repair("export", tmp_path, "--to", "jsonl").stdout.splitlines())
    (said,) = [row for row in rows if row["pattern"] == "体系化→系统化"]
    assert said["doc_id"] == web.name
    assert [w["provenance"] for w in said["witnesses"]] == ["born-digital"]


def test_batch_writes_what_the_design_names(repair: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a__txt=SOUND, b__md=DAMAGED)
    done = repair("batch", folder, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "data only on stdout, and a batch has none"
    out = tmp_path / "out"
    assert (out / "text/a.txt").read_text() == SOUND
    assert (out / "text/b.md.txt").read_text() == CLEAN
    for name in ("articles.jsonl", "edits.jsonl", "queue.db", "report.html", "report.json"):
        assert (out / name).is_file()


def test_a_queue_where_nothing_is_asked_is_empty_and_can_be_used(
    repair: Run, tmp_path: Path
) -> None:
    folder, out = write(tmp_path / "in", a__txt=DAMAGED), tmp_path / "out"
    repair("batch", folder, "-o", out)
    assert (out / "queue.db").read_bytes() == b""
    assert repair("undo", out, "--all").returncode == 0
    assert (out / "text/a.txt").read_text() == DAMAGED
    write(folder, b__txt=DOUBTFUL)
    assert repair("batch", folder, "-o", out).returncode == 1
    assert (out / "text/a.txt").read_text() == DAMAGED, "what was undone stays so"


def test_jobs_and_order_do_not_change_a_byte(repair: Run, tmp_path: Path) -> None:
    files = sorted(SEEDS.iterdir())
    repair("batch", *files, "-o", tmp_path / "one", "--jobs", "1")
    repair("batch", *reversed(files), "-o", tmp_path / "two", "--jobs", "2")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_running_again_changes_nothing(repair: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a__txt=DOUBTFUL, b__txt=DAMAGED)
    repair("batch", folder, "-o", tmp_path / "out")
    before = contents(tmp_path / "out")
    done = repair("batch", folder, "-o", tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert "2 done before" in done.stderr


def test_a_changed_and_a_removed_input(repair: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a__txt=SOUND, b__txt=SOUND, c__txt=SOUND)
    repair("batch", folder, "-o", tmp_path / "out")
    (folder / "a.txt").write_text(DAMAGED)
    (folder / "b.txt").unlink()
    repair("batch", folder, "-o", tmp_path / "out")
    repair("batch", folder, "-o", tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_killed_in_the_middle_it_goes_on(repair: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        for path in SEEDS.iterdir():
            text = path.read_text(encoding="utf-8")
            (folder / f"{number}-{path.name}").write_text(f"{text}\n第{number}份。\n")
    command = [sys.executable, "-m", "repair", "batch", str(folder), "-o"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*command, str(tmp_path / "out"), "--jobs", "1"], env=environment, stderr=subprocess.DEVNULL
    )
    shards = tmp_path / "out/.repair/shards"
    while process.poll() is None and len(list(shards.glob("*/*.arrow"))) < 3:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / "out/edits.jsonl").exists(), "killed before it was done"
    done = repair("batch", folder, "-o", tmp_path / "out")
    assert "done before" in done.stderr
    repair("batch", folder, "-o", tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_two_inputs_with_one_output_are_an_error_before_work(repair: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", a__md=SOUND, a__md__txt=SOUND)
    done = repair("batch", folder, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert f"in/a.md.txt: the same output path as {folder}/a.md, text/a.md.txt\n" in done.stderr
    assert not (tmp_path / "out/text").exists()


def test_bad_inputs_are_named_and_all_others_done(repair: Run, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "in",
        good__txt=DAMAGED,
        zeros__bin=b"\0" * 400,
        empty__txt=b"",
        broken__txt=b"\xe4\xb8\xad\xff\xfe\xe6\x96\x87\n",
        bad__parquet=b"PAR1 nothing",
    )
    (folder / "line\nbreak.txt").write_text(DAMAGED)
    done = repair("batch", folder, tmp_path / "absent", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("repair: ")]
    assert len(errors) == 3
    assert any("zeros.bin: is no text" in e for e in errors)
    assert any("bad.parquet" in e for e in errors)
    assert any("absent: no such file" in e for e in errors)
    text = tmp_path / "out/text"
    assert (text / "good.txt").read_text() == CLEAN
    assert (text / "line\nbreak.txt").read_text() == CLEAN
    assert (text / "empty.txt").read_text() == ""


def test_undo_gives_broken_bytes_back(repair: Run, tmp_path: Path) -> None:
    data = b"\xe4\xb8\xad\xe2\x80\x8b\xff\xfe\xe6\x96\x87\n"
    folder = write(tmp_path / "in", a__txt=data)
    repair("batch", folder, "-o", tmp_path / "out")
    repair("undo", tmp_path / "out", "--all")
    assert (tmp_path / "out/text/a.txt").read_bytes() == data


def test_records_keep_their_columns_and_name_what_is_wrong(repair: Run, tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": "a", "url": "x", "text": DAMAGED, "n": 1}),
        "{broken",
        json.dumps({"id": "b", "text": 5}),
        json.dumps({"text": SOUND}),
        json.dumps({"id": "c", "text": SOUND, "extra": None}),
        json.dumps({"id": "a", "text": SOUND}),
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(rows) + "\n")
    done = repair("batch", source, "-o", tmp_path / "out")
    assert done.returncode == 2
    for place, what in [(2, "broken JSON"), (3, "without text"), (4, "without 'id'"), (6, "'a'")]:
        assert any(f"rows.jsonl:{place}: " in e and what in e for e in done.stderr.splitlines())
    written = [
        json.loads(line) for line in (tmp_path / "out/documents.jsonl").read_text().splitlines()
    ]
    assert written == [
        {"id": "a", "url": "x", "text": CLEAN, "n": 1},
        {"id": "c", "text": SOUND, "extra": None},
    ]


def test_parquet_comes_out_as_parquet(repair: Run, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pa.table({"id": ["a", "b"], "text": [DAMAGED, SOUND], "size": pa.array([1, 2], "int8")})
    pq.write_table(table, tmp_path / "rows.parquet")
    repair("batch", tmp_path / "rows.parquet", "-o", tmp_path / "out")
    written = pq.read_table(tmp_path / "out/documents.parquet")
    assert written.schema.equals(table.schema)
    assert written.to_pydict() == {"id": ["a", "b"], "text": [CLEAN, SOUND], "size": [1, 2]}


# ---- decide, apply, undo


@pytest.fixture
def queued(repair: Run, tmp_path: Path) -> Path:
    folder = write(tmp_path / "in", a__txt=DOUBTFUL, b__txt=DAMAGED)
    repair("batch", folder, "-o", tmp_path / "out")
    return tmp_path / "out"


def export(repair: Run, out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in repair("export", out).stdout.splitlines()]


def test_export_writes_the_findings_as_records(repair: Run, queued: Path) -> None:
    (finding,) = [f for f in export(repair, queued) if "仰" in str(f["before"])]
    assert finding["status"] == "pending"
    assert str(finding["rule"]).startswith("TYP")


def test_csv_decisions_are_applied_and_taken_back(repair: Run, queued: Path) -> None:
    (finding,) = export(repair, queued)
    decisions = queued.parent / "decisions.csv"
    decisions.write_text(f"id,verdict,replacement\n{finding['id']},accept,\n")
    before = (queued / "text/a.txt").read_text()
    done = repair("apply", queued, "--decisions", decisions)
    assert done.returncode == 0, done.stderr
    after = before.replace(str(finding["before"]), str(finding["after"]), 1)
    assert (queued / "text/a.txt").read_text() == after != before
    repair("apply", queued)
    assert (queued / "text/a.txt").read_text() == after, "apply is idempotent"
    repair("undo", queued, "--finding", str(finding["id"]))
    assert (queued / "text/a.txt").read_text() == before
    assert (queued / "text/b.txt").read_text() == CLEAN, "nothing else was taken back"


def test_a_batch_that_runs_again_keeps_what_was_applied(repair: Run, queued: Path) -> None:
    repair("apply", queued, "--accept-above", "0", "--yes")
    after = contents(queued)
    repair("batch", queued.parent / "in", "-o", queued)
    assert contents(queued) == after


def test_undo_by_rule_takes_back_applied_edits(repair: Run, queued: Path) -> None:
    (edit,) = [json.loads(x) for x in (queued / "edits.jsonl").read_text().splitlines()]
    repair("undo", queued, "--rule", edit["rule"])
    assert (queued / "text/b.txt").read_text() == DAMAGED


def test_diff_shows_what_changed(repair: Run, queued: Path) -> None:
    assert f"+{CLEAN}" in repair("diff", queued, "b.txt").stdout
    assert repair("diff", queued, "none.txt").returncode == 2


@pytest.mark.parametrize("command", ["apply", "diff", "export"])
def test_a_folder_without_a_batch_is_an_error(repair: Run, tmp_path: Path, command: str) -> None:
    done = repair(command, tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stderr == f"repair: {tmp_path / 'nothing'}: no batch was written here\n"


# ---- the rest


def test_compare_reports_the_difference(repair: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        a__txt="深化行政争议体制改革,加强建设。\n",
        b__txt="深化行政复议体制改革,加强建设。\n",
    )
    done = repair("compare", tmp_path / "a.txt", tmp_path / "b.txt", "--format", "jsonl")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    same = repair("compare", tmp_path / "a.txt", tmp_path / "a.txt")
    assert same.returncode == 0


def test_rules_are_listed_and_explained(repair: Run) -> None:
    listed = repair("rules").stdout.splitlines()
    assert len(listed) > 20
    code = listed[0].split()[0]
    assert "why" in repair("rules", code).stdout
    assert repair("rules", "NONE").returncode == 2


def test_help_names_every_command(repair: Run) -> None:
    shown = repair("--help").stdout
    for command in (
        "fix",
        "batch",
        "compare",
        "review",
        "apply",
        "undo",
        "diff",
        "export",
        "rules",
    ):
        assert command in shown


def test_the_readme_commands_run(tmp_path: Path) -> None:
    """Every `repair …` line of the README's shell blocks, in a copy of the project."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("```sh\n")[1:]
    commands = [
        line
        for block in blocks
        for line in block.split("```")[0].splitlines()
        if line.startswith(("repair ", "echo ")) and "review" not in line.split("#")[0]
    ]
    assert len(commands) >= 5
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode in (0, 1), f"{command}: {done.stderr.decode()}"


def test_make_run_does_the_main_job(tmp_path: Path) -> None:
    """The README's first command, in this environment instead of a new one."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    shutil.copy(ROOT / "Makefile", tmp_path)
    environment = Path(sys.prefix)
    (environment / ".repair-run").touch()
    (tmp_path / "pyproject.toml").touch()
    os.utime(tmp_path / "pyproject.toml", (0, 0))
    done = subprocess.run(
        ["make", "run", f"VENV={environment}"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "out/report.html").is_file()
