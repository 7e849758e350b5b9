"""Losses that nobody can undo: they are flagged where they stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import channel, gate, places, scorer, slips
from repair.encoding.places import Anchor
from repair.lm import chars
from repair.lm.single import GAP_CHAR
from repair.model import Candidate, Finding, StageResult
from repair.patterns import lazy

KUN = lazy("(?:锟[\u4e00-\u9fff\ufffd]*(?:斤|拷|锟|\ufffd))|烫{3,}|屯{3,}|(?:斤拷){2,}")
DENSE = lazy("[^\\x00-\\x7f\\s]{0,3}(?:\ufffd+[^\ufffd\\n]{0,3}){5,}")
REPLACED = lazy("\ufffd+|(?<=[\u2e80-\uffef])\\?{3,}")
STRAY = lazy("(?<=[\u2e80-\uffef])[?]+|[?]+(?=[\u2e80-\uffef])")
CANDIDATES = 5
COMMON = 11.0  # nats: rarer characters are not proposed
UNENCODABLE = 6.0  # nats for a character that the usual charset lacks: set by hand on names
SIDE = 3  # characters on either side that the model sees
# Places of a text that get candidates: that many, and in a long text one in so many characters.
MANY, EVERY = 64, 1000
TOGETHER = 8  # places that are ranked together: more fall out of the caches
Span = tuple[int, int]


def kun(text: str) -> StageResult:
    """锟斤拷 and its kin."""
    if "锟" not in text and "烫烫" not in text and "屯屯" not in text:
        return StageResult()
    says = "U+FFFD in UTF-8 was read as GBK, or memory was never written; the text is lost"
    return StageResult(
        findings=tuple(
            Finding(*m.span(), m[0], m[0], "ENC003", 0.99, says) for m in KUN.finditer(text)
        )
    )


def dense(text: str) -> StageResult:
    """Stretches that are U+FFFD for the most part: bytes of another codec, hardly any left."""
    if "\ufffd" not in text:
        return StageResult()
    says = "most of these bytes were no characters of the codec that read them; the text is lost"
    return StageResult(
        findings=tuple(
            Finding(*m.span(), m[0], m[0], "ENC002", 0.99, says) for m in DENSE.finditer(text)
        )
    )


def marks(text: str) -> list[Span]:
    """Where U+FFFD stands, or `???` after a misread character."""
    if "\ufffd" not in text and "???" not in text:
        return []
    found = (match.span() for match in REPLACED.finditer(text))
    return [
        (start, end)
        for start, end in found
        if text[start] != "?" or gate.rare(text[start - 1]) >= gate.ORDINARY + 1
    ]


def replaced(text: str, spans: Sequence[Span]) -> StageResult:
    """Questions about characters that were replaced, with what may have stood there."""
    says = "a character that could not be encoded was replaced; the context ranks what it may be"
    single = [start for start, end in spans if end - start == 1 and _beside(text, start)]
    ranked = _ranked(text, single[: max(MANY, len(text) // EVERY)])
    findings = []
    for start, end in spans:
        best, before = ranked.get(start, ()), text[start:end]
        after, sure = (best[0].text, best[0].confidence) if best else (before, 0.99)
        findings.append(Finding(start, end, before, after, "ENC002", sure, says, best))
    return StageResult(findings=tuple(findings))


def strewn(text: str, anchors: Sequence[Anchor], taken: Sequence[Span]) -> Iterator[Finding]:
    """Questions about the stretches of a line in which many marks stand, or any where they do so
    all over the text. `taken` are places, in order, about which something was said."""
    says = "a codec lacked characters that stood here, as Big5 lacks a quarter of simplified text"
    ours = [a for a in anchors if text[a.start] != "\ufffd" and places.bare(text, a)]
    groups = places.together(ours)
    if places.lossy(text, groups):
        ours = [Anchor(*m.span(), marked=True) for m in STRAY.finditer(text)]
        groups = places.together(ours)
    else:
        groups = [group for group in groups if places.strewn(text, group)]
    starts, ends = ([span[side] for span in taken] for side in (0, 1))
    for group in groups:
        parts: dict[tuple[int, int], list[Anchor]] = {}
        for mark in group:
            line = text.rfind("\n", group[0].start, mark.start)
            said = bisect_right(starts, mark.start)
            if bisect_left(ends, mark.end) == bisect_left(starts, mark.end):  # is in none of them
                parts.setdefault((line, said), []).append(mark)
        for own in parts.values():
            before = text[own[0].start : own[-1].end]
            yield Finding(own[0].start, own[-1].end, before, before, "ENC002", 0.9, says)


def _beside(text: str, at: int) -> bool:
    """Whether a hanzi stands beside a place."""
    return any("\u4e00" <= c <= "\u9fff" for c in text[max(0, at - 1) : at + 2])


def _ranked(text: str, at: Sequence[int]) -> dict[int, tuple[Candidate, ...]]:
    """The characters that fit best into each place, between what stands before and after. What
    could not be encoded is likelier than its frequency says."""
    if not at:
        return {}
    traditional = slips.script(text)
    rare = _unencodable(traditional is True)
    likely = "".join([*rare, *(c for c in _common() if c not in rare)])
    points = chars.basic(chars.codes(likely))
    prior = -scorer.script_costs(traditional)[points]
    prior[: len(rare)] += UNENCODABLE
    found = {}
    for n in range(0, len(at), TOGETHER):
        some = at[n : n + TOGETHER]
        around = [(text[max(0, p - SIDE) : p], text[p : p + 1 + SIDE]) for p in some]
        read = lm.load().read("".join(GAP_CHAR + left + right for left, right in around))
        sizes = np.array([(1 + len(left), len(right)) for left, right in around])
        here = np.cumsum(sizes)[::2]
        gains = read.gains(here, np.full(len(some), len(points)), np.tile(points, len(some)))
        for place, scores in zip(some, gains.reshape(len(some), -1) + prior, strict=True):
            found[place] = _best(likely, scores)
    return found


def _best(likely: str, scores: NDArray[np.float64]) -> tuple[Candidate, ...]:
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    best = np.argsort(-weights, kind="stable")[:CANDIDATES].tolist()
    return tuple(Candidate(likely[i], round(float(weights[i]), 4), "model") for i in best)


@cache
def _common() -> tuple[str, ...]:
    """What may have been lost with a byte."""
    return tuple(c for c, nats in gate.surprise().items() if nats <= COMMON and c >= "\u3000")


@cache
def _unencodable(traditional: bool) -> dict[str, None]:
    """The characters that Chinese text has and Big5, or GB 2312, lacks: names above all. Those
    of the other script are not meant."""
    known = "".join(c for c in gate.surprise() if "\u3400" <= c < "\ua000")
    points, folded = chars.codes(known), chars.codes(lm.load().fold(known))
    lacking = ~channel.encoded("big5" if traditional else "gb2312")[points - 0x80]
    if traditional:
        lacking &= channel.scripts()[points] != chars.SIMPLIFIED
    meant = lacking & (points == folded)
    return dict.fromkeys(c for c, yes in zip(known, meant.tolist(), strict=True) if yes)
