"""A traditional character in simplified text, or the reverse: asked, never changed.

A slip of OCR or of a converter is a lone character inside a clause of the other script.
Quotations, names in brackets, bilingual lines and whole sentences in the other script are
meant: a clause or quotation that has no character of the text's own script is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters.tables import lines_with, only
from repair.model import Candidate, Finding
from repair.patterns import lazy

FEW = 6  # characters of its own script that a paragraph needs to decide by itself
RARE = 5  # own-script characters for one of the other script
_clause = lazy(r"[^\s，。；：！？、,;:!?（）()【】\[\]《》〈〉“”‘’「」『』|]+")
_spelled = lazy(r"[繁簡简異异]体?體?[字作]|正體|正体")
# Traditional forms that the PRC's standard list of 2013 allows in names, or that are kept in
# simplified print.
NAMES = frozenset("昇邨甦氾澂堃犇龢迺鍾於乾瞭徵藉麽夥甯堯噁霑")


_TRADITIONAL, _SIMPLIFIED = frozenset(only("T")) - NAMES, frozenset(only("S"))
TRADITIONAL, SIMPLIFIED = scan.kind("".join(_TRADITIONAL)), scan.kind("".join(_SIMPLIFIED))
BEYOND = scan.kind("".join(c for c in _TRADITIONAL | _SIMPLIFIED if c > "\uffff"))


def counts(text: str) -> tuple[int, int]:
    """How many characters only traditional and only simplified text writes."""
    scanned = scan.of(text)
    if scanned.present & BEYOND:  # a block of them, where the kinds are wider
        return line_counts(text)
    return scanned.count(TRADITIONAL), scanned.count(SIMPLIFIED)


def counts_of(texts: scan.Texts) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`counts` of each text that has both; of others only whether there are any, 1 or 0."""
    held = texts.having(TRADITIONAL), texts.having(SIMPLIFIED)
    counted = held[0].astype(np.intp), held[1].astype(np.intp)
    for n in np.flatnonzero(held[0] & held[1]).tolist():
        kinds = texts.scan.kinds[texts.starts[n] : texts.ends[n]]
        for own, kind in zip(counted, (TRADITIONAL, SIMPLIFIED), strict=True):
            own[n] = np.count_nonzero(kinds & np.uint32(kind))
    return counted


def line_counts(line: str) -> tuple[int, int]:
    """`counts` of a part of a text."""
    return sum(map(_TRADITIONAL.__contains__, line)), sum(map(_SIMPLIFIED.__contains__, line))


def find(text: str) -> Iterator[Finding]:
    """Lone characters of the wrong script."""
    whole = counts(text)
    if not all(whole):
        return
    for offset, line in lines_with(text, TRADITIONAL if whole[0] < whole[1] else SIMPLIFIED):
        here = line_counts(line)
        if not (here[0] and here[1]) or _spelled.search(line):
            continue
        t, s = here if sum(here) >= FEW else whole
        if s >= RARE * t:
            odd, own, name = _TRADITIONAL, _SIMPLIFIED, "T"
        elif t >= RARE * s:
            odd, own, name = _SIMPLIFIED, _TRADITIONAL, "S"
        else:
            continue
        for clause in _clause.finditer(line):
            if not own.isdisjoint(clause[0]):
                for at, char in enumerate(clause[0]):
                    if char in odd and NAMES.isdisjoint(clause[0][max(0, at - 1) : at + 2]):
                        yield _finding(offset + clause.start(), clause[0], at, name)


def _finding(offset: int, clause: str, at: int, name: str) -> Finding:
    char = clause[at]
    readings = only(name)[char]
    left, right = max(0, at - 1), min(len(clause), at + 2)
    wide = f"{clause[left:at]}{readings[0]}{clause[at + 1 : right]}"
    this, text = ("traditional", "simplified") if name == "T" else ("simplified", "traditional")
    return Finding(
        offset + at,
        offset + at + 1,
        char,
        readings[0],
        "CHR040" if name == "T" else "CHR041",
        0.95,
        f"{char} is {this}, the text around it is {text}",
        tuple(Candidate(r, 0.95 if r == readings[0] else 0.05, "OpenCC") for r in readings),
        pattern=f"{clause[left:right]}→{wide}",
    )
