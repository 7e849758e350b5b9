"""A document that our own stages cannot cope with is named once, with its place, whether its
shard was worked on now or before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from repair import pipeline
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
