"""Who is wrong: provenance, votes, repetition, the language model, in this order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repair.collate import compare, provenance
from repair.collate.judge import Case, judge, noise
from repair.collate.judge import Verdict as V

PLAIN = Case("edition", "监督", "集赞", "好差评笑脸", "机制做到宽严", "unknown", "unknown")


def test_the_better_origin_is_right_though_its_wording_is_rarer() -> None:
    verdict = judge(replace(PLAIN, origin_a="ocr", origin_b="born-digital", gain=-8.0))
    assert verdict.side == "a"
    assert "OCR" in verdict.reason


def test_a_trusted_text_is_right() -> None:
    assert (
        judge(replace(PLAIN, origin_a="born-digital", origin_b="ocr", trusted_b=True)).side == "a"
    )


@pytest.mark.parametrize(("votes_a", "votes_b", "side"), [(2, 0, "b"), (0, 2, "a")])
def test_votes_decide_between_equals(votes_a: int, votes_b: int, side: str) -> None:
    verdict = judge(replace(PLAIN, votes_a=votes_a, votes_b=votes_b))
    assert verdict.side == side
    assert "2 further versions" in verdict.reason


def test_a_reading_that_stands_elsewhere_is_right() -> None:
    assert judge(replace(PLAIN, repeats_b=3)).side == "a"


def test_the_language_model_comes_last() -> None:
    assert judge(replace(PLAIN, gain=6.0)).side == "a"
    assert judge(replace(PLAIN, gain=6.0, votes_a=3)).side == "b"


def test_nothing_to_go_by() -> None:
    assert judge(PLAIN).side == "unknown"


def test_two_spellings_are_both_right() -> None:
    assert judge(replace(PLAIN, a="象", b="像", gain=9.0)).side == "none"


def test_one_text_is_the_noisy_one() -> None:
    assert noise([V("a", 0.9, "")] * 9 + [V("b", 0.9, "")]) > 1
    assert noise([V("a", 0.9, "")] * 3) == 0.0


# A slip of the better text: what it reads the OCR could not have made better by chance.
SLIPS = [
    ("全体职工按时完成了设备的安装和调试工作。", "全体职工按时完成了设备的按装和调试工作。"),
    ("坚定理想信仰的力量，为人民服务。", "坚定理想信仰仰的力量，为人民服务。"),
    ("来自全国各地的代表参加了这次会议。", "来自全国各的地代表参加了这次会议。"),
]


@pytest.mark.parametrize(("read", "typed"), SLIPS)
def test_a_slip_of_the_better_text_is_seen(read: str, typed: str) -> None:
    (record,) = compare(read, typed, "ocr", "born-digital")
    assert record["error_side"] == "b"


def test_a_lost_character_comes_back_even_from_a_worse_text() -> None:
    (record,) = compare(
        "把宁夏□区的经验推广到各地。", "把宁夏全区的经验推广到各地。", "born-digital", "ocr"
    )
    assert (record["kind"], record["error_side"]) == ("misreading", "a")


READ = [
    ("他把手艺看成自已的命根，从不肯外传。", "他把手艺看成自己的命根，从不肯外传。"),
    ("今年粮食总产重再创历史新高，突破了预期。", "今年粮食总产量再创历史新高，突破了预期。"),
]


@pytest.mark.parametrize(("read", "printed"), READ)
def test_a_misreading_is_seen_without_provenance(read: str, printed: str) -> None:
    (record,) = compare(read, printed, "unknown", "unknown")
    assert record["error_side"] == "a"


def test_the_wrong_script_form_is_wrong_in_the_script_of_the_text() -> None:
    (record,) = compare(
        "這是關于經濟發展的問題，", "這是關於經濟發展的問題，", "unknown", "unknown"
    )
    assert (record["kind"], record["error_side"]) == ("script", "a")


ORIGINS = [
    ("2021年11月11日 上一期 下一期\n返回本版列表 点击率: 字体: 放大\n正文在这里。", "born-digital"),
    ("關于批準該項目的通知，幹部和干部都應當遵守規定，範圍見附件。", "converted"),
    (
        "健全立法前评估、立法风险防范和征求意见的机制,推动党政\n\n服改革迭代发展,完善政务服务平台的办事"
        "功能,不断提升全\n\n市各级政务服务中心的服务质量和办事的效率,赢得了群众\n\n的一致好评。",
        "ocr",
    ),
    ("本条例自公布之日起施行。", "unknown"),
]


@pytest.mark.parametrize(("text", "origin"), ORIGINS, ids=[o for _, o in ORIGINS])
def test_provenance_is_found_out(text: str, origin: str) -> None:
    assert provenance.detect(text) == origin
