"""Makes alike.bin: `python -m repair.typos.data.make` (half a minute).

For each character of GB2312 the 32 of its first level, which hold 99.7 % of running text, that
look most like it by `confusions.shape` (a shortlist by stroke order, from pycorrector's
`stroke.txt`, Apache-2.0, saves the rest), best first, and those that OCR was seen to read as
it. With 60 no more misreadings are found.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from repair.collate import confusions
from repair.lm import store

SHORTLIST, KEPT = 600, 32
COMMON = range(0xB0, 0xD8)  # the lead bytes of the first level
HERE = Path(__file__).parent


def strokes() -> dict[str, str]:
    """The stroke order of the characters of GB2312."""
    spec = find_spec("pycorrector")
    if spec is None or spec.origin is None:
        raise SystemExit("pycorrector is not installed")
    path = Path(spec.origin).parent / "data" / "stroke.txt"
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    level = {
        bytes((a, b)).decode("gb2312", "ignore")
        for a in range(0xB0, 0xF8)
        for b in range(0xA1, 0xFF)
    }
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0] in level}


def alike(char: str, orders: dict[str, str]) -> list[str]:
    """The characters that `char` may be a misreading of."""
    near = process.extract(
        orders[char], orders, scorer=Indel.normalized_similarity, limit=SHORTLIST
    )  # fmt: skip
    shape = {
        other: confusions.shape(char, other)
        for _, _, other in near
        if other != char and other.encode("gb2312")[0] in COMMON
    }
    best = sorted(shape, key=lambda other: (-shape[other], other))[:KEPT]
    seen = sorted(filter(orders.__contains__, confusions.read_for(char)))
    return list(dict.fromkeys((*best, *seen)))


def main() -> None:
    """Writes the table: for each unit the place where its readings begin, and all of them."""
    orders = strokes()
    sizes = np.zeros(0x10001, np.uint32)
    most = np.zeros(0x10000, np.uint16)
    pairs = []
    for char in sorted(orders):
        found = alike(char, orders)
        sizes[ord(char) + 1] = len(found)
        most[ord(char)] = max((confusions.read_as(other, char) for other in found), default=0)
        pairs += [(char, other) for other in found]
    arrays: dict[str, NDArray[Any]] = {
        "first": np.cumsum(sizes, dtype=np.uint32),
        "readings": np.array([ord(other) for _, other in pairs], np.uint16),
        "shape": np.array([confusions.shape(*pair) for pair in pairs], np.float16),
        "seen": np.array([confusions.read_as(other, char) for char, other in pairs], np.uint16),
        "most": most,
    }
    store.write(HERE / "alike.bin", {}, arrays)


if __name__ == "__main__":
    main()
