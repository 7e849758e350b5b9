"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.encoding.decode import decode

SIMPLE = "根据本条例的规定，人民政府应当依法执行。\n第二条 本法所称公民。\n" * 2
COMPLEX = "根據本條例的規定，人民政府應當依法執行。\n第二條 本法所稱公民。\n" * 2


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (SIMPLE, "utf-8"),
        (SIMPLE, "gb18030"),
        (COMPLEX, "gb18030"),
        (COMPLEX, "big5hkscs"),
        (SIMPLE, "utf-16-le"),
        (SIMPLE, "utf-16-be"),
        (SIMPLE, "utf-32-le"),
        ("Привет, как дела? Это текст.\n" * 5, "cp1251"),
        ("日本語の文章です。今日は天気がいい。\n" * 5, "cp932"),
        ("대한민국의 수도는 서울이다.\n" * 5, "cp949"),
    ],
)
def test_codec(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.codec, decoded.exact) == (text, codec, True)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_byte_order_mark_stays(codec: str) -> None:
    decoded = decode(("\ufeff" + SIMPLE).encode(codec))
    assert decoded.text == "\ufeff" + SIMPLE
    assert decoded.exact


def test_a_declared_codec_is_not_believed() -> None:
    assert decode(SIMPLE.encode("gb18030"), "utf-8").text == SIMPLE
    assert decode(SIMPLE.encode("utf-8"), "gb2312").text == SIMPLE


def test_mixed_lines() -> None:
    data = SIMPLE.encode("gb18030") + SIMPLE.encode() + COMPLEX.encode("big5")
    decoded = decode(data)
    assert decoded.text == SIMPLE + SIMPLE + COMPLEX
    assert not decoded.exact


def test_undecodable_bytes_become_replacement_characters() -> None:
    data = SIMPLE.encode("gb18030")
    decoded = decode(data[:20] + b"\xff\xff" + data[20:])
    assert decoded.text.replace("\ufffd", "") == SIMPLE
    assert not decoded.exact


def test_control_characters_survive() -> None:
    assert decode("a\0b\x1bc\r\n中".encode()).text == "a\0b\x1bc\r\n中"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_never_raises_and_says_whether_it_is_exact(data: bytes) -> None:
    decoded = decode(data)
    if decoded.exact:
        assert decoded.text.encode(decoded.codec) == data


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_ascii(codec: str) -> None:
    text = "图书馆的周末开放时间有所延长请读者留意"
    assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize("text", ["系统设置", "登录失败", "村口的老槐树"])
def test_a_short_file_whose_last_byte_is_gone(text: str) -> None:
    decoded = decode(text.encode("gbk")[:-1])
    assert decoded.codec == "gb18030" and decoded.text[:-1] == text[:-1]
