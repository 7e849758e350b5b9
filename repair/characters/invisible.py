"""Characters that nobody sees: zero-width, direction and control characters.

Removed where the line is Chinese and nothing near needs them. Joiners stay inside emoji and
in scripts that shape their letters; direction marks stay in lines with right-to-left letters.
Control characters other than NUL may stand for something lost: they are asked about.
"""

from __future__ import annotations

import unicodedata

from repair import scan
from repair.characters.tables import HAN, RADICAL, chinese, lines_with
from repair.model import Edit, Finding
from repair.patterns import lazy
from repair.rules import table

SPACES = "\u200b\ufeff\u2060\u180e"  # no width, no effect on Chinese letters
JOINERS = "\u200c\u200d\ufe0e\ufe0f"
MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069"
OVERRIDE = "\u202e"
NUL = "\x00\x7f"
CONTROLS = r"\x01-\x08\x0e-\x1a\x1c-\x1f\x80-\x84\x86-\x9f"
INVISIBLE = SPACES + JOINERS + MARKS + OVERRIDE + NUL

GATE = scan.kind(INVISIBLE + CONTROLS)
_any = lazy(f"[{INVISIBLE}{CONTROLS}]")
_control = lazy(f"[{CONTROLS}]+")
_plain = lazy(
    rf"[{HAN}{RADICAL}\u3000-\u302f\u3031-\u303c\u2010-\u2027\uff01-\uff60a-zA-Z\s!-\"$-)+-/:-@\[-`{{-~]"
)
# Scripts that break words or shape letters at zero-width characters: Arabic to Myanmar, Khmer,
# Mongolian and the other South-East Asian blocks.
_needs = lazy(r"[\u0600-\u109f\u1780-\u18af\u1900-\u1aaf\ua840-\ua87f\ufb1d-\ufdff\ufe70-\ufefc]")
_rightward = lazy(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def find(text: str) -> tuple[list[Edit], list[Finding]]:
    """Edits that remove what does nothing, findings for what may stand for something."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    for offset, line in lines_with(text, GATE):
        if not chinese(line):
            continue
        rightward = bool(_rightward.search(line))
        for match in _any.finditer(line):
            code = _rule(line, match.start(), rightward)
            if code:
                edits.append(_gone(offset + match.start(), match[0], code))
        for match in _control.finditer(line):
            findings.append(_asked(offset + match.start(), match[0], "CHR003"))
        if not rightward:
            findings += [
                _asked(offset + at, char, "CHR004")
                for at, char in enumerate(line)
                if char in OVERRIDE
            ]
    return edits, findings


def _rule(line: str, at: int, rightward: bool) -> str:
    """The rule that removes the character there, or nothing."""
    char = line[at]
    if char in NUL:
        return "CHR002"
    if char in MARKS and not rightward:
        return "CHR005"
    if char not in SPACES + JOINERS:
        return ""
    near = (_neighbour(line, at, -1), _neighbour(line, at, 1))
    if char in "\ufe0e\ufe0f":
        return "CHR001" if _harmless(near[0]) else ""
    if char in JOINERS:
        return "CHR001" if all(map(_harmless, near)) else ""
    return "" if any(map(_needs.match, near)) else "CHR001"


def _neighbour(line: str, at: int, step: int) -> str:
    """The nearest character that can be seen, or nothing at the line's edge."""
    at += step
    while 0 <= at < len(line):
        if line[at] not in INVISIBLE:
            return line[at]
        at += step
    return ""


def _harmless(char: str) -> bool:
    return not char or bool(_plain.match(char))


def _gone(start: int, char: str, code: str) -> Edit:
    name = unicodedata.name(char, f"U+{ord(char):04X}")
    return Edit(
        start, start + 1, char, "", code, 0.9999, f"{name} shows nothing and does nothing here"
    )


def _asked(start: int, run: str, code: str) -> Finding:
    names = " ".join(f"U+{ord(c):04X}" for c in run)
    rule = table("characters")[code]
    return Finding(
        start,
        start + len(run),
        run,
        "",
        code,
        0.5,
        f"{names}: {rule.title.lower()}",
        pattern=f"{names}→",
    )
