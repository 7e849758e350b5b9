"""Sound text of every kind stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits, scan
from repair.config import Config
from repair.encoding import gate, stage
from repair.model import Context

HERE = Path(__file__).parent
SOUND = [json.loads(line) for line in (HERE / "sound.jsonl").read_text("utf-8").splitlines()]
CONTEXT = Context(Config())


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case["label"])
def test_sound_text_is_untouched(case: dict[str, str]) -> None:
    assert stage(case["text"], CONTEXT).edits == ()


@pytest.mark.parametrize("name", ["000", "002", "003", "004"])
def test_seeds_without_damage_are_untouched(name: str) -> None:
    path = next((HERE.parents[1] / "seeds").glob(f"{name}_*.txt"))
    said = stage(path.read_text("utf-8"), CONTEXT)
    assert [e for e in said.edits if not e.rule.startswith("ENC5")] == []


@settings(max_examples=12, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("人民政府?\ufffd。，锛鐨Ö¹▍^\ue494ㄟE葋\n a1<>/&#;"), max_size=10
    )
)
def test_edits_fit_and_one_run_is_enough(text: str) -> None:
    said = stage(text, CONTEXT)
    after = edits.apply(text, said.edits)
    again = stage(after, CONTEXT)
    assert edits.apply(after, again.edits) == after


def test_gate_is_silent_on_ascii() -> None:
    assert gate.dense(gate.weigh(scan.of("plain text? yes."))) == []


def test_gate_sees_private_use() -> None:
    assert gate.dense(gate.weigh(scan.of("省份\ue494人民"))) == [(2, 3)]
