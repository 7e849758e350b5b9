"""The evidence in Chinese: what the stages say of their rules' examples and of the seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import repair
from repair import pipeline, rules
from repair.config import make
from repair.model import Contents, Context, Tables
from repair.residue import facts
from repair.review.evidence import SENTENCES, translated

SEEDS = Path(__file__).parents[2] / "seeds"


def _said() -> Iterator[str]:
    for package in (name for name in rules.PACKAGES if name != "collate"):
        for rule in rules.table(package).values():
            for example in rule.examples:
                yield from _evidence(rule, example)
    page, web = (next(SEEDS.glob(f"{number}*")).read_text("utf-8") for number in ("000", "003"))
    yield from (str(found["reason"]) for found in repair.compare(page, web))


def _evidence(rule: rules.Rule, example: Mapping[str, Any]) -> Iterator[str]:
    text = example["text"]
    contents = tuple(Contents("other", tuple(titles)) for titles in example.get("contents", ()))
    tables = Tables(templates=frozenset(example.get("templates", ())), contents=contents)
    marks = tuple(facts(text)) if rule.stage == "layout" else ()
    context = Context(make(example.get("config", {})), tables, marks)
    said = pipeline.stage(rule.stage)(text, context)
    return (item.evidence for item in (*said.findings, *said.edits))


def test_most_sentences_have_their_chinese() -> None:
    """A new rule need not bring its Chinese along, but the page must not turn English again."""
    sentences = {part for said in _said() for part in said.split("; ") if part}
    english = sorted(part for part in sentences if translated(part, "zh") == part)
    assert len(english) < len(sentences) / 20, english


@pytest.mark.parametrize("english", SENTENCES)
def test_a_sentence_keeps_what_it_says_it_of(english: str) -> None:
    names = [f"<{n}>" for n in range(english.count("{}"))]
    said = translated(english.format(*names), "zh")
    assert all(name in said for name in names)
    assert said == SENTENCES[english].format(*names)


def test_what_has_no_row_stays() -> None:
    assert (
        translated("甲 is written 乙; nobody knows why", "zh") == "“甲”应作“乙”；nobody knows why"
    )


def test_the_english_page_shows_it_as_it_is() -> None:
    assert translated("甲 is written 乙", "en") == "甲 is written 乙"
