"""Find the versions of a text in a heap by containment: sampled rare shingles that meet.

A page that holds an article has Jaccard 0.25 with it and containment 0.8, so what counts is
how much of the smaller text is shared. Shingles are sampled by their hash; one that stands in
more than 50 texts is a template and says nothing (the sizes were measured on 100,000
documents, DESIGN.md section 3). Equal hashes are brought together by a sort, one stretch of
the hashes of all texts after the other, and what pairs share is counted in a database, so
that memory does not grow with the heap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Offsets
from repair.collate.shingles import BUCKETS, FINE, HALF, HIGH, MIX, SHARE, Rows, Sampler, hashes
from repair.columns import array, insert

# Code points below which a text among more than FEW is no article: headlines stand in lists of
# contents, bulletins and paragraphs of statutes are worded alike. Of 2,000 differences asked in
# 83,000 paragraphs of news and statutes, two in three lay in texts shorter than this, and of
# sixty of these that were read by eye one at most was an error.
LEAST, FEW = 120, 1000
COMMON = 50  # texts with a shingle, from which on it is a template
SHARED = 3  # shingles in common at least, and of larger texts a tenth of the smaller one's
LANE = 6  # bits: 64 code points, by which a passage may drift from one text to the other
FEWEST, BINS = 8, 16  # parts of a text, of such a size between: over them what it shares is spread
COVERED = 0.65  # of the smaller text's parts hold shared text: versions, and not a quotation
CONTAINED = 0.2  # of its shingles, templates left out: OCR noise of one in ten leaves that much
ALONG = 0.5  # of what they share stands in one place: OCR noise shifts little, revision much
MOST = 0.4  # of its shingles: versions, wherever they stand
PASSAGE = 512  # code points in one place that make a quoted passage
# Shingles that are sorted at once, and times that two texts have one of them that are held at
# once: these bound the memory of the search. A shingle of COMMON texts has 1,225 such times.
TOGETHER = 1 << 21
APART = 1 << 18  # shingles that are worth a task of their own
APIECE = 4096  # texts that are sampled together
TASKS = 8  # into which the search is cut where there are enough
NEAR = 20  # bits of the hash of a pair, by which it is counted
MIDDLE = 1 << 28  # a lane's number is counted from here


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that share more than chance: `a` came before `b`."""

    a: str
    b: str
    shared: int  # sampled shingles in common
    containment: float  # of the sampled rare shingles of the smaller text
    coverage: float  # of the parts of the smaller text that hold rare shingles

    @property
    def versions(self) -> bool:
        """Whether they are versions of one text; else one quotes a passage of the other."""
        spread = self.coverage >= COVERED and self.containment >= CONTAINED
        return spread or self.containment >= MOST


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the texts, with their sample: text i of them has the number `first` + i."""

    first: int
    share: int  # one shingle in so many is in the sample, as in all others
    sizes: NDArray[Any]  # of each text, folded
    starts: Offsets  # of the buckets of the rows
    read: Callable[[int, int], Rows]  # the rows from one to another


Parts = Callable[[], Iterable[Part]]


class Run(Protocol):
    """Does tasks, in their order."""

    def __call__(self, function: Callable[[Any], Any], tasks: Iterable[Any], /) -> Iterable[Any]:
        """What the function says of each."""


class Stretch(NamedTuple):
    """A task of the search."""

    parts: Parts
    low: int  # the first of its buckets
    high: int
    share: int


class Met(NamedTuple):
    """Shingles that two texts share, counted where they lie equally far from one another."""

    pairs: Rows  # both texts' numbers
    lanes: NDArray[Any]  # how far the places in the two are from one another
    enough: NDArray[Any]  # shingles for the two to share
    shared: NDArray[Any]  # shingles that they share here
    parts_a: NDArray[Any]  # the parts of each text that hold them, as bits
    parts_b: NDArray[Any]

    def of(self, which: Any) -> Met:
        """Some of them."""
        return Met(*(column[which] for column in self))


class Shingles(NamedTuple):
    """Shingles, and where they stand."""

    hashes: Rows
    texts: Offsets  # numbers over all parts
    places: Offsets  # in the text
    sizes: NDArray[Any]  # of the text

    def of(self, which: Any) -> Shingles:
        """Some of them."""
        return Shingles(*(column[which] for column in self))


def pairs(texts: Iterable[tuple[str, str]]) -> list[Pair]:
    """The pairs of versions among texts given as (id, text), sorted by their order."""
    import duckdb

    given = list(texts)
    few = len(given) <= FEW
    given = [(name, text) for name, text in given if few or len(text) >= LEAST]
    parts = [
        _sampled(first, [text for _, text in given[first : first + APIECE]], few)
        for first in range(0, len(given), APIECE)
    ]
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as base:
        find(base, lambda: parts)
        found = base.execute("SELECT * FROM pairs ORDER BY a, b").fetchall()
    return [
        Pair(given[a][0], given[b][0], shared, round(part, 4), round(cover, 4))
        for a, b, shared, part, cover in found
    ]


def _sampled(first: int, texts: Iterable[str], few: bool) -> Part:
    sampler = Sampler(FINE if few else SHARE)
    for text in texts:
        sampler.add(text)
    sizes, starts, rows = sampler.made()
    return Part(first, sampler.share, sizes, starts, lambda low, high: rows[low:high])


def find(base: Any, parts: Parts, run: Run = map) -> int:
    """Makes the table `pairs` of the pairs that are worth a look, in a database of DuckDB's;
    their number. `run` may hand tasks to other processes, like `map`."""
    base.execute(TABLES)
    share = next((part.share for part in parts()), 0)
    if not share:
        return 0
    # The first bucket tells how often shingles stand again, and how many may be taken at once.
    met, common = _meet(Stretch(parts, 0, 1, share))
    rows = sum(int(part.starts[1]) for part in parts())
    most = TOGETHER * rows // max(rows, len(met.pairs), 1)
    tasks = (Stretch(parts, *ends, share) for ends in _stretches(parts, most))
    templates, held = [common], [met]
    whole = True
    for met, common in run(_meet, tasks):
        templates.append(common)
        held.append(met)
        if sum(len(each.pairs) for each in held) >= TOGETHER:
            whole = False  # what two texts share is not all here
            _insert(base, "met", _columns(held, whole))
            held = []
    if held:
        _insert(base, "met", _columns(held, whole))
    base.execute(JOINED)
    query = "SELECT a FROM joined UNION SELECT b FROM joined ORDER BY a"
    wanted = base.execute(query).fetchnumpy()["a"]
    common = np.concatenate([*templates, [~np.uint64(0)]])  # which is no hash, for the end
    measured = [_measured(part, wanted, common) for part in parts()]
    columns = map(np.concatenate, zip(*measured, strict=True))
    _insert(base, "measured", dict(zip(("text", "size", "parts"), columns, strict=True)))
    base.execute(
        FOUND,
        {"covered": COVERED, "contained": CONTAINED, "most": MOST,
         "passage": PASSAGE // share,
         "along": ALONG},
    )  # fmt: skip
    return int(base.execute("SELECT count(*) FROM pairs").fetchone()[0])


def _stretches(parts: Parts, most: int) -> Iterator[tuple[int, int]]:
    """The buckets but the first, as many together as one task sorts: so many shingles."""
    sizes = sum((np.diff(part.starts) for part in parts()), np.zeros(BUCKETS, np.int64))[1:]
    most = min(most, max(APART, sizes.sum() // TASKS))
    low, total = 1, 0
    for high, size in enumerate(sizes.tolist(), 1):
        if total and total + size > most:
            yield low, high
            low, total = high, 0
        total += size
    yield low, BUCKETS


def _meet(task: Stretch) -> tuple[Met, Rows]:
    """What texts share of a stretch; and the hashes of the templates in it, in their order.
    What is sorted are hashes above the numbers of their rows, so that rows keep their order."""
    _, low, high, share = task
    parts = list(task.parts())
    read = [part.read(int(part.starts[low]), int(part.starts[high])) for part in parts]
    keys = np.concatenate(
        [hashes(rows, p.starts, low, high) for p, rows in zip(parts, read, strict=True)]
    )
    base, bits = np.uint64(low) << HALF, np.uint64(len(keys).bit_length())
    keys -= base
    keys <<= bits
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    values = keys >> bits
    first = np.flatnonzero(_new(values))
    times = np.diff(first, append=len(values))
    rare = np.repeat((times > 1) & (times <= COMMON), times)
    numbers = keys.compress(rare) & ((np.uint64(1) << bits) - np.uint64(1))
    found = Shingles(values.compress(rare), *_standing(parts, read, numbers))
    once = _new(found.hashes) | _new(found.texts)  # of each text the first
    return _shared(found.of(once), share), values[first[times > COMMON]] + base


def _standing(
    parts: Sequence[Part], read: Sequence[Rows], numbers: Rows
) -> tuple[Offsets, Offsets, NDArray[Any]]:
    """Of rows read from parts, those of these numbers: the text, the place in it and its size."""
    before = np.cumsum([0, *(part.sizes.sum(dtype=np.int64) for part in parts)])
    of = np.searchsorted(np.cumsum([len(rows) for rows in read]), numbers, side="right")
    at = _place(np.concatenate(read)[numbers]) + before[of]
    sizes = np.concatenate([part.sizes for part in parts])
    ends = np.cumsum(sizes, dtype=np.int64)
    texts = np.searchsorted(ends, at, side="right")
    names = np.concatenate([np.arange(len(part.sizes)) + part.first for part in parts])
    return names[texts], at - ends[texts] + sizes[texts], sizes[texts]


def _place(rows: Rows) -> Offsets:
    """Where shingles stand."""
    return (rows & ~HIGH).astype(np.int64)


def _part(places: Offsets, sizes: NDArray[Any]) -> Offsets:
    """The parts of texts of these sizes in which places lie."""
    parts: Offsets = places * np.clip(sizes >> LANE, FEWEST, BINS) // sizes
    return parts


def _new(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some values are not the same as the one before."""
    new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _shared(found: Shingles, share: int) -> Met:
    """What every two texts share: some hashes after the others are met and counted."""
    first = np.flatnonzero(_new(found.hashes))
    texts = np.diff(first, append=len(found.hashes))
    turn = np.cumsum(texts * (texts - 1) // 2) // TOGETHER
    cuts = [0, *first[1:][turn[1:] != turn[:-1]], len(found.hashes)]
    held = [
        _counted(_met(found.of(slice(*ends)), share)) for ends in zip(cuts, cuts[1:], strict=False)
    ]
    return Met(*map(np.concatenate, zip(*held, strict=True)))


def _met(found: Shingles, share: int) -> Met:
    """Every shingle that two texts share: each meets those behind it with the same hash."""
    first = np.flatnonzero(_new(found.hashes))
    at = np.arange(len(found.hashes), dtype=np.int32)
    ends = np.append(first, len(at))[1:]
    behind = np.repeat(ends, ends - first) - at - 1
    one = np.repeat(at, behind)
    two = np.arange(1, len(one) + 1) + np.repeat(at - np.cumsum(behind) + behind, behind)
    smaller = np.minimum(found.sizes[one], found.sizes[two])
    return Met(
        (found.texts[one] << 32 | found.texts[two]).astype(np.uint64),
        ((found.places[one] - found.places[two]) >> LANE).astype(np.int32),
        np.clip(smaller // (10 * share), SHARED, PASSAGE // share).astype(np.uint8),
        np.ones(len(one), np.int32),
        *((1 << _part(found.places[n], found.sizes[n])).astype(np.uint16) for n in (one, two)),
    )


def _counted(met: Met) -> Met:
    """The same, each pair and lane once."""
    order = np.argsort(met.pairs)
    number = np.cumsum(_new(met.pairs[order]), dtype=np.uint64) << HALF
    order = order[np.argsort(number | (met.lanes[order] + MIDDLE).astype(np.uint64))]
    met = met.of(order)
    first = np.flatnonzero(_new(met.pairs) | _new(met.lanes))
    if not len(first):
        return met
    return met.of(first)._replace(
        shared=np.add.reduceat(met.shared, first),
        parts_a=np.bitwise_or.reduceat(met.parts_a, first),
        parts_b=np.bitwise_or.reduceat(met.parts_b, first),
    )


def _columns(held: Sequence[Met], whole: bool) -> dict[str, NDArray[Any]]:
    """For the table `met`. Where this is the whole, most pairs that share too little are left
    out, as a count by some bits of a hash tells."""
    met = Met(*map(np.concatenate, zip(*held, strict=True)))
    if whole:
        cells = (met.pairs * MIX >> np.uint64(64 - NEAR)).astype(np.intp)
        met = met.of(np.flatnonzero(np.bincount(cells, met.shared)[cells] >= met.enough))
    return {
        "a": met.pairs >> HALF, "b": met.pairs & ~HIGH, "enough": met.enough, "lane": met.lanes,
        "shared": met.shared, "x": met.parts_a, "y": met.parts_b,
    }  # fmt: skip


def _measured(part: Part, wanted: Offsets, templates: Rows) -> tuple[NDArray[Any], ...]:
    """Of the wanted texts in a part: how many shingles each has that are no template, and over
    how many parts of it they are spread."""
    ends = np.searchsorted(wanted, (part.first, part.first + len(part.sizes)))
    own = wanted[slice(*ends)] - part.first
    if not len(own):
        return own, own, own
    rows = part.read(0, int(part.starts[-1]))
    sought = np.zeros(len(part.sizes), np.bool_)
    sought[own] = True
    at = _place(rows)
    kept = np.flatnonzero(np.repeat(sought, part.sizes)[at])
    of = hashes(rows, part.starts, 0, BUCKETS)[kept]
    at = at[kept[templates[np.searchsorted(templates[:-1], of)] != of]]
    ends = np.cumsum(part.sizes, dtype=np.int64)
    texts = np.searchsorted(ends, at, side="right")
    sizes = part.sizes[texts]
    spread = np.zeros((len(part.sizes), BINS), np.bool_)
    spread[texts, _part(at - ends[texts] + sizes, sizes)] = True
    counts = np.bincount(texts, minlength=len(part.sizes))
    return own + part.first, counts[own], spread[own].sum(axis=1)


def _insert(base: Any, table: str, columns: dict[str, NDArray[Any]]) -> None:
    insert(base, table, {name: array(values) for name, values in columns.items()})


TABLES = """
CREATE TABLE pairs (a BIGINT, b BIGINT, shared BIGINT, part DOUBLE, cover DOUBLE);
CREATE TABLE measured (text BIGINT, size BIGINT, parts INTEGER);
CREATE TABLE met (
    a BIGINT, b BIGINT, enough INTEGER, lane BIGINT, shared BIGINT,
    parts_a INTEGER, parts_b INTEGER
)
"""
JOINED = """
CREATE TABLE enough AS
SELECT a, b FROM met GROUP BY a, b HAVING sum(shared) >= any_value(enough);
CREATE TABLE joined AS
WITH lanes AS (
    SELECT a, b, lane, sum(shared) AS shared,
        bit_or(parts_a) AS parts_a, bit_or(parts_b) AS parts_b
    FROM met SEMI JOIN enough USING (a, b) GROUP BY a, b, lane
), beside AS (
    SELECT *, CASE WHEN lead(lane) OVER next = lane + 1 THEN lead(shared) OVER next ELSE 0 END
        AS more
    FROM lanes WINDOW next AS (PARTITION BY a, b ORDER BY lane)
)
SELECT a, b, CAST(sum(shared) AS BIGINT) AS shared, max(shared + more) AS passage,
    bit_count(bit_or(parts_a)) AS parts_a, bit_count(bit_or(parts_b)) AS parts_b
FROM beside GROUP BY a, b
"""
FOUND = """
INSERT INTO pairs
SELECT a, b, shared, shared / least(x.size, y.size) AS part,
    CASE WHEN x.size <= y.size THEN parts_a / x.parts
         ELSE parts_b / y.parts END AS cover
FROM joined JOIN measured x ON x.text = a JOIN measured y ON y.text = b
WHERE part >= $most OR part >= $contained AND cover >= $covered AND passage >= $along * shared
    OR passage >= $passage
"""
