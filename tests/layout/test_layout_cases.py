"""What the layout stage changes, case by case, and what it must leave alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from layout_cases import applied, run

HERE = Path(__file__).parent


def read(name: str) -> list[Any]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["label"]) for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", read("cases.jsonl"))
def test_case(case: dict[str, str]) -> None:
    assert applied(case["original"], run(case["original"])) == case["expected"], case["why"]


@pytest.mark.parametrize("case", read("cases.jsonl"))
def test_what_is_repaired_stays(case: dict[str, str]) -> None:
    assert not run(case["expected"]).edits


@pytest.mark.parametrize("case", read("negatives.jsonl"))
def test_sound_text_is_left_alone(case: dict[str, str]) -> None:
    assert not run(case["original"]).edits, case["why"]


@pytest.mark.parametrize("case", read("negatives.jsonl"))
def test_sound_text_raises_no_question(case: dict[str, str]) -> None:
    assert not run(case["original"]).findings, case["why"]
