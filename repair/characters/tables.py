"""The tables of `data/`, each read once, and what a line is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff々〇"
RADICAL = r"\u2e80-\u2fd5"
KANA = r"\u3041-\u3096\u30a1-\u30fa"
HANGUL = r"\uac00-\ud7a3"

_han = re.compile(f"[{HAN}]")
_other = re.compile(f"[{KANA}{HANGUL}]")


def rows(name: str) -> Iterator[list[str]]:
    """The columns of each row of `data/name`."""
    text = (files("repair") / "characters" / "data" / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("# "):
            yield line.split("\t")


@cache
def radicals() -> dict[str, str]:
    """Kangxi and CJK radicals, and the ideograph that each stands for."""
    return {row[0]: row[1] for row in rows("radicals.tsv")}


@cache
def only(name: str) -> dict[str, str]:
    """The characters that only that script has ("T" or "S"), and what the other one writes."""
    return {row[1]: row[2] for row in rows("scripts.tsv") if row[0] == name}


@cache
def mapping(name: str) -> dict[int, str]:
    """A table of single characters, for `str.translate`."""
    return {ord(char): other for char, other in rows(name)}


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with the offset at which each starts; only `\\n` ends a line."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def chinese(line: str) -> bool:
    """Whether the line holds Chinese: Han, and no more kana and hangul than a quoted word.

    Running Japanese has about as much kana as Han; a third keeps Chinese lines that name a
    product or a song."""
    if not _other.search(line):
        return bool(_han.search(line))
    han = len(_han.findall(line))
    return han > 0 and 3 * len(_other.findall(line)) <= han
