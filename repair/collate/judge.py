"""Who is likely wrong at a variant, how sure that is, and why, in one sentence.

In the order of their weight: where the texts come from; what further witnesses read and
what stands elsewhere in the two texts; what OCR is known to do; the language model. Modern
OCR errs fluently, so a model alone does not overrule a better witness: that takes a slip of
the kind that typists make, and a witness's reading that the model finds all but impossible.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from repair import lm
from repair.collate import confusions
from repair.collate.classify import spellings
from repair.collate.fold import Folded, encode
from repair.collate.grams import grams
from repair.collate.provenance import OCR, TRUST
from repair.collate.variants import only_marks

ORIGIN = 4.0  # nats for a step of trust between the texts
VOTE = 2.0  # for a further witness
REPEAT = 1.0  # for a reading that stands elsewhere in the two texts, with its neighbours
CHANNEL = 0.5  # of the observed direction of a misreading
MODEL = 0.5  # of the language model's nats
CAP = 4.0  # most that the model may weigh
# One character a slip of the better text: of 217 slips of sound made in 37 pages nine in ten
# cost 10 nats or more; of 829 OCR misreadings none was better than the witness by more than 8,
# and of 39 that sound like it none at all.
SLIP, UNHEARD, MOST = 1.3, 5.0, 16.0
LENGTH = 3.0  # nats that a further character costs in running text
NOISY = "most differences of the two texts are errors of this one"
LOST = frozenset("□\ufffd")  # what stands for a character that nobody could recover
UNPAIRED = re.compile("[^\ud800-\udfff]+")
WORDED = 8  # code points from which on what one text lacks is no slip of a hand
SWAPPED = 4  # code points of two neighbours that changed places
PRIOR = 3.0  # most nats that the other differences of two texts may weigh
FEW = 4  # sure verdicts that say something about the other differences
SURE = 0.3  # nats under which nobody can say
REACH = 10  # code points of context for the language model


@dataclass(frozen=True, slots=True)
class Case:
    """A variant before the judge; texts folded, `a` and `b` the two readings."""

    kind: str
    a: str
    b: str
    left: str
    right: str
    origin_a: str
    origin_b: str
    trusted_a: bool = False
    trusted_b: bool = False
    votes_a: int = 0  # further witnesses with that reading
    votes_b: int = 0
    repeats_a: int = 0  # places elsewhere in the two texts with that reading
    repeats_b: int = 0
    gain: float = 0.0  # nats by which the language model prefers `b`
    noise: float = 0.0  # nats: how much more often the first text was found wrong elsewhere


@dataclass(frozen=True, slots=True)
class Verdict:
    """`side` is "a", "b", "none" or "unknown"; `confidence` that this side is wrong."""

    side: str
    confidence: float
    reason: str


def judge(case: Case) -> Verdict:
    """Weighs the evidence; positive nats speak against `a`."""
    if case.kind == "edition" and spellings(case.a, case.b):
        return Verdict("none", 0.5, "both spellings are in use, editions differ in them")
    told = [
        _origin(case), _votes(case), (case.noise, NOISY), _repeats(case), _form(case), _model(case)
    ]  # fmt: skip
    nats = sum(weight for weight, _ in told)
    if abs(nats) < SURE:
        return Verdict("unknown", 0.5, "nothing tells the two readings apart")
    speaking = sorted((r for r in told if r[0] * nats > 0), key=lambda r: -abs(r[0]))
    reason = "; ".join(said for _, said in speaking[:2])
    confidence = 1 / (1 + math.exp(-min(abs(nats), 6.0)))
    return Verdict("a" if nats > 0 else "b", round(confidence, 3), reason)


def gains(cases: Sequence[Case]) -> list[float]:
    """Of each case the nats by which the language model prefers the reading `b`; 0 where it
    has no say."""
    asked = [n for n, case in enumerate(cases) if _worded(case)]
    found = [0.0] * len(cases)
    if not asked:
        return found
    readings = [
        reading + case.right[:REACH] for case in map(cases.__getitem__, asked)
        for reading in (case.a, case.b)
    ]  # fmt: skip
    contexts = [cases[n].left[-REACH:] for n in asked for _ in range(2)]
    totals = _language().totals(readings, contexts).tolist()
    for n, first, second in zip(asked, totals[::2], totals[1::2], strict=True):
        found[n] = second - first + LENGTH * (len(cases[n].b) - len(cases[n].a))
    return found


def _worded(case: Case) -> bool:
    """Whether a difference is one of words, and short enough for the model."""
    short = case.a != case.b and len(case.a) <= REACH and len(case.b) <= REACH
    return short and not (only_marks(case.a) and only_marks(case.b))


def noise(verdicts: Iterable[Verdict]) -> float:
    """How much more often the first of two texts is wrong, in nats, from what was said of
    each of their differences: one of them is usually the noisy one."""
    sides = [v.side for v in verdicts if v.confidence > 0.8]
    if len(sides) < FEW:
        return 0.0
    nats = math.log((sides.count("a") + 1) / (sides.count("b") + 1))
    return max(-PRIOR, min(PRIOR, nats))


def script(
    case: Case, raw_a: str, raw_b: str, left: str, right: str, traditional: bool
) -> Verdict:  # fmt: skip
    """Who has the wrong script form, `raw_a` or `raw_b`: in simplified text the traditional
    form, in traditional text the one that a conversion by words does not give."""
    simple = converted("t2s", left + raw_a + right)
    whole = converted("s2t", simple) if traditional else simple
    expected = whole[len(left) : len(whole) - len(right)]
    if len(whole) != len(simple) or (expected == raw_a) == (expected == raw_b):
        return judge(case)
    said = "the text is traditional" if traditional else "the text is simplified"
    return Verdict("b" if expected == raw_a else "a", 0.95, f"{said} and this form is not")


def repeats(cases: Sequence[Case], *texts: Folded) -> tuple[list[int], list[int]]:
    """In how many further places of the texts the reading `a` of each case stands with its
    neighbours, and the reading `b`."""
    readings = [(reading, c.left, c.right) for c in cases for reading in (c.a, c.b)]
    forms = [_forms(*reading) for reading in readings]
    hashes = grams(encode("".join(form for some in forms for form in some)), 3)[::3]
    count = sum(
        np.searchsorted(text.trigrams, hashes, "right") - np.searchsorted(text.trigrams, hashes)
        for text in texts
    )
    further = iter((np.asarray(count) - 1).tolist())
    most = [
        (max if len(reading) == 1 else min)((next(further) for _ in some), default=0)
        for (reading, _, _), some in zip(readings, forms, strict=True)
    ]
    return most[::2], most[1::2]


def _forms(reading: str, left: str, right: str) -> list[str]:
    """A reading with its neighbours, by three characters: two of them for a single character,
    one on each side of a longer reading."""
    if len(reading) == 1:
        forms = [left[-2:] + reading, left[-1:] + reading + right[:1], reading + right[:2]]
    else:
        forms = [left[-1:] + reading[:2], reading[-2:] + right[:1]]
    return [form for form in forms if len(form) == 3]


def _origin(case: Case) -> tuple[float, str]:
    if case.trusted_a != case.trusted_b:
        return (1 if case.trusted_b else -1) * 3 * ORIGIN, "the other text is a trusted version"
    step = _step(case)
    worse, better = (
        (case.origin_a, case.origin_b) if step > 0 else (case.origin_b, case.origin_a)
    )  # fmt: skip
    if not step:
        return 0.0, ""
    said = "was read by OCR" if worse == OCR else f"is {worse}"
    other = "of unknown origin" if better == "unknown" else better
    return step * ORIGIN, f"this text {said}, the other one is {other}"


def _votes(case: Case) -> tuple[float, str]:
    lead = case.votes_b - case.votes_a
    count = max(case.votes_a, case.votes_b)
    return VOTE * lead, f"{count} further version{'s' * (count > 1)} read the same" if lead else ""


def _repeats(case: Case) -> tuple[float, str]:
    lead = (case.repeats_b > case.repeats_a) - (case.repeats_b < case.repeats_a)
    return REPEAT * lead, "the other reading stands elsewhere in the text" if lead else ""


def _form(case: Case) -> tuple[float, str]:
    """What the form of the difference itself says: a lost character, a doubling, a known
    misreading."""
    lost = [any(c in LOST for c in text) for text in (case.a, case.b)]
    if lost[0] != lost[1]:
        return (1 if lost[0] else -1) * 3 * ORIGIN, "a character is lost here"
    if case.kind == "doubled":
        return (1.0 if len(case.a) > len(case.b) else -1.0), "a piece of the text stands twice"
    if case.kind == "misreading" and len(case.a) == len(case.b):
        way = sum(map(confusions.direction, case.a, case.b))
        return CHANNEL * way, "OCR is known to take the one character for the other"
    return 0.0, ""


def _model(case: Case) -> tuple[float, str]:
    """The language model's preference for `b`, weighed and capped."""
    gain = case.gain
    sizes = len(case.a), len(case.b)
    if not min(sizes) and max(sizes) > WORDED:  # a line or a clause: either text can be whole
        return 0.0, ""
    single = max(sizes) == 1 and (min(sizes) == 1 or case.kind == "doubled")
    single |= case.kind == "moved" and max(sizes) <= SWAPPED
    if single and gain * _step(case) < 0:
        heard = confusions.same_sound(case.a, case.b)
        sure = max(0.0, abs(gain) - (0.0 if heard else UNHEARD))
        weight = math.copysign(max(min(MOST, SLIP * sure), min(CAP, MODEL * abs(gain))), gain)
        return weight, "the language model cannot believe this reading"
    return max(-CAP, min(CAP, MODEL * gain)), "the language model expects the other reading"


def _step(case: Case) -> float:
    """How much more the second text is trusted by where it comes from."""
    return TRUST[case.origin_b] - TRUST[case.origin_a]


def converted(way: str, text: str) -> str:
    """A text in the other script, by OpenCC's words: `way` is "t2s" or "s2t". Lone
    surrogates, which OpenCC cannot take, stay."""
    opencc = _converter(way)
    return UNPAIRED.sub(lambda piece: str(opencc.convert(piece[0])), text)


@cache
def _converter(way: str) -> Any:
    import opencc

    return opencc.OpenCC(way)


@cache
def _language() -> lm.Model:
    return lm.load()
