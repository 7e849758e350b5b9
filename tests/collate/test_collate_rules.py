"""The examples and traps of the collation rules, through a collation of two documents."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from repair import rules
from repair.collate import collate
from repair.model import Document, Finding, Result

RULES = list(rules.table("collate").values())
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{n}")
    for rule in RULES
    for n, example in enumerate(rule.examples)
]
TRAPS = [
    pytest.param(rule, trap, id=f"{rule.code}-{n}")
    for rule in RULES
    for n, trap in enumerate(rule.traps)
]
FORM_ONLY = {"width", "spacing", "numbering"}  # told by `compare`, never found in a batch
# What folds away: the same text in other widths, quotation marks, dashes and lines.
OTHER_FORM = str.maketrans({"，": ",", "（": "(", "）": ")", "“": "「", "”": "」", "—": "-"})


def _found(text: str, witness: str) -> list[Finding]:
    results = [
        Result(Document(name, content, sha256(content.encode()).hexdigest()), content)
        for name, content in (("text", text), ("witness", witness))
    ]
    found = collate(results, frozenset({"witness"}))
    assert set(found) <= {"text"}
    return found.get("text", [])


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: rules.Rule, example: Mapping[str, Any]) -> None:
    (finding,) = _found(example["text"], example["witness"])
    assert (finding.rule, finding.kind) == (rule.code, rule.kind)
    assert (finding.before, finding.after) == (example["finds"], example["proposes"])


@pytest.mark.parametrize(("rule", "trap"), TRAPS)
def test_trap(rule: rules.Rule, trap: str) -> None:
    assert _found(trap, f"　　{trap.translate(OTHER_FORM)}\n") == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_is_proved(rule: rules.Rule) -> None:
    assert rule.kind in FORM_ONLY or (rule.examples and rule.traps)
    assert rule.reason
    assert rule.source
