"""The rule tables: `<stage>/rules/*.toml`, one `[[rule]]` a rule, read once.

    [[rule]]
    code = "CHR001"            # stable; the stage's three letters and a number
    kind = "zero-width"        # the field's word for the damage
    title = "Zero-width characters inside Chinese text"
    reason = "…"               # why the change is right
    source = "…"               # where the rule, the table or the threshold comes from
    apply_above = 0.998        # confidence from which it is applied; 2 means always ask
    examples = [
      { text = "…", after = "…" },              # the stage's edits turn text into after
      { text = "…", finds = "…", proposes = "…" },  # a finding over finds; proposes is optional
    ]
    traps = ["…"]              # sound text in which this rule must stay silent

Any other key is the rule's own data (`rule.data["pattern"]`). The tests run all examples
and traps; an example may carry `templates = […]` or `witness = "…"` for what it needs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

PACKAGES = ("phrases", "encoding", "characters", "residue", "layout", "typos", "collate")
REQUIRED = ("code", "kind", "title", "reason", "source", "apply_above", "examples", "traps")


class RuleError(ValueError):
    """A rule table that misses a key or repeats a code."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a rule table."""

    code: str
    kind: str
    stage: str
    title: str
    reason: str
    source: str
    apply_above: float
    examples: tuple[Mapping[str, Any], ...]
    traps: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)

    def sure(self, confidence: float) -> bool:
        """Whether a change of this rule with this confidence may be applied unasked."""
        return confidence >= self.apply_above


@cache
def table(stage: str) -> Mapping[str, Rule]:
    """The rules of one stage by code, in the order of their files and rows."""
    rules: dict[str, Rule] = {}
    folder = files("repair") / stage / "rules"
    if not folder.is_dir():
        return rules
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".toml"):
            continue
        for row in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []):
            missing = [key for key in REQUIRED if key not in row]
            if missing:
                raise RuleError(f"{path.name}: {row.get('code', '?')} misses {missing[0]}")
            if row["code"] in rules:
                raise RuleError(f"{path.name}: {row['code']} stands twice")
            given = {key: row.pop(key) for key in REQUIRED}
            given |= {"examples": tuple(given["examples"]), "traps": tuple(given["traps"])}
            rules[given["code"]] = Rule(stage=stage, data=row, **given)
    return rules


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by code, in stage order."""
    return {code: rule for package in PACKAGES for code, rule in table(package).items()}


def rule_of(codes: str) -> Rule:
    """The rule of an edit: of several joined codes the last one, which wrote the text."""
    return all_rules()[codes.split("+")[-1]]
