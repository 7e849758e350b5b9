"""Two texts in, their variants out: fold, align, group, classify, judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from repair.collate import judge, provenance
from repair.collate.align import Alignment, Block, Laid, lay, moved
from repair.collate.classify import SUBSTANTIVE, heard, kind, nonsense
from repair.collate.fold import Folded, fold, folded
from repair.collate.numbering import numbered, same_number
from repair.collate.pattern import pattern
from repair.collate.variants import Difference, differences, slid

EDGE = 40  # code points that a file may have before or behind an article and still be lost text
END = 0.3  # of the common text: the longest end of an article that can be lost
NOISY = 2.0  # nats from which on one of two texts is as good as read by OCR
OUTSIDE = "it lies outside the text that the two have in common"
LARGE = 1 << 16  # code points of a text that is not kept in memory: folded it takes 50 times that
REACH = 12  # code points of folded context that the judge and the classifier see


@dataclass(frozen=True)
class Side:
    """One of two texts, with where it comes from and whether the user trusts it."""

    text: str
    origin: str = provenance.UNKNOWN
    trusted: bool = False
    whole: bool = True  # a file as it came, and not an article cut out of one

    @cached_property
    def traditional(self) -> bool:
        """Whether it is written in traditional characters."""
        return provenance.traditional(self.text)


@dataclass(frozen=True, slots=True)
class Variant:
    """A place where two texts differ, in code points of each text as it was given."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    a: str  # a == text[a_start:a_end]
    b: str
    kind: str
    error_side: str = "unknown"  # a, b, both, none, unknown
    confidence: float = 0.5  # that this side is wrong
    reason: str = ""
    pattern: str = ""
    a_to: int | None = None  # of a move: where the text belongs by the other one's order
    b_to: int | None = None
    outside: bool = False  # before or behind what the two texts have in common
    case: judge.Case | None = field(default=None, repr=False, compare=False)

    @property
    def substantive(self) -> bool:
        """Whether the texts say different things here."""
        if self.outside or self.kind not in SUBSTANTIVE:
            return False
        return self.kind == "moved" or not same_number(folded(self.a), folded(self.b))

    def record(self) -> dict[str, Any]:
        """The variant as one object of JSON Lines."""
        return {
            "a": {"start": self.a_start, "end": self.a_end, "text": self.a},
            "b": {"start": self.b_start, "end": self.b_end, "text": self.b},
            "kind": self.kind,
            "substantive": self.substantive,
            "error_side": self.error_side,
            "confidence": self.confidence,
            "reason": self.reason,
            "pattern": self.pattern,
            "a_to": self.a_to,
            "b_to": self.b_to,
            "outside": self.outside,
        }

    def judged(self, case: judge.Case) -> Variant:
        """The same variant with a verdict on another case."""
        said = judge.judge(case)
        return replace(
            self, case=case, kind=case.kind,
            error_side=said.side, confidence=said.confidence, reason=said.reason,
        )  # fmt: skip

    def turned(self) -> Variant:
        """The same variant seen from the other text."""
        return replace(
            self,
            a_start=self.b_start, a_end=self.b_end, b_start=self.a_start, b_end=self.a_end,
            a=self.b, b=self.a,
            kind=TURNED.get(self.kind, self.kind),
            error_side=OTHER.get(self.error_side, self.error_side),
            pattern="→".join(reversed(self.pattern.split("→"))),
            a_to=self.b_to, b_to=self.a_to,
        )  # fmt: skip


OTHER = {"a": "b", "b": "a"}
TURNED = {"omission": "insertion", "insertion": "omission"}


@dataclass(frozen=True, eq=False)
class Draft:
    """Where two texts differ, before anything is said of the differences."""

    a: Side
    b: Side
    first: Folded
    second: Folded
    laid: Laid

    @cached_property
    def bare(self) -> Alignment:
        """Their alignment, whatever of it has moved."""
        return self.laid.alignment()

    @cached_property
    def found(self) -> Alignment:
        """Their alignment, slid."""
        return slid(moved(self.first, self.second, self.laid), self.first, self.second)

    @cached_property
    def core(self) -> Block:
        """What they have in common."""
        return self.bare.core(len(self.first), len(self.second))

    @cached_property
    def differences(self) -> list[Difference]:
        """All of them, in the order of the first text."""
        return differences(self.first, self.second, self.found)

    @cached_property
    def outside(self) -> list[bool]:
        """Of each difference: whether it lies outside the common text."""
        sizes = len(self.first), len(self.second)
        common = max(0, min(sizes) - self.found.cost())
        whole = self.a.whole or self.b.whole
        most = EDGE if whole else max(4 * EDGE, int(END * common))
        return [_outside(d, self.core, *sizes, most) for d in self.differences]

    @cached_property
    def told(self) -> list[Difference]:
        """All of them, and which only number the items of the texts."""
        return numbered(self.differences, self.first, self.second)

    @cached_property
    def inside(self) -> list[Difference]:
        """Those that lie in the common text."""
        return [d for d, out in zip(self.told, self.outside, strict=True) if not out]


def draft(a: Side, b: Side) -> Draft:
    """Two sides laid beside one another."""
    first, second = _folded(a.text), _folded(b.text)
    return Draft(a, b, first, second, lay(first, second))


def _folded(text: str) -> Folded:
    """A text as it is compared; it mostly is with several others, one after the other."""
    return _remembered(text) if len(text) < LARGE else fold(text)


_remembered = lru_cache(maxsize=32)(fold)


def variants(a: Side, b: Side) -> list[Variant]:
    """The variants of two sides. One that lies outside what they have in common is nobody's
    error, and only its kind is told."""
    made = draft(a, b)
    inside = iter(judged([made])[0])
    return [
        replace(
            _variant(d, _plain(d, made), made),
            outside=True, error_side="none", confidence=0.5, reason=OUTSIDE,
        )
        if outside else next(inside)
        for d, outside in zip(made.told, made.outside, strict=True)
    ]  # fmt: skip


def judged(drafts: Sequence[Draft]) -> list[list[Variant]]:
    """The differences of some pairs classified and judged, but those that lie outside what
    two have in common. The language model is asked once for all of them."""
    cases = [[_plain(d, made) for d in made.inside] for made in drafts]
    gains = iter(judge.gains([case for of_pair in cases for case in of_pair]))
    told: list[list[Variant]] = []
    for made, of_pair in zip(drafts, cases, strict=True):
        known = judge.repeats(of_pair, made.first, made.second)
        weighed = map(_case, of_pair, islice(gains, len(of_pair)), *known)
        found = [_variant(d, c, made) for d, c in zip(made.inside, weighed, strict=True)]
        told.append(found if _ranked(made.a, made.b) else _weighed(found))
    return told


def _ranked(a: Side, b: Side) -> bool:
    """Whether it is known which text is the better one."""
    trust = provenance.TRUST
    return a.trusted != b.trusted or trust[a.origin] != trust[b.origin]


def _weighed(made: list[Variant]) -> list[Variant]:
    """The variants judged again, knowing which of the two texts is the noisy one: what it
    has for a few characters of the other is a misreading, known or not."""
    told = [v for v in made if v.case and v.substantive]
    nats = judge.noise(judge.Verdict(v.error_side, v.confidence, "") for v in told)
    if not nats:
        return made
    weighed: list[Variant] = []
    for v in made:
        if v.case:
            case = replace(v.case, noise=nats)
            if v.kind == "edition" and abs(nats) >= NOISY:
                what = kind(case.a, case.b, case.left, case.right, noisy=True)
                case = replace(case, kind=what)
            v = v.judged(case)
        weighed.append(v)
    return weighed


def _outside(d: Difference, core: Block, size_a: int, size_b: int, most: int) -> bool:
    """Whether a difference lies before or behind what the texts have in common; a short end
    that one of them lacks is lost and not outside."""
    before = d.a1 <= core.a0 and d.b1 <= core.b0
    after = d.a0 >= core.a1 and d.b0 >= core.b1
    if d.form == "moved" or not (before or after):
        return False
    end = (d.a1, d.b1) == (core.a0, core.b0) and d.a0 == d.b0 == 0
    end |= (d.a0, d.b0) == (core.a1, core.b1) and (d.a1, d.b1) == (size_a, size_b)
    one_sided = d.a0 == d.a1 or d.b0 == d.b1
    size = max(d.a1 - d.a0, d.b1 - d.b0)
    return not end or size > (most if one_sided else EDGE // 2)


def _variant(d: Difference, case: judge.Case, made: Draft) -> Variant:
    """A difference with its places in the texts as given, its kind, verdict and name."""
    a, b, first, second = made.a, made.b, made.first, made.second
    empty = d.form in {"column-break", "spacing"} and d.a0 == d.a1
    at_a = _gap(first, d.a0) if empty else first.span(d.a0, d.a1)
    at_b = _gap(second, d.b0) if empty else second.span(d.b0, d.b1)
    said_a, said_b = a.text[slice(*at_a)], b.text[slice(*at_b)]
    around = _around(a.text, at_a)
    if d.form == "script":
        verdict = judge.script(case, said_a, said_b, *around, a.traditional)
    else:
        verdict = judge.judge(case)
    if empty:
        name = d.form
    elif a.traditional == b.traditional:
        name = pattern(said_a, said_b, *around)
    else:  # the folded readings, so that the name does not mix the scripts
        name = pattern(case.a, case.b, case.left, case.right)
    wrong = {"a": a.origin, "b": b.origin}.get(verdict.side, provenance.OCR)
    typed = wrong != provenance.OCR and _noisy(a, b) and heard(case.a, case.b)
    if typed and case.kind == "misreading":  # the error is in the text that no machine read
        case = replace(case, kind="sound")
    return Variant(
        *at_a, *at_b, said_a, said_b, case.kind,
        verdict.side, verdict.confidence, verdict.reason,
        name,
        first.span(d.a_to, d.a_to)[0] if d.a_to >= 0 else None,
        second.span(d.b_to, d.b_to)[0] if d.b_to >= 0 else None,
        case=case,
    )  # fmt: skip


def _noisy(a: Side, b: Side) -> bool:
    """Whether exactly one of the texts was read by a machine."""
    return (a.origin == provenance.OCR) != (b.origin == provenance.OCR)


def _plain(d: Difference, made: Draft) -> judge.Case:
    """A difference with its kind, by its form alone."""
    a, b, first, second = made.a, made.b, made.first.text, made.second.text
    mine, theirs = first[d.a0 : d.a1], second[d.b0 : d.b1]
    left = first[max(0, d.a0 - REACH) : d.a0]
    right = first[d.a1 : d.a1 + REACH]
    what = d.form or kind(mine, theirs, left, right, _noisy(a, b))
    return judge.Case(
        what, mine, theirs, left, right, a.origin, b.origin, a.trusted, b.trusted
    )  # fmt: skip


def _case(case: judge.Case, gain: float, repeats_a: int, repeats_b: int) -> judge.Case:
    """What the judge needs to know of a difference."""
    senseless = case.kind == "edition" and nonsense(case.a, case.b, gain)
    return replace(
        case,
        kind="misreading" if senseless else case.kind,
        repeats_a=repeats_a,
        repeats_b=repeats_b,
        gain=gain,
    )


def _around(text: str, span: tuple[int, int]) -> tuple[str, str]:
    """What stands before and behind a span."""
    return text[max(0, span[0] - 2 * REACH) : span[0]], text[span[1] : span[1] + 2 * REACH]


def _gap(text: Folded, at: int) -> tuple[int, int]:
    """The white space before folded character `at`."""
    return int(text.at[at - 1]) + 1, int(text.at[at])
