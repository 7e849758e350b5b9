"""Markup that means harm: no exception, no hang, and what can be read is read."""

from __future__ import annotations

import doctest
import importlib
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair.extract import extract

LINE = "正文第一句，在这里，有十几个字。"

HOSTILE = {
    "nothing": "",
    "only NUL": "\0" * 1000,
    "NUL inside": f"<p>{LINE[:4]}\0{LINE[4:]}</p>",
    "lone surrogate": f"<p>\ud800{LINE}</p>",
    "no markup": LINE,
    "wrong encoding declared": f'<?xml version="1.0" encoding="utf-16"?><p>{LINE}</p>',
    "deeper than the parser": "<div>" * 50_000 + LINE,
    "deeper, and text behind": "<div>" * 5_000 + "</div>" * 5_000 + f"<p>{LINE}</p>",
    "deep and apart": '<div class="share">' * 1_000 + f"<p>{LINE}</p>",
    "tables in tables": "<table><tr><td>" * 2_000 + LINE,
    "brackets": "<" * 100_000,
    "open tags": "<a " * 50_000,
    "attributes": "<p " + 'a="b" ' * 50_000 + f">{LINE}</p>",
    "a long name": f'<div class="{"aB-" * 50_000}"><p>{LINE}</p></div>',
    "a long line": f"<p>{'中文，' * 200_000}</p>",
    "white space": "<p>来" + " " * 100_000 + "源</p>",
    "entities": "&#" * 50_000 + "&amp;" * 50_000,
    "open comments": "<!--" * 50_000,
    "open scripts": "<script>" * 20_000,
    "names": f"<p>记者 {'王 ' * 20_000}</p>",
    "dates": f"<p>{'2021-03-04 10:11 ' * 10_000}</p>",
    "buttons": f"<p>{'分享到' * 15}！</p>" * 500,
    "linked data, nested": '<script type="application/ld+json">' + "[" * 50_000 + "</script>",
    "linked data, wrong types": '<script type="application/ld+json">{"headline": [1], "author": '
    '{"name": {}}, "datePublished": [null]}</script>',
    "answers only": '<div class="comment">' * 500 + LINE,
    "frames": "<frameset><frame src=x></frameset>",
    "cdata": "<![CDATA[" * 5_000,
}
READABLE = {name for name, markup in HOSTILE.items() if LINE in markup} | {"NUL inside"}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
def test_ends_soon(markup: str) -> None:
    began = time.perf_counter()
    extract(markup)
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize("name", sorted(READABLE))
def test_reads_what_can_be_read(name: str) -> None:
    assert LINE in extract(HOSTILE[name]).text


SOUP = """
<div>
</div>
<p>
</p>
<br>
<a href=x>
</a>
<table><tr><td>
</td>
</tr></table>
<!--
-->
<div class="comment">
<span>
<h1>
<script>
</script>
<pre>
<![CDATA[
]]>
&lt;
&#0;
正文，在这里。
来源：甲乙
2021-03-04
记者周立言
分享到
<
>
版权所有
"""
PIECES = st.sampled_from([*SOUP.split("\n"), "\0", " "])


@given(st.lists(PIECES, max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_soup_is_read_and_twice_the_same(markup: str) -> None:
    assert extract(markup) == extract(markup)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read(markup: str) -> None:
    assert isinstance(extract(markup).text, str)


def test_trafilatura_is_not_imported_before_it_is_needed() -> None:
    import subprocess

    code = (
        "import sys, repair.extract as e; sys.exit(bool({'lxml', 'trafilatura'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["tree", "weigh", "dates", "bylines"])
def test_examples_in_the_code(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"repair.extract.{name}"))
    assert tried
    assert not failed
