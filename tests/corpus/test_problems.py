"""A document that our own stages cannot cope with is named once, with its place, whether its
shard was worked on now or before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from repair import pipeline
from repair.cli import app
from repair.collate import pair
from repair.collate.pair import Draft, Variant
from repair.config import Config
from repair.corpus.batch import Options, batch


@pytest.mark.parametrize("kind", ["jsonl", "txt"])
def test_a_problem_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    texts = ["第一份。", "第二份，有缺陷。", "第三份。"]
    (tmp_path / "in").mkdir()
    if kind == "jsonl":
        lines = [json.dumps({"id": f"r{n}", "text": text}) for n, text in enumerate(texts)]
        (tmp_path / "in/a.jsonl").write_text("\n".join(lines))
        place = "a.jsonl:2"
    else:
        for n, text in enumerate(texts):
            (tmp_path / f"in/{n}.txt").write_text(text)
        place = "1.txt"
    many = pipeline.run_many

    def defective(documents: Any, *given: Any) -> Any:
        if any("缺陷" in document.text for document in documents):
            raise RuntimeError("a\ndefect")
        return many(documents, *given)

    monkeypatch.setattr(pipeline, "run_many", defective)
    for resumed in (0, 3):
        said = batch([tmp_path / "in"], tmp_path / "out", Config(), Options(jobs=1))
        assert (said.errors, said.resumed) == ((f"{place}: RuntimeError: a\\ndefect",), resumed)
        assert said.documents == 2


ARTICLE = """会议指出，要坚持以人民为中心，把保障和改善民生摆在更加突出的位置，办好群众身边的实事。
会议强调，各县区要结合实际制定实施方案，明确责任单位和完成时限，每季度报告一次进展情况。
会议要求，有关部门要加强对重点项目的监督检查，对推进不力的单位及时约谈，确保按期完成任务。
"""


@pytest.mark.parametrize("together", [False, True])
def test_a_pair_that_cannot_be_compared_is_named_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    texts = {
        "a": ARTICLE, "b": ARTICLE.replace("监督", "监瞀"), "c\n": ARTICLE.replace("约谈", "约淡"),
        "d": ARTICLE[::-1], "e": ARTICLE[::-1].replace("督监", "瞀监"),
    }  # fmt: skip
    lines = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    judged = pair.judged

    def defective(drafts: Sequence[Draft]) -> list[list[Variant]]:
        several = together and len(drafts) > 1
        if several or any("淡" in made.a.text + made.b.text for made in drafts):
            raise RuntimeError("a\ndefect")
        return judged(drafts)

    monkeypatch.setattr("repair.collate.witnesses.judged", defective)
    command = ["batch", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "out")]
    for _ in range(2):
        said = CliRunner().invoke(app, command)
        assert said.exit_code == 2
        wrong = [line for line in said.stderr.splitlines() if "defect" in line]
        assert wrong == [
            f"repair: {both}: not compared: RuntimeError: a\\ndefect"
            for both in ("a and c\\n", "b and c\\n", *(("a and b", "d and e") if together else ()))
        ]
        found = (tmp_path / "out/.repair/findings.jsonl").read_text(encoding="utf-8")
        asked = [json.loads(line)["doc_id"] for line in found.splitlines()]
        assert asked == ([] if together else ["b", "e"])


def test_what_the_search_for_versions_left_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "".join(chr(0x4E00 + n * n % 7919) for n in range(4000))
    texts = [long + chr(0x4E00 + n) * 20 for n in range(40)]
    lines = [json.dumps({"id": f"d{n}", "text": text}) for n, text in enumerate(texts)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    monkeypatch.setattr("repair.collate.meeting.FREE", 0)
    monkeypatch.setattr("repair.corpus.collation.MOST", 16)
    command = ["batch", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "out"), "--jobs", "1"]
    said = CliRunner().invoke(app, command).stderr
    warned = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))["warnings"]
    repeated, apart = [row["what"] for row in warned if row["what"] in said]
    assert "% of the places where two share a passage were not looked at" in repeated
    assert "pairs of documents that share text were not compared" in apart
