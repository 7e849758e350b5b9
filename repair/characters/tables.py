"""The tables of `data/`, each read once, and what a line is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from repair import scan
from repair.patterns import lazy

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff々〇"
RADICAL = r"\u2e80-\u2fd5"
KANA = r"\u3041-\u3096\u30a1-\u30fa"
HANGUL = r"\uac00-\ud7a3"

ANY_HAN, _OTHER = scan.kind(HAN), scan.kind(KANA + HANGUL)
_han = lazy(f"[{HAN}]")
_other = lazy(f"[{KANA}{HANGUL}]")


def content(name: str) -> list[str]:
    """The lines of `data/name` but its comments."""
    text = (files("repair") / "characters" / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("# ")]


def rows(name: str) -> Iterator[list[str]]:
    """The columns of each row of `data/name`."""
    return (line.split("\t") for line in content(name))


@cache
def radicals() -> dict[str, str]:
    """Kangxi and CJK radicals, and the ideograph that each stands for."""
    return {row[0]: row[1] for row in rows("radicals.tsv")}


@cache
def only(name: str) -> dict[str, str]:
    """The characters that only that script has ("T" or "S"), and what the other one writes."""
    return {line[2]: line[4:] for line in content("scripts.tsv") if line[0] == name}


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


def lines_at(text: str, places: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Of `lines` those that hold one of the sorted places, none of them a line break."""
    end = -1
    for at in places:
        if at > end:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            yield start, text[start:end]


def lines_with(text: str, kind: int) -> Iterator[tuple[int, str]]:
    """Of `lines` those that hold a character of the kind (of `repair.scan`)."""
    return lines_at(text, scan.of(text).where(kind).tolist())


def chinese_text(text: str, present: int) -> bool:
    """`chinese` of a whole text; `present` are the kinds of its characters."""
    return bool(present & ANY_HAN and (chinese(text) if present & _OTHER else _han.search(text)))


def chinese(line: str) -> bool:
    """Whether the line holds Chinese: Han, and no more kana and hangul than a quoted word.

    Running Japanese has about as much kana as Han; a third keeps Chinese lines that name a
    product or a song."""
    if not _other.search(line):
        return bool(_han.search(line))
    han = len(_han.findall(line))
    return han > 0 and 3 * len(_other.findall(line)) <= han
