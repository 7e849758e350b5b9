"""Characters that look like another one: radicals, compatibility and presentation forms,
half-width marks and private use.

A radical or a compatibility ideograph beside the ideograph that it stands for is one glyph
that a PDF reader gave twice (⼩小): it goes. Alone, a radical becomes its ideograph, while a
compatibility ideograph is asked about, because in names the form is meant.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from repair import lm, scan
from repair.characters import script
from repair.characters.tables import RADICAL, chinese, lines_with, mapping, radicals
from repair.model import Candidate, Edit, Finding
from repair.patterns import lazy
from repair.rules import table

# FA0E to FA29 holds twelve unified ideographs; they normalise to themselves.
COMPATIBLE = r"\uf900-\ufaff\U0002f800-\U0002fa1f"
HALF = r"\uff61-\uff9f"
COLON = "\ufe30"  # ︰ is what a vertical colon is for NFKC and for print: nothing is said of it
VERTICAL = r"\ufe10-\ufe19\ufe31-\ufe44\ufe47\ufe48"
SMALL = r"\ufe50-\ufe66\ufe68-\ufe6b"
PRIVATE = r"\ue000-\uf8ff\U000f0000-\U0010fffd"

ODD = RADICAL + COMPATIBLE + HALF + VERTICAL + SMALL + PRIVATE
GATE = scan.kind(ODD)
_radical = lazy(f"[{RADICAL}]")
_list = lazy(rf"[{RADICAL}][\s、,，/|]*[\s、,，/|][{RADICAL}]|部首|偏旁|部件|康熙|U\+2[EF]")
_compatible = lazy(f"[{COMPATIBLE}]")
_half = lazy(f"[{HALF}]+")
_half_mark = lazy(r"[\uff61-\uff65]")
_presented = lazy(f"[{VERTICAL}{SMALL}]")
_private = lazy(f"[{PRIVATE}]+")
# Set vertically throughout, brackets like these are the writer's: only single ones are odd.
_vertical = lazy(f"[{COLON}{VERTICAL}]")
REACH = 4  # characters on either side of a doubled glyph that the model is shown
SINGLE = 3.0  # nats
MOST_VERTICAL = 0.5  # share of a text's brackets and quotes from which vertical forms are style
_brackets = lazy(f"[{COLON}{VERTICAL}「」『』（）《》〈〉【】“”]")
# NFKC gives ASCII where Chinese sets a full-width mark.
FULL = {
    ",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）", ".": "．",
    "...": "…", "{": "｛", "}": "｝", "[": "［", "]": "］",
}  # fmt: skip


def find(text: str) -> tuple[list[Edit], list[Finding]]:
    """Edits for radicals and doubled glyphs, findings for the rest."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    style = _writes_vertically(text)
    for offset, line in lines_with(text, GATE):
        if not chinese(line):
            continue
        edits += (_moved(e, offset) for e in _glyphs(line))
        taken = {e.start for e in edits}
        for start, end, after, code, evidence in _asked(line, style):
            if offset + start not in taken:
                before = line[start:end]
                candidates = (
                    (Candidate(after, 0.9, "Unicode"),) if after != before else ()
                )  # fmt: skip
                findings.append(
                    Finding(offset + start, offset + end, before, after, code, 0.9, evidence,
                            candidates)
                )  # fmt: skip
    return edits, findings


def _glyphs(line: str) -> Iterator[Edit]:
    unified_of = radicals()
    listed = bool(_list.search(line))
    for match in (*_radical.finditer(line), *_compatible.finditer(line)):
        at, char = match.start(), match[0]
        unified = unified_of.get(char) or unicodedata.normalize("NFC", char)
        if unified == char:
            continue
        if unified in (line[at - 1 : at], line[at + 1 : at + 2]) and _twice(line, at, unified):
            yield Edit(at, at + 1, char, "", "CHR011", 0.999,
                       f"{char} U+{ord(char):04X} is {unified} again, given twice")  # fmt: skip
        elif char in unified_of and not listed:
            yield Edit(at, at + 1, char, unified, "CHR010", 0.9995,
                       f"U+{ord(char):04X} is a radical, not a character of a text")  # fmt: skip


def _twice(line: str, at: int, char: str) -> bool:
    """Whether the two are one glyph: sure for most, but ⼈人 can be 人人, so that where the
    language doubles the character the passage must be likelier with one."""
    if char not in table("typos")["TYP001"].data["sound"]:
        return True
    start = at - 1 if line[at - 1 : at] == char else at
    left, right = line[max(0, start - REACH) : start], line[start + 2 :][:REACH]
    one, two = lm.load().totals([left + char + right, left + char + char + right])
    return bool(one - two > SINGLE)


def _asked(line: str, style: bool) -> Iterator[tuple[int, int, str, str, str]]:
    """start, end, proposal, rule, evidence."""
    for match in _compatible.finditer(line):
        unified = unicodedata.normalize("NFC", match[0])
        if unified != match[0]:
            evidence = f"U+{ord(match[0]):04X} is a compatibility form of {unified}"
            yield match.start(), match.end(), unified, "CHR012", evidence
    for match in _half.finditer(line):
        wide = unicodedata.normalize("NFKC", match[0])
        code = "CHR020" if _half_mark.fullmatch(match[0]) else "CHR021"
        yield match.start(), match.end(), wide, code, f"half-width form of {wide}"
    for match in _presented.finditer(line):
        if style and _vertical.match(match[0]):
            continue
        plain = unicodedata.normalize("NFKC", match[0])
        plain = FULL.get(plain, plain)
        if plain != match[0]:
            yield match.start(), match.end(), plain, "CHR022", f"presentation form of {plain}"
    known = mapping("private.tsv") if not script.counts(line)[0] else {}
    for match in _private.finditer(line):
        names = " ".join(f"U+{ord(c):04X}" for c in match[0][:4])
        after = match[0].translate(known)
        evidence = (
            f"{names} is for private use: what it shows depends on a font that is not here"
            if after == match[0]
            else f"{names} is {after} in Windows' GBK, from before it had a code point"
        )
        yield match.start(), match.end(), after, "CHR030", evidence


def _writes_vertically(text: str) -> bool:
    marks = _brackets.findall(text) if _vertical.search(text) else []
    return len(_vertical.findall(text)) > MOST_VERTICAL * len(marks) and len(marks) > 3


def _moved(edit: Edit, offset: int) -> Edit:
    return Edit(edit.start + offset, edit.end + offset, edit.before, edit.after, edit.rule,
                edit.confidence, edit.evidence)  # fmt: skip
