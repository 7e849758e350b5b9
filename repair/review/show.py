"""Text from documents as HTML: everything escaped, nothing invisible, nothing endless.

Controls, bidi marks, zero-width, private-use and unassigned characters are shown as small
labels, so that what a reviewer sees is what is there and no line can turn its neighbours
around (Trojan Source, CVE-2021-42574). Differences are found by characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from markupsafe import Markup, escape

LONGEST = 400  # characters of one passage that a list shows; the document view shows all
_NAMES = {
    0x00: "NUL", 0x09: "⇥", 0x0A: "⏎", 0x0D: "CR", 0xA0: "NBSP", 0x200B: "ZWSP", 0x200C: "ZWNJ",
    0x200D: "ZWJ", 0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF",
    0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI",
    0x2069: "PDI", 0xFEFF: "BOM", 0x3000: "　",
}  # fmt: skip
# What may be hidden or move its neighbours: looked at one by one below.
_ODD = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)


def show(text: str, breaks: bool = True) -> Markup:
    """The text as HTML. With `breaks`, line breaks and tabs are labels too; without, they
    stay what they are (for a block that keeps white space)."""
    parts: list[Markup] = []
    done = 0
    for match in _ODD.finditer(text):
        char = match[0]
        if (char == "\u3000") or (not breaks and char in "\n\t"):
            continue
        parts += (escape(text[done : match.start()]), _label(char))
        done = match.end()
    parts.append(escape(text[done:]))
    return Markup("").join(parts)


def crop(text: str, longest: int = LONGEST, keep: str = "both") -> str:
    """A long text without its middle ("both"), its beginning ("end") or end ("start")."""
    if len(text) <= longest + 10:  # to say how much is left out takes as much room
        return text
    if keep == "start":
        return text[:longest] + "…"
    if keep == "end":
        return "…" + text[-longest:]
    half = longest // 2
    return f"{text[:half]} …(+{len(text) - 2 * half})… {text[-half:]}"


def plain(text: str) -> str:
    """The same for a terminal: no control character reaches it."""
    return _ODD.sub(lambda m: m[0] if m[0] == "\u3000" else f"‹{_name(m[0])}›", text)


def differences(text: str, other: str) -> Markup:
    """`text` as HTML, with `<mark>` where it differs from `other`."""
    from rapidfuzz.distance import Indel

    if len(text) * len(other) > 4_000_000:  # too long to compare while a person waits
        return show(text)
    parts: list[Markup] = []
    for step in Indel.opcodes(text, other):
        piece = show(text[step.src_start : step.src_end])
        if step.tag == "equal":
            parts.append(piece)
        elif step.tag == "delete":
            parts.append(Markup("<mark>{}</mark>").format(piece))
        else:
            parts.append(Markup('<mark class="gap" aria-label="missing"></mark>'))
    return Markup("").join(parts)


def aligned(text: str, other: str, edge: Literal["start", "end"]) -> tuple[str, str]:
    """Two windows on texts without what only differs since an edge of theirs cut it off."""
    from rapidfuzz.distance import Indel

    equal = [step for step in Indel.opcodes(text, other) if step.tag == "equal"]
    if not equal:
        return text, other
    if edge == "start":
        return text[equal[0].src_start :], other[equal[0].dest_start :]
    return text[: equal[-1].src_end], other[: equal[-1].dest_end]


def alike(text: str, other: str) -> bool:
    """Whether two texts have so much in common that marking the rest helps the eye."""
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(text, other) > 0.5


def _name(char: str) -> str:
    code = ord(char)
    return _NAMES.get(code) or f"{code:04X}"


def _label(char: str) -> Markup:
    code = ord(char)
    title = f"U+{code:04X} {unicodedata.name(char, '')}".strip()
    kind = "nl" if char == "\n" else "ctl"
    return Markup('<span class="{}" title="{}">{}</span>').format(kind, title, _name(char))
