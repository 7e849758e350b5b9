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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from repair.characters import script
from repair.characters.tables import lines, mapping, only, rows
from repair.model import Candidate, Finding
from repair.rules import table

LONGEST = 4  # characters a word of the tables
CLEAR = 10  # traditional characters for one simplified: text that is clearly traditional
PROOF = 3  # words of a text that spell a character wrong before it is asked about elsewhere
_hanzi = re.compile(r"[\u3400-\u9fff]")

Window = tuple[int, int, str, str]  # start, end, simplified key, spelling


@dataclass(frozen=True)
class Words:
    """The right spellings of words by their simplified form, and which are asked about."""

    right: Mapping[str, frozenset[str]]
    asked: Mapping[str, int]  # with their rank by frequency
    simple: Mapping[int, str]
    norm: Mapping[int, str]
    pivots: frozenset[str]

    def windows(self, line: str) -> set[Window]:
        """All words of the table over the line's pivots."""
        simple, normal = line.translate(self.simple), line.translate(self.norm)
        found = set()
        for i, char in enumerate(normal):
            if char in self.pivots:
                for size in range(2, LONGEST + 1):
                    for a in range(max(0, i - size + 1), min(i + 1, len(line) - size + 1)):
                        if simple[a : a + size] in self.right:
                            found.add((a, a + size, simple[a : a + size], normal[a : a + size]))
        return found

    def odd(self, start: int, key: str, word: str) -> set[int]:
        """The places whose character no right spelling of the word has."""
        return {
            start + i
            for i, char in enumerate(word)
            if all(char != good[i] for good in self.right[key])
        }

    def wrong(self, line: str) -> tuple[list[tuple[Window, set[int]]], set[int]]:
        """Misspelt words with their odd places, the shortest and most frequent first, and the
        places that a word in a right spelling covers; what one explains is not misspelt."""
        found = self.windows(line)
        sound = {
            i for a, b, key, word in found if word in self.right[key] for i in range(a, b)
        }  # fmt: skip
        misspelt = [(w, self.odd(w[0], w[2], w[3])) for w in found if w[3] not in self.right[w[2]]]
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
    right: dict[str, frozenset[str]] = {}
    asked: dict[str, int] = {}
    for name in ("ask.tsv", "sound.tsv"):
        for (line,) in rows(name):
            forms = line.split(" ")
            key = forms[0].translate(simple)
            right[key] = frozenset(forms)
            if name == "ask.tsv":
                asked[key] = len(asked)
    return Words(right, asked, simple, norm, pivots(simple, norm, only("S")))


def pivots(
    simple: Mapping[int, str], norm: Mapping[int, str], simplified: Mapping[str, object]
) -> frozenset[str]:
    """Characters that share a simplified form with another that traditional text writes."""
    groups: dict[str, set[str]] = defaultdict(set)
    for code, char in simple.items():
        groups[char] |= {norm.get(code, chr(code)), char}
    return frozenset(c for g in groups.values() if len(g - simplified.keys()) > 1 for c in g)


def find(text: str) -> Iterator[Finding]:
    """Conversion errors of both directions, in no order."""
    traditional, simplified = script.counts(text)
    if traditional > simplified:
        yield from _traditional(text)
    elif simplified:
        yield from _simplified(text)


def _traditional(text: str) -> Iterator[Finding]:
    tables = words()
    bare: dict[str, list[tuple[int, str]]] = defaultdict(list)  # unexplained, by character
    proofs: dict[str, Counter[str]] = defaultdict(Counter)  # wrong character: right ones
    proved: set[str] = set()  # characters that a right word has somewhere
    for offset, line in lines(text):
        traditional, simplified = script.counts(line)
        if traditional < CLEAR * simplified or not traditional:
            continue
        misspelt, sound = tables.wrong(line)
        taken: set[int] = set()
        for (a, b, key, _), odd in misspelt:
            if key not in tables.asked or taken & set(range(a, b)):
                continue
            taken.update(range(a, b))
            finding = _word(offset + a, line[a:b], tables.right[key], {i - a for i in odd})
            for i in odd:
                proofs[line[i]][finding.after[i - a]] += 1
            yield finding
        for i, char in enumerate(line):
            if char in tables.pivots and i not in taken:
                if i in sound:
                    proved.add(char)
                else:
                    bare[char].append((offset + i, line[max(0, i - 1) : i + 2]))
    always = {
        char: next(iter(right))
        for char, right in proofs.items()
        if right.total() >= PROOF and char not in proved and len(right) == 1
    }
    if sum(right.total() for right in proofs.values()) >= PROOF:
        pairs = table("characters")["CHR051"].data["left"]
        always |= {char: right for char, right in pairs if char not in proved}
    for char, right in always.items():
        for at, near in bare[char]:
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


@cache
def _rows() -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], str, str]]]:
    data = table("characters")["CHR052"].data["words"]
    made = [(re.compile(pattern), wrong, right) for pattern, wrong, right in data]
    return re.compile("|".join(sorted({wrong for _, wrong, _ in made}))), made


def _simplified(text: str) -> Iterator[Finding]:
    gate, made = _rows()
    if not gate.search(text):
        return
    for pattern, wrong, right in made:
        for match in pattern.finditer(text):
            at = match.start() + match[0].index(wrong)
            yield Finding(
                at, at + len(wrong), wrong, right, "CHR052", 0.95,
                f"{wrong} is {right}: the converter chose the wrong form",
                (Candidate(right, 0.95, "rule"),),
            )  # fmt: skip
