"""A name or a term that the document writes in two ways: 马克兰军 beside five times 乌克兰军.

Three characters that stand often, and once the same three but for one that looks or sounds
like it. Where the language model knows the term, the odd form must be the unlikelier one by
far; where it knows neither, as with most names, the count in the document decides. Words that
sentences are built of (的, 是, 一) make no terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.collate import confusions
from repair.model import Candidate, Finding
from repair.rules import table

SIZE = 3  # characters of a term's piece
OFTEN = 3  # times that the usual form stands in the document
SHORT = 30  # characters of a text that can say a term so often
NEAR = 4  # characters on either side: what an order of 4 can see
REACH = 3  # characters whose surprise counts, as in misread.py
# Nats, chosen on 8.8 M characters of news, 146,000 of pages that the model has not seen, and
# slips planted in those (benchmarks/typos.py): the odd form is that much unlikelier and that
# surprising; or both forms are new to the model, and no two characters of the usual one make
# a word that it knows (单位 in 护单位 is one, so that 援单位 is no odd form of it).
GAIN, ODD, NEW, LEVEL, BOUND = 3.0, 22.0, 15.0, -4.0, -5.0
TIME, MOST = 2.0, 5  # nats that each time of the usual form counts, and how many count

Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Form:
    """The character at `at` of the text; the usual form has `term[place]` there."""

    at: int
    place: int
    term: str
    times: int

    @property
    def usual(self) -> str:
        """The character that the usual form has."""
        return self.term[self.place]


def find(text: str) -> Iterator[Finding]:
    """The odd forms of terms that the text else writes in one way."""
    if len(text) < SHORT:
        return
    best: dict[int, Form] = {}
    for form in _forms(text):
        if form.at not in best or form.times > best[form.at].times:
            best[form.at] = form
    kept = [form for _, form in sorted(best.items())]
    for form, gain in zip(kept, _gains(text, kept), strict=True):
        if gain >= LEVEL:
            odd, usual = (_surprise(text, form, c) for c in (text[form.at], form.usual))
            known = gain >= GAIN and odd + TIME * min(MOST, form.times) >= ODD
            if known or (min(odd, usual) >= NEW and _new(form.term)):
                yield _finding(text, form, 0.7 if known else 0.5)


def _forms(text: str) -> Iterator[Form]:
    """The places where three characters stand once and, but for one, often."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    words = _words()[np.minimum(points, 0xFFFF)]
    at = np.flatnonzero(words[:-2] & words[1:-1] & words[2:])
    codes: Codes = np.zeros(len(at), np.uint64)
    for k in range(SIZE):
        codes = (codes << np.uint64(16)) | points[at + k]
    forms, first, counts = np.unique(codes, return_index=True, return_counts=True)
    often, times = forms[counts >= OFTEN], counts[counts >= OFTEN]
    once, places = forms[counts == 1], at[first[counts == 1]]
    if not len(often):
        return
    for k in range(SIZE):
        shift = np.uint64(16 * (SIZE - 1 - k))
        mask = ~(np.uint64(0xFFFF) << shift)
        order = np.argsort(often & mask, kind="stable")
        keys = (often & mask)[order]
        low, high = (np.searchsorted(keys, once & mask, side) for side in ("left", "right"))
        usual = (often >> shift) & np.uint64(0xFFFF)
        for n in np.flatnonzero(high > low).tolist():
            at_char = int(places[n]) + k
            for m in order[low[n] : high[n]].tolist():
                if _confusable(text[at_char], chr(usual[m])):
                    term = "".join(chr(int(often[m]) >> 16 * j & 0xFFFF) for j in (2, 1, 0))
                    yield Form(at_char, k, term, int(times[m]))


@cache
def _words() -> NDArray[np.bool_]:
    """Which code points make terms: hanzi that do not build sentences."""
    words = np.zeros(0x10000, np.bool_)
    words[0x4E00:0xA000] = True
    words[[ord(char) for char in table("typos")["TYP007"].data["common"]]] = False
    return words


@lru_cache(maxsize=1 << 16)
def _confusable(one: str, other: str) -> bool:
    """Whether one character can be taken for the other."""
    return (
        confusions.alike(one, other)
        or confusions.same_sound(one, other)
        or confusions.same_word(one, other)
    )


def _around(text: str, form: Form) -> tuple[str, str]:
    return text[max(0, form.at - NEAR) : form.at], text[form.at + 1 : form.at + 1 + NEAR]


def _gains(text: str, forms: list[Form]) -> list[float]:
    """By how many nats the usual form is likelier in the place of each odd one."""
    readings = []
    for form in forms:
        left, right = _around(text, form)
        readings += [left + form.usual + right, left + text[form.at] + right]
    if not readings:
        return []
    totals = lm.load().totals(readings)
    gains: list[float] = (totals[::2] - totals[1::2]).tolist()
    return gains


def _surprise(text: str, form: Form, char: str) -> float:
    """How surprising a character in that place and the two after it are, in nats."""
    left, right = _around(text, form)
    return float(-lm.load().score(left + char + right)[len(left) : len(left) + REACH].sum())


def _new(term: str) -> bool:
    """Whether no character of the term follows from the one before it."""
    return bool((lm.load().score(term)[1:] < BOUND).all())


def _finding(text: str, form: Form, chance: float) -> Finding:
    char = text[form.at]
    odd = form.term[: form.place] + char + form.term[form.place + 1 :]
    return Finding(
        form.at,
        form.at + 1,
        char,
        form.usual,
        "TYP007",
        chance,
        f"{odd} stands once, {form.term} {form.times} times in this text",
        (Candidate(form.usual, chance, "document"),),
        pattern=f"{odd}→{form.term}",
    )
