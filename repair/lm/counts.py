"""Counts: text in, sorted n-grams with their counts out.

An n-gram is one unsigned 64-bit integer, 16 bits a class id, the last character lowest, so
that numpy's sort is the whole of the counting and all n-grams of one context stand together.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repair.lm import chars
from repair.lm.wordlist import dictionary

U64 = np.uint64
GAP = 1  # the id of the break between two unrelated pieces of text: never predicted
LINE = 0  # the id of the line break
UNKNOWN_ID = 2  # ids from here on: the classes of unknown characters, then the vocabulary
FIRST_ID = UNKNOWN_ID + len(chars.UNKNOWN)
_GAP_CLASS, _LINE_CLASS = 0xFDD1, 0x0A
_BLOCK = 1 << 22  # characters read at a time


@dataclass(frozen=True, slots=True)
class Source:
    """Text to learn from. `weight` says what one character of it counts beside the others'."""

    lines: Iterable[str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Grams:
    """All n-grams of one order: sorted distinct keys, weighted counts, true counts."""

    keys: NDArray[np.uint64]
    weight: NDArray[np.float64]
    times: NDArray[np.int64]


def read(path: str | Path) -> Iterator[str]:
    """The lines of a UTF-8 text file, which may be compressed as .xz."""
    path = Path(path)
    with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as file:
        for line in file:
            yield line.decode("utf-8")


def jieba_words() -> Iterator[tuple[str, float]]:
    """jieba's word list (MIT) with its frequencies."""
    for line in dictionary().splitlines():
        word, frequency, *_ = line.decode("utf-8").split(" ")
        yield word, float(frequency)


@dataclass(slots=True)
class Encoded:
    """One source as class representatives, its weight, and the counts of what was written."""

    classes: NDArray[np.uint16]
    weight: float
    written: NDArray[np.int64]


def encode(source: Source) -> Encoded:
    """Read a source once and keep two bytes a character."""
    table = chars.class_table()
    parts: list[NDArray[np.uint16]] = []
    written = np.zeros(chars.BMP, np.int64)
    block: list[str] = []
    size = 0

    def flush() -> None:
        points = chars.basic(chars.codes("".join(block)))
        np.add(written, np.bincount(points, minlength=chars.BMP), out=written)
        parts.append(table[points])
        block.clear()

    for line in source.lines:
        line = line.rstrip("\r\n")
        if line:
            block += (line, "\n")
            size += len(line) + 1
            if size >= _BLOCK:
                flush()
                size = 0
    flush()
    return Encoded(np.concatenate(parts), source.weight, written)


def vocabulary(
    sources: list[Encoded], words: Iterable[tuple[str, float]], least: int
) -> NDArray[np.uint16]:
    """The id of each character: its class's own if met `least` times, else an unknown's.

    A place in the word list counts once, whatever its frequency. Line break and gap have
    their fixed ids, then come the unknown classes, then the known ones, most frequent first."""
    listed = chars.basic(chars.codes("".join(word for word, _ in words)))
    total = np.bincount(chars.class_table()[listed], minlength=chars.BMP)
    for source in sources:
        total += np.bincount(source.classes, minlength=chars.BMP)
    ids = chars.unknown_table().astype(np.uint16) + np.uint16(UNKNOWN_ID)
    total[[_LINE_CLASS, _GAP_CLASS, chars.PLANE_HANZI, chars.PLANE_PRIVATE, chars.PLANE_OTHER]] = 0
    known = np.flatnonzero(total >= least)
    known = known[np.argsort(-total[known], kind="stable")]
    ids[known] = np.arange(FIRST_ID, FIRST_ID + len(known), dtype=np.uint16)
    ids[_LINE_CLASS], ids[_GAP_CLASS] = LINE, GAP
    return ids[chars.class_table()]


def grams(ids: NDArray[np.uint16], order: int, weight: float) -> Grams:
    """The n-grams of one source. None reaches over a gap or over a line break."""
    n = len(ids) - order + 1
    if n <= 0:
        return Grams(np.zeros(0, U64), np.zeros(0), np.zeros(0, np.int64))
    keys = np.zeros(n, U64)
    good = np.ones(n, bool)
    for i in range(order):
        part = ids[i : i + n]
        keys = (keys << U64(16)) | part
        good &= part != GAP
        if 0 < i < order - 1:
            good &= part != LINE
    keys = np.sort(keys[good])
    start = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    times = np.diff(np.append(start, len(keys)))
    return Grams(keys[start], times * weight, times)


def merge(parts: list[Grams]) -> Grams:
    """Several sources' n-grams as one."""
    parts = [p for p in parts if len(p.keys)] or parts[:1]
    keys = np.concatenate([p.keys for p in parts])
    if not len(keys):
        return parts[0]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    start = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    weight = np.add.reduceat(np.concatenate([p.weight for p in parts])[order], start)
    times = np.add.reduceat(np.concatenate([p.times for p in parts])[order], start)
    return Grams(keys[start], weight, times)


def word_grams(ids: NDArray[np.uint16], order: int, words: Iterable[tuple[str, float]]) -> Grams:
    """The n-grams inside words, each word with its weight; nothing is said of what follows them."""
    by_length: dict[int, list[tuple[str, float]]] = {}
    for word, weight in words:
        by_length.setdefault(len(word), []).append((word, weight))
    keys = [np.zeros(0, U64)]
    weights = [np.zeros(0)]
    for length, items in by_length.items():
        points = chars.basic(chars.codes("".join(w for w, _ in items)))
        rows = ids[points].reshape(-1, length).astype(U64)
        for i in range(length - order + 1):
            key = np.zeros(len(rows), U64)
            for j in range(i, i + order):
                key = (key << U64(16)) | rows[:, j]
            keys.append(key)
            weights.append(np.array([w for _, w in items]))
    every = np.concatenate(weights)
    return merge([Grams(np.concatenate(keys), every, np.maximum(1, every).astype(np.int64))])
