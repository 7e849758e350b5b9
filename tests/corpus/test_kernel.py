"""The kernel: rows in, the same rows out, whatever one of them does."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pytest

from repair import pipeline
from repair.corpus.kernel import repair_batches
from repair.corpus.lines import decoded
from repair.model import Context, StageResult

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "会议指出，要健全法治政府建设科技保障体系。"},
    {"id": "b", "text": None},
    {"id": "c", "text": "中\u200b文字符在这里。"},
    {"id": "d", "text": ""},
]


def rows(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (made,) = repair_batches([pa.RecordBatch.from_pylist(table)])
    return made.to_pylist()


def test_rows_keep_their_order_and_a_missing_text_is_named() -> None:
    made = rows(ROWS)
    assert [row["id"] for row in made] == list("abcd")
    assert [row["text"] for row in made] == [ROWS[0]["text"], None, "中文字符在这里。", ""]
    assert [row["problem"] for row in made] == [None, "no text", None, None]
    assert [bool(row["edits"]) for row in made] == [False, False, True, False]


def test_a_defect_in_one_document_costs_that_row_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    characters, found = pipeline.stage("characters"), pipeline.gate

    def defective(texts: Sequence[str], contexts: Sequence[Context]) -> list[StageResult]:
        if any(context.doc_id == "c" for context in contexts):
            raise RuntimeError("a defect")
        return list(map(characters, texts, contexts))

    def gate(name: str) -> pipeline.Gate:
        return pipeline.Gate(each=defective) if name == "characters" else found(name)

    sound = rows(ROWS)
    monkeypatch.setattr(pipeline, "gate", gate)
    made = rows(ROWS)
    assert made[2]["problem"] == "RuntimeError: a defect" and made[2]["text"] == ROWS[2]["text"]
    assert made[:2] + made[3:] == sound[:2] + sound[3:]


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_what_was_found_names_the_hash_of_its_text(kind: pa.DataType) -> None:
    text = "中\u200b文字符在这里。日期是2019年7月□日。"
    columns = {"id": pa.array(["c"]), "text": pa.array([text.encode()]).cast(kind)}
    (made,) = repair_batches([pa.RecordBatch.from_pydict(columns)])
    (row,) = made.to_pylist()
    records = decoded(row["edits"].encode())
    assert records
    assert {record["doc_sha256"] for record in records} == {sha256(text.encode()).hexdigest()}
