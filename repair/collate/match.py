"""Find the versions of a text in a heap by containment: sampled rare shingles, one SQL join.

A page that holds an article has Jaccard 0.25 with it and containment 0.8, so what counts is
how much of the smaller text is shared. Shingles are 12-grams of the folded text, sampled by
their hash; one that stands in more than 50 texts is a template and says nothing (the sizes
were measured on 100,000 documents, DESIGN.md section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repair.collate.align import Hashes, grams
from repair.collate.fold import Codes, fold_codes

SIZE = 12  # code points of a shingle
SAMPLE = np.uint64(31)  # keep the hashes with these bits zero: one in 32
DENSE = np.uint64(3)  # for short texts, and for what others share with them: one in 4
SHORT = 1200  # code points below which a text has too few of the sparse sample
COMMON = 50  # texts with a shingle, from which on it is a template
SHARED = 3  # shingles in common that make a pair worth a look
CONTAINED = 0.15  # of the smaller text's rare shingles; below it only a passage is quoted
PASSAGE = 6  # shared sparse shingles (about 190 code points) that make a quoted passage
CHUNK = 1 << 22  # code points hashed at once
BITS = 26  # of a hash, for the first look-up of the short texts' shingles
SEED = np.uint64(0xD6E8FEB86659FD93)

Texts = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that share more than chance: `a < b` in the order in which they came."""

    a: str
    b: str
    shared: int  # sampled shingles in common
    containment: float  # of the sampled rare shingles of the smaller text


def pairs(texts: Iterable[tuple[str, str]]) -> list[Pair]:
    """The pairs of versions among texts given as (id, text), sorted by their order."""
    names: list[str] = []
    sparse: list[tuple[Texts, Hashes]] = []
    dense: list[tuple[Texts, Hashes]] = []
    sizes: list[int] = []
    for numbers, codes in _chunks(texts, names, sizes):
        owner, hashes = _shingles(numbers, codes)
        keep = (hashes & DENSE) == 0
        owner, hashes = owner[keep], hashes[keep]
        few = (hashes & SAMPLE) == 0
        sparse.append(_unique(owner[few], hashes[few]))
        dense.append(_unique(owner, hashes))
    if len(names) < 2:
        return []
    length = np.array(sizes)
    short = length < SHORT
    found = _join(*_together(sparse), np.ones(len(names), dtype=np.bool_))
    if short.any():
        near = _near_short(*_together(dense), short)
        for key, value in _join(*near, short).items():
            if short[key[0]] or short[key[1]]:  # decided by the dense sample
                found[key] = value
    return [
        Pair(names[a], names[b], shared, share)
        for (a, b), (shared, share) in sorted(found.items())
        if share >= CONTAINED or (shared >= PASSAGE and not (short[a] or short[b]))
    ]


def _chunks(
    texts: Iterable[tuple[str, str]], names: list[str], sizes: list[int]
) -> Iterator[tuple[NDArray[np.int64], list[Codes]]]:
    """Folded texts in chunks, with their numbers; names and sizes are filled on the way."""
    numbers: list[int] = []
    held: list[Codes] = []
    total = 0
    for name, text in texts:
        codes = fold_codes(text)
        numbers.append(len(names))
        names.append(name)
        sizes.append(len(codes))
        held.append(codes)
        total += len(codes)
        if total >= CHUNK:
            yield np.array(numbers), held
            numbers, held, total = [], [], 0
    if held:
        yield np.array(numbers), held


def _shingles(numbers: NDArray[np.int64], held: list[Codes]) -> tuple[Texts, Hashes]:
    """The hash of every shingle and the number of its text."""
    sizes = np.array([len(codes) for codes in held])
    hashes = grams(np.concatenate(held), SIZE) * SEED
    hashes ^= hashes >> np.uint64(33)
    owner = np.repeat(numbers, sizes).astype(np.uint32)
    inside = np.ones(len(hashes), dtype=np.bool_)
    for end in np.cumsum(sizes)[:-1].tolist():  # no shingle across two texts
        inside[max(0, end - SIZE + 1) : end] = False
    return owner[: len(hashes)][inside], hashes[inside]


def _unique(owner: Texts, hashes: Hashes) -> tuple[Texts, Hashes]:
    """Each shingle once a text."""
    if not len(hashes):
        return owner, hashes
    order = np.lexsort((hashes, owner))
    owner, hashes = owner[order], hashes[order]
    new = np.concatenate(
        ([True], (owner[1:] != owner[:-1]) | (hashes[1:] != hashes[:-1]))
    )  # fmt: skip
    return owner[new], hashes[new]


def _together(parts: list[tuple[Texts, Hashes]]) -> tuple[Texts, Hashes]:
    return np.concatenate([o for o, _ in parts]), np.concatenate([h for _, h in parts])


def _near_short(
    owner: Texts, hashes: Hashes, short: NDArray[np.bool_]
) -> tuple[Texts, Hashes]:  # fmt: skip
    """The shingles of the short texts, in all texts: a bit table keeps the others out."""
    places = (hashes >> np.uint64(64 - BITS)).astype(np.int64)
    wanted = np.zeros(1 << BITS, dtype=np.bool_)
    wanted[places[short[owner]]] = True
    keep = wanted[places]
    return owner[keep], hashes[keep]


def _join(
    owner: Texts, hashes: Hashes, measured: NDArray[np.bool_]
) -> dict[tuple[int, int], tuple[int, float]]:
    """Pairs of texts by the rare shingles that they share, in one SQL join.

    The share counts against the smaller of those texts that are `measured`, because of the
    others not all shingles are here."""
    import duckdb
    import pyarrow as pa

    shingles = pa.table({"text": owner, "hash": hashes})
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as database:
        database.register("shingles", shingles)
        database.register("measured", pa.table({"text": np.flatnonzero(measured)}))
        rows = database.execute(
            """
            WITH common AS (
                SELECT hash FROM shingles GROUP BY hash HAVING count(*) BETWEEN 2 AND $common
            ), rare AS (
                SELECT text, hash FROM shingles SEMI JOIN common USING (hash)
            ), single AS (
                SELECT hash FROM shingles GROUP BY hash HAVING count(*) <= $common
            ), sizes AS (
                SELECT text, count(*) AS size FROM shingles SEMI JOIN single USING (hash)
                SEMI JOIN measured USING (text) GROUP BY text
            ), joined AS (
                SELECT a.text AS a, b.text AS b, count(*) AS shared
                FROM rare a JOIN rare b ON a.hash = b.hash AND a.text < b.text
                GROUP BY a.text, b.text HAVING count(*) >= $least
            )
            SELECT a, b, shared, shared / least(x.size, y.size)
            FROM joined LEFT JOIN sizes x ON x.text = a LEFT JOIN sizes y ON y.text = b
            """,
            {"common": COMMON, "least": SHARED},
        ).fetchall()
    return {(a, b): (shared, share) for a, b, shared, share in rows}
