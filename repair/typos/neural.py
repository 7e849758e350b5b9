"""A second opinion: pycorrector's MacBERT corrector on suspicious sentences, with the model in
the folder that the configuration's `neural` names. Needs the extra `neural` (torch).

Only what the corrector calls errors is taken, each as a question; its rewritten text is never
looked at. A sentence is suspicious where the language model is surprised (misread.py) or where
another check has found something: the neural model reads a few thousand characters a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from repair.model import Candidate, Finding
from repair.patterns import lazy
from repair.typos import misread
from repair.typos.compact import Compact

CHANCE = 0.6  # without figures of its own for a model that the user brings
LONGEST = 120  # characters that a sentence is cut at; the models take 128
_sentence = lazy(rf"[^。！？!?\n]{{1,{LONGEST}}}[。！？!?]?")
_han = lazy("[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Error:
    """`wrong` stands at `at` of a sentence and should be `right`."""

    at: int
    wrong: str
    right: str


class Corrector(Protocol):
    """Finds errors in sentences."""

    def errors(self, sentences: Sequence[str]) -> list[list[Error]]:
        """The errors of each sentence, offsets in it."""
        ...


class MacBert:
    """pycorrector's MacBertCorrector (1.1.4), or any masked language model of BERT's kind."""

    def __init__(self, folder: str) -> None:
        from loguru import logger

        logger.disable("pycorrector")
        import torch
        from pycorrector.macbert.macbert_corrector import MacBertCorrector

        torch.set_num_threads(1)  # the batch has a process a core, and equal sums each time
        self.tool = MacBertCorrector(folder)
        self.tool.model.eval()

    def errors(self, sentences: Sequence[str]) -> list[list[Error]]:
        """One sentence at a time: what is said of one must not depend on its neighbours."""
        said = [self.tool.correct_batch([sentence])[0]["errors"] for sentence in sentences]
        return [[Error(at, wrong, right) for wrong, right, at in errors] for errors in said]


@cache
def load(folder: str) -> Corrector:
    """The corrector with the model of a folder; it is loaded once."""
    return MacBert(folder)


def ask(text: str, findings: Sequence[Finding], corrector: Corrector) -> list[Finding]:
    """The findings of the other checks, those that the corrector says too with its reading as
    a candidate, and what it says alone."""
    compact = Compact(text)
    sentences = list(_suspicious(compact, findings))
    said = corrector.errors([compact.text[start:end] for start, end in sentences])
    told = list(findings)
    for (start, _), errors in zip(sentences, said, strict=True):
        for error in errors:
            at = start + error.at
            whole = compact.text[at : at + len(error.wrong)] == error.wrong
            if whole and _han.fullmatch(error.wrong) and _han.fullmatch(error.right):
                first, last = compact.places[at], compact.places[at + len(error.wrong) - 1]
                if last - first < len(error.wrong):  # no break of a column inside
                    _add(told, _finding(first, error))
    return sorted(told, key=lambda f: (f.start, f.end))


def _suspicious(compact: Compact, findings: Sequence[Finding]) -> list[tuple[int, int]]:
    """The sentences worth the model's time, spans of the compact text."""
    places = {at for some in misread.places(compact.text) for at in some.at.tolist()}
    asked = {f.start for f in findings}
    places |= {i for i, at in enumerate(compact.places) if at in asked} if asked else set()
    spans = (match.span() for match in _sentence.finditer(compact.text))
    return [(a, b) for a, b in spans if not places.isdisjoint(range(a, b))]


def _add(told: list[Finding], new: Finding) -> None:
    """A finding beside the others; over the same place it becomes a candidate of that one."""
    for i, old in enumerate(told):
        if (old.start, old.end) == (new.start, new.end):
            have = {c.text for c in old.candidates}
            more = tuple(c for c in new.candidates if c.text not in have)
            told[i] = replace(
                old, candidates=old.candidates + more, evidence=f"{old.evidence}; {new.evidence}"
            )
            return
        if max(old.start, new.start) < min(old.end, new.end):
            return
    told.append(new)


def _finding(start: int, error: Error) -> Finding:
    return Finding(
        start,
        start + len(error.wrong),
        error.wrong,
        error.right,
        "TYP011",
        CHANCE,
        f"the neural corrector reads {error.right}",
        (Candidate(error.right, CHANCE, "neural"),),
    )
