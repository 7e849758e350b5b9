"""The recipes of docs/scale.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from project import ROOT

DAMAGED = "我们\u200b坚持以人民为中心。\n"
CLEAN = "我们坚持以人民为中心。\n"
BLOCKS = re.findall(r"```python\n# (\w+)\n(.*?)```", (ROOT / "docs/scale.md").read_text(), re.S)


@pytest.mark.parametrize(("name", "code"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_a_recipe(name: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends with `texts`, the repaired texts of two documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    place: dict[str, object] = {"rows": [{"id": "a", "text": DAMAGED}, {"id": "b", "text": CLEAN}]}
    exec(compile(code, name, "exec"), place)
    assert list(place["texts"]) == [CLEAN, CLEAN]  # type: ignore[call-overload]


def test_all_recipes_are_run() -> None:
    assert [name for name, _ in BLOCKS] == ["arrow", "datasets", "datatrove"]
