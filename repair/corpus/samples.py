"""What the search for versions needs of a shard: a sample of the shingles of each article, and
where the article stands. `repair.collate.shingles` says which shingles and why."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repair.collate import shingles
from repair.collate.match import LEAST
from repair.collate.meeting import Part
from repair.collate.shingles import BUCKETS, FINE, SHARE, Rows
from repair.collate.units import texts
from repair.corpus.store import Store, reading
from repair.model import Result

HEAD = struct.Struct("<qqq")  # how many articles there are; how many are sampled; the share


class Sampler:
    """Collects the samples of a shard's results, in their order."""

    def __init__(self, small: bool) -> None:
        self._small = small
        self._texts = self._documents = 0
        self._places: list[tuple[int, int]] = []  # of each sampled article
        self._sampler = shingles.Sampler(FINE if small else SHARE)

    def add(self, results: Sequence[Result]) -> None:
        """The articles of some more documents. Those that are too short in a batch that is not
        small are counted and not sampled."""
        for document, result in enumerate(results, self._documents):
            for number, text, _ in texts(result):
                self._texts += 1
                if self._small or len(text) >= LEAST:
                    self._places.append((document, number))
                    self._sampler.add(text)
        self._documents += len(results)

    def write(self, store: Store, key: str) -> None:
        """Leaves the samples in OUT."""
        sizes, starts, rows = self._sampler.made()
        with store.draft(store.file("samples", key)) as file:
            file.write(HEAD.pack(self._texts, len(sizes), self._sampler.share))
            for values in (np.array(self._places, np.int32), sizes.astype(np.int32), starts, rows):
                values.tofile(file)


@dataclass(frozen=True, eq=False)
class Sampled:
    """What a Sampler left of a shard, but for the shingles."""

    path: Path
    texts: int  # how many articles the shard has
    places: NDArray[np.int32]  # of each sampled one: its document and its number there
    sizes: NDArray[np.int32]
    starts: NDArray[np.int64]
    share: int
    at: int  # byte where the shingles begin

    def part(self, first: int) -> Part:
        """For the search: the articles numbered from `first` on."""
        return Part(first, self.share, self.sizes, self.starts, self._rows)

    def _rows(self, first: int, last: int) -> Rows:
        with self.path.open("rb") as file:
            file.seek(self.at + 8 * first)
            return np.frombuffer(file.read(8 * (last - first)), np.uint64)


def read(path: Path) -> Sampled:
    """What a Sampler wrote."""
    with reading(path), path.open("rb") as file:  # at each stretch: `numpy.fromfile` takes longer
        whole = os.fstat(file.fileno()).st_size
        texts, count, share = HEAD.unpack(file.read(HEAD.size))
        if not 0 <= count <= whole:
            raise ValueError("of another size")
        data = file.read(12 * count + 8 * (BUCKETS + 1))
        places, sizes = np.split(np.frombuffer(data, np.int32, 3 * count), [2 * count])
        starts = np.frombuffer(data, np.int64, offset=12 * count)
        at = HEAD.size + len(data)
        if len(starts) <= BUCKETS or whole != at + 8 * starts[-1]:
            raise ValueError("of another size")
        return Sampled(path, texts, places.reshape(-1, 2), sizes, starts, share, at)


@dataclass(frozen=True)
class Files:
    """What Samplers left of a batch, for the search: the number of each shard's first article,
    and its file."""

    files: tuple[tuple[int, Path], ...]

    def __call__(self) -> Iterator[Part]:
        for first, path in self.files:
            yield read(path).part(first)
