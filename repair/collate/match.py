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
from repair.collate.shingles import AT, BUCKETS, DENSE, SPARSE, Rows, Sampler
from repair.columns import array, insert

SHORT = 600  # code points below which a text has too few of the sparse sample
# Code points below which a text among more than FEW is no article: headlines stand in lists of
# contents, bulletins and paragraphs of statutes are worded alike. Of 2,000 differences asked in
# 83,000 paragraphs of news and statutes, two in three lay in texts shorter than this, and of
# sixty of these that were read by eye one at most was an error.
LEAST, FEW = 120, 1000
COMMON = 50  # texts with a shingle, from which on it is a template
SHARED, SHARED_SHORT = 6, 3  # shingles in common that make a pair worth a look
COVERED = 0.65  # of the smaller text's parts hold shared text: versions, and not a quotation
CONTAINED = 0.2  # of its shingles at least: OCR noise of one in ten leaves that much
ALONG = 0.5  # of what they share stands in one place: OCR noise shifts little, revision much
MOST = 0.4  # of its shingles: versions, wherever they stand
PASSAGE = 32  # sparse shingles (about 500 code points) in one place that make a quoted passage
TOGETHER = 1 << 22  # shingles that are sorted at once: this bounds the memory of the search
APART = 1 << 18  # shingles that are worth a task of their own
TASKS = 8  # into which the search is cut where there are enough
NEAR = 22  # bits of a hash, for a first look whether a short text has it, too
LANE = 6  # bits: 64 code points, by which a passage may drift from one text to the other
HALF, HIGH = np.uint64(32), np.uint64(0xFFFFFFFF << 32)

Hashes = NDArray[np.uint64]


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
    least: int  # code points that a text must have
    short: bool  # whether pairs with a short text are sought, or those without


class Met(NamedTuple):
    """Shingles that two texts share."""

    pairs: Hashes  # both texts' numbers
    lanes: NDArray[np.int32]  # how far the places in the two are from one another
    parts_a: NDArray[np.uint16]  # the part of each text, as a bit
    parts_b: NDArray[np.uint16]


class Taken(NamedTuple):
    """Shingles as they are sorted."""

    hashes: Hashes
    texts: NDArray[np.uint32]  # numbers over all parts
    places: NDArray[np.uint32]
    short: NDArray[np.bool_]  # whether the text is

    def of(self, which: NDArray[Any]) -> Taken:
        """Some of them."""
        return Taken(*(column[which] for column in self))


def pairs(texts: Iterable[tuple[str, str]]) -> list[Pair]:
    """The pairs of versions among texts given as (id, text), sorted by their order."""
    import duckdb

    names: list[str] = []
    sampler = Sampler()
    for name, text in texts:
        names.append(name)
        sampler.add(text)
    sizes, starts, rows = sampler.made()
    part = Part(0, sizes, starts, lambda first, last: rows[first:last])
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as base:
        find(base, lambda: [part], len(names))
        found = base.execute("SELECT * FROM pairs ORDER BY a, b").fetchall()
    return [
        Pair(names[a], names[b], shared, round(part, 4), round(cover, 4))
        for a, b, shared, part, cover in found
    ]


def find(base: Any, parts: Parts, texts: int, run: Run = map) -> int:
    """Makes the table `pairs` of the pairs that are worth a look among so many texts, in a
    database of DuckDB's; their number. Texts that are short have a denser sample, and so has
    what others share with them. `run` may hand tasks to other processes, like `map`."""
    base.execute(
        "CREATE TABLE pairs (a BIGINT, b BIGINT, shared BIGINT, part DOUBLE, cover DOUBLE)"
    )
    least = LEAST if texts > FEW else 0
    small = [part.sizes[part.sizes >= least] < SHORT for part in parts()]
    if not all(some.all() for some in small):
        _join(base, parts, least, False, run)
    if any(some.any() for some in small):
        _join(base, parts, least, True, run)
    return int(base.execute("SELECT count(*) FROM pairs").fetchone()[0])


def _join(base: Any, parts: Parts, least: int, short: bool, run: Run) -> None:
    """Adds the pairs with a short text, or those without."""
    buckets = BUCKETS if short else BUCKETS * DENSE // SPARSE
    shared = SHARED_SHORT if short else SHARED
    tasks = (Stretch(parts, *ends, least, short) for ends in _stretches(parts, buckets))
    templates: list[Hashes] = []
    held: list[Met] = []
    enough = shared
    base.execute(MET)
    for met, common in run(_meet, tasks):
        templates.append(common)
        held.append(met)
        if sum(len(each.pairs) for each in held) >= TOGETHER:
            enough = 1  # what two texts share is not all here, so that it can't be too little
            _insert(base, "met", _counted(held, enough))
            held = []
    _insert(base, "met", _counted(held, enough))
    base.execute(JOINED, {"shared": shared})
    wanted = base.execute("SELECT a FROM joined UNION SELECT b FROM joined").fetchnumpy()["a"]
    common = np.concatenate(templates)
    table = _table(common)
    measured = [_measured(part, wanted, buckets, common, table, short) for part in parts()]
    columns = map(np.concatenate, zip(*measured, strict=True))
    _insert(base, "measured", dict(zip(("text", "size", "parts"), columns, strict=True)))
    base.execute(
        FOUND,
        {"covered": COVERED, "contained": CONTAINED, "most": MOST, "passage": PASSAGE,
         "along": ALONG, "short": short},
    )  # fmt: skip


def _stretches(parts: Parts, buckets: int) -> Iterator[tuple[int, int]]:
    """The buckets, as many together as one task sorts."""
    sizes = sum((np.diff(part.starts) for part in parts()), np.zeros(BUCKETS, np.int64))[:buckets]
    most = min(TOGETHER, max(APART, sizes.sum() // TASKS))
    low = total = 0
    for high, size in enumerate(sizes.tolist()):
        if total and total + size > most:
            yield low, high
            low, total = high, 0
        total += size
    yield low, buckets


def _meet(task: Stretch) -> tuple[Met, Hashes]:
    """What texts share of a stretch; and the templates in it."""
    taken, common = _repeated(_taken(*task))
    return _met(taken, task.short), common


def _taken(parts: Parts, low: int, high: int, least: int, short: bool) -> Taken:
    """The shingles of some buckets of the texts that are long enough. Where pairs with a
    short text are sought, those of the others only where a short one may have them too."""
    held: list[Taken] = []
    for part in parts():
        rows = part.read(int(part.starts[low]), int(part.starts[high]))
        rows = rows[(part.sizes >= least)[rows["text"]]] if least else rows
        small = (part.sizes < SHORT)[rows["text"]]
        held.append(Taken(rows["hash"], rows["text"] + np.uint32(part.first), rows["place"], small))
    if short:
        near = _table(np.concatenate([taken.hashes[taken.short] for taken in held]))
        held = [taken.of(taken.short | near[_bits(taken.hashes)]) for taken in held]
    return Taken(*map(np.concatenate, zip(*held, strict=True)))


def _table(hashes: Hashes) -> NDArray[np.bool_]:
    """By the last bits of a hash: whether it may be among these. It surely is not where the
    table says no, which is what most are told."""
    table = np.zeros(1 << NEAR, np.bool_)
    table[_bits(hashes)] = True
    return table


def _bits(hashes: Hashes) -> Hashes:
    return hashes & np.uint64((1 << NEAR) - 1)


def _repeated(taken: Taken) -> tuple[Taken, Hashes]:
    """The rare shingles that stand more than once, by hash and then by text, of each text the
    first; and the hashes of templates."""
    order = np.argsort(taken.hashes)
    ordered = taken.hashes[order]
    lone = _new(ordered)
    lone[:-1] &= lone[1:]
    order, ordered = order[~lone], ordered[~lone]
    new = _new(ordered)
    first = np.flatnonzero(new)
    times = np.diff(first, append=len(ordered))
    rare = np.repeat(times <= COMMON, times)
    number = np.cumsum(new, dtype=np.uint64)[rare]
    rows = taken.of(np.sort(number << HALF | order[rare].astype(np.uint64)) & ~HIGH)
    return rows.of(_new(rows.hashes) | _new(rows.texts)), ordered[first[times > COMMON]]


def _new(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some values are not the same as the one before."""
    new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _met(taken: Taken, short: bool) -> Met:
    """Every shingle that two texts share, those with a short text or those without. Texts with
    one hash are neighbours, so that they meet by their distance."""
    at = np.arange(len(taken.hashes))
    ends: list[tuple[Offsets, Offsets]] = [(at[:0], at[:0])]
    for distance in range(1, COMMON):
        at = at[: np.searchsorted(at, len(taken.hashes) - distance)]
        at = at[taken.hashes[at] == taken.hashes[at + distance]]
        of_kind = at[(taken.short[at] | taken.short[at + distance]) == short]
        ends.append((of_kind, of_kind + distance))
    one, two = map(np.concatenate, zip(*ends, strict=True))
    place_a, place_b = (taken.places[n] & ((1 << AT) - 1) for n in (one, two))
    return Met(
        taken.texts[one].astype(np.uint64) << HALF | taken.texts[two],
        ((place_a.astype(np.int64) - place_b) >> LANE).astype(np.int32),
        *(np.uint16(1) << (taken.places[n] >> AT).astype(np.uint16) for n in (one, two)),
    )


def _counted(held: Sequence[Met], enough: int) -> dict[str, NDArray[Any]]:
    """What every two texts share that share enough, lane by lane: how much, and over which
    parts of each."""
    pairs, lanes, *parts = map(np.concatenate, zip(*held, strict=True))
    order = np.argsort(pairs)
    times = np.diff(np.flatnonzero(_new(pairs[order])), append=len(order))
    kept = order[np.repeat(times >= enough, times)]
    number = np.cumsum(_new(pairs[kept]), dtype=np.uint64) << HALF
    kept = kept[np.argsort(number | (lanes[kept].astype(np.int64) + (1 << AT)).astype(np.uint64))]
    pairs, lanes = pairs[kept], lanes[kept]
    first = np.flatnonzero(_new(pairs) | _new(lanes))
    own = (np.bitwise_or.reduceat(p[kept], first) if len(first) else p[kept] for p in parts)
    return {
        "a": pairs[first] >> HALF, "b": pairs[first] & ~HIGH, "lane": lanes[first],
        "shared": np.diff(first, append=len(kept)), **dict(zip("xy", own, strict=True)),
    }  # fmt: skip


def _measured(
    part: Part, wanted: Offsets, buckets: int, common: Hashes, table: NDArray[np.bool_], short: bool
) -> tuple[NDArray[Any], ...]:
    """Of the wanted texts in a part: how many shingles each has that are no template, and over
    how many parts of it they are spread. A smaller text is sought among the short ones where
    pairs with one are, since of others not all shingles are known."""
    own = wanted - part.first
    own = own[(own >= 0) & (own < len(part.sizes))]
    own = own[part.sizes[own] < SHORT] if short else own
    rows = part.read(0, int(part.starts[buckets]) if len(own) else 0)
    maybe = np.flatnonzero(table[_bits(rows["hash"])])
    rows = np.delete(rows, maybe[np.isin(rows["hash"][maybe], common)])
    parts = np.zeros(len(part.sizes), np.uint32)
    np.bitwise_or.at(parts, rows["text"], np.uint32(1) << (rows["place"] >> AT))
    sizes = np.bincount(rows["text"], minlength=len(part.sizes))
    return own + part.first, sizes[own], np.bitwise_count(parts[own])


def _insert(base: Any, table: str, columns: dict[str, NDArray[Any]]) -> None:
    insert(base, table, {name: array(values) for name, values in columns.items()})


MET = """
CREATE OR REPLACE TABLE met (
    a BIGINT, b BIGINT, lane BIGINT, shared BIGINT, parts_a INTEGER, parts_b INTEGER
);
CREATE OR REPLACE TABLE measured (text BIGINT, size BIGINT, parts INTEGER)
"""
JOINED = """
CREATE OR REPLACE TABLE joined AS
WITH lanes AS (
    SELECT a, b, lane, sum(shared) AS shared,
        bit_or(parts_a) AS parts_a, bit_or(parts_b) AS parts_b
    FROM met GROUP BY a, b, lane
), beside AS (
    SELECT *, CASE WHEN lead(lane) OVER next = lane + 1 THEN lead(shared) OVER next ELSE 0 END
        AS more
    FROM lanes WINDOW next AS (PARTITION BY a, b ORDER BY lane)
)
SELECT a, b, CAST(sum(shared) AS BIGINT) AS shared, max(shared + more) AS passage,
    bit_count(bit_or(parts_a)) AS parts_a, bit_count(bit_or(parts_b)) AS parts_b
FROM beside GROUP BY a, b HAVING sum(shared) >= $shared
"""
FOUND = """
INSERT INTO pairs
SELECT a, b, shared, shared / least(x.size, y.size) AS part,
    CASE WHEN y.size IS NULL OR x.size <= y.size THEN parts_a / x.parts
         ELSE parts_b / y.parts END AS cover
FROM joined LEFT JOIN measured x ON x.text = a LEFT JOIN measured y ON y.text = b
WHERE part >= $most OR part >= $contained AND cover >= $covered AND passage >= $along * shared
    OR NOT $short AND passage >= $passage
"""
