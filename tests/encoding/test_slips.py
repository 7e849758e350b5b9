"""Byte slips: generated ones by their mechanism, and the seed's three."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits
from repair.config import Config
from repair.encoding import stage
from repair.model import Context, StageResult

HERE = Path(__file__).parent
CASES = [json.loads(line) for line in (HERE / "slips.jsonl").read_text("utf-8").splitlines()]
SEED = Path(__file__).parents[2] / "seeds" / "001_82b14f5688dfea3f.txt"
SENTENCES = (
    "各级人民政府应当加强对农产品质量安全工作的领导，建立健全协调机制，保障公民的身体健康。",
    "会议指出，今年以来我国经济运行总体平稳，高质量发展扎实推进，社会大局保持稳定。",
    "本院認為，被告之行為業已侵害原告之權利，應負損害賠償責任，爰判決如主文所示。",
    "學校應當建立健全學生安全管理制度，定期組織應急演練，提高師生的安全意識和自救能力。",
)


def run(text: str, unsure: str = "mark") -> StageResult:
    return stage(text, Context(Config(unsure=unsure)))


def fixed(text: str, unsure: str = "mark") -> str:
    return edits.apply(text, run(text, unsure).edits)


def slip(text: str, at: int) -> str:
    """S1: the lead byte of one character becomes `?`; the reader falls back into step."""
    before = text[:at].encode("gb18030")
    data = bytearray(text[at:].encode("gb18030"))
    data[0] = 0x3F
    return before.decode("gb18030") + data.decode("gb18030", "replace").replace("\ufffd", "?")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_case(case: dict[str, Any]) -> None:
    after = fixed(case["before"], "guess")
    assert after == case.get("after", after)
    assert case.get("contains", "") in after


def test_seed_in_guess_mode() -> None:
    after = fixed(SEED.read_text("utf-8"), "guess")
    for reading in ("寧夏8省（區、市)", "“日常考核+執法考評”", "自愿加入。互助會通過微信群"):
        assert reading in after


def test_seed_in_mark_mode() -> None:
    """What is not sure is □ and stands in the queue, the right reading first."""
    said = run(SEED.read_text("utf-8"))
    first = {f.candidates[0].text for f in said.findings if f.rule == "ENC001"}
    applied = {e.after for e in said.edits if e.rule == "ENC001"}
    for reading in ("省（區", "常考核", "。互助會通過"):
        assert reading in first | applied
    for finding in said.findings:
        if finding.rule == "ENC001":
            assert finding.after == finding.candidates[0].text


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(SENTENCES), st.integers(4, 30))
def test_interior_is_right(sentence: str, at: int) -> None:
    text = slip(sentence, at)
    after = fixed(text)
    if after != text:
        assert all(a in ("□", b) for a, b in zip(after, sentence, strict=False))


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(SENTENCES), st.integers(4, 30))
def test_once_is_enough(sentence: str, at: int) -> None:
    after = fixed(slip(sentence, at))
    assert fixed(after) == after


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(SENTENCES), st.integers(4, 30))
def test_keep_leaves_what_is_unsure(sentence: str, at: int) -> None:
    assert all("□" not in e.after for e in run(slip(sentence, at), "keep").edits)


def test_a_swallowed_digit_is_never_guessed() -> None:
    sentence = "会议指出，今年共有参加培训的学员达到"
    data = sentence.encode("gb18030")
    data = data[:10] + b"?" + data[11:]
    text = data.decode("gb18030", "replace").replace("\ufffd", "?") + "35人。"
    assert "□35人" in fixed(text, "guess")


def test_a_tag_stays_where_the_text_has_markup() -> None:
    text = "<p>建立<b>執法</b>人員“<span>日??己?/span>+執法考評”機制</p>"
    assert "</span>" in fixed(text, "guess")


def test_stray_edits_cover_their_findings() -> None:
    said = run(SEED.read_text("utf-8"))
    spans = {(e.start, e.end) for e in said.edits}
    for finding in said.findings:
        over = [s for s in spans if s[0] < finding.end and finding.start < s[1]]
        assert over in ([], [(finding.start, finding.end)])
