"""Quality on in-repo cases, which may rise and must not fall: see floors.toml."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import pytest
from project import SEEDS

from repair import edits, pipeline
from repair.config import Config
from repair.model import Context

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text(encoding="utf-8"))
CASES = 24


def _sentences() -> list[str]:
    """Whole sentences of the web editions, which no OCR has read."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.iterdir())[2:4]]
    found = re.findall(r"[^。\n|（(]{30,120}。", "\n".join(texts))
    return sorted({sentence.strip() for sentence in found})


def _slipped(sentence: str, at: int) -> str:
    """One lead byte becomes `?`; the reader falls back into step at the next ASCII byte."""
    data = bytearray(sentence[at:].encode("gb18030"))
    data[0] = 0x3F
    read = data.decode("gb18030", "replace").replace("\ufffd", "?")
    return sentence[:at] + read


@pytest.fixture(scope="module")
def slips() -> dict[str, float]:
    chance = random.Random(7)
    found = exact = written = right = 0
    sentences = _sentences()
    for number in range(CASES):
        sentence = sentences[number % len(sentences)]
        hanzi = [i for i in range(8, len(sentence) - 8) if "\u4e00" <= sentence[i] <= "\u9fff"]
        damaged = _slipped(sentence, chance.choice(hanzi))
        asked = pipeline.stage("encoding")(damaged, Context(Config(unsure="mark")))
        found += bool(asked.edits or asked.findings)
        marked = edits.apply(damaged, asked.edits)
        guessed = pipeline.stage("encoding")(damaged, Context(Config(unsure="guess")))
        exact += edits.apply(damaged, guessed.edits) == sentence
        if asked.edits and len(marked) == len(sentence):
            first, last = asked.edits[0].start, asked.edits[-1].start + len(asked.edits[-1].after)
            pairs = list(zip(marked, sentence, strict=True))[first:last]
            written += len(pairs)
            right += sum(a in ("□", b) for a, b in pairs)
    return {"found": found / CASES, "exact": exact / CASES, "applied_right": right / written}


@pytest.mark.parametrize("figure", ["found", "exact", "applied_right"])
def test_slips_stay_above_their_floors(slips: dict[str, float], figure: str) -> None:
    assert slips[figure] >= FLOORS["slips"][figure]


def test_sound_sentences_are_seldom_asked_about() -> None:
    text = "\n".join(_sentences())
    said = pipeline.stage("typos")(text, Context(Config()))
    assert len(said.findings) * 10_000 / len(text) <= FLOORS["sound"]["findings_in_10000"]
