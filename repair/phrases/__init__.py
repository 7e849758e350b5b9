"""The user's own rules: a phrase that is always put right, or never touched and never asked.

They are rows of `phrases.jsonl` (phrasebook.py), part of the configuration. What is accepted
always is an edit wherever the phrase stands (`stage`, the first of all, so that its phrases
are read in the original); what is ignored always is left out of what any stage says
(`wanted`). A decision about one place stays with that place: only what somebody made a rule
is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from repair import edits as ed
from repair.model import Context, Edit, Finding, StageResult
from repair.phrasebook import Phrase
from repair.scan import Texts

CODE = "USR001"
ROUNDS = 8  # where phrases go on undoing one another in a text, none is applied there
Item = TypeVar("Item", Edit, Finding)


def stage(text: str, context: Context) -> StageResult:
    """The edits of all phrases that are accepted always, until none is left to be made."""
    phrases = [p for p in context.config.phrases if p.verdict == "accept"]
    made: list[Edit] = []
    for _ in range(ROUNDS):
        new = _once(text, phrases)
        if not new:
            return StageResult(edits=tuple(made))
        made = ed.compose(made, new)
        text = ed.apply(text, new)
    return StageResult()


def needs(texts: Texts, context: Context) -> NDArray[np.bool_]:
    """Which texts hold a phrase that is accepted always."""
    phrases = [p for p in context.config.phrases if p.verdict == "accept"]
    return texts.holding([at for p in phrases for at in _found(texts.text, p.before)])


def _once(text: str, phrases: Sequence[Phrase]) -> list[Edit]:
    """From left to right, of two that begin at one place the longer one."""
    here = [p for p in phrases if p.before in text]
    spots = sorted(
        ((start, -len(p.before), p) for p in here for start in _places(text, p)),
        key=lambda spot: spot[:2],
    )
    made: list[Edit] = []
    done = 0
    for start, length, phrase in spots:
        if start >= done:
            made.append(_edit(text, phrase, start))
            done = start - length
    return made


def wanted(text: str, items: Iterable[Item], phrases: Sequence[Phrase]) -> list[Item]:
    """The edits or findings of `text` but for those that a phrase tells to ignore: the same
    change of the same words, whatever rule proposes it."""
    items = list(items)
    ignored = [p for p in phrases if p.verdict == "ignore" and p.before in text] if items else []
    spans = [(start, p) for p in ignored for start in _places(text, p)]
    if not spans:
        return items
    return [item for item in items if not any(_says(p, start, item) for start, p in spans)]


def _says(phrase: Phrase, start: int, item: Edit | Finding) -> bool:
    """Whether the change, seen in the phrase that stands at `start`, is the phrase's. The
    breaks at the ends of a whole line are not looked at."""
    end = start + len(phrase.before)
    if phrase.line and item.start <= start and end <= item.end:
        return item.before.strip("\n") == phrase.before and item.after.strip("\n") == phrase.after
    if not (start <= item.start and item.end <= end):
        return False
    left, right = phrase.before[: item.start - start], phrase.before[item.end - start :]
    return left + item.after + right == phrase.after


def _places(text: str, phrase: Phrase) -> Iterator[int]:
    """Where a phrase stands; one of whole lines only as such; and not where the text reads
    already as the phrase would make it (甲 → 甲乙 in 甲乙)."""
    before, after = phrase.before, phrase.after
    within = range(len(after)) if before != after else ()
    inside = [n for n in within if after.startswith(before, n)]
    for at in _found(text, before):
        end = at + len(before)
        whole = (at == 0 or text[at - 1] == "\n") and (end == len(text) or text[end] == "\n")
        done = any(at >= n and text.startswith(after, at - n) for n in inside)
        if (whole or not phrase.line) and not done:
            yield at


def _found(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _edit(text: str, phrase: Phrase, start: int) -> Edit:
    """The change, as small as it is: the shared ends of both readings are no part of it. A
    line that goes takes its break with it."""
    before, after = phrase.before, phrase.after
    if phrase.line and not after and text.startswith("\n", start + len(before)):
        before += "\n"
    why = f"your rule: “{phrase.before}” is always “{phrase.after}”"
    return ed.trimmed(Edit(start, start + len(before), before, after, CODE, 1.0, why))
