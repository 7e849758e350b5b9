"""The hypotheses of a search as rows of one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.encoding.scorer import STATE, Points, Rows
from repair.lm.maplet import MARK

BEAM = 110  # hypotheses kept of each kind: more than there are lead bytes
HOPELESS = 28.0  # nats behind the best: such a hypothesis is dropped

ROW = np.dtype(
    [
        *STATE,
        ("text", "u8"),  # a hash of its characters: a polynomial in HASH
        ("pending", "u4"),  # the number of the byte set that waits for more; 0 when synced
        ("skip", "u4"),  # seen characters that the last reading has explained already
        ("unmarked", "i4"),
        ("traits", "i4"),
        ("node", "i4"),  # the last character's, see `Trail`
        ("others", "i4"),  # the number of what else the new character may be
        ("ops", "i4"),  # the number of what was done since the last character
    ]
)
_RAW = np.dtype(f"V{ROW.itemsize}")  # rows as they are, which numpy joins five times as fast
TOUCHED, QUOTED = 1, 2  # traits: it is not the text as it stands; a straight mark is open
HASH = np.uint64(MARK)  # 2**64 by the golden ratio, a good factor of hashes
_NO_ROW, _NO_POINT = np.zeros(0, np.intp), np.zeros(0, np.uint32)


class Asked(NamedTuple):
    """Rows of which some grow by a character each."""

    rows: Rows
    which: NDArray[np.intp]
    new: Points


def parted(rows: Rows) -> tuple[Rows, Rows]:
    """Those that are synced and those that are shifted."""
    shifted = rows["pending"] > 0
    return rows[~shifted], rows[shifted]


def joined(parts: Sequence[Rows]) -> Rows:
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else np.zeros(0, ROW)
    return np.concatenate([part.view(_RAW) for part in parts]).view(ROW)


def together(asked: Sequence[Asked]) -> Asked:
    if len(asked) == 1:
        return asked[0]
    which, size = [], 0
    for one in asked:
        which.append(one.which + size)
        size += len(one.rows)
    new = [one.new for one in asked]
    rows = joined([one.rows for one in asked])
    return Asked(rows, np.concatenate([_NO_ROW, *which]), np.concatenate([_NO_POINT, *new]))


def ordered(rows: Rows) -> Rows:
    """The best first."""
    return rows.take(np.argsort(-rows["score"], kind="stable"))


def best(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places of the best, in order."""
    if len(scores) > 4 * BEAM:
        near = np.sort(np.argpartition(-scores, BEAM)[:BEAM])
        best = near.take(np.argsort(-scores.take(near), kind="stable"))
    else:
        best = np.argsort(-scores, kind="stable")[:BEAM]
    return best.compress(scores[best] > scores[best[0]] - HOPELESS)


def pruned(rows: Rows) -> Rows:
    """The best of each kind, each reading once, and always the text as it stands."""
    rows = ordered(rows)
    which = (rows["text"] * HASH + rows["pending"]) * HASH + rows["skip"]
    kept = np.zeros(len(rows), np.bool_)
    kept[np.unique(which, return_index=True)[1]] = True
    seen = kept & (rows["traits"] & TOUCHED == 0)
    kept &= rows["score"] >= rows["score"][0] - HOPELESS
    shifted, waiting = rows["pending"] > 0, rows["skip"] > 0
    if len(rows) > BEAM:
        for kind in (0, 1, 2, 3):
            own = kept & (shifted + 2 * waiting == kind)
            kept &= ~own | (np.cumsum(own) <= BEAM)
    return rows.compress(kept | seen)
