"""Likely typos in one version of a text. All are asked about, none is changed.

The cheap checks run by default. `typos = "model"` adds those that take a hundred times as
long, because they score every sentence or count every three characters; `neural` asks a neural
corrector about the suspicious ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np

from repair.characters.tables import ANY_HAN, chinese_text
from repair.model import Context, Finding, StageResult
from repair.scan import Texts, join
from repair.typos import balance, doubled, sequence

Check = Callable[[Texts], Iterator[tuple[int, Finding]]]
CHEAP: tuple[Check, ...] = (doubled.find, balance.find, sequence.find)


def stage(text: str, context: Context) -> StageResult:
    """Findings of this stage, offsets in `text`; it makes no edits."""
    return many(join([text]), context).get(0, StageResult())


def many(texts: Texts, context: Context) -> dict[int, StageResult]:
    """What the stage says of each text, by its number; nothing of those that are missing."""
    config = context.config
    if config.typos == "off":
        return {}
    found: dict[int, list[Finding]] = defaultdict(list)
    for check in CHEAP:
        for n, finding in check(texts):
            found[n].append(finding)
    thorough = config.typos == "model" or bool(config.neural)
    said: dict[int, StageResult] = {}
    for n in np.flatnonzero(texts.having(ANY_HAN)).tolist() if thorough else sorted(found):
        text = texts.part(n)
        if chinese_text(text, int(texts.present[n])):
            findings = _asked(text, found[n], context)
            if findings:
                said[n] = StageResult(findings=findings)
    return said


def _asked(text: str, findings: Iterable[Finding], context: Context) -> tuple[Finding, ...]:
    """The findings of the cheap checks and of those that are asked for, in order. Of two over
    one place the first found stays."""
    if context.config.typos == "model":
        from repair.typos import misread, terms

        findings = chain(findings, terms.find(text), misread.find(text))
    kept: list[Finding] = []
    taken: set[int] = set()
    for finding in findings:
        span = range(finding.start, finding.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(finding)
    if context.config.neural:
        from repair.typos import neural

        kept = neural.ask(text, kept, neural.load(context.config.neural))
    return tuple(sorted(kept, key=lambda f: (f.start, f.end)))
