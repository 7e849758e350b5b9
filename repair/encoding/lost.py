"""Losses that nobody can undo: they are flagged where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from repair import lm
from repair.encoding import channel, gate, slips
from repair.lm import chars
from repair.model import Candidate, Context, Finding, StageResult
from repair.patterns import lazy

KUN = lazy("(?:锟[\u4e00-\u9fff\ufffd]*(?:斤|拷|锟|\ufffd))|烫{3,}|屯{3,}|(?:斤拷){2,}")
DENSE = lazy("[^\\x00-\\x7f\\s]{0,3}(?:\ufffd+[^\ufffd\\n]{0,3}){5,}")
REPLACED = lazy("\ufffd+|(?<=[\u2e80-\uffef])\\?{3,}")
CANDIDATES = 5
COMMON = 11.0  # nats: rarer characters are not proposed
UNENCODABLE = 6.0  # nats for a character that the usual charset lacks: set by hand on names
AROUND = 12  # characters of context for a candidate


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


def replaced(text: str, context: Context) -> StageResult:
    """U+FFFD that no other class has explained, and `????` after misread characters."""
    return StageResult(findings=tuple(_replaced(text)))


def _replaced(text: str) -> Iterator[Finding]:
    if "\ufffd" not in text and "???" not in text:
        return
    for match in REPLACED.finditer(text):
        start, end = match.span()
        if match[0][0] == "?" and gate.rare(text[start - 1]) < gate.ORDINARY + 1:
            continue
        candidates = _candidates(text, start, end) if end - start == 1 else ()
        yield Finding(
            start,
            end,
            match[0],
            candidates[0].text if candidates else match[0],
            "ENC002",
            candidates[0].confidence if candidates else 0.99,
            "a character that could not be encoded was replaced; the context ranks what it may be",
            candidates,
        )


def _candidates(text: str, start: int, end: int) -> tuple[Candidate, ...]:
    """The characters that fit best between what stands before and after. What could not be
    encoded is likelier than its frequency says."""
    import numpy as np

    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if not re.search("[\u4e00-\u9fff]", before[-1:] + after[:1]):
        return ()
    rare = _unencodable(slips.script(text) is True)
    likely = [*rare, *(c for c in _common() if c not in rare)]
    scores = lm.load().totals([c + after[:4] for c in likely], before)
    scores[: len(rare)] += UNENCODABLE
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    best = np.argsort(-weights, kind="stable")[:CANDIDATES]
    return tuple(Candidate(likely[i], round(float(weights[i]), 4), "model") for i in best.tolist())


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
