"""Build a model file from text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars, counts, estimate, maplet, store
from repair.lm.counts import Source
from repair.lm.words import Layout, quantise

SIZE = 16_000_000
ORDER = 4  # as many 16-bit ids as a key holds
# Fingerprints are long where a chance match would lift an impossible reading: the best of a
# hundred candidates is asked for, and each brings pairs that were never seen.
PAIRS = Layout(mark=12, p=7, backoff=5)
MIDDLE = Layout(mark=9, p=7, backoff=4)
HIGHEST = Layout(mark=6, p=6, backoff=0)
WORD_SHARE = 0.6  # what a word list counts beside the text, character for character


def build(
    sources: Sequence[Source | str | Path],
    out: str | Path,
    *,
    words: Iterable[tuple[str, float]] | None = None,
    size: int = SIZE,
    least: int = 3,
) -> None:
    """Write to `out` a model of the text in `sources` (a path is a source of weight 1).

    `words` are words with their frequencies, jieba's by default: they make known what the
    text happens not to hold. `size` is the most that the file may take, in bytes (but no
    file is smaller than its tables, half a megabyte); `least` how often a character must be
    met to be known. Raises OSError or UnicodeDecodeError if a source cannot be read,
    ValueError if there is not even one run of four characters."""
    encoded = [
        counts.encode(s if isinstance(s, Source) else Source(counts.read(s))) for s in sources
    ]
    mass = sum(len(e.classes) * e.weight for e in encoded)
    if not mass:
        raise ValueError("there is too little text to learn from")
    listed = _scaled(counts.jieba_words() if words is None else words, mass)
    ids = counts.vocabulary(encoded, listed, least)
    text, grams = [], []
    for n in range(1, ORDER + 1):
        text.append(counts.merge([counts.grams(ids[e.classes], n, e.weight) for e in encoded]))
        grams.append(counts.merge([text[-1], counts.word_grams(ids, n, listed)]))
    if not len(text[-1].keys):
        raise ValueError("there is too little text to learn from")
    single = estimate.unigrams(
        text[0], text[1], counts.word_grams(ids, 1, listed), int(ids.max()) + 1
    )
    written = np.sum([e.weight * e.written for e in encoded], axis=0)
    _write(out, ids, written, single, estimate.levels(single, grams), size)


def _scaled(words: Iterable[tuple[str, float]], mass: float) -> list[tuple[str, float]]:
    listed = [(word, frequency) for word, frequency in words if word]
    total = sum(len(word) * frequency for word, frequency in listed)
    return [(word, frequency * WORD_SHARE * mass / total) for word, frequency in listed]


def _write(
    out: str | Path,
    ids: NDArray[np.uint16],
    written: NDArray[np.float64],
    single: NDArray[np.float64],
    made: list[estimate.Level],
    size: int,
) -> None:
    """Prune and store a model."""
    layouts = [PAIRS, MIDDLE, HIGHEST]
    tables = 9 * chars.BMP + 8 * len(single) + 32_000  # the arrays that take no n-gram
    estimate.prune(made, [x.bits for x in layouts], size - tables)
    backoff = estimate.backoffs(made, len(single))
    single[counts.GAP] = single[counts.UNKNOWN_ID + list(chars.UNKNOWN).index("control")]
    arrays: dict[str, NDArray[Any]] = {
        "fold": chars.fold_table(),
        "ids": ids,
        "script": chars.script_table(),
        "price": (chars.prices(written) + _shares(ids)).astype(np.float32),
        "p1": np.log(single).astype(np.float32),
        "backoff1": np.log(backoff).astype(np.float32),
    }
    meta: dict[str, Any] = {"order": ORDER}
    for n, (level, layout) in enumerate(zip(made, layouts, strict=True), 2):
        kept = level.kept
        keys = level.keys[kept]
        p, arrays[f"p{n}"] = quantise(np.log(level.p[kept]), layout.p)
        weights = np.log(level.backoff[kept]) if n < ORDER else np.zeros(len(keys))
        b, arrays[f"backoff{n}"] = quantise(weights, layout.backoff)
        shape, cells = _cells(keys, layout, p, b)
        for i, plane in enumerate(layout.split(cells)):
            arrays[f"cells{n}.{i}"] = plane
        meta[f"shape{n}"] = [shape.segment, shape.starts, shape.seed]
        meta[f"layout{n}"] = [layout.mark, layout.p, layout.backoff]
        meta[f"ngrams{n}"] = len(keys)
    store.write(out, meta, arrays)


def _cells(
    keys: NDArray[np.uint64], layout: Layout, p: NDArray[Any], b: NDArray[Any]
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
