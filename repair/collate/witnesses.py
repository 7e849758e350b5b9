"""Which units are compared with which, and what further witnesses say at each variant.

Every unit is compared with its best version, the one that is most trusted; the witnesses of
one base vote at its variants. So a difference is met once a pair, and many witnesses cost
one alignment each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from repair.collate import match
from repair.collate.pair import Draft, Variant, draft, judged
from repair.collate.provenance import TRUST
from repair.collate.units import Unit
from repair.collate.variants import extent, least

CAP = 32  # versions that one base is compared with; more tell nothing new
WORDED = 8  # code points from which on a difference is no slip
# Such differences, all but the largest, over the text in common. In the 88 pairs of the bench
# it is 0.16 at most but for two scrambled ones; in pairs of unlike statutes mostly more.
PARALLEL, QUOTED = 0.2, 0.05
# So much that what of it has moved need not be told: of 1,000 pairs of mixed corpora that could
# be versions 960 are unlike, 800 of them by this; it gave up one of the others, statutes too.
AFRESH = 0.5
# In a text shorter than SHORT all of more than a slip's size count, and less of them is too much:
# OCR noise of one in ten makes hardly any. Of the pairs of paragraphs of statutes that were kept,
# which are alike by a clause or two, this gives up two in five, with half of what was asked of
# them.
SHORT, SLIP, REWORDED = 600, 2, 0.1
TOGETHER = 1 << 20  # code points of texts whose differences are judged at once
FOREIGN = 60  # code points of a stretch that only one of two quoting texts has


@dataclass(frozen=True, eq=False)
class Collation:
    """A unit, the better version of it, and their variants (a: the unit, b: the base)."""

    unit: Unit
    base: Unit
    variants: tuple[Variant, ...]


def collations(units: Sequence[Unit], pairs: Iterable[match.Pair] | None = None) -> list[Collation]:
    """All comparisons among the units, the best base first, votes counted. The pairs that
    are worth a look may be known already, by the units' keys."""
    by_key = {unit.key: unit for unit in units}
    quotes: set[tuple[str, str]] = set()  # pairs of which one only quotes the other
    near: dict[str, list[str]] = defaultdict(list)
    if pairs is None:
        pairs = match.pairs((unit.key, unit.text) for unit in units)
    for pair in pairs:
        if by_key[pair.a].source is by_key[pair.b].source:
            continue
        near[pair.a].append(pair.b)
        near[pair.b].append(pair.a)
        if not pair.versions:
            quotes |= {(pair.a, pair.b), (pair.b, pair.a)}
    ranked = sorted(near, key=lambda key: _rank(by_key[key]))
    place = {key: n for n, key in enumerate(ranked)}
    compared: dict[str, list[str]] = defaultdict(list)  # with a base
    for key in ranked:
        for base in _bases(key, near, place):
            if len(compared[base]) < CAP:
                compared[base].append(key)
    ties = [(key, base) for base in ranked for key in compared[base]]
    found = _versions([(by_key[key], by_key[base], (key, base) in quotes) for key, base in ties])
    made = [
        Collation(by_key[key], by_key[base], variants)
        for (key, base), variants in zip(ties, found, strict=True)
        if variants is not None
    ]
    return [c for _, some in groupby(made, lambda c: c.base.key) for c in _voted(list(some))]


def _rank(unit: Unit) -> tuple[bool, float, bool, int, str]:
    """Best first: trusted, by origin, an article before a page, the longer one."""
    source = unit.source
    return (not source.trusted, -TRUST[source.origin], unit.whole, -len(unit.text), unit.key)


def _bases(key: str, near: dict[str, list[str]], place: dict[str, int]) -> Iterable[str]:
    """The best version of a unit, and further ones that are versions of another part of it."""
    taken: list[str] = []
    for other in sorted(near[key], key=place.__getitem__):
        if place[other] < place[key] and not any(other in near[base] for base in taken):
            taken.append(other)
    return taken


def _versions(ties: Sequence[tuple[Unit, Unit, bool]]) -> list[tuple[Variant, ...] | None]:
    """The variants of units and their bases without what is none: text outside what two have
    in common, and longer stretches where one only quotes the other. None where too much is
    worded anew: statutes of two provinces share paragraphs and are not one text."""
    told: list[tuple[Variant, ...] | None] = [None] * len(ties)
    held: dict[int, Draft] = {}
    size = 0
    for n, (unit, base, quoted) in enumerate(ties):
        made = draft(unit.side, base.side)
        if not (_afresh(made, quoted) or _unlike(made, quoted)):
            held[n] = made
            size += len(made.first) + len(made.second)
        if held and (size >= TOGETHER or n + 1 == len(ties)):
            for m, found in zip(held, judged(list(held.values())), strict=True):
                told[m] = tuple(v for v in found if not ties[m][2] or _size(v) <= FOREIGN)
            held, size = {}, 0
    return told


def _unlike(made: Draft, quoted: bool) -> bool:
    """Whether too much of what two texts have in common is worded anew."""
    common = min(len(made.first), len(made.second)) - sum(map(extent, made.differences))
    longer, share = _measure(made, quoted)
    anew = sorted(
        extent(d)
        for d, outside in zip(made.differences, made.outside, strict=True)
        if not outside and d.form != "moved" and extent(d) > longer
    )
    return sum(anew[:-1]) > share * max(0, common)


def _afresh(made: Draft, quoted: bool) -> bool:
    """Whether that much is worded anew even if some of it has only moved; that spares most
    unlike pairs the search for moves and the differences."""
    common = min(len(made.first), len(made.second)) - made.bare.cost()
    anew = least(made.bare, made.core, made.first, made.second, _measure(made, quoted)[0])
    return sum(anew[:-1]) > AFRESH * max(0, common)


def _measure(made: Draft, quoted: bool) -> tuple[int, float]:
    """From which size on a difference is worded anew, and which share may be."""
    if min(len(made.first), len(made.second)) < SHORT:
        return SLIP, REWORDED
    return WORDED, QUOTED if quoted else PARALLEL


def _size(variant: Variant) -> int:
    return max(variant.a_end - variant.a_start, variant.b_end - variant.b_start)


def _voted(made: Sequence[Collation]) -> list[Collation]:
    """The collations with one base, judged again with the votes of the other witnesses."""
    if len(made) < 2:
        return list(made)
    return [
        replace(c, variants=tuple(_counted(v, [o for o in made if o is not c]) for v in c.variants))
        for c in made
    ]


def _counted(variant: Variant, others: Sequence[Collation]) -> Variant:
    if variant.case is None or variant.kind == "script" or variant.outside:
        return variant
    with_a = with_b = 0
    for other in others:
        here = [v for v in other.variants if _meet(v, variant)]
        same = [v for v in here if v.case and v.case.a == variant.case.a]
        exact = [v for v in same if (v.b_start, v.b_end) == (variant.b_start, variant.b_end)]
        with_a += bool(exact)
        with_b += not here
    return variant.judged(replace(variant.case, votes_a=with_a, votes_b=with_b))


def _meet(one: Variant, two: Variant) -> bool:
    if one.b_start == one.b_end or two.b_start == two.b_end:
        return one.b_start <= two.b_end and two.b_start <= one.b_end
    return one.b_start < two.b_end and two.b_start < one.b_end
