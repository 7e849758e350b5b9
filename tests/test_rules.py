"""Every rule's examples and traps, run through the stage that the rule belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from repair import edits, pipeline, rules
from repair.config import make
from repair.model import Contents, Context, StageResult, Tables
from repair.residue import facts

SINGLE = tuple(name for name in rules.PACKAGES if name != "collate")  # one text at a time


def _rules() -> Iterator[rules.Rule]:
    for package in SINGLE:
        yield from rules.table(package).values()


def _run(rule: rules.Rule, text: str, example: Mapping[str, Any]) -> StageResult:
    tables = Tables(
        templates=frozenset(example.get("templates", ())),
        contents=tuple(Contents("other", tuple(t)) for t in example.get("contents", ())),
    )
    config = make(example.get("config", {}))
    # the layout reads the metadata that the residue stage found
    marks = tuple(facts(text)) if rule.stage == "layout" else ()
    return pipeline.stage(rule.stage)(text, Context(config, tables, marks))


EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{n}")
    for rule in _rules()
    for n, example in enumerate(rule.examples)
]
TRAPS = [
    pytest.param(rule, trap, id=f"{rule.code}-{n}")
    for rule in _rules()
    for n, trap in enumerate(rule.traps)
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: rules.Rule, example: Mapping[str, Any]) -> None:
    said = _run(rule, example["text"], example)
    if "after" in example:
        assert rule.code in {code for e in said.edits for code in e.rule.split("+")}
        assert edits.apply(example["text"], edits.order(said.edits)) == example["after"]
    if "finds" in example:
        found = [f for f in said.findings if f.rule == rule.code and f.before == example["finds"]]
        assert found
        if "proposes" in example:
            assert found[0].after == example["proposes"]


@pytest.mark.parametrize(("rule", "trap"), TRAPS)
def test_trap(rule: rules.Rule, trap: str) -> None:
    said = _run(rule, trap, {})
    hits = [e for e in (*said.edits, *said.findings) if rule.code in e.rule.split("+")]
    assert not hits


@pytest.mark.parametrize("rule", list(_rules()), ids=lambda rule: rule.code)
def test_rule_is_proved(rule: rules.Rule) -> None:
    assert rule.examples, "a rule shows what it does"
    assert rule.traps, "a rule shows what it must leave alone"
    assert rule.reason
    assert rule.source
