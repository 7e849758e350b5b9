"""Escapes in running text are undone, in code they stay."""

from __future__ import annotations

import pytest

from repair import edits
from repair.config import Config
from repair.encoding import stage
from repair.model import Context


def fixed(text: str) -> str:
    return edits.apply(text, stage(text, Context(Config())).edits)


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        (r"标题：\u57ce\u5e02\u89c4\u5212", "标题：城市规划"),
        ("u5317u4eacu65f6u95f4u516bu70b9 (UTC+8)", "北京时间八点 (UTC+8)"),
        ("&#24072;傅，&#x6001;度也很好", "师傅，态度也很好"),
        ("&amp;amp;#32321;&amp;amp;#39636;", "繁體"),
        ("=E6=AC=A2=E8=BF=8E=\n=E5=8F=82=E5=8A=A0", "欢迎参加"),
        ("=BB=B6=D3=AD=B2=CE=BC=D3", "欢迎参加"),
        ("%E5%9F%8E%E5%B8%82%E8%A7%84%E5%88%92", "城市规划"),
    ],
)
def test_undone(escaped: str, plain: str) -> None:
    assert fixed(escaped) == plain


@pytest.mark.parametrize(
    "text",
    [
        r'print("\u4e2d\u6587")',
        "https://zh.example.org/wiki/%E4%B8%AD%E5%9B%BD",
        "写作 &lt;b&gt; 的标签",
        "AT&T;公司",
        "a=E6=97=A5=1",
        "U+4E2DU+56FD",
        "u1234 与 u5678",
    ],
)
def test_left_alone(text: str) -> None:
    assert fixed(text) == text
