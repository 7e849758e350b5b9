"""The rule tables as one lexicon, and the consumption of a line by it.

A line is residue when nothing of it is left over once known tokens, separators, numbers
and dates are taken away. How much a token proves on its own is its `Weight`.

What web extractors live on, the density of links, is gone in extracted text; this is the
mechanism that works there (DESIGN.md, section 3, "Residue").
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

from repair import rules
from repair.patterns import lazy
from repair.residue.fold import HANZI
from repair.residue.literals import beginnings, gram, longest, needs, plain


class Weight(IntEnum):
    """What a token proves about the line that it stands in."""

    FILLER = 0  # nothing: separators, numbers, units
    CHANNEL = 1  # a section's name: something only in a row of them
    WEAK = 2  # a button's word: asked about alone, residue in company
    SURE = 3  # residue wherever nothing else stands in the line


class Token(NamedTuple):
    """A known piece of a line, offsets in the line."""

    start: int
    end: int
    weight: Weight
    rule: str  # empty for fillers


@dataclass(frozen=True, eq=False)
class Pattern:
    """A regular expression of a rule, over folded text."""

    rule: str
    weight: Weight
    source: str
    number: int  # in `Lexicon.patterns`

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at its first use: most of them never are."""
        return re.compile(self.source)

    def stands(self, spelt: str) -> bool:
        """Whether all that it needs stands in the line as the gate spells it, newline and all."""
        for need, times in self._needs:
            if times > 1:
                if sum(map(spelt.count, need)) < times:
                    return False
                continue
            for run in need:
                if run in spelt:
                    break
            else:
                return False
        return True

    def fits(self, size: int, begins: tuple[str, ...]) -> bool:
        """Whether a whole line may have this form: by its size, white space aside, and by the
        `heads` that it `begins` with."""
        if self._longest is not None and size > self._longest:
            return False
        return self.heads is None or not self.heads.isdisjoint(begins)

    @cached_property
    def heads(self) -> frozenset[str] | None:
        """What a match begins with (see `literals.beginnings`); None if with anything."""
        heads = _shipped()[self.number][0]
        return None if heads is None else frozenset(heads)

    @cached_property
    def _longest(self) -> int | None:
        return _shipped()[self.number][2]

    @cached_property
    def _needs(self) -> list[tuple[tuple[str, ...], int]]:
        needs = Counter(map(tuple, _shipped()[self.number][1])).items()
        return sorted(needs, key=lambda need: len(need[0]))


def shown(patterns: Iterable[Pattern]) -> str:
    """What the package ships of the patterns, as JSON: what each may begin with (null: anything);
    lists of strings, one string of each of which every match holds; how long a line may be that it
    takes whole (null: without limit)."""
    rows = []
    for pattern in patterns:
        heads, lists = beginnings(pattern.source), map(_listed, needs(pattern.source))
        some = [need for need in lists if len(need) <= _LISTED and "\n" not in need]
        rows.append((heads and sorted(heads), some, longest(pattern.source)))
    return "[" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]\n"


def _listed(need: Collection[str]) -> list[str]:
    """The strings, or a piece of each if they are too many."""
    return sorted(need if len(need) <= _LISTED else {gram(string, 2) for string in need})


@cache
def _shipped() -> list[tuple[list[str] | None, list[list[str]], int | None]]:
    """As the package ships it: to find it out takes longer than most texts."""
    path = files("repair") / "residue" / "data" / "patterns.json"
    rows: list[tuple[list[str] | None, list[list[str]], int | None]]
    rows = json.loads(path.read_text("utf-8"))
    return rows


Some = tuple[Pattern, ...] | None  # in the rules' order; None for all


class Patterns:
    """Many patterns. Those are tried, and compiled, whose first two letters stand here, marks
    aside; and of the few that may begin with anything those that could match (`hints` knows
    them), or else those of which the line holds what they need."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._all = patterns
        self._last: tuple[str, list[Pattern]] = "", []

    def __iter__(self) -> Iterator[Pattern]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def matches(
        self, line: str, start: int = 0, some: Some = None
    ) -> list[tuple[Pattern, re.Match[str]]]:
        """The patterns that match here, in the rules' order; `some`: no others could."""
        if not some and some is not None:
            return []
        begins = heads(line, start)
        if some is None:
            begun = (pattern for head in begins for pattern in self._named.get(head, ()))
            tried = sorted({*begun, *self._standing(line)}, key=lambda pattern: pattern.number)
        else:
            tried = [p for p in some if p.heads is None or not p.heads.isdisjoint(begins)]
        found = ((pattern, pattern.regex.match(line, start)) for pattern in tried)
        return [(pattern, match) for pattern, match in found if match]

    @cached_property
    def _named(self) -> dict[str, list[Pattern]]:
        """By what they begin with: two characters, or one that anything may follow."""
        named: dict[str, list[Pattern]] = {}
        for pattern in self._all:
            for head in pattern.heads or ():
                named.setdefault(head, []).append(pattern)
        return named

    def _standing(self, line: str) -> list[Pattern]:
        """Those that may begin with anything and of which the line holds what they need."""
        last = self._last  # asked for at many places of one line
        if line != last[0]:
            spelt = plain(line) + "\n"
            last = self._last = line, [pattern for pattern in self._loose if pattern.stands(spelt)]
        return last[1]

    @cached_property
    def _loose(self) -> list[Pattern]:
        return [pattern for pattern in self._all if pattern.heads is None]


def heads(line: str, start: int = 0) -> tuple[str, ...]:
    """The first letter here, marks aside, and the first two."""
    if not line[start].isalnum():
        word = _WORD.search(line, start)
        if not word:
            return ()
        start = word.start()
    two = line[start : start + 2]
    if not two.isalpha():
        two = plain(two)
    return (two[0], two) if len(two) > 1 else (two[0],)


_DATE = (
    r"(?:\d{4}|\d{2})\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?号?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}年\d{1,2}月(?!\d)|\d{1,2}月\d{1,2}日|[〇零一二三四五六七八九十]{4}年"
    r"[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
)
_TIME = r"(?:[上下]午|凌晨|中午|晚上)?\s?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?"
_WEEK = r"星期[一二三四五六日天]|周[一二三四五六日](?![\u4e00-\u9fff])"
_NUMBER = r"\d+(?:[.,:]\d+)*(?:\s?[万亿千百k%+w])?(?![a-z])"
MARKS = (
    r"[\s|<>/\\·\-_:,;.!~*#+&@?\"'()\[\]{}=…。，；！？、《》「」『』^¦\u2190-\u21ff\u2600-\u27bf"
    r"\U0001f000-\U0001faff\u200d\ufe0f\ufffd]"
)
# What each may begin with, as a class has it between its brackets.
_FILLERS = {
    lazy(_DATE, re.I): r"\d〇零一二三四五六七八九十",
    lazy(_TIME, re.I): r"\d\s上下凌中晚",
    lazy(_WEEK, re.I): "星周",
    lazy(_NUMBER, re.I): r"\d",
    lazy(MARKS + "+", re.I): MARKS[1:-1],
}
_TIMES = tuple(_FILLERS)[:2]
# Hyphens, commas and full stops inside a known token are part of it; these end a clause.
_CLAUSE = frozenset(" 　，。；！？!?,;:|[]()·\"'>《》-\t\n。")
_CLAUSE_END = lazy(f"[{re.escape(''.join(sorted(_CLAUSE)))}]")
_WORD = lazy(r"\w")
_WORDISH = lazy(r"[a-z0-9]")
_HAN = lazy(f"[{HANZI}]")
_LISTED = 24  # strings of a list, one of which a pattern needs, that is looked through
WORD_KEYS = {
    "words": Weight.SURE,
    "weak": Weight.WEAK,
    "channels": Weight.CHANNEL,
    "filler": Weight.FILLER,
}
CLAUSE_KEYS = {
    "clauses": Weight.SURE,
    "weak_clauses": Weight.WEAK,
    "channel_clauses": Weight.CHANNEL,
    "fillers": Weight.FILLER,
}


@dataclass(frozen=True)
class Lexicon:
    """All rules' words and patterns; what sound text does not need is compiled at its first use."""

    words: dict[str, tuple[Weight, str]]
    lengths: dict[str, tuple[int, ...]]  # by first character, longest first
    openings: frozenset[str]  # the first two characters of the sure words
    clauses: Patterns  # tokens that begin where a clause begins
    lines: Patterns  # whole lines

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """All of them, the clauses first."""
        return (*self.clauses, *self.lines)

    def known(self, line: str, start: int, begins: bool, some: Some = None) -> list[Token]:
        """The rules' tokens here; clauses only if one `begins` here, and only `some` of them."""
        found = self._words(line, start)
        if begins:
            found += self._clauses(line, start, some)
        return found

    def _words(self, line: str, start: int) -> list[Token]:
        found: list[Token] = []
        for length in self.lengths.get(line[start], ()):
            word = line[start : start + length]
            entry = self.words.get(word)
            if entry and len(word) == length and self._bounded(line, start, start + length):
                found.append(Token(start, start + length, *entry))
        return found

    def _clauses(self, line: str, start: int, some: Some) -> list[Token]:
        return [
            Token(start, match.end(), pattern.weight, pattern.rule)
            for pattern, match in self.clauses.matches(line, start, some)
            if match.end() > start
        ]

    def _bounded(self, line: str, start: int, end: int) -> bool:
        """Whether a word ends where words end: "en", not "open"; 大 in 大中小, not in 大会."""
        if line[start].isascii():
            inside = _WORDISH.match(line[end - 1]) and _WORDISH.match(line[end : end + 1])
            return not inside and not (
                start and line[start - 1].isascii() and line[start - 1].isalpha()
            )
        if end - start > 1:
            return True
        after = line[end : end + 1]
        return not _HAN.match(after) or after in self.words

    @cached_property
    def free(self) -> re.Pattern[str]:
        """A weak word of one character, where it may stand by itself (see `_bounded`)."""
        every = "".join(word for word in self.words if len(word) == 1)
        weak = "".join(c for c in every if Weight.FILLER < self.words[c][0] < Weight.SURE)
        hanzi, letters = re.sub(r"[a-z]", "", weak), re.sub(r"[^a-z]", "", weak)
        return re.compile(f"[{hanzi}](?=[{every}]|[^{HANZI}])|[{letters}](?![a-z0-9])")

    def line(self, line: str, some: Some = None) -> Pattern | None:
        """The first pattern that the whole stripped line has the form of, a sure one first."""
        found = (pattern for pattern, _ in self.lines.matches(line, 0, some))
        return max(found, key=lambda p: p.weight, default=None)

    def consume(self, line: str, some: Some = None) -> tuple[Token, ...] | None:
        """The fewest tokens that take the whole folded line, or None if something is left."""
        best: dict[int, tuple[tuple[int, int], tuple[Token, ...]]] = {0: ((0, 0), ())}
        reach = 0
        for here in range(len(line)):
            if here not in best:
                if here > reach:
                    return None
                continue
            (count, proof), before = best[here]
            for token in (*self.known(line, here, True, some), *_fillers(line, here)):
                cost = (count + 1, proof - token.weight)
                reach = max(reach, token.end)
                if token.end not in best or cost < best[token.end][0]:
                    best[token.end] = (cost, (*before, token))
        return best[len(line)][1] if len(line) in best else None

    def sure(self, line: str, some: Some = None) -> list[Token]:
        """The sure tokens of the line from left to right, the longest first, not overlapping."""
        tokens: list[Token] = []
        some = None if some is None else tuple(p for p in some if p.weight is Weight.SURE)
        tried = some is None or bool(some)
        begin = {0, *(m.end() for m in _CLAUSE_END.finditer(line))} - {len(line)}
        opened = {i for i in range(len(line)) if line[i : i + 2] in self.openings}
        opened |= {i for i in begin if line[i] in self.openings}
        if not (opened or tried):
            return tokens
        free = 0
        for here in sorted(begin | opened):
            if here < free:
                continue
            begins = here in begin
            if begins and line[here].isdigit():
                dated = _TIMES[0].match(line, here) or _TIMES[1].match(line, here)
                if dated:  # "2016-11-22 浏览次数" does not count twenty-two
                    free = dated.end()
                    continue
            known = self._words(line, here) if here in opened else []
            known += self._clauses(line, here, some) if begins and tried else []
            found = [token for token in known if token.weight is Weight.SURE]
            if found:
                tokens.append(max(found, key=lambda t: t.end))
                free = tokens[-1].end
        return tokens


def _fillers(line: str, start: int) -> list[Token]:
    """Dates, times, numbers and marks that begin here."""
    matches = (filler.match(line, start) for filler in _begun(line[start]))
    return [Token(start, m.end(), Weight.FILLER, "") for m in matches if m]


@cache
def _begun(char: str) -> tuple[re.Pattern[str], ...]:
    """The fillers that may begin with the character."""
    return tuple(filler for filler, first in _FILLERS.items() if re.match(f"[{first}]", char))


@cache
def lexicon() -> Lexicon:
    """The lexicon of `residue/rules/*.toml`."""
    words: dict[str, tuple[Weight, str]] = {}
    clauses: list[tuple[str, Weight, str]] = []
    lines: list[tuple[str, Weight, str]] = []
    for rule in rules.table("residue").values():
        for key, weight in WORD_KEYS.items():
            for word in rule.data.get(key, ()):
                known = words.get(word)
                if known is None or weight > known[0]:
                    words[word] = (weight, rule.code)
        for key, weight in CLAUSE_KEYS.items():
            clauses += ((rule.code, weight, _source(p)) for p in rule.data.get(key, ()))
        for key, weight in (("lines", Weight.SURE), ("weak_lines", Weight.WEAK)):
            lines += ((rule.code, weight, _source(p)) for p in rule.data.get(key, ()))
    for labels in rules.table("residue")["RES050"].data["labels"].values():
        for label in labels:
            words.setdefault(label, (Weight.FILLER, "RES050"))
    sizes: dict[str, set[int]] = {}
    for word in words:
        sizes.setdefault(word[0], set()).add(len(word))
    lengths = {first: tuple(sorted(known, reverse=True)) for first, known in sizes.items()}
    opening = frozenset(word[:2] for word, (weight, _) in words.items() if weight is Weight.SURE)
    patterns = [Pattern(*row, number) for number, row in enumerate(clauses + lines)]
    first = len(clauses)
    return Lexicon(words, lengths, opening, Patterns(patterns[:first]), Patterns(patterns[first:]))


def site_words() -> list[str]:
    """The words of the sites' own trade."""
    words: list[str] = rules.table("residue")["RES042"].data["trade"]
    return words


def _source(pattern: str) -> str:
    """A rule's pattern. `HAN` stands for a hanzi, `HANSET` for hanzi inside a class, `TITLE`
    for a title: text that is not the end of a sentence. Hanzi are letters (`\\w`) anyway, and a
    class that names them takes a millisecond to compile."""
    title = r"[^。;]{1,90}(?<![。;,，:])"
    named = (r"HANSET\w", r"\w"), ("HANSET", HANZI), ("HAN", f"[{HANZI}]"), ("TITLE", title)
    for name, meant in named:
        pattern = pattern.replace(name, meant)
    return pattern
