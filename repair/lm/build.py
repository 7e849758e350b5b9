"""Build a model file from text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars, counts, estimate, maplet, store, words
from repair.lm.counts import Source

CONTEXT = words.Layout(9, 8, 7)  # orders below the highest
HIGHEST = words.Layout(9, 7, 0)
SIZE = 16_000_000


def build(
    sources: Sequence[Source | str | Path],
    out: str | Path,
    *,
    size: int = SIZE,
    order: int = 4,
    least: int = 3,
    jieba_words: bool = True,
    kneser_ney: bool = False,
) -> None:
    """Write to `out` a model of the text in `sources` (a path counts with weight 1).

    `size` is the most that the file may take, in bytes; `least` how often a character must
    be met to be known."""
    encoded = [
        counts.encode(s if isinstance(s, Source) else Source(counts.read(s))) for s in sources
    ]
    written = np.zeros(chars.BMP)
    for e in encoded:
        written += e.weight * e.written
    ids = counts.vocabulary(encoded, least)
    streams = [(ids[e.classes], e.weight) for e in encoded]
    del encoded
    grams = []
    for n in range(1, order + 1):
        parts = [counts.grams(stream, n, weight) for stream, weight in streams]
        if jieba_words:
            parts.append(counts.word_grams(ids, n))
        grams.append(counts.merge(parts))
    write(out, ids, written, grams, size=size, kneser_ney=kneser_ney)


def write(
    out: str | Path,
    ids: NDArray[np.uint16],
    written: NDArray[np.float64],
    grams: list[counts.Grams],
    *,
    size: int,
    kneser_ney: bool,
) -> None:
    """Estimate, prune and store a model from its counts."""
    known = int(ids.max()) + 1
    order = len(grams)
    single, made = estimate.levels(grams, known, kneser_ney)
    layouts = [CONTEXT] * (order - 2) + [HIGHEST]
    fixed = 6 * chars.BMP + 8 * known + 40_000
    estimate.prune(made, [1.127 * x.bytes for x in layouts], size - fixed)
    backoff = estimate.backoffs(made, known)
    with np.errstate(divide="ignore"):
        logp = np.log(single)
    price = chars.prices(written).astype(np.float32)
    price[:] += _shares(ids)
    logp[counts.GAP] = logp[counts.UNKNOWN_ID + list(chars.UNKNOWN).index("control")]
    arrays: dict[str, NDArray[Any]] = {
        "fold": chars.fold_table(),
        "ids": ids,
        "price": price.astype(np.float16),
        "p1": logp.astype(np.float32),
        "backoff1": np.log(backoff).astype(np.float32),
    }
    meta: dict[str, Any] = {"order": order}
    for n, (level, layout) in enumerate(zip(made, layouts, strict=True), 2):
        kept = level.kept
        p, book = words.quantise(np.log(level.p[kept]), layout.p)
        weights = np.log(level.backoff[kept]) if n < order else np.zeros(int(kept.sum()))
        b, backoff_book = words.quantise(weights, layout.backoff)
        keys = level.keys[kept]
        shape, cells = _cells(keys, layout, p, b)
        for i, plane in enumerate(words.split(cells, layout)):
            arrays[f"cells{n}.{i}"] = plane
        arrays[f"p{n}"], arrays[f"backoff{n}"] = book, backoff_book
        meta[f"shape{n}"] = [shape.segment, shape.starts, shape.seed]
        meta[f"layout{n}"] = [layout.mark, layout.p, layout.backoff]
        meta[f"ngrams{n}"] = len(keys)
    store.write(out, meta, arrays)


def _cells(
    keys: NDArray[np.uint64], layout: words.Layout, p: NDArray[Any], b: NDArray[Any]
) -> tuple[maplet.Shape, NDArray[np.uint32]]:
    def word(seed: int) -> NDArray[np.uint32]:
        return layout.pack(maplet.fingerprint(maplet.mix(keys, seed), layout.mark), p, b)

    return maplet.build(keys, word)


def _shares(ids: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The logarithm of a member's share in the class of unknown characters it belongs to."""
    share = np.zeros(chars.BMP)
    for rank, name in enumerate(chars.UNKNOWN):
        members = ids == counts.UNKNOWN_ID + rank
        # Extension planes B to H hold some 65,000 more hanzi; two planes are for private use.
        more = {"hanzi-extension": 65_000, "private": 131_068}.get(name, 0)
        share[members] = -np.log(max(1, int(members.sum()) + more))
    return share
