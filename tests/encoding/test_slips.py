"""Byte slips: generated ones by their mechanism, and the seed's three."""

from __future__ import annotations

import json
import re
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


def hurt(text: str, at: str, skip: int, gone: int, by: bytes = b"") -> str:
    """`gone` bytes of a text, `skip` bytes behind the start of its part `at`, replaced."""
    data, first = text.encode("gb18030"), len(text[: text.index(at)].encode("gb18030")) + skip
    return (data[:first] + by + data[first + gone :]).decode("gb18030", "replace")


RARE_BEFORE = "这家老店开在金锺道尽头的小巷里，店主每天清晨五点起床和面，傍晚收摊以后准备馅料。"
RARE_NEAR = "老师把鎏金的香炉放在展柜中间，然后让学生们从远到近地观察，并写下看到的细节。"
RETURN = "老師說，學生返校和家長見面的時間，要看天氣而定，請大家留意通知。"
QUOTED = (
    '老人慢慢地说："那一年的冬天特别冷，河面结了很厚的冰，孩子们都在上面滑来滑去，谁也不怕摔倒。'
    '"后来大家都搬走了，只剩下他一个人守着旧屋，也不觉得寂寞。'
)
PRICES = "限制電廠發電的超發電價，自然已經不合時宜，但在短期之內也沒有別的辦法。"
WRITTEN = [
    ("a byte dropped behind a rare character that is sound", RARE_BEFORE, ("小", 0, 1, b"")),
    ("a byte dropped, the rare character further off", RARE_BEFORE, ("摊", 0, 1, b"")),
    ("a byte dropped next to what is rare anyway", RARE_NEAR, ("炉", 0, 1, b"")),
    ("what looks like a folded mark was another pair", RETURN, ("校", 1, 2, b"?")),
    ("a quotation that began far back is closed", QUOTED, ("觉", 0, 1, b"?")),
    ("two characters behind a mark are no word of Big5", PRICES, ("的", 0, 1, b"?")),
]


@pytest.mark.parametrize(("text", "damage"), [w[1:] for w in WRITTEN], ids=[w[0] for w in WRITTEN])
def test_what_is_written_is_right(text: str, damage: tuple[str, int, int, bytes]) -> None:
    damaged = hurt(text, *damage)
    after = fixed(damaged)
    assert after != damaged
    assert re.fullmatch(re.escape(after).replace("□", "."), text), after


def test_two_marks_for_one_pair() -> None:
    """S2 where the lone lead byte has become a `?` too."""
    town = "这座县城很小，街上没有几家店铺，可是每逢集市都很热闹，远近的村民都来。"
    damaged = hurt(town, "小", 1, 2, b"?").replace("\ufffd", "?")
    assert fixed(damaged, "guess") == town


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


def test_a_reading_that_ends_in_a_restored_character_has_its_weight() -> None:
    """Two bytes were lost at once, the last character's second one among them."""
    said = run("请先打考扑慊�里保存的说明文件�\n")
    (asked,) = [f for f in said.findings if f.after == "。"]
    assert asked.confidence == asked.candidates[0].confidence > 0.5
    assert "" not in [c.text for c in asked.candidates]
