"""Beam search over the byte lattice of a damaged stretch.

The seen characters are turned into bytes, the channel says what else each may stand for,
and the bytes are read again, pair by pair. The character model scores what comes out. A
hypothesis is synced (no byte is pending) or shifted (a lead byte waits for its trail). The
text as it stands is one of the hypotheses, so the scores are comparable.

While a search runs its hypotheses are rows of one array. All searches that are asked for go
step by step together, so that the model is asked once for all.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from repair.encoding import channel, swallowed
from repair.encoding.channel import SHIFTED, SYNCED, Codec, Reading
from repair.encoding.hypothesis import RESTORED, Hypothesis, Trail
from repair.encoding.outlook import LAST, NONE, OTHER, Outlook
from repair.encoding.rows import (
    HASH,
    QUOTED,
    ROW,
    TOUCHED,
    Asked,
    best,
    joined,
    ordered,
    parted,
    pruned,
    together,
)
from repair.encoding.scorer import Grown, Rows, Scorer
from repair.encoding.waiting import Waiting
from repair.lm import chars

OPEN_PARENTS = 30  # hypotheses that may open an unknown byte
WIDE_PARENTS = 4  # hypotheses that may open two unknown bytes at once
FREE_PARENTS = 12  # hypotheses that may miss a stripped pair
QUIET_PARENTS = 4  # hypotheses that may lose a byte without a trace
WIDE = 60  # values from which a byte counts as unknown
END = 0.35  # weight of what the model says about the end of a line: quotations are cut anywhere
UNENDED = 3.0  # nats
# Nats behind the best that a hypothesis with its best way on may be, else it is dropped, and
# that the best way of a reading may be, else it is not tried.
AIMLESS, ASTRAY = 24.0, 18.0
WORSE = 8.0  # nats than the text as it stands: nothing that the document says makes up for more
# Nats by which some way through a window must look better than the text, and that it may look
# worse than one in another codec, so that it is searched. Of 1,273 windows about which something
# is said the least hopeful had 12.9 nats, of those that are edited 16.8; sound ones have 0 to 15.
HOPE, RIVAL = 12.0, 12.0
UNMARKED = 2  # mechanisms without a trace in one hypothesis

# What replaced full-width forms byte by byte left few to fold; nats against both in one run.
_TRAITS = {"S2": 4, "fold": 8}
_APART = {"S2": 8, "fold": 4}
APART = 6.0
_OPEN = chars.codes("、（《“‘【")  # no line ends on these
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """What is searched. `start` is its place in the document; `context` stands before the text,
    `after` behind it; `unmarked` are the offsets at which mechanisms that leave no trace may
    start; `against` are nats by mechanism for what the document says against it, infinite where
    it rules it out."""

    text: str
    codec: Codec
    start: int = 0
    context: str = ""
    after: str = ""
    unmarked: frozenset[int] = frozenset()
    against: Mapping[str, float] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The place in the document where it ends."""
        return self.start + len(self.text)


Part = tuple[Grown, int]  # what was asked for, and where in it that begins
Steps = Generator[Asked, Part, T]


def search(rivals: Sequence[Sequence[Window]], scorer: Scorer) -> list[list[list[Hypothesis]]]:
    """The readings of windows, best first; the text as it stands is among them. It is alone where
    hardly anything can better it, or where a rival, the same window in another codec, promises
    more."""
    searches = [[_Search(window, scorer) for window in own] for own in rivals]
    for own in searches:
        least = max(HOPE, max(s.hope for s in own) - RIVAL)
        for s in own:
            s.offer(least)
    running: list[tuple[Steps[None], Part | None]] = [
        (s.run(), None) for own in searches for s in own
    ]
    while running:
        asked: list[tuple[Steps[None], Asked]] = []
        for steps, part in running:
            try:
                asked.append((steps, next(steps) if part is None else steps.send(part)))
            except StopIteration:
                continue
        running = []
        if asked:
            grown = scorer.grow(*together([one for _, one in asked]))
            at = 0
            for steps, one in asked:
                running.append((steps, (grown, at)))
                at += len(one.new)
    return [[s.found() for s in own] for own in searches]


class _Search:
    """The search of one window."""

    def __init__(self, window: Window, scorer: Scorer) -> None:
        self.window = window
        self.whole = window.text + window.after
        self.waiting = Waiting(window.codec)
        self.codes = [window.codec.bytes_of(c) or b"" for c in window.text]
        self.rows = np.zeros(0, ROW)  # the readings of the whole
        self.trail = Trail()
        size = len(window.text)
        self.own = np.zeros(size + 1, ROW)  # the text as it stands, before each character
        scorer.follow(self.own, window.context, window.text)
        self.own["node"] = -1
        self.own["traits"] = QUOTED * (window.context.rpartition("\n")[2].count('"') % 2)
        self.off = np.zeros(max(1, size), ROW)  # one byte off, before each but the first
        self.shifted = self._shifted()
        scorer.follow(self.off, "", self.shifted)
        self.ways = Outlook(
            np.diff(self.own["score"]).tolist(),
            [0.0, *np.diff(self.off["score"]).tolist()],
            [self.falls(at) for at in range(size)],
            [{w: self._readings(at, w) for w in (SYNCED, SHIFTED)} for at in range(size)],
        )
        self.hope = self.ways.best - float(self.own["score"][-1])
        self.ahead = np.array(self.ways.ahead)

    def offer(self, least: float) -> None:
        """Settles what is tried at each place: nothing, if there is less to hope for."""
        far = ASTRAY if self.hope >= least else -1.0
        self.offers = [self.ways.near(at, far) for at in range(len(self.codes))]

    def _shifted(self) -> str:
        """The characters that the window's own complete one byte off; U+FFFD for none."""
        sets = ((a[1:], b[:1]) if len(a) == 2 and b else () for a, b in pairwise(self.codes))
        found = (channel.characters(self.window.codec, s) if s else "" for s in sets)
        return "".join([c or "\ufffd" for c in found])

    def _readings(self, at: int, where: str) -> list[Reading]:
        """What may stand for the character at a place beside its own bytes."""
        window = self.window
        return channel.readings(
            window.codec,
            self.whole,
            at,
            where,
            unmarked=at in window.unmarked,
            against=window.against,
        )

    def added(self, rows: Rows, origin: int) -> None:
        """Notes the last character of each row."""
        last = rows["last"]
        rows["text"] = rows["text"] * HASH + last
        if (last == ord('"')).any():
            rows["traits"] ^= QUOTED * (last == ord('"'))
        if (last == ord("\n")).any():
            rows["traits"] &= ~(QUOTED * (last == ord("\n")))
        self.trail.add(rows, origin)

    def run(self) -> Steps[None]:
        """Searches: asks for rows with one more character, and is told them."""
        rows, at = self.own[:1].copy(), 0
        while at < len(self.codes):
            way, end = self.way(rows, at)
            if end > at:
                rows, at = yield from self.walked(rows, way, at, end)
            else:
                rows, at = (yield from self.step(rows, at)), at + 1
        rows = rows[(rows["pending"] == 0) & (rows["skip"] == 0)]
        if not self.window.after or self.window.after[0] in "\r\n":
            ends = np.full(len(rows), ord("\n"), np.uint32)
            grown, first = yield Asked(rows, np.arange(len(rows)), ends)
            gains = grown.score[first : first + len(rows)] - rows["score"]
            rows["score"] += END * gains - UNENDED * np.isin(rows["last"], _OPEN)
        rows = ordered(rows)
        seen = rows["traits"] & TOUCHED == 0
        least = np.append(rows["score"][seen] - WORSE, rows["score"][:1] - AIMLESS).max()
        self.rows = rows[seen | (rows["score"] >= least)]

    def way(self, rows: Rows, at: int) -> tuple[Rows, int]:
        """The way that all hypotheses but the text itself take from a place on, before each of
        its characters, and where it ends or something else may begin: they go on as the text
        stands, or one byte off."""
        pending = rows["pending"][rows["traits"] & TOUCHED > 0]
        if rows["skip"].any():
            return self.own, at
        places = range(at, len(self.codes))
        end = next((n for n in places if self.offers[n][SYNCED]), len(self.codes))
        if not pending.any():
            return self.own[at : end + 1], end
        last = self.waiting.number(self.codes[at - 1][1:])
        end = next((n for n in range(at, end) if self.turns(n)), end) if last else at
        return self.off[at - 1 : end], end if (pending == last).all() else at

    def walked(self, rows: Rows, way: Rows, at: int, end: int) -> Steps[tuple[Rows, int]]:
        """The hypotheses at the end of their way, if the model sees the same of all, or one
        character further."""
        touched = rows["traits"] & TOUCHED > 0
        seen, others = rows.compress(~touched), rows.compress(touched)
        shifted = bool(others["pending"].any())
        origin = at + RESTORED * shifted
        if (others["key"] == way["key"][0]).all():
            self.follow(others, way, origin)
        else:
            end = at + 1
            every = np.arange(len(others))
            new = np.full(len(others), way["last"][1])
            grown, first = yield Asked(others, every, new)
            others = grown.take(first + every)
            self.added(others, origin)
        if shifted:
            others["pending"] = self.waiting.number(self.codes[end - 1][1:])
        self.follow(seen, self.own[at : end + 1], at)
        return joined([seen, others]), end

    def turns(self, at: int) -> bool:
        """Whether something else may begin at a place one byte off, or the way ends there."""
        ends = self.shifted[at - 1] == "\ufffd" or self.falls(at)
        return ends or bool(self.offers[at][SHIFTED])

    def falls(self, at: int) -> bool:
        """Whether one byte off falls back into step behind a character: its last byte waits for
        no other."""
        code = self.codes[at]
        return len(code) < 2 or not self.waiting.following(0, code[1:]).pending

    def follow(self, rows: Rows, way: Rows, origin: int) -> None:
        """Lets rows go on as others do, from the first to the last of these; `origin` is that of
        the first character."""
        rows["score"] += way["score"][-1] - way["score"][0]
        for n, last in enumerate(way["last"][1:]):
            rows["last"] = last
            self.added(rows, origin + n)
        for name in ("key", "backoff", "held"):
            rows[name] = way[name][-1]

    def found(self) -> list[Hypothesis]:
        """The readings of the window, best first."""
        return list(self.trail.readings(self.rows, self.waiting.others))

    def step(self, rows: Rows, at: int) -> Steps[Rows]:
        """What becomes of the hypotheses with one more seen character."""
        done = []
        if rows["skip"].any():
            done.append(rows[rows["skip"] > 0])
            done[0]["skip"] -= 1
            rows = rows[rows["skip"] == 0]
        groups = dict(zip((SYNCED, SHIFTED), parted(rows), strict=True))
        jobs: list[tuple[str, Reading]] = []
        for where, readings in self.offers[at].items():
            for name in dict.fromkeys(r.mechanism for r in readings if not r.length):
                group = ordered(groups[where])
                gaps = [(group, r) for r in readings if not r.length and r.mechanism == name]
                for grown in (yield from self.take(gaps, at)):
                    for then, part in zip(groups, parted(grown), strict=True):
                        groups[then] = joined([groups[then], part])
            jobs += [(where, r) for r in readings if r.length]
        if self.codes[at]:
            plain = tuple(bytes((b,)) for b in self.codes[at])
            jobs.insert(0, (SHIFTED, Reading("", plain, 0.0, 1, True)))
        asked = [(groups[where], reading) for where, reading in jobs]
        done += yield from self.take(asked, at, groups[SYNCED])
        rows = joined(done)
        state = np.array([NONE, *(LAST if len(s) == 1 else OTHER for s in self.waiting.sets[1:])])
        hope = rows["score"] + self.ahead[at + 1 + rows["skip"], state[rows["pending"]]]
        return pruned(rows[(hope >= hope.max() - AIMLESS) | (rows["traits"] & TOUCHED == 0)])

    def take(
        self, jobs: Sequence[tuple[Rows, Reading]], at: int, copied: Rows | None = None
    ) -> Steps[list[Rows]]:
        """The hypotheses that take the bytes of a reading each, pruned after each byte; those
        that are `copied` leave the character at the place as it stands."""
        groups = [self.begun(rows, reading, at) for rows, reading in jobs]
        left: list[Rows] = []
        for k in range(max([1, *(len(reading.sets) for _, reading in jobs)])):
            fed = {
                j: self.fed(groups[j], reading, k, at)
                for j, (_, reading) in enumerate(jobs)
                if k < len(reading.sets) and len(groups[j])
            }
            asked = [one for _, one, _ in fed.values()]
            if k == 0 and copied is not None and len(copied):
                own = np.full(len(copied), ord(self.window.text[at]), np.uint32)
                asked.append(Asked(copied, np.arange(len(copied)), own))
            if any(len(one.new) for one in asked):
                grown, first = yield together(asked)
            for j, (silent, one, prices) in fed.items():
                groups[j] = silent
                if size := len(one.new):
                    scores = grown.score[first : first + size] - prices
                    kept = best(scores)
                    rows = grown.take(kept + first)
                    rows["score"] = scores[kept]
                    self.added(rows, RESTORED + at)
                    groups[j] = joined([silent, rows])
                    first += size
            if len(asked) > len(fed):
                left = [grown.take(np.arange(first, first + len(asked[-1].new)))]
                self.added(left[0], at)
        for j, (_, reading) in enumerate(jobs):
            skip = max(0, reading.length - 1)
            groups[j] = groups[j][: len(groups[j]) if at + skip < len(self.codes) else 0]
            groups[j]["skip"] = skip
        return [*left, *groups]

    def begun(self, rows: Rows, reading: Reading, at: int) -> Rows:
        """The hypotheses that may take a reading, with what it costs."""
        name = reading.mechanism
        quiet = not reading.marked and name != channel.STRIPPED
        wide = sum(len(s) > WIDE for s in reading.sets)
        if quiet:
            rows = self.fitting(rows[rows["unmarked"] < UNMARKED], reading, 0)[:QUIET_PARENTS]
        elif name == channel.STRIPPED:
            rows = rows[:FREE_PARENTS]
        elif wide > 1:
            rows = rows[:WIDE_PARENTS]
        elif wide or channel.SWALLOWED in reading.sets:
            rows = self.fitting(rows, reading, WIDE_PARENTS)[:OPEN_PARENTS]
        if name and len(rows):
            rows = rows.copy()
            rows["score"] -= reading.cost + APART * (rows["traits"] & _APART.get(name, 0) != 0)
            rows["traits"] |= TOUCHED | _TRAITS.get(name, 0)
            rows["unmarked"] += quiet
            self.trail.did(rows, name, at, reading.length)
        return rows

    def fitting(self, rows: Rows, reading: Reading, most: int) -> Rows:
        """The hypotheses of which the first byte of a reading may be the next one: where it is
        unknown, only so many of those that wait with an unknown byte already."""
        if len(reading.sets[0]) <= WIDE:
            return rows
        unknown = np.array([len(s) > WIDE for s in self.waiting.sets])[rows["pending"]]
        return rows.compress(~unknown | (np.cumsum(unknown) <= most))

    def fed(
        self, rows: Rows, reading: Reading, k: int, at: int
    ) -> tuple[Rows, Asked, NDArray[np.float64]]:
        """What comes of one more byte set of a reading: the hypotheses that wait for more, those
        that a character is complete of, with that character, and nats against each of these."""
        byte, rest = reading.sets[k], self.whole[at + 1 : at + 30]
        assumed = reading.mechanism in ("S2", "S2b")  # it is known, but not seen
        silent: list[Rows] = []
        loud: list[Asked] = []
        prices: list[NDArray[np.float64]] = []
        for number in dict.fromkeys(rows["pending"].tolist()):
            part = rows[rows["pending"] == number]
            following = self.waiting.following(number, byte, rest, assumed=assumed)
            part["pending"] = following.pending
            if following.pending:
                silent.append(part)
            elif size := len(following.new):
                part["others"] = following.others
                which = np.repeat(np.arange(len(part)), size)
                loud.append(Asked(part, which, np.tile(following.new, len(part))))
                if byte is channel.SWALLOWED:
                    quoted = (part["traits"] & QUOTED) // QUOTED
                    nats = swallowed.prices(rest)[quoted, swallowed.ended(part["last"])]
                    prices.append(nats.ravel())
        against = np.concatenate(prices) if prices else np.zeros(1)
        return joined(silent), together(loud), against
