"""What DESIGN.md says of commands and files, through real processes, where no other test
of a command or a format does."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from project import SEEDS, Run

import repair as package
from repair.model import Candidate
from repair.settling import ranked

TIME = "自201971日至20301231日有效。\n"
ALTO = (
    '<?xml version="1.0"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout><Page>'
    '<PrintSpace><TextBlock><TextLine><String CONTENT="自201971日至20301231日有效。"/></TextLine>'
    "</TextBlock></PrintSpace></Page></Layout></alto>"
)
Records = list[dict[str, object]]


def records(text: str) -> Records:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def seeds(repair: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seeds") / "out"
    assert repair("batch", SEEDS, "-o", out).returncode == 1
    return out


def test_an_accepted_finding_stands_in_the_journal_as_itself(
    repair: Run, seeds: Path, tmp_path: Path
) -> None:
    """Also one that lies over an edit, and both places of a move."""
    asked = records(repair("export", seeds).stdout)
    said = tmp_path / "said.csv"
    said.write_text("id,verdict\n" + "".join(f"{one['id']},accept\n" for one in asked))
    done = repair("apply", seeds, "--decisions", said)
    assert done.returncode == 0, done.stderr

    journal = records((seeds / "edits.jsonl").read_text(encoding="utf-8"))
    made = [edit for edit in journal if edit["status"] != "applied"]
    proposed = {one["id"] for one in asked if one["after"] != one["before"] or one["move_to"]}
    assert {edit["id"] for edit in made} == proposed
    assert {edit["status"] for edit in made} == {"accepted"}
    replaced = {one["replaces"] for one in asked} - {None}
    assert replaced and not replaced & {edit["id"] for edit in journal}
    for edit in journal:
        text = (SEEDS / str(edit["doc_id"])).read_text(encoding="utf-8")
        before = text[: edit["start"]]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        assert (edit["line"], edit["column"]) == (line, column), edit


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt.gz", gzip.compress(TIME.encode())),
        ("a.xml", ALTO.encode()),
        ("a.txt", TIME.encode("gb18030")),
    ],
    ids=["packed", "ocr", "gb18030"],
)
def test_fix_reads_a_file_as_a_batch_does(
    repair: Run, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    assert repair("fix", tmp_path / name).stdout == "自2019年7月1日至2030年12月31日有效。\n"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("undo", "--finding", "0123456789abcdef"), "no finding or edit '0123456789abcdef'"),
        (("undo", "--rule", "ENC50"), "no rule 'ENC50'"),
        (("undo", "--since", "yesterday"), "--since: "),
        (("apply", "--rule", "COL001"), "--accept-above"),
        (("apply", "--rule", "COL", "--accept-above", "0.9", "--yes"), "no rule 'COL'"),
        (("apply", "--decisions", "none.csv"), "none.csv: No such file or directory"),
    ],
)
def test_what_names_nothing_is_a_usage_error(
    repair: Run, seeds: Path, given: tuple[str, ...], says: str
) -> None:
    before = (seeds / "edits.jsonl").read_bytes()
    done = repair(given[0], seeds, *given[1:])
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert says in line
    assert (seeds / "edits.jsonl").read_bytes() == before


def test_a_pattern_is_what_stands_and_what_should(repair: Run) -> None:
    """Also where nobody knows what should."""
    said = repair(
        "fix", "-", "--format", "json", stdin="他说：今天开会”。（大家都来了。\n".encode()
    )
    found = json.loads(said.stdout)["findings"]
    assert sorted(one["pattern"] for one in found) == ["”→”", "（→（"]


def test_readings_of_two_questions_over_one_place_stand_best_first() -> None:
    first = Candidate("甲", 0.9, "model"), Candidate("乙", 0.06, "model")
    later = Candidate("甲", 0.5, "OpenCC"), Candidate("丙", 0.97, "OpenCC")
    assert [(c.text, round(c.confidence, 2)) for c in ranked(first, later)] == [
        ("甲", 0.9), ("乙", 0.06), ("丙", 0.04)
    ]  # fmt: skip
    assert ranked((), later) == later[::-1]


def test_a_batch_from_python_is_the_command_s(repair: Run, tmp_path: Path) -> None:
    page = str(next(SEEDS.glob("004*")))
    assert package.batch([page], str(tmp_path / "own")).findings
    repair("batch", page, "-o", tmp_path / "told")
    names = ["edits.jsonl", "articles.jsonl"]
    own, told = ([(tmp_path / at / n).read_bytes() for n in names] for at in ("own", "told"))
    assert own == told
    assert repair("export", tmp_path / "own").stdout == repair("export", tmp_path / "told").stdout
    assert (tmp_path / "own/report.html").exists()
