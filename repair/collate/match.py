"""Find the versions of a text in a heap by containment: sampled rare shingles that meet.

A page that holds an article has Jaccard 0.25 with it and containment 0.8, so what counts is
how much of the smaller text is shared. Shingles are sampled by their hash; one that stands in
more than 50 texts is a template and says nothing (the sizes were measured on 100,000
documents, DESIGN.md section 3). `repair.collate.meeting` brings equal hashes together; what
pairs share is added up in a database, so that memory does not grow with the heap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from repair.collate.meeting import (
    EARLY,
    LONG,
    PASSAGE,
    TOGETHER,
    Counted,
    Look,
    Met,
    Part,
    Parts,
    Stretch,
    among,
    count,
    reach,
    see,
    stretches,
)
from repair.collate.shingles import BUCKETS, FINE, MIX, SHARE, Rows, Sampler
from repair.columns import array, insert

# Code points below which a text among more than FEW is no article: headlines stand in lists of
# contents, bulletins and paragraphs of statutes are worded alike. Of 2,000 differences asked in
# 83,000 paragraphs of news and statutes, two in three lay in texts shorter than this, and of
# sixty of these that were read by eye one at most was an error.
LEAST, FEW = 120, 1000
COVERED = 0.65  # of the smaller text's parts hold shared text: versions, and not a quotation
CONTAINED = 0.2  # of its shingles, templates left out: OCR noise of one in ten leaves that much
ALONG = 0.5  # of what they share stands in one place: OCR noise shifts little, revision much
MOST = 0.4  # of its shingles: versions, wherever they stand
APIECE = 4096  # texts that are sampled together
NEAR = 20  # bits of the hash of a pair, by which it is counted


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


class Search(NamedTuple):
    """What came of a search."""

    pairs: int  # that are worth a look
    share: float  # of the times that two texts have a shingle that were looked at
    reach: int  # texts behind it that a text was looked at beside, where that was not all


Cut = Callable[[int, int], Iterator[Stretch]]  # the stretches of some buckets


class Run(Protocol):
    """Does tasks, in their order."""

    def __call__(self, function: Callable[[Any], Any], tasks: Iterable[Any], /) -> Iterable[Any]:
        """What the function says of each."""


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


def find(base: Any, parts: Parts, run: Run = map) -> Search:
    """Makes the table `pairs` of the pairs that are worth a look, in a database of DuckDB's.
    `run` may hand tasks to other processes, like `map`."""
    base.execute(TABLES)
    share = next((part.share for part in parts()), 0)
    if not share:
        return Search(0, 1.0, 0)
    # One bucket tells how often shingles stand again, what of that can be looked at, and how
    # many may be taken at once.
    first = next(stretches(parts, 0, 1, TOGETHER))
    sizes = np.sum([part.starts[[1, -1]] for part in parts()], axis=0).tolist()
    far = reach(first, sizes[1])
    pairs = count(first._replace(reach=far.texts)).pairs
    cut = partial(
        stretches, parts, most=TOGETHER * sizes[0] // max(sizes[0], len(pairs), 1),
        reach=far.texts,
    )  # fmt: skip
    near = _near(base, parts, cut, run)
    if not len(near):
        return Search(0, far.share, far.texts)
    _look(base, cut, near, run)
    base.execute(
        FOUND,
        {"covered": COVERED, "contained": CONTAINED, "most": MOST,
         "passage": PASSAGE // share,
         "along": ALONG},
    )  # fmt: skip
    number = int(base.execute("SELECT count(*) FROM pairs").fetchone()[0])
    return Search(number, far.share, far.texts)


def _near(base: Any, parts: Parts, cut: Cut, run: Run) -> Rows:
    """The pairs that share enough by the first look, in their order."""
    looks = [cut(0, EARLY)]
    if any((part.sizes < LONG).any() for part in parts()):
        looks.append(cut(EARLY, BUCKETS))
    held: list[Counted] = []
    whole = True
    for counted in run(count, chain.from_iterable(looks)):
        held.append(counted)
        if sum(len(each.pairs) for each in held) >= TOGETHER:
            whole = False  # what two texts share is not all here
            _insert(base, "counted", _joined(held))
            held = []
    if held:
        last = _joined(held)
        _insert(base, "counted", _promising(last) if whole else last)
    near: Rows = base.execute(ENOUGH).fetchnumpy()["pair"]
    return near


def _joined(held: Sequence[Any]) -> Any:
    """Several of a kind of columns as one."""
    return type(held[0])(*map(np.concatenate, zip(*held, strict=True)))


def _promising(counted: Counted) -> Counted:
    """Of all that was counted without most pairs that share too little, as a count by some bits
    of a hash tells."""
    cells = (counted.pairs * MIX >> np.uint64(64 - NEAR)).astype(np.intp)
    kept = np.flatnonzero(np.bincount(cells, counted.times)[cells] >= counted.enough)
    return Counted(*(column[kept] for column in counted))


def _look(base: Any, cut: Cut, near: Rows, run: Run) -> None:
    """The second look: fills the tables `met` and `measured`."""
    sizes: Any = 0
    spread: Any = False
    held: list[Met] = []
    for seen in run(see, (Look(each, near) for each in cut(0, BUCKETS))):
        sizes, spread = sizes + seen.sizes, spread | seen.spread
        held.append(seen.met)
        if sum(len(each.pairs) for each in held) >= TOGETHER:
            _insert(base, "met", _joined(held))
            held = []
    if held:
        _insert(base, "met", _joined(held))
    texts = among(near)
    _insert(base, "measured", (texts, sizes, spread.sum(axis=1)))


def _insert(base: Any, table: str, columns: Sequence[NDArray[Any]]) -> None:
    insert(base, table, {str(n): array(values) for n, values in enumerate(columns)})


TABLES = """
CREATE TABLE pairs (a BIGINT, b BIGINT, shared BIGINT, part DOUBLE, cover DOUBLE);
CREATE TABLE counted (pair UBIGINT, times INTEGER, enough INTEGER);
CREATE TABLE measured (text BIGINT, size BIGINT, parts INTEGER);
CREATE TABLE met (
    pair UBIGINT, enough INTEGER, lane BIGINT, shared BIGINT, parts_a INTEGER, parts_b INTEGER
)
"""
ENOUGH = """
SELECT pair FROM counted GROUP BY pair HAVING sum(times) >= any_value(enough) ORDER BY pair
"""
FOUND = """
INSERT INTO pairs
WITH lanes AS (
    SELECT pair, lane, any_value(enough) AS enough, sum(shared) AS shared,
        bit_or(parts_a) AS parts_a, bit_or(parts_b) AS parts_b
    FROM met GROUP BY pair, lane
), beside AS (
    SELECT *, CASE WHEN lead(lane) OVER next = lane + 1 THEN lead(shared) OVER next ELSE 0 END
        AS more
    FROM lanes WINDOW next AS (PARTITION BY pair ORDER BY lane)
), joined AS (
    SELECT pair >> 32 AS a, pair & 4294967295 AS b, CAST(sum(shared) AS BIGINT) AS shared,
        max(shared + more) AS passage,
        bit_count(bit_or(parts_a)) AS parts_a, bit_count(bit_or(parts_b)) AS parts_b
    FROM beside GROUP BY pair HAVING sum(shared) >= any_value(enough)
)
SELECT a, b, shared, shared / least(x.size, y.size) AS part,
    CASE WHEN x.size <= y.size THEN parts_a / x.parts
         ELSE parts_b / y.parts END AS cover
FROM joined JOIN measured x ON x.text = a JOIN measured y ON y.text = b
WHERE part >= $most OR part >= $contained AND cover >= $covered AND passage >= $along * shared
    OR passage >= $passage
"""
