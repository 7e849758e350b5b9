"""What texts of a heap share, told from samples of their shingles.

Equal hashes are brought together by a sort, one stretch of the hashes of all texts after the
other, so that memory does not grow with the heap. There are two looks: the first counts what
every two texts share, of two long ones by a quarter of the hashes alone; the second looks only
at the pairs that share enough, in all hashes, and tells where in them it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Offsets
from repair.collate.shingles import BUCKETS, HALF, HIGH, Rows, hashes

COMMON = 50  # texts with a shingle, from which on it is a template
SHARED = 3  # shingles in common at least, and of larger texts a tenth of the smaller one's
PASSAGE = 512  # code points in one place that make a quoted passage, and are always enough
# Two texts of this size are counted by the shingles of the first buckets alone, and looked at
# again where these hold three quarters of what they should: of two that share a passage of 640
# code points, which are found at all in 97 of 100 cases, one in seventy has less of it there.
LONG, EARLY, PROMISE = 2048, BUCKETS // 4, 3 / 4
LANE = 6  # bits: 64 code points, by which a passage may drift from one text to the other
MIDDLE = 1 << 28  # a lane's number is counted from here
FEWEST, BINS = 8, 16  # parts of a text, of such a size between: over them what it shares is spread
# Shingles that are sorted at once, and times that two texts have one of them that are held at
# once: these bound the memory of the search. A shingle of COMMON texts has 1,225 such times.
TOGETHER = 1 << 21
# Such times that are looked at: two of each shingle of a sample, but at least FREE of a batch. In
# heaps of news and statutes there are 0.1 to 0.9 of a shingle; where most sentences stand in 20
# to 50 texts 25, and all of them would take hours.
EACH, FREE = 2, 1 << 24
APART = 1 << 17  # shingles that are worth a task of their own
TASKS = 16  # into which a look is cut where there are enough
FINER = 256  # pieces into which a bucket can be cut
PIECE = np.uint64(HALF - np.uint64(8))  # bits of a hash in a piece


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the texts, with their sample: text i of them has the number `first` + i."""

    first: int
    share: int  # one shingle in so many is in the sample, as in all others
    sizes: NDArray[Any]  # of each text, folded
    starts: Offsets  # of the buckets of the rows
    read: Callable[[int, int], Rows]  # the rows from one to another


Parts = Callable[[], Iterable[Part]]


class Stretch(NamedTuple):
    """Some of the hashes, in pieces of buckets."""

    parts: Parts
    low: int
    high: int
    reach: int  # in the first look, a text meets so many of those behind it by a shingle


class Look(NamedTuple):
    """A task of the second look."""

    stretch: Stretch
    near: Rows  # the pairs to look at, in order


class Counted(NamedTuple):
    """How many shingles pairs of texts share in a stretch."""

    pairs: Rows  # both texts' numbers
    times: NDArray[Any]
    enough: NDArray[Any]  # of them, in all that is counted of the two


class Met(NamedTuple):
    """Shingles that two texts share, counted where they lie equally far from one another."""

    pairs: Rows
    enough: NDArray[Any]  # shingles for the two to share
    lanes: NDArray[Any]  # how far the places in the two are from one another
    shared: NDArray[Any]  # shingles that they share here
    parts_a: NDArray[Any]  # the parts of each text that hold them, as bits
    parts_b: NDArray[Any]


class Seen(NamedTuple):
    """What the second look tells of a stretch."""

    met: Met
    sizes: NDArray[Any]  # of each text of the pairs: shingles that are no template
    spread: NDArray[Any]  # the parts of it that hold them


class Shingles(NamedTuple):
    """Shingles, and where they stand."""

    hashes: Rows
    texts: NDArray[np.int32]  # numbers
    places: NDArray[np.int32]  # in the text

    def of(self, which: NDArray[Any]) -> Shingles:
        """Some of them."""
        return Shingles(*(column[which] for column in self))


class _Heap(NamedTuple):
    """The shingles of a stretch as they lie in the parts, and the sizes of all texts."""

    share: int
    shingles: Shingles
    sizes: NDArray[Any]  # by the texts' numbers


def stretches(
    parts: Parts, first: int, last: int, most: int, reach: int = COMMON
) -> Iterator[Stretch]:
    """Some buckets, as many together as one task sorts, of large ones as little: so many
    shingles."""
    held = sum((np.diff(part.starts) for part in parts()), np.zeros(BUCKETS, np.int64))[first:last]
    most = max(1, min(most, max(APART, int(held.sum()) // TASKS)))
    low = high = first * FINER
    total = 0
    for bucket, size in enumerate(held.tolist(), first):
        cuts = min(FINER, max(1, -(-size // most)))
        for piece in range(1, cuts + 1):
            if total and total + size // cuts > most:
                yield Stretch(parts, low, high, reach)
                low, total = high, 0
            total += size // cuts
            high = bucket * FINER + FINER * piece // cuts
    yield Stretch(parts, low, high, reach)


class Reach(NamedTuple):
    """How many texts with the same shingle behind it a text meets."""

    texts: int
    share: float  # of all such times that are looked at so


def reach(stretch: Stretch, rows: int) -> Reach:
    """What can be looked at of a sample of so many shingles, as one stretch of it tells.

    Where it is not all, a shingle brings each text together with the nearest of those behind it,
    the same ones as other shingles that these texts share. Of texts that are alike each still
    meets its neighbours; two that stand far apart meet by rarer shingles alone."""
    shingles = _heap(stretch).shingles
    found = _once(_rare(shingles, again=True))
    ends = np.append(np.flatnonzero(_new(found.hashes)), len(found.hashes))
    texts = np.arange(1, COMMON + 1)  # that have a shingle; and for each, the shingles
    times = np.bincount(np.diff(ends), minlength=COMMON + 1)[1:]
    behind = np.minimum(texts[:-1, None], texts - 1)  # of each text the others, by reach
    met = ((behind * texts - behind * (behind + 1) // 2) * times).sum(axis=1)
    room = max(EACH, FREE / max(1, rows)) * len(shingles.hashes)
    most = max(1, int(np.searchsorted(met, room, side="right")))
    return Reach(most, float(met[most - 1] / met[-1]) if met[-1] else 1.0)


def enough(smaller: NDArray[Any], share: int) -> NDArray[Any]:
    """The shingles for two texts to share, by the size of the smaller one."""
    need: NDArray[Any] = np.clip(smaller // (10 * share), SHARED, PASSAGE // share)
    return need


def count(stretch: Stretch) -> Counted:
    """The first look. Behind the early buckets, two long texts are not counted."""
    heap = _heap(stretch)
    late = stretch.low >= EARLY * FINER
    found = _once(_rare(heap.shingles, again=True))
    held = [
        _counted(_pairs(found.texts[one], found.texts[two]))
        for one, two in _meeting(found, stretch.reach, heap.sizes < LONG if late else None)
    ]
    pairs, times = map(np.concatenate, zip(*held, strict=True))
    smaller = np.minimum(heap.sizes[pairs >> HALF], heap.sizes[pairs & ~HIGH])
    need = enough(smaller, heap.share)
    need = np.where(smaller < LONG, need, need * (EARLY / BUCKETS * PROMISE))
    return Counted(pairs, times.astype(np.uint16), need.astype(np.uint8))


def see(task: Look) -> Seen:
    """The second look."""
    heap = _heap(task.stretch)
    texts = among(task.near)
    ranks = np.full(len(heap.sizes), -1, np.int32)
    ranks[texts] = np.arange(len(texts))
    found = _rare(heap.shingles, ranks >= 0)
    own = ranks[found.texts]
    spread = np.zeros((len(texts), BINS), np.bool_)
    spread[own, _part(found.places, heap.sizes[found.texts])] = True
    found = _once(found)
    held = [_met(heap, found, *ends, task.near) for ends in _meeting(found)]
    met = Met(*map(np.concatenate, zip(*held, strict=True)))
    return Seen(met, np.bincount(own, minlength=len(texts)), spread)


def among(pairs: Rows) -> Rows:
    """The texts of some pairs, in order. np.unique would import a module for it, in 8 ms."""
    texts = np.concatenate((pairs >> HALF, pairs & ~HIGH))
    texts.sort()
    return texts[_new(texts)]


def _heap(stretch: Stretch) -> _Heap:
    """The shingles of a stretch."""
    _, low, high, _ = stretch
    first, last = low // FINER, -(-high // FINER)
    parts = list(stretch.parts())
    sizes = np.zeros(max(part.first + len(part.sizes) for part in parts), np.int32)
    read = []
    for part in parts:
        rows = part.read(int(part.starts[first]), int(part.starts[last]))
        of = hashes(rows, part.starts, first, last)
        of -= np.uint64(low) << PIECE
        if low % FINER or high % FINER:
            inside = np.flatnonzero(of < np.uint64(high - low) << PIECE)
            rows, of = rows.take(inside), of.take(inside)
        ends = np.cumsum(part.sizes, dtype=np.uint32)
        places = rows.astype(np.uint32)
        texts = np.searchsorted(ends, places, side="right")
        places -= (ends - part.sizes.astype(np.uint32))[texts]
        texts += part.first
        read.append((of, texts.astype(np.int32), places.astype(np.int32)))
        sizes[part.first : part.first + len(part.sizes)] = part.sizes
    return _Heap(parts[0].share, Shingles(*map(np.concatenate, zip(*read, strict=True))), sizes)


def _rare(given: Shingles, texts: NDArray[np.bool_] | None = None, again: bool = False) -> Shingles:
    """Those that are no templates, by hash and text: of some texts, or where they stand again.
    What is sorted are hashes above the numbers of their rows, so that rows keep their order."""
    bits = np.uint64(len(given.hashes).bit_length())
    keys = given.hashes << bits
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    values = keys >> bits
    keys &= (np.uint64(1) << bits) - np.uint64(1)
    times = np.diff(np.flatnonzero(_new(values)), append=len(values))
    kept = np.repeat((times <= COMMON) & (times > again), times)
    if texts is not None:
        kept &= texts[given.texts].take(keys.astype(np.intp))
    numbers = keys.compress(kept).astype(np.intp)
    return Shingles(values.compress(kept), given.texts.take(numbers), given.places.take(numbers))


def _once(found: Shingles) -> Shingles:
    """Of each text the first that has a hash."""
    return found.of(np.flatnonzero(_new(found.hashes) | _new(found.texts)))


def _new(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some values are not the same as the one before."""
    new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _pairs(a: NDArray[Any], b: NDArray[Any]) -> Rows:
    """Pairs of texts, by their numbers."""
    return a.astype(np.uint64) << HALF | b.astype(np.uint64)


def _part(places: NDArray[Any], sizes: NDArray[Any]) -> Offsets:
    """The parts of texts of these sizes in which places lie."""
    parts: Offsets = places.astype(np.int64) * np.clip(sizes >> LANE, FEWEST, BINS) // sizes
    return parts


def _meeting(
    found: Shingles, reach: int = COMMON, short: NDArray[np.bool_] | None = None
) -> Iterator[tuple[Offsets, Offsets]]:
    """Each shingle and those within reach behind it with the same hash, some hashes after the
    others; with `short`, where one of the two texts is so."""
    first = np.flatnonzero(_new(found.hashes))
    ends = np.append(first, len(found.hashes))[1:]
    behind = np.repeat(ends, ends - first) - np.arange(len(found.hashes)) - 1
    behind = np.minimum(behind, reach)
    done = np.cumsum(behind) - behind
    turn = done[first] // TOGETHER
    cuts = [0, *first[1:][turn[1:] != turn[:-1]].tolist(), len(done)]
    for low, high in zip(cuts, cuts[1:], strict=False):
        at, times, sofar = np.arange(low, high), behind[low:high], done[low:high]
        one = np.repeat(at, times)
        two = np.arange(len(one)) + np.repeat(at + 1 - sofar + sofar[:1], times)
        if short is not None:
            either = np.flatnonzero(short[found.texts[one]] | short[found.texts[two]])
            one, two = one[either], two[either]
        yield one, two


def _counted(keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Each of some values once, in order, and how often it stood there."""
    keys.sort()
    first = np.flatnonzero(_new(keys))
    return keys[first], np.diff(first, append=len(keys))


def _met(heap: _Heap, found: Shingles, one: Offsets, two: Offsets, near: Rows) -> Met:
    """What those of the pairs that are near share among some meetings."""
    pairs = _pairs(found.texts[one], found.texts[two])
    at = np.searchsorted(near, pairs)
    kept = np.flatnonzero(near.take(at, mode="clip") == pairs)
    at, a, b = at[kept], found.of(one[kept]), found.of(two[kept])
    lanes = (a.places - b.places) >> LANE
    order = np.argsort(at << 32 | lanes + MIDDLE)
    at, lanes, a, b = at[order], lanes[order], a.of(order), b.of(order)
    first = np.flatnonzero(_new(at) | _new(lanes))
    sizes = heap.sizes[a.texts], heap.sizes[b.texts]
    parts = (1 << _part(side.places, size) for side, size in zip((a, b), sizes, strict=True))
    return Met(
        near[at[first]],
        enough(np.minimum(*sizes)[first], heap.share).astype(np.uint8),
        lanes[first].astype(np.int32),
        np.diff(first, append=len(at)).astype(np.int32),
        *(np.bitwise_or.reduceat(bits.astype(np.uint16), first) if len(first) else first
          for bits in parts),
    )  # fmt: skip
