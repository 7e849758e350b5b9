"""Likely typos in one version of a text. All are asked about, none is changed.

The cheap checks run by default. `typos = "model"` adds those that take a hundred times as
long, because they score every sentence or count every three characters; `neural` asks a neural
corrector about the suspicious ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from repair.characters.tables import ANY_HAN, chinese_text
from repair.model import Context, Finding, StageResult
from repair.scan import Texts
from repair.typos import balance, doubled, sequence

Check = Callable[[str], Iterator[Finding]]
Gate = Callable[[Texts], NDArray[np.bool_]]
CHEAP: tuple[Check, ...] = (doubled.find, balance.find, sequence.find)
GATES: tuple[Gate, ...] = (doubled.needs, balance.needs, sequence.needs)  # of CHEAP


def stage(text: str, context: Context) -> StageResult:
    """Findings of this stage, offsets in `text`; it makes no edits."""
    if context.config.typos == "off" or not chinese_text(text):
        return StageResult()
    checks = CHEAP
    if context.config.typos == "model":
        from repair.typos import misread, terms

        checks = (*CHEAP, terms.find, misread.find)
    findings: list[Finding] = []
    taken: set[int] = set()
    for check in checks:
        for finding in check(text):
            span = set(range(finding.start, finding.end))
            if not span & taken:
                taken |= span
                findings.append(finding)
    if context.config.neural:
        from repair.typos import neural

        findings = neural.ask(text, findings, neural.load(context.config.neural))
    return StageResult(findings=tuple(sorted(findings, key=lambda f: (f.start, f.end))))


def needs(texts: Texts, context: Context) -> NDArray[np.bool_]:
    """Which texts this stage may say anything of."""
    chinese = texts.having(ANY_HAN)
    said = np.zeros_like(chinese)
    if context.config.typos == "off":
        return said
    if context.config.typos == "model" or context.config.neural:
        return chinese
    for gate in GATES:
        said = said | gate(texts)
    return chinese & said
