"""Spam: words of the trade that fill a line in which nobody does anything.

A word list alone hits 1 to 6 % of statute lines (DESIGN.md, section 3); what tells spam
from a text about it is the share of the line that the words take, and the absence of a
legal or reporting frame and of a predicate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from operator import add

from repair import rules
from repair.patterns import lazy
from repair.residue.fold import HANZI
from repair.residue.lines import Action, Cut, Line, Verdict

WEAK = 3  # words of the trade that make a line suspect by their number alone
_LETTER = lazy("[a-z]")
_HAN = lazy(f"[{HANZI}]")
_BRACKET = lazy(r"[\[(<《]([^\[\]()<>《》]{2,24})(?:[\])>》]|$)")
# What somebody says; to the line's end where the marks are not closed.
_QUOTED = lazy(r"“[^”]*(?:”|$)|「[^」]*(?:」|$)|『[^』]*(?:』|$)|\"[^\"]*(?:\"|$)")


class _Terms:
    """A word list to search for: hanzi by their first two characters, the longest first; Latin
    words must be whole and are looked for only where a letter stands."""

    def __init__(self, words: Iterable[str]) -> None:
        self.hanzi: dict[str, list[str]] = {}
        latin: list[str] = []
        for word in sorted(set(words), key=lambda word: (-len(word), word)):
            if word[0].isascii():
                latin.append(word)
            else:
                self.hanzi.setdefault(word[:2], []).append(word)
        self.latin = re.compile(
            "(?<![a-z0-9])(?:" + "|".join(map(re.escape, latin)) + ")(?![a-z0-9])"
        )

    def find(self, line: str) -> list[tuple[int, str]]:
        """The words of the folded line with their places, in order, not overlapping."""
        found = _apart(self._hanzi(line))
        if _LETTER.search(line):
            latin = [(m.start(), m.group()) for m in self.latin.finditer(line)]
            found = _apart(sorted([*found, *latin], key=lambda one: one[0])) if latin else found
        return found

    def _hanzi(self, line: str) -> Iterator[tuple[int, str]]:
        words = self.hanzi
        pairs = map(add, line, line[1:] + "\n")
        for at, (one, two) in enumerate(zip(line, pairs, strict=True)):
            if two in words or one in words:
                for word in (*words.get(two, ()), *words.get(one, ())):
                    if line.startswith(word, at) and _ends(line, word, at + len(word)):
                        yield at, word


def _ends(line: str, word: str, end: int) -> bool:
    """Whether a word that ends in Latin does so where a Latin word ends: 加v, but not 加vpn."""
    return not (word[-1].isascii() and _LETTER.match(line, end))


def _apart(found: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without those that overlap one before them."""
    kept: list[tuple[int, str]] = []
    free = 0
    for at, word in found:
        if at >= free:
            kept.append((at, word))
            free = at + len(word)
    return kept


@dataclass(frozen=True, slots=True)
class _Words:
    terms: _Terms
    strong: _Terms
    frame: re.Pattern[str]
    predicate: re.Pattern[str]
    listing: re.Pattern[str]


@cache
def _words() -> _Words:
    data = rules.table("residue")["RES030"].data

    return _Words(
        _Terms([*data["terms"], *data["strong"]]),
        _Terms(data["strong"]),
        re.compile(data["frame"]),
        re.compile(data["predicate"]),
        re.compile(data["listing"]),
    )


def terms() -> list[str]:
    """All words of the trade."""
    return [*rules.table("residue")["RES030"].data["terms"], *strong()]


def found(line: str) -> list[tuple[int, str]]:
    """The words of the trade in a folded line, with their places."""
    return _words().terms.find(line)


def strong() -> list[str]:
    """Those that only the trade uses."""
    words: list[str] = rules.table("residue")["RES030"].data["strong"]
    return words


@dataclass(frozen=True)
class Density:
    """How much of a folded line is the trade's."""

    line: str

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The words of the trade."""
        return tuple(word for _, word in _words().terms.find(self.line))

    @cached_property
    def strong(self) -> tuple[str, ...]:
        """Those that only the trade uses, each once."""
        return tuple(dict.fromkeys(word for _, word in _words().strong.find(self.line)))

    @cached_property
    def share(self) -> float:
        """How much of the line's letters the words take."""
        letters = len(_HAN.findall(self.line))
        letters += sum(1 for word in self.terms for char in word if char.isascii())
        return min(1.0, sum(map(len, self.terms)) / letters) if letters else 0.0

    @cached_property
    def framed(self) -> bool:
        """Whether a law or a report is about them."""
        return bool(_words().frame.search(self.line))

    @cached_property
    def clause(self) -> bool:
        """Whether somebody does something."""
        return bool(_words().predicate.search(self.line))


density = lru_cache(maxsize=1)(Density)  # a line is judged several times


def judge(line: str, odd_script: bool = False, after_end: bool = False) -> Verdict | None:
    """Whether the whole folded line is spam; `odd_script`: written in the other script than
    the document, `after_end`: after the last sentence of the document. Both are evidence."""
    said = density(line)
    if not said.strong and not (odd_script or after_end):
        return _weak(line)
    if not said.terms or said.framed:
        return None
    told = (
        f"{said.share:.0%} of the line are words of the trade ("
        + ", ".join(dict.fromkeys(said.terms))[:60]
        + "), and it has no frame of law or report"
    )
    if odd_script:
        told += "; its script is not the document's"
    support = odd_script + after_end
    sentence = line.rstrip().endswith(("。", "；", "！", "？"))
    listing = listed(line)
    enough = (
        (said.strong and said.share >= 0.6 and (len(said.terms) > 1 or support))
        or (said.strong and said.share >= 0.45 and not said.clause and not sentence)
        or (len(said.strong) > 1 and said.share >= 0.4 and not sentence)
        or (said.strong and listing and not sentence)
        or (len(said.terms) > 2 and said.share >= 0.85 and support)
    )
    if enough:
        return Verdict(Action.REMOVE, "RES030", 0.9985, told)
    prose = sentence and "。" in line.rstrip()[:-1]  # its sentences are looked at one by one
    if said.strong and not prose and (said.share >= 0.2 or len(said.strong) > 1 or support):
        return Verdict(Action.ASK, "RES030", 0.8, told)
    if support and said.share >= 0.5 and len(said.terms) > 1:
        return Verdict(Action.ASK, "RES030", 0.8, told)
    return None


def _weak(line: str) -> Verdict | None:
    """A line without any word that only the trade uses: asked about if it is full of others."""
    said = density(line)
    if len(line) > 160 or len(said.terms) < WEAK:
        return None
    if said.framed or said.clause or said.share < 0.5:
        return None
    if said.share >= 0.6 or len(said.terms) >= 6:
        told = f"{said.share:.0%} of the line are words that sell: " + ", ".join(said.terms)[:60]
        return Verdict(Action.ASK, "RES030", 0.7, told)
    return None


def listed(line: str) -> bool:
    """Whether the folded line is a list of words for search engines."""
    return bool(_words().listing.search(line))


def bracket(line: Line, folded: str) -> Cut | None:
    """A bracket at the end of a line that stays, which holds the trade's words alone."""
    for found in _BRACKET.finditer(folded):
        if found.start() < 4 or folded[found.end() :].strip():
            continue
        inside = density(found.group(1))
        if inside.strong and inside.share >= 0.6 and not _words().frame.search(folded):
            start, end = line.start + found.start(), line.start + found.end()
            told = f"a brand of the trade in brackets at the line's end: {found.group(1)}"
            return Cut(start, end, "RES031", 0.9985, told)
    return None


def words_inside(line: Line, folded: str) -> tuple[Cut, ...]:
    """The trade's own words in a sentence that has no frame for them: asked about."""
    if _words().frame.search(folded):
        return ()
    return tuple(
        Cut(line.start + at, line.start + at + len(word), "RES031", 0.6,
            f"{word} is a word of the trade, and nothing in the line is about it")
        for at, word in _words().strong.find(unquoted(line.text, folded))
    )  # fmt: skip


def unquoted(text: str, folded: str) -> str:
    """The folded text with quotation marks for all that is quoted in it, of equal length; a full
    stop for the last one where a sentence was quoted."""
    if _QUOTED.search(text) is None:
        return folded
    bare = list(folded)
    for found in _QUOTED.finditer(text):
        marks = '"' * len(found.group())
        if found.group()[-2:-1] in tuple("。！？…"):
            marks = f"{marks[1:]}。"
        bare[found.start() : found.end()] = marks
    return "".join(bare)
