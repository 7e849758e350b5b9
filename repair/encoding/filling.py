"""What stands in the gaps of misread UTF-8: what may stand there follows from the bytes that are
left (`gaps`), and the model ranks it between what stands on either side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding.channel import LOST, Codec
from repair.encoding.gaps import Readings, readings
from repair.encoding.sequences import Unit
from repair.encoding.slips import script
from repair.encoding.verdict import CANDIDATES, SURE, TEMPERATURE

SIDE = 4  # characters on either side that the model sees: its order less one
NEITHER = -7.5  # nats a character for what is none of the readings
SWEEPS = 2  # the second sees what the first has put into the gaps beside


@dataclass(slots=True)
class Filled:
    """What a unit became: its best reading, the likeliest ones, and how sure each of the best
    one's characters is, whatever the others are; nats that its losses cost."""

    text: str
    odds: list[tuple[float, str]] = field(default_factory=list)
    each: tuple[float, ...] = ()
    price: float = 0.0

    @property
    def sure(self) -> float:
        return self.odds[0][0] if self.odds else 1.0

    @property
    def doubtful(self) -> bool:
        return bool(self.odds) and (self.sure < SURE or LOST in self.text)

    @property
    def shown(self) -> str:
        """The text with the mark for a lost character where it is not sure."""
        if not self.odds:
            return self.text
        return "".join(c if p >= SURE else LOST for c, p in zip(self.text, self.each, strict=True))


def fill(units: Sequence[Unit], codec: Codec, before: str, behind: str) -> list[Filled]:
    """Every unit's text: the gaps from the left, and again with both sides known. Those that do
    not see one another are ranked together."""
    filled = [Filled(u.text) for u in units]
    traditional = script("".join(u.text for u in units))
    seen: dict[tuple[int, str, str], Filled] = {}
    offered = {
        n: readings(u.left, u.marks, u.right, u.behind, codec.name, traditional)
        for n, u in enumerate(units)
        if not u.text
    }
    for sweep in range(SWEEPS):
        for row in _apart(offered):
            asked = []
            for n in row:
                left = (before + "".join(f.text for f in filled[max(0, n - SIDE) : n]))[-SIDE:]
                right = ""
                for beside in range(n + 1, min(n + 1 + SIDE, len(units))):
                    if sweep == 0 and not units[beside].text:
                        break
                    right += filled[beside].text
                else:
                    right += behind
                asked.append((n, left.replace(LOST, ""), right[:SIDE].replace(LOST, "")))
            new = [gap for gap in asked if gap not in seen]
            if new:
                seen |= zip(new, _ranked(units, offered, new), strict=True)
            for gap in asked:
                filled[gap[0]] = seen[gap]
    return filled


def _apart(gaps: Iterable[int]) -> list[list[int]]:
    """The gaps in rows, one after another: what a gap sees on its left is in an earlier row."""
    number: dict[int, int] = {}
    rows: dict[int, list[int]] = defaultdict(list)
    for gap in gaps:
        number[gap] = 1 + max(number.get(n, -1) for n in range(gap - SIDE, gap))
        rows[number[gap]].append(gap)
    return list(rows.values())


def _ranked(
    units: Sequence[Unit], offered: Mapping[int, Readings], gaps: Sequence[tuple[int, str, str]]
) -> Iterator[Filled]:
    """What fits best into each of the gaps, between what stands to its left and right."""
    texts = [r + right for n, _, right in gaps for r in offered[n].scored]
    lefts = [left for n, left, _ in gaps for _ in offered[n].scored]
    totals = lm.load().totals(texts, lefts)
    at = 0
    for n, _, right in gaps:
        size = len(offered[n].scored)
        scores, at = totals[at : at + size], at + size
        if offered[n].shown:
            yield _best(offered[n], scores, right, marked=units[n].marks > 0)
        else:
            yield Filled(LOST, [(0.0, LOST)], (0.0,))


def _best(found: Readings, totals: NDArray[np.float64], right: str, *, marked: bool) -> Filled:
    scores = totals - found.prices
    # Without a mark, what is there may be no loss at all: no lone odd reading is sure.
    other = -np.inf if marked else NEITHER * (1 + len(right))
    most = max(other, float(scores.max()))
    odds = np.exp((scores - most) / TEMPERATURE)
    odds /= odds.sum() + np.exp((other - most) / TEMPERATURE)
    best = np.argsort(-odds, kind="stable")[:CANDIDATES].tolist()
    text = found.shown[best[0]]
    each = tuple(
        float(odds[[r[i : i + 1] == c for r in found.shown]].sum()) for i, c in enumerate(text)
    )
    shown = [(float(odds[i]), found.shown[i]) for i in best]
    return Filled(text, shown, each, float(found.prices[best[0]]))
