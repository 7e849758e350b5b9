"""What may stand in a gap of misread UTF-8: a table of the ways in which readers lose bytes.

A *loss* is what one mark stands for, or what is gone without a mark: the sets of the bytes,
whether an ASCII character went with them, and a price in nats. A single-byte page loses the
bytes that it lacks. A double-byte codec loses what it cannot pair: a byte that begins no pair,
an unassigned pair (or only its first byte, and the reader goes on with the second), a lead byte
before ASCII, with that ASCII character or without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from repair.encoding import channel, gate, scorer
from repair.encoding.channel import LOST, Codec
from repair.encoding.rows import HASH
from repair.encoding.scorer import Points
from repair.lm import chars

READINGS = 500  # that are ranked for one gap
LONGEST = 6  # characters of a reading
MARKS = 4  # in a row: of more nobody can say anything
TRAILS = bytes(range(0x80, 0xC0))
LEADS = bytes([*range(0xE2, 0xEA), 0xEF])  # what Chinese needs
BYTES = LEADS + TRAILS
INVISIBLE = bytes([*range(0x80, 0xA1), 0xAD])  # as one byte a character: no glyph, or a blank
END = "\n"  # what follows a gap at the end of a line
# Nats: for a loss that only some readers make, that the reader does not explain, without mark.
SOME, ODD, QUIET = 1.0, 3.0, 3.0
# ASCII that is swallowed, with nats for what is rare after Chinese; the digit 0 stands for any,
# since digits are one class to the model, divided by ten.
SWALLOWED = {c: 0.0 if c == " " else 2.0 for c in " !\"#%&'()*+,-./:;<=>?"} | {"0": -2.3}


@dataclass(frozen=True, slots=True)
class Loss:
    """A way to lose the bytes of some sets at once."""

    sets: tuple[bytes, ...]
    cost: float
    swallowed: bool = False  # an ASCII character is gone as well


@dataclass(frozen=True, slots=True)
class Readings:
    """What may stand in a gap: as it is written, as the model sees it, and nats against it."""

    shown: tuple[str, ...]
    scored: tuple[str, ...]
    prices: NDArray[np.float64]


@lru_cache(4096)
def readings(
    left: bytes, marks: int, right: bytes, behind: str | int, name: str, traditional: bool | None
) -> Readings:
    """What may stand in a gap after the bytes `left` of one character and before `right` of
    another; `behind` is the byte or the character that follows, `traditional` the script of
    the text, None where it does not say."""
    hidden = channel.codec("utf-8")
    near = right[0] if right else behind
    # Without a mark, nobody knows between which of the bytes that are left one is missing.
    cuts = [len(left)] if marks or right else range(1, len(left) + 1)
    found: list[tuple[Points, Points, NDArray[np.float64]]] = []
    for losses, cut in product(_combined(marks, near, channel.codec(name)), cuts):
        swallowed = losses[-1].swallowed  # what comes before ASCII ends a character
        if swallowed and (right or cut < len(left)):
            continue
        known = [bytes((b,)) for b in left + right]
        sets = (*known[:cut], *(s for loss in losses for s in loss.sets), *known[cut:])
        if len(sets) % 3:
            continue
        cost = sum(loss.cost for loss in losses)
        letters = [channel.characters(hidden, sets[n : n + 3]) for n in range(0, len(sets), 3)]
        share = READINGS / (len(SWALLOWED) if swallowed else 1)
        some = int(share ** (1 / len(letters)))
        columns = [chars.codes(those[:some]) for those in letters]
        found.append(_listed(columns, cost, swallowed=swallowed))
    return _best(found, scorer.script_costs(traditional))


def _listed(
    columns: Sequence[Points], cost: float, *, swallowed: bool
) -> tuple[Points, Points, NDArray[np.float64]]:
    """All that a row of characters may be, of which any of some stands in each place: as it is
    written, as the model sees it, and nats against it."""
    sizes = [len(column) for column in columns]
    if swallowed:
        ends = chars.codes("".join(SWALLOWED))
        columns, sizes = [*columns, ends], [*sizes, len(ends)]
    scored = np.zeros((math.prod(sizes), LONGEST), np.uint32)
    for n, (column, which) in enumerate(zip(columns, np.indices(sizes), strict=True)):
        scored[:, n] = column[which.ravel()]
    prices, shown = np.full(len(scored), cost), scored.copy()
    if swallowed:
        last = scored[:, len(columns) - 1]
        prices += np.tile(list(SWALLOWED.values()), len(scored) // len(ends))
        shown[:, len(columns) - 1] = np.where(last == ord("0"), ord(LOST), last)
    return shown, scored, prices


def _best(
    found: Sequence[tuple[Points, Points, NDArray[np.float64]]], wrong: NDArray[np.float64]
) -> Readings:
    """The likeliest of what may stand in a gap by its price and by how frequent its characters
    are, the best first, each once; `wrong` are nats against each character, which depend on the
    script."""
    if not found:
        return Readings((), (), np.zeros(0))
    shown, scored, prices = map(np.concatenate, zip(*found, strict=True))
    prices = prices + wrong.take(shown).sum(axis=1)
    hashes = np.zeros(len(shown), np.uint64)
    for column in shown.T:
        hashes = hashes * HASH + column
    order = np.argsort(prices + gate.nats().take(shown).sum(axis=1), kind="stable")
    first = np.sort(np.unique(hashes[order], return_index=True)[1])[:READINGS]
    kept = order[first]
    return Readings(_texts(shown[kept]), _texts(scored[kept]), prices[kept])


def _texts(points: Points) -> tuple[str, ...]:
    """Rows of code points, with 0 behind the last, as texts."""
    return tuple(points.view(f"U{LONGEST}").ravel().tolist())


def _combined(marks: int, near: str | int, codec: Codec) -> Iterator[tuple[Loss, ...]]:
    """The losses of a gap, one for each mark; without marks, one or two that left none."""
    last = _losses(codec.name, near, marks > 0)
    within = [loss for loss in _losses(codec.name, -1, marks > 0) if not loss.swallowed]
    if not marks:
        quiet = Loss((), QUIET)
        for loss in last:
            yield quiet, loss
            for first in within if codec.single else (w for w in within if len(w.sets) == 2):
                yield quiet, first, loss
    elif marks <= MARKS:
        yield from product(*[within] * (marks - 1), last)


@cache
def _losses(name: str, near: str | int, marked: bool) -> tuple[Loss, ...]:
    """What one mark (or one loss without) may stand for before `near`: a byte, a character of
    ASCII, the end of the line, or -1 for a byte that is lost as well."""
    codec = channel.codec(name)
    alone, pairs = _undecodable(name)
    if codec.single:
        cut = (Loss((b"\xa0",), -QUIET),) if near == END else ()  # a blank that was stripped
        return (*cut, Loss((alone,), 0.0), Loss((INVISIBLE,), SOME), Loss((BYTES,), ODD))
    found = [Loss((alone,), 0.0), *(Loss(pair, 0.0) for pair in pairs)]
    if isinstance(near, str):
        if not "@" <= near <= "~":
            found.append(Loss((BYTES,), SOME))
        found.append(Loss((BYTES,), 2 * ODD if near == END else SOME, swallowed=True))
    else:
        half = bytes(b for leads, trails in pairs for b in leads if near in (-1, *trails))
        found += [Loss((half,), SOME if marked else ODD), Loss((BYTES,), SOME, swallowed=True)]
        found.append(Loss((BYTES,), 2 * ODD))
    found.append(Loss((BYTES, BYTES), 2 * ODD))
    return tuple(found)


@cache
def _undecodable(name: str) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """Of the bytes of Chinese UTF-8, those that a codec has no character for when they stand
    alone, and the pairs, as lead and trail bytes. Pairs whose characters are for private use
    count: they are easily lost."""
    codec = channel.codec(name)
    private = map(codec.codes.get, map(chr, range(0xE000, 0xF900)))
    codes = set(codec.codes.values()).difference(private)
    if codec.single:
        return bytes(b for b in BYTES if not _reads(bytes((b,)), name)), ()
    # Some readers of GBK know 80 as the euro sign, others not at all.
    holes = bytes(b for b in BYTES if b == 0x80 or bytes((b,)) not in codes)
    begins = {code[0] for code in codes if len(code) == 2}
    groups: dict[bytes, bytes] = {}
    for lead in (b for b in holes if b in begins):
        trails = bytes(b for b in BYTES if bytes((lead, b)) not in codes)
        groups[trails] = groups.get(trails, b"") + bytes((lead,))
    alone = bytes(b for b in holes if b not in begins)
    return alone, tuple((leads, trails) for trails, leads in groups.items() if trails)


def _reads(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
