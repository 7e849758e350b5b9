"""jieba's dictionary (MIT), as the package ships it: how often jieba counted each word.

A word is known by 48 bits of a hash of its characters: of a billion pieces of text that are no
words one is taken for one. The hash is a polynomial, so that those of all pieces of a row of
characters come from one running sum (`Rows`). `wordlist.bin` is made of jieba's own file by
`python -m repair.lm.wordlist`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair.lm import store

Counts = NDArray[np.intp]
Units = NDArray[np.uint16]

SHIPPED = Path(__file__).with_name("wordlist.bin")
LONGEST = 16  # characters of a word
_WORD = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15
_POWERS = [pow(_BASE, n, 1 << 64) for n in range(1, LONGEST + 1)]
_INVERSES = [pow(_BASE, -n, 1 << 64) for n in range(LONGEST)]
_UP, _DOWN = np.array(_POWERS, np.uint64), np.array(_INVERSES, np.uint64)
_KEY = 48  # bits of a hash that are a key, the first ones
_TAG = 32  # the last bits of a key, which the file has; the rest says how many keys begin with it
_MAY = 21  # bits of a key by which most of what is no word is told
_NEAR = 18  # bits of a key by which it is looked for
_PAIR = 22  # bits of a pair's place: one in fourteen passes that stands in no word


def dictionary() -> bytes:
    """Its lines in UTF-8: a word, how often jieba counted it, its tag."""
    spec = find_spec("jieba")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "dict.txt").read_bytes()


def count(word: str) -> int:
    """How often jieba counted a word, 0 if it is none."""
    if len(word) > LONGEST:
        return 0
    words = _words()
    key = (sum(map(mul, map(ord, word), _POWERS)) & _WORD) >> (64 - _KEY)
    first = key >> (_KEY - _NEAR)
    at = bisect_left(words.row, key, words.firsts.item(first), words.firsts.item(first + 1))
    return words.times.item(words.codes.item(at)) if words.row[at] == key else 0


def total() -> int:
    """The sum of all counts."""
    return _words().total


class Rows:
    """Rows of at most LONGEST characters, whose pieces are looked up together."""

    def __init__(self, units: Units) -> None:
        """`units` has a row for each; no piece has a 0."""
        size = units.shape[1]
        self._sums = np.zeros((len(units), size + 1), np.uint64)
        np.cumsum(units * _UP[:size], axis=1, out=self._sums[:, 1:])

    def shares(self, row: Counts, start: Counts, end: Counts) -> NDArray[np.float64]:
        """The logarithm of the share that each piece has in all counts, -inf if it is no word.
        A piece is given by its row and the columns where it begins and ends."""
        words = _words()
        keys = ((self._sums[row, end] - self._sums[row, start]) * _DOWN[start]) >> (64 - _KEY)
        shares = np.full(len(keys), -np.inf)
        some = words.may.take(keys >> (_KEY - _MAY)).nonzero()[0]
        keys = keys[some]
        at = words.firsts.take(keys >> (_KEY - _NEAR))
        for _ in range(words.most):  # a fifth of the time of a search by halves
            at += words.keys.take(at) < keys
        held = (words.keys.take(at) == keys).nonzero()[0]
        shares[some[held]] = words.shares[words.codes[at[held]]]
        return shares


def paired(first: Units, second: Units) -> NDArray[np.bool_]:
    """Which characters may stand side by side in some word."""
    at = _place(first, second)
    return np.asarray(_words().pairs[at >> 3] >> (at & 7).astype(np.uint8) & 1, np.bool_)


def _place(first: Units, second: Units) -> NDArray[np.uint32]:
    pair = first.astype(np.uint32) << 16 | second
    return np.asarray((pair * np.uint32(_BASE >> 32 | 1)) >> (32 - _PAIR), np.uint32)


@dataclass(frozen=True, slots=True)
class _Words:
    keys: NDArray[np.uint64]  # of the words, in order, and one above all
    row: memoryview  # the same, for one look
    firsts: NDArray[np.intp]  # where those begin that begin with the same bits
    most: int  # of them
    may: NDArray[np.bool_]  # what keys may begin with
    codes: NDArray[np.uint16]  # the number of each one's count
    times: NDArray[np.uint32]  # the counts
    shares: NDArray[np.float64]  # the logarithm of each one's share
    pairs: NDArray[np.uint8]  # a bit for the place of each pair of characters
    total: int


@cache
def _words() -> _Words:
    meta, arrays = store.read(SHIPPED)
    above = np.arange(len(arrays["sizes"]), dtype=np.uint64) << _TAG
    keys = np.repeat(above, arrays["sizes"]) | arrays["tags"]
    may = np.zeros(1 << _MAY, np.bool_)
    may[keys >> (_KEY - _MAY)] = True
    keys = np.append(keys, np.uint64(1 << _KEY))
    near = np.bincount((keys[:-1] >> (_KEY - _NEAR)).astype(np.intp), minlength=1 << _NEAR)
    firsts = np.append(0, np.cumsum(near))
    total = meta["total"]
    logs = np.array([math.log(times) - math.log(total) for times in arrays["times"].tolist()])
    times, codes, pairs = arrays["times"], arrays["codes"], arrays["pairs"]
    most = int(near.max())
    return _Words(keys, keys.data, firsts, most, may, codes, times, logs, pairs, total)


def make(path: Path) -> None:
    """Writes the file, of what jieba's dictionary says: of a word that it has twice the last."""
    rows = [line.split(" ")[:2] for line in dictionary().decode("utf-8").splitlines()]
    counts = {word: int(times) for word, times in rows}
    sizes = np.array([len(word) for word in counts])
    units = np.frombuffer("".join(counts).encode("utf-16-le"), np.uint16)
    starts = np.cumsum(sizes) - sizes
    column = np.arange(len(units)) - np.repeat(starts, sizes)
    keys = np.add.reduceat(units * _UP[column], starts) >> (64 - _KEY)
    order = np.argsort(keys)
    keys = keys[order]
    assert (keys[1:] > keys[:-1]).all() and len(units) == sizes.sum() and sizes.max() <= LONGEST
    times, codes = np.unique(np.array(list(counts.values()), np.uint32)[order], return_inverse=True)
    table = np.zeros(1 << _PAIR, np.bool_)
    inner = (column[1:] > 0).nonzero()[0]
    table[_place(units[inner], units[inner + 1])] = True
    arrays: dict[str, NDArray[Any]] = {
        "sizes": np.bincount((keys >> _TAG).astype(np.intp), minlength=1 << 16).astype(np.uint8),
        "tags": keys.astype(np.uint32),
        "codes": np.append(codes, 0).astype(np.uint16),
        "times": times,
        "pairs": np.packbits(table, bitorder="little"),
    }
    store.write(path, {"total": sum(int(times) for _, times in rows)}, arrays)


if __name__ == "__main__":
    make(SHIPPED)
