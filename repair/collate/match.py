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
BITS = 26  # of a hash, for the first look-up of the short texts' shingles
SEED = np.uint64(0xD6E8FEB86659FD93)

Numbers = NDArray[np.uint32]
Bins = NDArray[np.uint8]
Sample = tuple[Numbers, Hashes, Bins]  # of each sampled shingle: its text, hash and part


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
    short = [size < SHORT for size in sizes]
    everywhere = _together(parts)
    parts.clear()
    everywhere = _kept(everywhere, (np.array(sizes) >= least(len(sizes)))[everywhere[0]])
    sparse = _kept(everywhere, (everywhere[1] & SAMPLE) == 0)
    found = _join(sparse, np.ones(len(names), dtype=np.bool_))
    if any(short):
        near = _join(_near_short(everywhere, np.array(short)), np.array(short))
        found = {key: value for key, value in found.items() if not _any(short, key)}
        found |= {key: value for key, value in near.items() if _any(short, key)}
    every = (
        (Pair(names[a], names[b], shared, round(part, 4), round(cover, 4)), _any(short, (a, b)))
        for (a, b), (shared, part, cover) in sorted(found.items())
    )
    return [p for p, small in every if p.versions or (p.shared >= PASSAGE and not small)]


def least(texts: int) -> int:
    """How many code points a text must have among so many."""
    return LEAST if texts > FEW else 0


def _any(short: list[bool], key: tuple[int, int]) -> bool:
    return short[key[0]] or short[key[1]]


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


def _near_short(sample: Sample, short: NDArray[np.bool_]) -> Sample:
    """The shingles of the short texts, in all texts: a bit table keeps the others out."""
    text, hashes, _ = sample
    wanted = np.zeros(1 << BITS, dtype=np.bool_)
    places = (hashes >> np.uint64(64 - BITS)).astype(np.uint32)
    wanted[places[short[text]]] = True
    return _kept(sample, wanted[places])


def _join(
    sample: Sample, measured: NDArray[np.bool_]
) -> dict[tuple[int, int], tuple[int, float, float]]:  # fmt: skip
    """Pairs of texts by the rare shingles that they share, in one SQL join: how many, and
    the shares of the smaller text's shingles and parts.

    The smaller one is sought among the texts that are `measured`, because of the others not
    all shingles are here."""
    import duckdb
    import pyarrow as pa

    text, hashes, bins = sample
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as database:
        database.register("sample", pa.table({"text": text, "hash": hashes, "bin": bins}))
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
    SELECT text, count(*) AS size, bit_count(bit_or(CAST(1 AS INTEGER) << bin)) AS parts
    FROM (SELECT * FROM sample SEMI JOIN measured USING (text)
          SEMI JOIN (SELECT a AS text FROM joined UNION SELECT b FROM joined) USING (text))
    ANTI JOIN (SELECT hash FROM counts WHERE texts > $common) USING (hash)
    GROUP BY text
)
SELECT a, b, shared, shared / least(x.size, y.size),
    CASE WHEN y.size IS NULL OR x.size <= y.size THEN parts_a / x.parts
         ELSE parts_b / y.parts END
FROM joined LEFT JOIN sizes x ON x.text = a LEFT JOIN sizes y ON y.text = b
WHERE (shared >= $passage OR shared >= $contained * least(x.size, y.size))
"""
