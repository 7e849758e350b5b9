"""Find the versions of a text in a heap by containment: sampled rare shingles, one SQL join.

A page that holds an article has Jaccard 0.25 with it and containment 0.8, so what counts is
how much of the smaller text is shared. Shingles are 12-grams of the folded text, sampled by
their hash; one that stands in more than 50 texts is a template and says nothing (the sizes
were measured on 100,000 documents, DESIGN.md section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.collate.fold import Offsets, fold_codes
from repair.collate.grams import Hashes, grams

SIZE = 12  # code points of a shingle
SAMPLE = np.uint64(15)  # keep the hashes with these bits zero: one in 16
DENSE = np.uint64(3)  # for short texts, and for what others share with them: one in 4
SHORT = 600  # code points below which a text has too few of the sparse sample
# Code points below which a text among more than FEW is no article: headlines stand in lists of
# contents, and bulletins are worded alike. Of 11,477 differences asked in 50,000 one-paragraph
# news records, hardly one of them worth a look, six in seven lay in texts shorter than this.
LEAST, FEW = 80, 1000
COMMON = 50  # texts with a shingle, from which on it is a template
SHARED = 3  # shingles in common that make a pair worth a look
BINS = 16  # parts of a text over which what it shares is spread
COVERED = 0.65  # of the smaller text's parts hold shared text: versions, and not a quotation
CONTAINED = 0.2  # of its shingles at least: OCR noise of one in ten leaves that much
MOST = 0.4  # of its shingles: versions, wherever they stand
PASSAGE = 32  # shared sparse shingles (about 500 code points) that make a quoted passage
CHUNK = 1 << 18  # code points hashed at once: the arrays stay in the processor's cache
LEAST_BITS, BITS = 12, 27  # of a hash, for the first look whether another one is equal
SEED = np.uint64(0xD6E8FEB86659FD93)

Numbers = NDArray[np.uint32]
Bins = NDArray[np.uint8]
Sample = tuple[Numbers, Hashes, Bins]  # of each sampled shingle: its text, hash and part
Lone = tuple[Numbers, Offsets, NDArray[np.int32]]  # texts, their shingles, a bit for each part


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


def pairs(texts: Iterable[tuple[str, str]]) -> list[Pair]:
    """The pairs of versions among texts given as (id, text), sorted by their order."""
    names: list[str] = []
    sizes: list[int] = []
    parts = list(_samples(texts, names, sizes))
    if len(names) < 2:
        return []
    measured = np.array(sizes)
    short = measured < SHORT
    everywhere = _together(parts)
    parts.clear()
    everywhere = _kept(everywhere, (measured >= least(len(sizes)))[everywhere[0]])
    text, hashes, _ = everywhere
    every = np.ones(len(names), dtype=np.bool_)
    found: dict[tuple[int, int], tuple[int, float, float]] = {}
    if not short.all():
        sparse = _kept(everywhere, (hashes & SAMPLE) == 0)
        seen = Seen(len(sparse[0]))
        seen.add(sparse[1])
        near = _join(sparse, seen, every)
        found |= {key: value for key, value in near.items() if not short[list(key)].any()}
    if short.any():
        seen = Seen(len(text))
        seen.add(hashes[short[text]])
        seen.meet(hashes[~short[text]])
        near = _join(_kept(everywhere, short[text] | seen.again(hashes)), seen, short)
        found |= {key: value for key, value in near.items() if short[list(key)].any()}
    ties = (
        (Pair(names[a], names[b], shared, round(part, 4), round(cover, 4)), short[[a, b]].any())
        for (a, b), (shared, part, cover) in sorted(found.items())
    )
    return [p for p, small in ties if p.versions or (p.shared >= PASSAGE and not small)]


def least(texts: int) -> int:
    """How many code points a text must have among so many."""
    return LEAST if texts > FEW else 0


def _together(parts: list[Sample]) -> Sample:
    text, hashes, bins = zip(*parts, strict=True)
    return np.concatenate(text), np.concatenate(hashes), np.concatenate(bins)


def _samples(
    texts: Iterable[tuple[str, str]], names: list[str], sizes: list[int]
) -> Iterator[Sample]:
    """The samples of texts, some together; their names and folded sizes are filled in."""
    held: list[str] = []
    total = 0
    for name, text in texts:
        names.append(name)
        held.append(text)
        total += len(text)
        if total >= CHUNK:
            yield _numbered(held, sizes)
            held, total = [], 0
    if held:
        yield _numbered(held, sizes)


def _numbered(held: list[str], sizes: list[int]) -> Sample:
    own, (text, hashes, bins) = sample(held)
    first = np.uint32(len(sizes))
    sizes += own.tolist()
    return text + first, hashes, bins


def sample(texts: Sequence[str]) -> tuple[Offsets, Sample]:
    """How many folded code points each text has, and the dense sample of their shingles;
    none lies across two of them."""
    codes, sizes = fold_codes(texts)
    ends = np.cumsum(sizes)
    hashes = grams(codes, SIZE)
    hashes *= SEED
    hashes ^= hashes >> np.uint64(33)
    at = ((hashes & DENSE) == 0).nonzero()[0]
    first, stop = np.searchsorted(at, ends - sizes), np.searchsorted(at, ends - SIZE, "right")
    inside = np.maximum(0, stop - first)
    text = np.repeat(np.arange(len(sizes), dtype=np.uint32), inside)
    at = at[np.arange(len(text)) + np.repeat(first - np.cumsum(inside) + inside, inside)]
    place = (at - np.repeat(ends - sizes, inside)).astype(np.uint32)
    bins = place * np.uint32(BINS) // np.repeat(sizes, inside).astype(np.uint32)
    return sizes, (text, hashes[at], bins.astype(np.uint8))


def _kept(sample: Sample, keep: NDArray[np.bool_]) -> Sample:
    text, hashes, bins = sample
    return text[keep], hashes[keep], bins[keep]


class Seen:
    """Which hashes may stand more than once among many, by a table of their first bits. None is
    missed; one that stands alone is now and then taken for repeated, which costs a little
    time. So the join has little to do: most shingles of most texts stand there alone."""

    def __init__(self, hashes: int) -> None:
        """A table for about so many hashes: eight places for each, while memory allows."""
        bits = min(BITS, max(LEAST_BITS, hashes.bit_length() + 3))
        self._shift = np.uint64(64 - bits)
        self._times = np.zeros(1 << bits, np.uint8)  # bit 0: seen, bit 1: seen again

    def _places(self, hashes: Hashes) -> Numbers:
        return (hashes >> self._shift).astype(np.uint32)

    def add(self, hashes: Hashes) -> None:
        """Some more hashes."""
        at = np.sort(self._places(hashes))
        was = self._times[at] & 1
        self._times[at] |= 1 | (was << 1)
        self._times[at[1:][at[1:] == at[:-1]]] = 3

    def meet(self, hashes: Hashes) -> None:
        """Hashes that count only where one was added that is equal."""
        at = self._places(hashes)
        self._times[at[self._times[at] > 0]] = 3

    def again(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Which of them may stand more than once."""
        return self._times[self._places(hashes)] > 1


def parted(sample: Sample, seen: Seen) -> tuple[Sample, Lone]:
    """The shingles that may stand in several texts; and of the others only how many a text
    has and over which parts of it they are spread."""
    again = seen.again(sample[1])
    alone = ~again
    text, bins = sample[0][alone], sample[2][alone]
    first = np.flatnonzero(np.diff(text, prepend=-1))
    bits = np.uint16(1) << bins.astype(np.uint16)
    parts = np.bitwise_or.reduceat(bits, first) if len(first) else bits
    sizes = np.diff(first, append=len(text))
    return _kept(sample, again), (text[first], sizes, parts.astype(np.int32))


def _join(
    sample: Sample, seen: Seen, measured: NDArray[np.bool_]
) -> dict[tuple[int, int], tuple[int, float, float]]:  # fmt: skip
    """Pairs of texts by the rare shingles that they share, in one SQL join: how many, and
    the shares of the smaller text's shingles and parts.

    The smaller one is sought among the texts that are `measured`, because of the others not
    all shingles are here."""
    import duckdb
    import pyarrow as pa

    (text, hashes, bins), (texts, sizes, parts) = parted(sample, seen)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as database:
        database.register("sample", pa.table({"text": text, "hash": hashes, "bin": bins}))
        database.register("lone", pa.table({"text": texts, "size": sizes, "parts": parts}))
        database.register("measured", pa.table({"text": np.flatnonzero(measured)}))
        rows = database.execute(SQL, LIMITS).fetchall()
    return {(a, b): (shared, part, cover) for a, b, shared, part, cover in rows}


LIMITS = {"common": COMMON, "least": SHARED, "passage": PASSAGE, "contained": CONTAINED}
SQL = """
WITH counts AS MATERIALIZED (
    SELECT hash, count(*) AS texts FROM sample GROUP BY hash HAVING texts > 1
), rare AS MATERIALIZED (
    SELECT text, hash, CAST(1 AS INTEGER) << min(bin) AS part FROM sample
    SEMI JOIN (SELECT hash FROM counts WHERE texts <= $common) USING (hash)
    GROUP BY text, hash
), joined AS MATERIALIZED (
    SELECT a.text AS a, b.text AS b, count(*) AS shared,
        bit_count(bit_or(a.part)) AS parts_a, bit_count(bit_or(b.part)) AS parts_b
    FROM rare a JOIN rare b ON a.hash = b.hash AND a.text < b.text
    GROUP BY a.text, b.text HAVING count(*) >= $least
), sizes AS MATERIALIZED (
    SELECT text, CAST(sum(size) AS BIGINT) AS size, bit_count(bit_or(parts)) AS parts
    FROM (SELECT text, count(*) AS size, bit_or(CAST(1 AS INTEGER) << bin) AS parts FROM sample
          ANTI JOIN (SELECT hash FROM counts WHERE texts > $common) USING (hash) GROUP BY text
          UNION ALL SELECT text, size, parts FROM lone)
    SEMI JOIN measured USING (text)
    SEMI JOIN (SELECT a AS text FROM joined UNION SELECT b FROM joined) USING (text)
    GROUP BY text
)
SELECT a, b, shared, shared / least(x.size, y.size),
    CASE WHEN y.size IS NULL OR x.size <= y.size THEN parts_a / x.parts
         ELSE parts_b / y.parts END
FROM joined LEFT JOIN sizes x ON x.text = a LEFT JOIN sizes y ON y.text = b
WHERE (shared >= $passage OR shared >= $contained * least(x.size, y.size))
"""
