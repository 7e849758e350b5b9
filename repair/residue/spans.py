"""Residue inside lines that stay, and lines of pipes: layout tables and injected pinyin."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from string import ascii_lowercase

from repair import rules
from repair.patterns import lazy
from repair.residue.fold import HANZI
from repair.residue.lines import Action, Cut, Line, Verdict

_PIPES = lazy(r"[\s|｜│]*[|｜│][\s|｜│]*")
_EDGE = lazy(r"[ \t\u00a0\u3000]*[|｜│][\s|｜│]*$")
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü"
# The bracket first: what an expression begins with is what it looks for.
_PINYIN = lazy(rf"[(（](?<=([{HANZI}])[(（])([a-z{_TONED}]{{1,6}})[)）]")
# A syllable: an initial or none, and a final (Hanyu Pinyin, GB/T 16159), tones taken off.
_SYLLABLE = lazy(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:i?a(?:ng|n|o|i)?|iu|i(?:ng|n|e|ong)?|ong|ou|o|"
    r"e(?:ng|n|i|r)?|u(?:a(?:ng|n|i)?|o|i|n|e)?|v(?:e|n)?)"
)
_PLAIN = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü", "aaaaeeeeiiiioooouuuuvvvvv")


def patterns() -> dict[str, int]:
    """It matches in every line with readings; how long such a line may be."""
    return {rf"\([a-z{_TONED}]": sys.maxsize}


def readings() -> list[str]:
    """What a reading begins with: a bracket and a letter."""
    return [bracket + letter for bracket in "(（" for letter in f"{ascii_lowercase}{_TONED}"]


def pipes(lines: Sequence[Line], verdicts: list[Verdict], rows: Iterable[int]) -> None:
    """Removes lines of pipes alone, and pipes at the ends of lines without another one; pipes stand
    in these `rows`."""
    piped = [(i, lines[i]) for i in rows]
    for i, line in piped:
        if _PIPES.fullmatch(line.text):
            verdicts[i] = Verdict(Action.REMOVE, "RES021", 0.9995, "a line of pipes alone")
    alone = any(verdicts[i].rule == "RES021" for i, _ in piped)
    for i, line in piped:
        edge = _EDGE.search(line.text)
        if not edge or verdicts[i].action not in (Action.KEEP, Action.METADATA):
            continue
        rest = line.text[: edge.start()]
        if re.search(r"[|｜│]", rest) or not (alone or re.search(r"[。！？]$", rest)):
            continue
        cut = Cut(
            line.start + edge.start(), line.end, "RES021", 0.9985, "the edge of a layout table"
        )
        cuts = tuple(c for c in verdicts[i].cuts if c.end <= cut.start)
        verdicts[i] = Verdict(
            verdicts[i].action, verdicts[i].rule, verdicts[i].confidence,
            verdicts[i].evidence, (*cuts, cut),
        )  # fmt: skip


def tells(line: Line) -> bool:
    """Whether readings may stand in the line."""
    return bool(pinyin(line))


@cache
def _common() -> frozenset[str]:
    return frozenset(rules.table("residue")["RES024"].data["common"])


def pinyin(line: Line) -> tuple[Cut, ...]:
    """Readings in brackets after everyday characters, three or more in one line."""
    from repair.residue.fold import fold

    found = [m for m in _PINYIN.finditer(line.text) if _SYLLABLE.fullmatch(m[2].translate(_PLAIN))]
    if len(found) < 3:
        return ()
    everyday = sum(fold(m[1]) in _common() for m in found)
    if everyday * 2 < len(found):
        return ()
    told = f"{len(found)} readings in one line, {everyday} of them after everyday characters"
    return tuple(
        Cut(line.start + m.start(), line.start + m.end(), "RES024", 0.9985, told) for m in found
    )
