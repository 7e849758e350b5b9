"""Align two folded texts: unique anchors, longest increasing subsequence, rapidfuzz between.

A k-gram that stands once in each text is an anchor. Neighbouring anchors on one diagonal
form a run; the heaviest chain of runs that rises in both texts fixes the alignment
(patience diff, weighted), and rapidfuzz aligns the short gaps between them at optimal
cost. Runs that the chain leaves out are what has moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Codes, decode

LONG = 16  # code points of a first anchor; chance repeats of that length are template text
SHORT = 6  # of an anchor inside a gap that is too large for rapidfuzz alone
GAP = 1 << 21  # cells of a gap that rapidfuzz aligns at once (64 cells a machine word)
SYNC = 4  # equal code points behind a difference that carry a move on
SKIPS = sorted(((p, q) for p in range(4) for q in range(4)), key=lambda s: (sum(s), s))[1:]
SLIGHT = 20  # code points of a difference that never ends what two texts have in common
MOVED = 10  # shortest text that counts as moved: shorter ones repeat by chance

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Run:
    """`size` equal code points, or a block that stands in both texts."""

    a: int
    b: int
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """A place where the texts differ: [a0, a1) of the one for [b0, b1) of the other."""

    a0: int
    a1: int
    b0: int
    b1: int


@dataclass(frozen=True, slots=True)
class Move:
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
        core = start = Block(0, 0, 0, 0)
        at_a = at_b = 0
        for block in [*self.blocks, Block(size_a, size_a, size_b, size_b)]:
            if sofar <= 0:
                sofar, start = 0, Block(at_a, at_a, at_b, at_b)
            sofar += block.a0 - at_a
            if sofar >= best:
                best, core = sofar, Block(start.a0, block.a0, start.b0, block.b0)
            sofar -= max(0, block.a1 - block.a0 - SLIGHT, block.b1 - block.b0 - SLIGHT)
            at_a, at_b = block.a1, block.b1
        return core

    def cost(self) -> int:
        """The edit distance that the blocks amount to."""
        return sum(max(x.a1 - x.a0, x.b1 - x.b0) for x in self.blocks)


def align(a: Codes, b: Codes) -> Alignment:
    """Aligns two sequences of folded code points; offsets count in them."""
    chain, left = _chain(_anchors(a, b, LONG), LONG)
    blocks: list[Block] = []
    for gap in _gaps(chain, len(a), len(b)):
        blocks += _fill(a, b, gap)
    return Alignment(tuple(_touching(blocks)), tuple(_moves(a, b, blocks, left)))


def grams(codes: Codes, size: int) -> Hashes:
    """A 64-bit hash of each `size`-gram, by doubling: four passes for sixteen characters."""
    width = 1
    hashes: Hashes = codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(29)
    done: Hashes | None = None  # of the first `covered` characters
    covered = 0
    rest = size
    while True:
        if rest & width:
            if done is None:
                done, covered = hashes, width
            else:
                room = len(hashes) - covered
                done = _mix(done[: max(0, room)], hashes[covered:])
                covered += width
            rest -= width
        if not rest:
            return done if done is not None else hashes
        hashes = _mix(hashes[:-width], hashes[width:]) if len(hashes) > width else hashes[:0]
        width *= 2


def _mix(first: Hashes, second: Hashes) -> Hashes:
    mixed = (first * np.uint64(0xBF58476D1CE4E5B9)) ^ second
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed


def _anchors(a: Codes, b: Codes, size: int) -> list[Run]:
    """Runs of k-grams that stand once in each text, neighbours on a diagonal joined."""
    if min(len(a), len(b)) < size:
        return []
    at_a, of_a = _once(grams(a, size))
    at_b, of_b = _once(grams(b, size))
    _, in_a, in_b = np.intersect1d(of_a, of_b, assume_unique=True, return_indices=True)
    if not len(in_a):
        return []
    i, j = at_a[in_a], at_b[in_b]
    order = np.argsort(i)
    i, j = i[order], j[order]
    breaks = np.flatnonzero((np.diff(i) > size) | (np.diff(i) != np.diff(j))) + 1
    first = np.concatenate(([0], breaks))
    last = np.concatenate((breaks, [len(i)])) - 1
    sizes = i[last] - i[first] + size
    return [
        Run(int(p), int(q), int(n)) for p, q, n in zip(i[first], j[first], sizes, strict=True)
    ]  # fmt: skip


def _once(hashes: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """Places and values of the hashes that stand once."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.concatenate(([True], ordered[1:] != ordered[:-1], [True]))
    single = new[:-1] & new[1:]
    return order[single], ordered[single]


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


def _fill(a: Codes, b: Codes, gap: Block) -> Iterator[Block]:
    """The differences inside a gap, at optimal cost where it is small enough."""
    from rapidfuzz.distance import Levenshtein

    if gap.a0 == gap.a1 or gap.b0 == gap.b1:
        yield gap
        return
    x, y = a[gap.a0 : gap.a1], b[gap.b0 : gap.b1]
    if len(x) * len(y) > GAP:
        chain, _ = _chain(_anchors(x, y, SHORT), SHORT)
        if chain:
            for inner in _gaps(chain, len(x), len(y)):
                yield from _fill(
                    a,
                    b,
                    Block(gap.a0 + inner.a0, gap.a0 + inner.a1, gap.b0 + inner.b0,
                          gap.b0 + inner.b1),
                )  # fmt: skip
            return
    for code in Levenshtein.opcodes(decode(x), decode(y)):
        if code.tag != "equal":
            yield Block(
                gap.a0 + code.src_start, gap.a0 + code.src_end,
                gap.b0 + code.dest_start, gap.b0 + code.dest_end,
            )  # fmt: skip


def _touching(blocks: list[Block]) -> Iterator[Block]:
    """Blocks that touch as one."""
    held: Block | None = None
    for block in blocks:
        if held and held.a1 == block.a0 and held.b1 == block.b0:
            held = Block(held.a0, block.a1, held.b0, block.b1)
            continue
        if held:
            yield held
        held = block
    if held:
        yield held


def _moves(a: Codes, b: Codes, blocks: list[Block], left: list[Run]) -> Iterator[Move]:
    """Text that one text lacks in this place and has in another: the runs of long anchors
    that the chain left out, and shorter ones (a title) among what the blocks hold, grown as
    far as the texts agree but for single characters."""
    blocks = [x for x in blocks if max(x.a1 - x.a0, x.b1 - x.b0) >= MOVED]
    if len(blocks) < 2:
        return
    free_a = _free(len(a), [(x.a0, x.a1) for x in blocks])
    free_b = _free(len(b), [(x.b0, x.b1) for x in blocks])
    seeds = sorted([*left, *_among(a, b, free_a, free_b)], key=lambda r: (-r.size, r.a, r.b))
    moves: list[Move] = []
    for seed in seeds:
        inside = np.s_[seed.a : seed.a + seed.size], np.s_[seed.b : seed.b + seed.size]
        if not (free_a[inside[0]].all() and free_b[inside[1]].all()):
            continue
        up_a, up_b = _grown(a, b, free_a, free_b, seed.a + seed.size, seed.b + seed.size, 1)
        low_a, low_b = _grown(a, b, free_a, free_b, seed.a - 1, seed.b - 1, -1)
        span = Block(low_a + 1, up_a, low_b + 1, up_b)
        free_a[span.a0 : span.a1] = False
        free_b[span.b0 : span.b1] = False
        inner = tuple(_touching(list(_fill(a, b, span))))
        moves.append(Move(span.a0, span.a1, span.b0, span.b1, inner))
    yield from sorted(moves, key=lambda m: m.a0)


def _free(size: int, spans: list[tuple[int, int]]) -> NDArray[np.bool_]:
    free = np.zeros(size, dtype=np.bool_)
    for start, end in spans:
        free[start:end] = True
    return free


def _among(
    a: Codes, b: Codes, free_a: NDArray[np.bool_], free_b: NDArray[np.bool_]
) -> list[Run]:  # fmt: skip
    """Anchors between what is left of both texts; a separator keeps the pieces apart."""
    at_a, at_b = np.flatnonzero(free_a), np.flatnonzero(free_b)
    if min(len(at_a), len(at_b)) < MOVED:
        return []
    runs = _anchors(a[at_a], b[at_b], MOVED)
    return [Run(int(at_a[r.a]), int(at_b[r.b]), r.size) for r in runs]


def _grown(
    a: Codes, b: Codes, free_a: NDArray[np.bool_], free_b: NDArray[np.bool_],
    x: int, y: int, step: int,
) -> tuple[int, int]:  # fmt: skip
    """How far from (x, y) on the texts agree, the differences of `SKIPS` between
    stretches of `SYNC` aside; the first places that no longer belong."""

    def same(i: int, j: int) -> bool:
        return (
            0 <= i < len(a) and 0 <= j < len(b)
            and bool(free_a[i]) and bool(free_b[j]) and bool(a[i] == b[j])
        )  # fmt: skip

    while True:
        while same(x, y):
            x, y = x + step, y + step
        for p, q in SKIPS:
            i, j = x + p * step, y + q * step
            if all(same(i + n * step, j + n * step) for n in range(SYNC)):
                x, y = i, j
                break
        else:
            return x, y
