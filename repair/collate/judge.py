"""Who is likely wrong at a variant, how sure that is, and why, in one sentence.

In the order of their weight: where the texts come from; what further witnesses read and
what stands elsewhere in the two texts; what OCR is known to do; the language model. Modern
OCR errs fluently, so a model alone does not overrule a better witness: that takes a slip of
the kind that typists make, and a witness's reading that the model finds all but impossible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from repair import lm
from repair.collate import confusions
from repair.collate.provenance import OCR, TRUST

ORIGIN = 4.0  # nats for a step of trust between the texts
VOTE = 2.0  # for a further witness
REPEAT = 1.0  # for a reading that stands elsewhere in the two texts, with its neighbours
CHANNEL = 0.5  # of the observed direction of a misreading
MODEL = 0.5  # of the language model's nats
CAP = 4.0  # most that the model may weigh
LENGTH = 3.0  # nats that a further character costs in running text
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """`side` is "a", "b", "none" or "unknown"; `confidence` that this side is wrong."""

    side: str
    confidence: float
    reason: str


def judge(case: Case) -> Verdict:
    """Weighs the evidence; positive nats speak against `a`."""
    if case.kind == "edition" and _spelling(case):
        return Verdict("none", 0.5, "both spellings are in use, editions differ in them")
    nats, reasons = 0.0, []
    for weight, reason in (_origin(case), _votes(case), _repeats(case), _form(case)):
        nats += weight
        if reason:
            reasons.append((abs(weight), reason))
    weight = _model(case)
    nats += weight
    if abs(weight) >= 1 and (weight > 0) == (nats > 0):
        reasons.append((abs(weight), "the language model expects the other reading"))
    if abs(nats) < SURE:
        return Verdict("unknown", 0.5, "nothing tells the two readings apart")
    reasons = [r for r in reasons if r[0] > 0]
    told = "; ".join(dict.fromkeys(r for _, r in sorted(reasons, key=lambda r: -r[0])[:2]))
    confidence = 1 / (1 + math.exp(-min(abs(nats), 6.0)))
    return Verdict("a" if nats > 0 else "b", round(confidence, 3), told or "a slight preference")


def repeats(reading: str, left: str, right: str, texts: tuple[str, ...]) -> int:
    """In how many further places the reading stands with a neighbour on each side, or two
    on one; the place itself is not counted."""
    if not reading or len(reading) > REACH:
        return 0
    forms = {left[-2:] + reading, left[-1:] + reading + right[:1], reading + right[:2]}
    return max(sum(t.count(form) for t in texts) - 1 for form in forms if len(form) > 1)


def _origin(case: Case) -> tuple[float, str]:
    if case.trusted_a != case.trusted_b:
        return (1 if case.trusted_b else -1) * 3 * ORIGIN, "the other text is a trusted version"
    step = TRUST[case.origin_b] - TRUST[case.origin_a]
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
    """What the form of the difference itself says: a doubling, a known misreading."""
    if case.kind == "doubled":
        return (1.0 if len(case.a) > len(case.b) else -1.0), "a piece of the text stands twice"
    if case.kind == "misreading" and len(case.a) == len(case.b):
        way = sum(map(confusions.direction, case.a, case.b))
        return CHANNEL * way, "OCR is known to take the one character for the other"
    return 0.0, ""


def _model(case: Case) -> float:
    """The language model's preference for `b`, weighed and capped."""
    if case.a == case.b or max(len(case.a), len(case.b)) > REACH or case.kind == "punctuation":
        return 0.0
    right = case.right[:REACH]
    first, second = _language().totals([case.a + right, case.b + right], case.left[-REACH:])
    gain = float(second - first) + LENGTH * (len(case.b) - len(case.a))
    return max(-CAP, min(CAP, MODEL * gain))


def _spelling(case: Case) -> bool:
    return len(case.a) == len(case.b) and all(
        x == y or confusions.same_word(x, y) for x, y in zip(case.a, case.b, strict=True)
    )


@cache
def _language() -> lm.Model:
    return lm.load()
