"""UTF-8 that was read with another codec and lost bytes: what stands is right or `□`."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest

import repair
from repair.config import Config
from repair.encoding import gaps

TEXTS = [
    "县图书馆周末延长开放时间，读者可以凭身份证免费办理借书证。",
    "请在提交申请之前仔细核对姓名、电话和通讯地址！",
    "这条老街已有三百多年历史，街边的茶馆每天清晨五点开门。",
    "氣象局表示，颱風外圍環流將在明天下午為東部帶來豪雨。",
    "村民们把收获的玉米晒在屋顶上，远远望去一片金黄。",
]
LOSSES = {
    "U+FFFD": lambda data, codec: data.decode(codec, "replace"),
    "question mark": lambda data, codec: data.decode(codec, "replace").replace("\ufffd", "?"),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("codec", ["gbk", "cp1252", "cp1250"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_right_or_marked(text: str, codec: str, loss: str) -> None:
    damaged = LOSSES[loss](text.encode(), codec)
    repaired = repair.fix(damaged).text
    assert len(repaired) == len(text)
    assert all(a in (b, "□") for a, b in zip(repaired, text, strict=True)), repaired


@pytest.mark.parametrize("codec", ["gbk", "cp1252"])
@pytest.mark.parametrize("text", TEXTS)
def test_lost_without_a_mark(text: str, codec: str) -> None:
    repaired = repair.fix(text.encode().decode(codec, "ignore")).text
    same = SequenceMatcher(None, text, repaired, autojunk=False).get_matching_blocks()
    assert sum(block.size for block in same) >= 0.8 * len(text), repaired


@pytest.mark.parametrize("text", ["今年的苹果比去年甜", "工厂的机器昼夜不停"])
def test_shift_jis(text: str) -> None:
    """Half-width katakana are one byte each, kanji two."""
    repaired = repair.fix(text.encode().decode("cp932", "replace")).text
    assert len(repaired) == len(text) and repaired.count("□") <= 2
    assert all(a in (b, "□") for a, b in zip(repaired, text, strict=True)), repaired


CUT = "我们坐在窗户的左边".encode()[:-1].decode("gbk")


def test_a_gap_is_asked_with_its_readings() -> None:
    result = repair.fix(CUT)
    assert result.text == "我们坐在窗户的左□"
    (finding,) = result.findings
    assert finding.candidates[0].text == "边"
    assert (finding.rule, finding.before) == ("ENC010", CUT[finding.start : finding.end])


def test_a_byte_that_the_mark_took_with_it() -> None:
    assert repair.fix("璇疯緭鍏ュ瘑鐮?", Config(unsure="guess")).text == "请输入密码"


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("妫€鏌?Logs", "检查 Logs"),  # the blank that a lead byte took with it
        ("2020骞?鏈堣捣鏈嶅姟", "2020年□月起服务"),  # a digit: nobody knows which
    ],
)
def test_what_a_lead_byte_swallowed(damaged: str, repaired: str) -> None:
    assert repair.fix(damaged, Config(unsure="guess")).text == repaired


def test_text_that_is_gone_is_one_question() -> None:
    damaged = "这条老街已有三百多年历史".encode("gbk").decode("utf-8", "replace")
    result = repair.fix(f"标题\n{damaged}\n")
    assert result.edits == ()
    assert [f.rule for f in result.findings if f.rule.startswith("ENC")] == ["ENC002"]


def test_keep_leaves_the_gap_and_repairs_the_rest() -> None:
    kept = repair.fix(CUT, Config(unsure="keep"))
    assert kept.text == "我们坐在窗户的左" + CUT[-1]
    assert len(kept.findings) == 1


def test_ascii_bytes_inside_a_pair() -> None:
    """`建s` as GBK is `寤簊`: the letter is the second half of a pair."""
    damaged = "新建sheet并保存".encode().decode("gb18030", "replace")
    assert repair.fix(damaged).text == "新建sheet并保存"


@pytest.mark.parametrize(
    "text",
    [
        "锛、鏄、鐨这几个字常见于乱码。",
        "真的吗？？你看清楚了吗?",
        "“�”是替换字符，表示解码失败。",
        "Â·Ã±Ã© are not Chinese",
    ],
)
def test_sound_text_stays(text: str) -> None:
    assert repair.fix(text).text == text


@pytest.mark.parametrize("char", "的中我们国和在这学生经济")
@pytest.mark.parametrize("kept", [1, 2])
def test_what_was_lost_is_among_the_few_readings_of_its_gap(char: str, kept: int) -> None:
    found = gaps.readings(char.encode()[:kept], 1, b"", "\n", "gbk", None).shown
    assert char in found
    assert len(set(found)) == len(found) <= gaps.READINGS
