"""Variants of a batch as findings: in the document that is likely wrong, each place once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from repair import rules
from repair.collate import judge
from repair.collate.fold import fold
from repair.collate.pair import Variant
from repair.collate.units import Unit
from repair.collate.witnesses import Collation
from repair.model import Candidate, Finding, WitnessReading

# Differences of form that a reviewer wants beside the substantive ones.
FORMS = frozenset({"punctuation", "script", "column-break"})
LOST = 8  # folded code points from which on text that one article lacks is looked for elsewhere


@dataclass(frozen=True, eq=False)
class _Place:
    """A variant seen from the document that gets the finding (a: there, b: the witness)."""

    unit: Unit
    witness: Unit
    variant: Variant

    def span(self) -> tuple[int, int]:
        """Where it lies in the document's layer, widened over the edits that it meets."""
        edit = self.unit.edit(self.variant.a_start, self.variant.a_end, "")
        return edit.start, edit.end

    def joined(self, other: _Place) -> _Place:
        """One variant over two neighbours."""
        one, two = self.variant, other.variant
        joined = replace(
            one,
            a_end=two.a_end,
            b_end=two.b_end,
            a=self.unit.text[one.a_start : two.a_end],
            b=self.witness.text[one.b_start : two.b_end],
            kind=one.kind if one.kind == two.kind else "edition",
            pattern=f"{one.pattern}, {two.pattern}",
        )
        return replace(self, variant=joined)


def findings(made: Sequence[Collation]) -> dict[str, list[Finding]]:
    """The findings of all collations by document."""
    places: dict[str, list[_Place]] = defaultdict(list)
    for collation in made:
        for variant in collation.variants:
            if variant.substantive or variant.kind in FORMS:
                place = _placed(collation, variant)
                if not _elsewhere(place):
                    places[place.unit.source.name].append(place)
    return {name: _settled(_apart(places[name])) for name in sorted(places)}


def _placed(collation: Collation, variant: Variant) -> _Place:
    """The side that is held wrong; where nobody knows, the one that is less trusted."""
    if variant.error_side == "b" and not collation.base.source.trusted:
        return _Place(collation.base, collation.unit, variant.turned())
    return _Place(collation.unit, collation.base, variant)


def _elsewhere(place: _Place) -> bool:
    """Whether text that one article has and the other lacks stands elsewhere in the other's
    document: then the articles are cut differently, and nothing is lost or invented."""
    variant = place.variant
    if variant.a and variant.b:
        return False
    text = fold(variant.a or variant.b).text
    has, lacks = (place.unit, place.witness) if variant.a else (place.witness, place.unit)
    if len(text) < LOST:
        return False
    return lacks.source.folded.count(text) >= has.source.folded.count(text)


def _apart(places: Iterable[_Place]) -> list[_Place]:
    """The places with those joined that lie under one applied edit: its text is replaced as
    a whole, so they can only be decided together."""
    apart: list[_Place] = []
    for place in sorted(places, key=lambda p: (p.unit.key, p.witness.key, p.variant.a_start)):
        last = apart[-1] if apart else None
        if last and (last.unit, last.witness) == (place.unit, place.witness):
            one, two = last.span(), place.span()
            if two[0] < one[1] and "moved" not in (last.variant.kind, place.variant.kind):
                apart[-1] = last.joined(place)
                continue
        apart.append(place)
    return apart


def _settled(places: Iterable[_Place]) -> list[Finding]:
    """The findings of one document in order, without overlaps: the same reading of several
    witnesses is one finding, and of what still overlaps the surer one stays."""
    same: dict[tuple[int, int, str], Finding] = {}
    for place in places:
        finding = _finding(place)
        key = finding.start, finding.end, finding.after
        same[key] = _with(same[key], finding) if key in same else finding
    kept: list[Finding] = []
    ranked = sorted(same.values(), key=lambda f: (-len(f.witnesses), -f.confidence, f.start, f.end))
    for finding in ranked:
        met = next((n for n, other in enumerate(kept) if _overlap(other, finding)), None)
        if met is None:
            kept.append(finding)
        elif (kept[met].start, kept[met].end) == (finding.start, finding.end):
            kept[met] = _with(kept[met], finding)
    return sorted(kept, key=lambda f: (f.start, f.end))


def _overlap(one: Finding, two: Finding) -> bool:
    if one.start == one.end or two.start == two.end:
        return (one.start, one.end) == (two.start, two.end) or (
            one.start < two.end and two.start < one.end
        )
    return one.start < two.end and two.start < one.end


def _with(first: Finding, second: Finding) -> Finding:
    """One finding with the readings and the witnesses of two over the same place."""
    have = {c.text for c in first.candidates}
    return replace(
        first,
        confidence=max(first.confidence, second.confidence),
        candidates=first.candidates + tuple(c for c in second.candidates if c.text not in have),
        witnesses=first.witnesses + second.witnesses,
    )


def _finding(place: _Place) -> Finding:
    variant, unit, witness = place.variant, place.unit, place.witness
    change = unit.edit(variant.a_start, variant.a_end, _reading(place))
    there = witness.edit(variant.b_start, variant.b_end, variant.b)
    known = {"a": "this", "b": "other"}
    side = known.get(variant.error_side, variant.error_side)
    confidence = variant.confidence if side == "this" else 1 - variant.confidence
    move = variant.kind == "moved" and variant.a_to is not None
    return Finding(
        change.start,
        change.end,
        change.before,
        change.after,
        code(variant.kind),
        round(confidence, 3),
        _evidence(place),
        (Candidate(change.after, round(confidence, 3), witness.source.name),),
        (
            WitnessReading(
                witness.source.name, there.start, there.end, there.before, witness.source.origin
            ),
        ),
        side,
        variant.pattern,
        _target(unit, variant.a_to) if move and variant.a_to is not None else None,
        variant.kind,
    )


def _target(unit: Unit, place: int) -> int:
    return unit.edit(place, place, "").start


def _reading(place: _Place) -> str:
    """The witness's text for this place, in the script of the document, and as lines of its
    own where whole lines are lost."""
    variant, text = place.variant, place.witness.text
    mine, theirs = place.unit.side.traditional, place.witness.side.traditional
    if variant.kind in {"column-break", "spacing"}:
        return variant.b
    before, after = (
        text[: variant.b_start].rstrip(" \u3000"),
        text[variant.b_end :].lstrip(" \u3000"),
    )
    lines = "\n".join(line.strip() for line in variant.b.split("\n"))
    alone = (not before or before.endswith("\n")) and (not after or after.startswith("\n"))
    if mine != theirs:
        lines = judge.converted("s2t" if mine else "t2s", lines)
    return f"\n{lines}" if alone and lines and not variant.a and variant.a_start else lines


def _evidence(place: _Place) -> str:
    variant, witness = place.variant, place.witness.source
    origin = "" if witness.origin == "unknown" else f" ({witness.origin})"
    if variant.kind == "moved" and variant.a == variant.b:
        told = f"{witness.name}{origin} has this text in another place"
    elif variant.b.strip():
        told = f"{witness.name}{origin} reads “{_brief(variant.b)}”"
    else:
        told = f"{witness.name}{origin} has nothing here"
    return f"{told}; {variant.reason}"


def _brief(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:20]}…{text[-19:]}"


@cache
def _codes() -> Mapping[str, str]:
    return {rule.kind: rule.code for rule in rules.table("collate").values()}


def code(kind: str) -> str:
    """The rule code of a kind of variant."""
    return _codes()[kind]
