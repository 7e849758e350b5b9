"""Words that a converter between simplified and traditional spelt with the wrong character.

Several traditional characters share a simplified one (準准, 後后, 幹乾干). A word of OpenCC's
phrase tables whose spelling in the text is none of the right ones is asked about, unless
another word explains the character: in 批准備案 nothing is wrong. What a converter always
writes wrong (于 for 於) is then asked about outside those words too. Findings span the word,
so that one decision covers all places of the pattern.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters import script
from repair.characters.suspects import (
    Known,
    Pairs,
    Suspects,
    Units,
    joined,
    known,
    pairs,
    suspects,
    units,
)
from repair.characters.tables import content, lines, lines_at, mapping, only
from repair.model import Candidate, Finding
from repair.patterns import lazy
from repair.plane import among
from repair.rules import table

SHIPPED = "gate.bin"  # of `data`
LONGEST = 4  # characters a word of the tables
CLEAR = 10  # traditional characters for one simplified: text that is clearly traditional
PROOF = 3  # words of a text that spell a character wrong before it is asked about elsewhere
_hanzi = lazy(r"[\u3400-\u9fff]")

Window = tuple[int, int, str, str]  # start, end, simplified key, spelling


@dataclass(frozen=True)
class Words:
    """The right spellings of words by their simplified form, and which are asked about."""

    spelt: Mapping[str, str]  # the right spellings, a blank between them
    asked: Mapping[str, int]  # with their rank by frequency
    simple: Mapping[int, str]
    norm: Mapping[int, str]
    pivots: frozenset[str]

    def right(self, key: str) -> frozenset[str]:
        """The right spellings of a word, none of what is none."""
        return frozenset(self.spelt.get(key, "").split())

    def doubtful(self, text: str, at: int) -> bool:
        """Whether a word that is asked about has a character there that none of its right
        spellings has, and no other word is right there; beyond the basic plane always."""
        if text[at] > "\uffff":
            return True
        low = max(0, at - LONGEST + 1)
        near = text[low : at + LONGEST]
        simple, normal = near.translate(self.simple), near.translate(self.norm)
        at -= low
        misspelt = False
        for size in range(2, LONGEST + 1):
            for a in range(max(0, at - size + 1), min(at + 1, len(near) - size + 1)):
                key, word = simple[a : a + size], normal[a : a + size]
                forms = self.right(key)
                if word in forms and not self.pivots.isdisjoint(word):
                    return False
                misspelt |= key in self.asked and all(form[at - a] != normal[at] for form in forms)
        return misspelt

    def pairs(self) -> set[str]:
        """The right words of two characters with a pivot, where nothing is doubtful."""
        found = [(k, word) for k in self.spelt if len(k) == 2 for word in self.right(k)]
        keys, spelt = zip(*found, strict=True)
        lines = "\n".join(spelt)
        same = zip(
            keys,
            spelt,
            *(lines.translate(t).split("\n") for t in (self.simple, self.norm)),
            strict=True,
        )
        return {
            word
            for key, word, simple, norm in same
            if (simple, norm) == (key, word) and not self.pivots.isdisjoint(word)
        }

    def windows(self, line: str) -> set[Window]:
        """All words of the table over the line's pivots."""
        simple, normal = line.translate(self.simple), line.translate(self.norm)
        found = set()
        for i, char in enumerate(normal):
            if char in self.pivots:
                for size in range(2, LONGEST + 1):
                    for a in range(max(0, i - size + 1), min(i + 1, len(line) - size + 1)):
                        if simple[a : a + size] in self.spelt:
                            found.add((a, a + size, simple[a : a + size], normal[a : a + size]))
        return found

    def odd(self, start: int, key: str, word: str) -> set[int]:
        """The places whose character no right spelling of the word has."""
        forms = self.right(key)
        return {start + i for i, char in enumerate(word) if all(char != f[i] for f in forms)}

    def sound(self, found: Iterable[Window]) -> set[int]:
        """The places that words in a right spelling cover."""
        return {i for a, b, key, word in found if word in self.right(key) for i in range(a, b)}

    def wrong(self, line: str) -> tuple[list[tuple[Window, set[int]]], set[int]]:
        """Misspelt words with their odd places, the shortest and most frequent first, and the
        places that a word in a right spelling covers; what one explains is not misspelt."""
        found = self.windows(line)
        sound = self.sound(found)
        misspelt = [(w, self.odd(w[0], w[2], w[3])) for w in found if w[3] not in self.right(w[2])]
        clear = [(w, odd) for w, odd in misspelt if odd and not odd & sound]
        last = len(self.asked)

        def order(item: tuple[Window, set[int]]) -> tuple[int, int, int]:
            a, b, key, _ = item[0]
            return b - a, self.asked.get(key, last), a

        return sorted(clear, key=order), sound


@cache
def words() -> Words:
    """The shipped tables."""
    simple, norm = mapping("simple.tsv"), mapping("norm.tsv")
    asked, sound = content("ask.tsv"), content("sound.tsv")
    spelt = [*asked, *sound]
    keys = "\n".join([line.partition(" ")[0] for line in spelt]).translate(simple).split("\n")
    ranks = {key: rank for rank, key in enumerate(keys[: len(asked)])}
    return Words(
        dict(zip(keys, spelt, strict=True)), ranks, simple, norm, pivots(simple, norm, only("S"))
    )


@cache
def gate() -> Suspects:
    """The places of a traditional text that are looked at."""
    return suspects(shipped(), words().simple, words().norm)


def shipped() -> Known:
    """Its pairs as the package has them: to make them takes longer than most texts."""
    with as_file(files("repair") / "characters" / "data" / SHIPPED) as path, np.load(path) as data:
        return Known(*(data[name] for name in Known._fields))


def suspected() -> Known:
    """Its pairs, made of the words."""
    tables = words()
    asked = {key: tables.right(key) for key in tables.asked}
    return known(asked, tables.simple, tables.norm, tables.pairs())


def pivots(
    simple: Mapping[int, str], norm: Mapping[int, str], simplified: Mapping[str, object]
) -> frozenset[str]:
    """Characters that share a simplified form with another that traditional text writes."""
    groups: dict[str, set[str]] = defaultdict(set)
    for code, char in simple.items():
        groups[char] |= {norm.get(code, chr(code)), char}
    return frozenset(c for g in groups.values() if len(g.difference(simplified)) > 1 for c in g)


def find(text: str) -> Iterator[Finding]:
    """Conversion errors of both directions, in no order."""
    traditional, simplified = script.counts(text)
    if traditional > simplified:
        yield from _traditional(text)
    elif simplified:
        yield from _simplified(text)


def needs(
    texts: scan.Texts, traditional: NDArray[np.intp], simplified: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which texts may have conversion errors; the counts are those of `script.counts_of`."""
    needed = np.zeros(len(texts.starts), np.bool_)
    for n, text, at in _parts(texts, traditional > simplified, gate):
        needed[n] = any(words().doubtful(text, place) for place in at)
    for n, text, _ in _parts(texts, (simplified >= traditional) & (simplified > 0), _rows):
        needed[n] = any(True for _ in _simplified(text))
    return needed


def _parts(
    texts: scan.Texts, own: NDArray[np.bool_], gate: Callable[[], Suspects | _Rows]
) -> Iterator[tuple[int, str, list[int]]]:
    """Some of the texts with the places that their gate lets through."""
    if not own.any():
        return
    at = gate().places(texts.scan.units)
    yield from texts.parts(at[own[texts.owners(at)]])


def _traditional(text: str) -> Iterator[Finding]:
    tables = words()
    places = gate().places(scan.of(text).units).tolist()
    doubtful = [at for at in places if tables.doubtful(text, at)]
    proofs: dict[str, Counter[str]] = defaultdict(Counter)  # wrong character: right ones
    taken: set[int] = set()
    for offset, line in _clear(lines_at(text, doubtful)):
        for (a, b, key, _), odd in tables.wrong(line)[0]:
            span = range(offset + a, offset + b)
            if key not in tables.asked or not taken.isdisjoint(span):
                continue
            taken.update(span)
            finding = _word(offset + a, line[a:b], tables.right(key), {i - a for i in odd})
            for i in odd:
                proofs[line[i]][finding.after[i - a]] += 1
            yield finding
    if sum(right.total() for right in proofs.values()) >= PROOF:
        yield from _elsewhere(text, proofs, taken)


def _clear(chosen: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines that are clearly traditional."""
    for offset, line in chosen:
        traditional, simplified = script.line_counts(line)
        if traditional and traditional >= CLEAR * simplified:
            yield offset, line


def _elsewhere(
    text: str, proofs: Mapping[str, Counter[str]], taken: set[int]
) -> Iterator[Finding]:  # fmt: skip
    """The characters that the converter always writes wrong, outside the words."""
    tables = words()
    always = {
        char: next(iter(right))
        for char, right in proofs.items()
        if right.total() >= PROOF and len(right) == 1
    } | dict(table("characters")["CHR051"].data["left"])
    asked = always.keys() & tables.pivots
    bare: dict[str, list[tuple[int, str]]] = defaultdict(list)  # unexplained, by character
    proved: set[str] = set()  # characters that a right word has somewhere
    for offset, line in _clear(one for one in lines(text) if not asked.isdisjoint(one[1])):
        sound = tables.sound(tables.windows(line))
        for i, char in enumerate(line):
            if char in asked and offset + i not in taken:
                if i in sound:
                    proved.add(char)
                else:
                    bare[char].append((offset + i, line[max(0, i - 1) : i + 2]))
    for char, right in always.items():
        for at, near in bare[char] if char not in proved else ():
            if len(near) == 3 and all(map(_hanzi.match, near)):
                yield _bare(at, char, right)


def _word(start: int, word: str, forms: frozenset[str], odd: set[int]) -> Finding:
    readings = dict.fromkeys(
        "".join(good[i] if i in odd else char for i, char in enumerate(word))
        for good in sorted(forms, key=lambda good: _changes(good, word))
    )
    first, *others = readings
    chance = 0.97 / (1 + len(others) / 4)
    rest = (0.99 - chance) / max(1, len(others))
    return Finding(
        start,
        start + len(word),
        word,
        first,
        "CHR050",
        chance,
        f"{word} is written {' or '.join(readings)}; "
        "a converter wrote another character with the same simplified form",
        (Candidate(first, chance, "OpenCC"), *(Candidate(o, rest, "OpenCC") for o in others)),
    )


def _changes(good: str, word: str) -> tuple[int, str]:
    return sum(a != b for a, b in zip(good, word, strict=True)), good


def _bare(at: int, char: str, right: str) -> Finding:
    return Finding(
        at,
        at + 1,
        char,
        right,
        "CHR051",
        0.9,
        f"a converter made this text, and it never means {char}: the other words have {right}",
        (Candidate(right, 0.9, "document"),),
        pattern=f"{char}→{right}",
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The words of CHR052: pattern, wrong word, right word."""

    words: list[tuple[re.Pattern[str], str, str]]
    pairs: Pairs  # the last character of a wrong word, and the one before it
    some: NDArray[np.bool_]  # of each unit: whether a wrong word ends with it

    def places(self, units: Units) -> NDArray[np.intp]:
        """Where a wrong word may end."""
        at = np.flatnonzero(self.some.take(units))
        return at[self.pairs.holds(joined(units[at], units[at - 1]))]


@cache
def _rows() -> _Rows:
    data = table("characters")["CHR052"].data["words"]
    heads, ends = ("".join(wrong[at] for _, wrong, _ in data) for at in (-2, -1))
    compiled = [(lazy(pattern), wrong, right) for pattern, wrong, right in data]
    return _Rows(compiled, pairs(joined(units(ends), units(heads))), among(ends))


def _simplified(text: str) -> Iterator[Finding]:
    made = _rows()
    if not len(made.places(scan.of(text).units)):
        return
    for pattern, wrong, right in made.words:
        if wrong not in text:
            continue
        for match in pattern.finditer(text):
            at = match.start() + match[0].index(wrong)
            yield Finding(
                at, at + len(wrong), wrong, right, "CHR052", 0.95,
                f"{wrong} is {right}: the converter chose the wrong form",
                (Candidate(right, 0.95, "rule"),),
            )  # fmt: skip
