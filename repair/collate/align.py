"""Align two folded texts: unique anchors, longest increasing subsequence, rapidfuzz between.

A k-gram that stands once in each text is an anchor. Neighbouring anchors on one diagonal
form a run; the heaviest chain of runs that rises in both texts fixes the alignment
(patience diff, weighted), and rapidfuzz aligns the short gaps between them at optimal
cost. Runs that the chain leaves out are what has moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from repair.collate.fold import LONG, Folded
from repair.collate.grams import Codes, Once, grams, once

SHORT = 6  # of an anchor inside a gap that is too large for rapidfuzz alone
GAP = 1 << 21  # cells of a gap that rapidfuzz aligns at once (64 cells a machine word)
SYNC = 4  # equal code points behind a difference that carry a move on
SKIPS = sorted(((p, q) for p in range(4) for q in range(4)), key=lambda s: (sum(s), s))[1:]
SLIGHT = 20  # code points of a difference that never ends what two texts have in common
MOVED = 10  # shortest text that counts as moved: shorter ones repeat by chance


class Run(NamedTuple):
    """`size` equal code points, or a block that stands in both texts."""

    a: int
    b: int
    size: int


class Block(NamedTuple):
    """A place where the texts differ: [a0, a1) of the one for [b0, b1) of the other."""

    a0: int
    a1: int
    b0: int
    b1: int


class Move(NamedTuple):
    """[a0, a1) of the one stands at [b0, b1) of the other, with differences inside it."""

    a0: int
    a1: int
    b0: int
    b1: int
    inner: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """The differences in order, and the text that moved, which the blocks hold too."""

    blocks: tuple[Block, ...]
    moves: tuple[Move, ...] = ()

    def core(self, size_a: int, size_b: int) -> Block:
        """The region that the two texts have in common: the stretch of the alignment with
        the most equal text over what differs in it, as in local alignment. What lies before
        or behind it stands in one text only, chance agreements aside."""
        best = sofar = 0
        core = (0, 0, 0, 0)
        start_a = start_b = at_a = at_b = 0
        for a0, a1, b0, b1 in [*self.blocks, (size_a, size_a, size_b, size_b)]:
            if sofar <= 0:
                sofar, start_a, start_b = 0, at_a, at_b
            sofar += a0 - at_a
            if sofar >= best:
                best, core = sofar, (start_a, a0, start_b, b0)
            size = max(a1 - a0, b1 - b0)
            if size > SLIGHT:
                sofar -= size - SLIGHT
            at_a, at_b = a1, b1
        return Block(*core)

    def cost(self) -> int:
        """The edit distance that the blocks amount to."""
        return sum([max(a1 - a0, b1 - b0) for a0, a1, b0, b1 in self.blocks])


class Laid(NamedTuple):
    """Two texts beside one another, before it is told what of their differences has moved."""

    blocks: list[Block]
    left: list[Run]  # long anchors that stand out of order

    def alignment(self, moves: Iterable[Move] = ()) -> Alignment:
        """The alignment with these moves."""
        return Alignment(tuple(_touching(self.blocks)), tuple(moves))


def align(a: Folded, b: Folded) -> Alignment:
    """Aligns two folded texts; offsets count in their folded code points."""
    return moved(a, b, lay(a, b))


def lay(a: Folded, b: Folded) -> Laid:
    """The first half of it."""
    chain, left = _chain(_anchors(a.anchors, b.anchors, LONG), LONG)
    return Laid([block for gap in _gaps(chain, len(a), len(b)) for block in _fill(a, b, gap)], left)


def moved(a: Folded, b: Folded, laid: Laid) -> Alignment:
    """The second half."""
    return laid.alignment(_moves(a, b, laid.blocks, laid.left))


def _anchors(first: Once, second: Once, size: int) -> list[Run]:
    """Runs of `size`-grams that stand once in each text, neighbours on a diagonal joined."""
    (at_a, of_a), (at_b, of_b) = first, second
    places = np.searchsorted(of_b, of_a)
    known = (places < len(of_b)).nonzero()[0]
    known = known[of_b[places[known]] == of_a[known]]
    if not len(known):
        return []
    i, j = at_a[known], at_b[places[known]]
    order = np.argsort(i)
    i, j = i[order], j[order]
    step = i[1:] - i[:-1]
    breaks = ((step > size) | (step != j[1:] - j[:-1])).nonzero()[0] + 1
    first_ones = np.concatenate(([0], breaks))
    last = np.concatenate((breaks, [len(i)])) - 1
    sizes = i[last] - i[first_ones] + size
    columns = (i[first_ones], j[first_ones], sizes)
    return list(map(Run._make, zip(*(c.tolist() for c in columns), strict=True)))


def _chain(runs: list[Run], size: int) -> tuple[list[Run], list[Run]]:
    """The heaviest rising chain of runs (sorted by `a`), and the runs left out of it.

    What rises are the starts of the `size`-grams; their tails may overlap and are cut."""
    tops: list[int] = []  # ends in b, rising
    weights: list[int] = []  # best weight of a chain that ends at most there, rising
    tails: list[int] = []  # the last run of that chain
    before: list[int] = []
    for n, run in enumerate(runs):
        at = bisect_left(tops, run.b + 1)
        weight = (weights[at - 1] if at else 0) + run.size
        before.append(tails[at - 1] if at else -1)
        top = run.b + run.size - size + 1
        at = bisect_left(tops, top + 1)
        if at and weights[at - 1] >= weight:
            continue
        stop = at
        while stop < len(tops) and weights[stop] <= weight:
            stop += 1
        if at and tops[at - 1] == top:
            at -= 1
        tops[at:stop], weights[at:stop], tails[at:stop] = [top], [weight], [n]
    kept: set[int] = set()
    at = tails[-1] if tails else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    chain: list[Run] = []
    for n in sorted(kept):
        run = runs[n]
        if chain:
            last = chain[-1]
            over = max(0, last.a + last.size - run.a, last.b + last.size - run.b)
            run = Run(run.a + over, run.b + over, run.size - over)
        if run.size > 0:
            chain.append(run)
    return chain, [run for n, run in enumerate(runs) if n not in kept]


def _gaps(chain: list[Run], size_a: int, size_b: int) -> Iterator[Block]:
    at_a = at_b = 0
    for run in [*chain, Run(size_a, size_b, 0)]:
        if run.a > at_a or run.b > at_b:
            yield Block(at_a, run.a, at_b, run.b)
        at_a, at_b = run.a + run.size, run.b + run.size


def _fill(a: Folded, b: Folded, gap: Block) -> Iterator[Block]:
    """The differences inside a gap, at optimal cost where it is small enough."""
    a0, a1, b0, b1 = gap
    if a0 == a1 or b0 == b1:
        yield gap
        return
    if (a1 - a0) * (b1 - b0) > GAP:
        codes = a.codes[a0:a1], b.codes[b0:b1]
        if not _meet(*codes):
            yield gap  # what agrees does so by chance
            return
        x, y = (once(grams(each, SHORT)) for each in codes)
        chain, _ = _chain(_anchors(x, y, SHORT), SHORT)
        if chain:
            for inner in _gaps(chain, a1 - a0, b1 - b0):
                yield from _fill(
                    a, b, Block(a0 + inner.a0, a0 + inner.a1, b0 + inner.b0, b0 + inner.b1)
                )  # fmt: skip
            return
    yield from [
        Block(a0 + i0, a0 + i1, b0 + j0, b0 + j1)
        for tag, i0, i1, j0, j1 in _opcodes()(a.text[a0:a1], b.text[b0:b1]).as_list()
        if tag != "equal"
    ]


def _meet(a: Codes, b: Codes) -> bool:
    """Whether two stretches have a long anchor in common, once or more often."""
    x, y = (np.sort(grams(codes, LONG)) for codes in (a, b))
    return bool((np.searchsorted(y, x) != np.searchsorted(y, x, side="right")).any())


@cache
def _opcodes() -> Callable[[str, str], Any]:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.opcodes


def _touching(blocks: list[Block]) -> Iterator[Block]:
    """Blocks that touch as one."""
    held: Block | None = None
    for block in blocks:
        if held is None:
            held = block
        elif held[1] == block[0] and held[3] == block[2]:
            held = Block(held[0], block[1], held[2], block[3])
        else:
            yield held
            held = block
    if held is not None:
        yield held


def _moves(a: Folded, b: Folded, blocks: list[Block], left: list[Run]) -> Iterator[Move]:
    """Text that one text lacks in this place and has in another: the runs of long anchors
    that the chain left out, and shorter ones (a title) among what the blocks hold, grown as
    far as the texts agree but for single characters."""
    large = [x for x in blocks if x[1] - x[0] >= MOVED or x[3] - x[2] >= MOVED]
    if len(large) < 2:
        return
    free_a = _free(len(a), [(a0, a1) for a0, a1, _, _ in large])
    free_b = _free(len(b), [(b0, b1) for _, _, b0, b1 in large])
    seeds = sorted([*left, *_among(a, b, free_a, free_b)], key=lambda r: (-r.size, r.a, r.b))
    moves: list[Move] = []
    for at_a, at_b, size in seeds:
        if free_a.count(1, at_a, at_a + size) < size or free_b.count(1, at_b, at_b + size) < size:
            continue
        up_a, up_b = _grown(a.text, b.text, free_a, free_b, at_a + size, at_b + size, 1)
        low_a, low_b = _grown(a.text, b.text, free_a, free_b, at_a - 1, at_b - 1, -1)
        span = Block(low_a + 1, up_a, low_b + 1, up_b)
        free_a[span.a0 : span.a1] = bytes(span.a1 - span.a0)
        free_b[span.b0 : span.b1] = bytes(span.b1 - span.b0)
        moves.append(Move(*span, tuple(_touching(list(_fill(a, b, span))))))
    yield from sorted(moves, key=lambda m: m.a0)


def _free(size: int, spans: list[tuple[int, int]]) -> bytearray:
    """A byte a code point: 1 in the spans."""
    free = bytearray(size)
    for start, end in spans:
        free[start:end] = b"\1" * (end - start)
    return free


def _among(a: Folded, b: Folded, free_a: bytearray, free_b: bytearray) -> list[Run]:
    """Anchors between what is left of both texts, pieces on one another."""
    at_a, at_b = (np.frombuffer(free, np.bool_).nonzero()[0] for free in (free_a, free_b))
    if min(len(at_a), len(at_b)) < MOVED:
        return []
    x, y = (once(grams(codes, MOVED)) for codes in (a.codes[at_a], b.codes[at_b]))
    return [Run(int(at_a[r.a]), int(at_b[r.b]), r.size) for r in _anchors(x, y, MOVED)]


def _grown(
    a: str, b: str, free_a: bytearray, free_b: bytearray, x: int, y: int, step: int
) -> tuple[int, int]:  # fmt: skip
    """How far from (x, y) on the texts agree, the differences of `SKIPS` between
    stretches of `SYNC` aside; the first places that no longer belong."""

    def same(i: int, j: int) -> bool:
        inside = 0 <= i < len(a) and 0 <= j < len(b)
        return inside and a[i] == b[j] and free_a[i] == free_b[j] == 1

    while True:
        while same(x, y):
            x, y = x + step, y + step
        for p, q in SKIPS:
            i, j = x + p * step, y + q * step
            if same(i, j) and all(same(i + n * step, j + n * step) for n in range(1, SYNC)):
                x, y = i, j
                break
        else:
            return x, y
