"""A character or a word written twice: 信仰仰, 司法司法.

Chinese doubles on purpose (人人, 研究研究) and where two words meet (公益诉讼诉讼请求). The
language model decides: without the second copy the passage must be likelier by a margin, and
a doubled word must not be the end of one compound and the beginning of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.lm import wordlist
from repair.model import Candidate, Finding
from repair.patterns import lazy
from repair.plane import among
from repair.rules import table
from repair.scan import Texts
from repair.typos import replaced

HANZI = "\u4e00-\u9fff"
_words = lazy(rf"(?=([{HANZI}]{{2,4}})\1)")
_edge = lazy(rf"[^{HANZI}]?")
BEFORE, AFTER = 4, 4  # characters of context on either side: what an order of 4 can see
# Nats by which the passage without the copy must win. On 262,654 characters of news, web pages
# and slips' truths (none of them seen by the model) sound doubles reach 9.2, and three quarters
# of 1,198 planted ones are above.
GAIN = 9.5
# Nats; of a planted copy's neighbours one is below in half of the cases, 诉讼 in
# 公益诉讼诉讼请求 has -0.1 on the left and -3.4 on the right.
BOUND = -4.5
# Characters of the words that may meet, and how often jieba counted a common one: of 38 doubles in
# 20,000 paragraphs of sound text 20 are such words, of 4,940 planted ones that gain enough 5 %.
LONG, COMMON = 4, 30
CHARACTERS, WORDS = (1,), (2, 3, 4)  # characters that are doubled
BEFORE_TWO, BEHIND_TWO = "一", "的地儿兒"  # 一串串, 韧韧的
NUMERALS = "一二三四五六七八九"
BESIDE = (
    NUMERALS + "〇○零之点點．"
)  # what stands beside a double in a number: 一七一一号, 七之二二号
MIXED = 3  # both bits of `Model.scripts`
ROUNDING = 0.01  # nats
NEAR = 2  # characters of context that change a gain
HIGH, HIGH_BITS = 0xD800, 0xF800  # the unit of a character beyond the basic plane
# Findings of a text that get candidates that replace one of the copies: that many, and in a
# long text one in so many characters.
MANY, EVERY = 64, 1000
Spot = tuple[str, int, int]  # a text, a place in it, the size of what stands twice


def find(texts: Texts) -> Iterator[tuple[int, Finding]]:
    """Doubled words, then doubled characters, each with the number of its text."""
    yield from _doubled_words(texts)
    yield from _doubled_characters(texts)


def _characters(units: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Where a character stands twice and is not doubled on purpose: a sound pair, 一串串,
    韧韧的, three in a row, a number."""
    at = _repeated(units, CHARACTERS)
    same, ends = units[at], np.append(units, np.uint16(0))  # nothing before and behind the text
    before, after = ends[at - 1], ends[at + 2]
    meant = among("".join(_sound("TYP001"))).take(same) | (before == same) | (after == same)
    meant |= among(BEFORE_TWO).take(before) | among(BEHIND_TWO).take(after)
    number = among(BESIDE).take(before) | among(BESIDE).take(after)
    meant |= among(NUMERALS).take(same) & number
    return np.asarray(at[~meant])


def _repeated(points: NDArray[np.uint16], sizes: Sequence[int]) -> NDArray[np.intp]:
    """Where as many units as one of the sizes stand twice in a row, the first a hanzi."""
    found = np.zeros(len(points), np.bool_)
    for size in sizes:
        if len(points) < 2 * size:
            continue
        same = points[size:] == points[:-size]
        if size > 1:
            whole = len(same) - size + 1
            twice = same[:whole] & same[1 : whole + 1]
            for i in range(2, size):
                twice &= same[i : whole + i]
            same = twice
        if not same.any():
            continue
        at = np.flatnonzero(same)
        first = points[at]
        found[at[(first >= 0x4E00) & (first <= 0x9FFF)]] = True
    return found.nonzero()[0]


@cache
def _sound(code: str) -> frozenset[str]:
    return frozenset(table("typos")[code].data["sound"])


def _doubled_characters(texts: Texts) -> Iterator[tuple[int, Finding]]:
    found = [row for row in _gaining(_likely(texts)) if not _between(*row[1][:2])]
    asked: Counter[int] = Counter()  # of each text
    doubles: list[replaced.Double | None] = []
    for n, (text, at, _), _ in found:
        doubles.append(_near(text, at) if asked[n] < max(MANY, len(text) // EVERY) else None)
        asked[n] += 1
    wanted = list(dict.fromkeys(double for double in doubles if double))
    others = dict(zip(wanted, replaced.likeliest(wanted), strict=True))
    for (n, (text, at, _), gain), double in zip(found, doubles, strict=True):
        yield n, _finding(text, at, 1, gain, "TYP001", others[double] if double else ())


def _between(text: str, at: int) -> bool:
    """Whether the copies stand in two common words that meet: 维护|护士, 登记|记录."""
    begin = max(0, at + 1 - LONG)
    near, meet = lm.load().fold(text[begin : at + 1 + LONG]), at + 1 - begin
    before = (near[i:meet] for i in range(meet - 1))
    behind = (near[meet:i] for i in range(meet + 2, len(near) + 1))
    return all(any(wordlist.count(word) >= COMMON for word in words) for words in (before, behind))


def _likely(texts: Texts) -> Iterator[tuple[int, Spot]]:
    """The doubled characters that may gain enough. The model looks back at three characters:
    what stands farther away is as likely with the copy as without, but for the price of a
    mixed script."""
    units = texts.scan.units
    places = _characters(units)
    if not len(places):
        return
    near = units[_around(places, NEAR, len(units))]
    likely = _near_gains(near) > GAIN - ROUNDING
    likely |= _mixed(units, places) | (near & HIGH_BITS == HIGH).any(axis=1)
    owners = texts.owners(places)
    likely |= places - texts.starts[owners] < NEAR  # looked at with another text's characters
    likely |= texts.ends[owners] - places < 2 + NEAR
    for n, text, at in texts.each(places[likely]):
        if not _rhythmic(text, at):
            yield n, (text, at, 1)


def _around(places: NDArray[np.intp], size: int, length: int) -> NDArray[np.intp]:
    """The places of doubles, each with so many on either side: rows."""
    near = places[:, None] + np.arange(-size, size + 2)
    return np.asarray(near.clip(0, max(0, length - 1)), np.intp)


def _near_gains(near: NDArray[np.uint16]) -> NDArray[np.float64]:
    """`_gains` of doubles with NEAR characters on either side: rows."""
    single = np.delete(near, NEAR, axis=1)
    both = np.concatenate((near, single), axis=1)
    logp = lm.load().logp(both.ravel()).reshape(both.shape)
    # What stands before the first copy and that itself are as likely in either passage.
    whole, without = logp[:, NEAR + 1 : near.shape[1]], logp[:, near.shape[1] + NEAR + 1 :]
    return np.asarray(without.sum(1, np.float64) - whole.sum(1, np.float64))


def _mixed(units: NDArray[np.uint16], places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Around which places there are characters that one script alone has, of both scripts."""
    near = units[_around(places, max(BEFORE, AFTER), len(units))]
    scripts = lm.load().scripts(near)
    return np.asarray(np.bitwise_or.reduce(scripts, axis=1) == MIXED)


def _rhythmic(text: str, at: int) -> bool:
    """Whether two doubles stand side by side: 软软韧韧."""
    before, after = text[at - 2 : at] if at > 1 else "", text[at + 2 : at + 4]
    return before[:1] == before[1:] != "" or after[:1] == after[1:] != ""


def _doubled_words(texts: Texts) -> Iterator[tuple[int, Finding]]:
    spots = [
        (n, (text, *place))
        for n, text, here in texts.parts(_repeated(texts.scan.units, WORDS))
        for place in _twice_said(text, here)
    ]
    for n, spot, gain in _gaining(spots):
        if not _compounds(*spot):
            yield n, _finding(*spot, gain, "TYP002")


def _twice_said(text: str, twice: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The places and sizes of the words that are not doubled on purpose."""
    sound = _sound("TYP002")
    end = 0
    for at in twice:
        match = _words.match(text, at)
        if not match:
            continue
        word = match[1]
        if at < end or len(set(word)) == 1 or word in sound or word[0] in "一的很越":
            continue
        left, right = text[max(0, at - 1) : at], text[at + 2 * len(word) : at + 2 * len(word) + 1]
        if not (_edge.fullmatch(left) and _edge.fullmatch(right)):  # 如此如此。
            end = at + 2 * len(word)
            yield at, len(word)


def _gaining(found: Iterable[tuple[int, Spot]]) -> Iterator[tuple[int, Spot, float]]:
    """The places where the passage without the copy is likelier by the margin."""
    spots = list(found)
    readings = [_readings(*spot) for _, spot in spots]
    for (n, spot), gain in zip(spots, _gains(readings), strict=True):
        if gain > GAIN:
            yield n, spot, gain


def _readings(text: str, at: int, size: int) -> tuple[str, str]:
    """The passage around a place, with one copy and with both."""
    left, right = text[max(0, at - BEFORE) : at], text[at + 2 * size : at + 2 * size + AFTER]
    word = text[at : at + size]
    return left + word + right, left + word + word + right


def _gains(readings: Sequence[tuple[str, str]]) -> list[float]:
    """How much likelier the first of each pair is than the second, in nats."""
    if not readings:
        return []
    totals = lm.load().totals([text for pair in readings for text in pair])
    return [float(a - b) for a, b in zip(totals[::2], totals[1::2], strict=True)]


def _compounds(text: str, at: int, size: int) -> bool:
    """Whether the first copy goes with what stands before and the second with what follows."""
    word, after = text[at : at + size], lm.load().single.after
    begins = after(text[max(0, at - BEFORE) : at][-3:], word[0])
    right = text[at + 2 * size : at + 2 * size + 1]
    goes_on = after(word[-3:], right) if right else BOUND
    return begins > BOUND and goes_on > BOUND


def _finding(
    text: str, at: int, size: int, gain: float, code: str, others: Iterable[str] = ()
) -> Finding:  # fmt: skip
    word, twice = text[at : at + size], text[at : at + 2 * size]
    left = text[at - 1 : at] if at else ""
    chance = 0.85 if gain > 1.3 * GAIN else 0.7
    return Finding(
        at,
        at + 2 * size,
        twice,
        word,
        code,
        chance,
        f"{word} stands twice; without the copy the passage is e^{gain:.0f} times likelier",
        (Candidate(word, chance, "model"), *(Candidate(t, 0.03, "model") for t in others)),
        pattern=f"{left}{twice}→{left}{word}".replace("\n", ""),
    )


def _near(text: str, at: int) -> replaced.Double:
    """A doubled character with what stands around it. To the model all digits are one, and
    every article of a law has the same words after its number."""
    near = text[max(0, at - BEFORE) : at], text[at], text[at + 2 : at + 2 + AFTER]
    left, char, right = (part.translate(_one_digit) for part in near)
    return left, char, right


_one_digit = dict.fromkeys(range(ord("0"), ord("9") + 1), "0")
