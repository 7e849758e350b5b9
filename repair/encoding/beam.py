"""Beam search over the byte lattice of a damaged stretch.

The seen characters are turned into bytes, the channel says what else each may stand for,
and the bytes are read again, pair by pair. The character model scores what comes out. A
hypothesis is synced (no byte is pending) or shifted (a lead byte waits for its trail). The
text as it stands is one of the hypotheses, so the scores are comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import channel
from repair.encoding.channel import LOST, SHIFTED, SYNCED, Codec, Reading

BEAM = 110  # hypotheses kept of each kind: more than there are lead bytes
WIDE_PARENTS = 8  # hypotheses that may open two unknown bytes at once
QUIET_PARENTS = 4  # hypotheses that may lose a byte without a trace
UNMARKED = 2  # mechanisms without a trace in one hypothesis
RESTORED = "\uffff"  # in `Hypothesis.copied`: the character does not stand in the text
ORDER = 5  # of the model: a character is scored after the four before it


@dataclass(frozen=True, slots=True)
class Op:
    """A mechanism at work: on which seen character, and where in the restored text."""

    name: str
    seen: int  # offset in the window
    length: int
    at: int  # offset in the restored text


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the window so far."""

    score: float
    text: str
    pending: bytes  # byte set of a lead byte that waits; empty when synced
    ops: tuple[Op, ...] = ()
    edges: tuple[int, ...] = ()  # offsets of restored characters with an unknown byte
    skip: int = 0  # seen characters that the last reading has explained already
    unmarked: int = 0
    copied: str = ""  # one character a character of `text`: chr(its offset) or RESTORED

    @property
    def shape(self) -> tuple[object, ...]:
        """What makes two hypotheses two fillings of one and the same lattice."""
        return (self.edges, self.copied)


class Scorer:
    """The model's view of a short continuation, many at once."""

    def __init__(self, traditional: bool | None) -> None:
        self.model = lm.load()
        self.traditional = traditional

    def __call__(self, histories: Sequence[str], news: Sequence[str]) -> NDArray[np.float64]:
        """The log-probability of each `new` after its history."""
        parts, ends, lengths = [], [], []
        total = 0
        for history, new in zip(histories, news, strict=True):
            part = history[1 - ORDER :].rjust(ORDER - 1, "\n") + new
            total += len(part)
            parts.append(part)
            ends.append(total)
            lengths.append(len(new))
        scores = self.model.score("".join(parts).replace(LOST, "1")).astype(np.float64)
        sums = np.concatenate(([0.0], np.cumsum(scores)))
        stops = np.array(ends)
        found: NDArray[np.float64] = sums[stops] - sums[stops - np.array(lengths)]
        if self.traditional is not None:
            found += np.array([self._script(new) for new in news])
        return found

    def _script(self, new: str) -> float:
        """The model folds traditional to simplified: the document's script decides there."""
        wrong = channel.simplified_only if self.traditional else channel.traditional_only
        return -4.0 * sum(wrong(c) for c in new)


@dataclass(frozen=True, slots=True)
class Step:
    """What a hypothesis takes next, before the model has scored it."""

    parent: Hypothesis
    new: str
    pending: bytes
    cost: float = 0.0
    copied: str = ""
    edges: tuple[int, ...] = ()


def search(
    text: str,
    codec: Codec,
    scorer: Scorer,
    *,
    context: str = "",
    after: str = "",
    unmarked: frozenset[int] = frozenset(),
    blind: bool = False,
) -> list[Hypothesis]:
    """The readings of a window, best first; the text as it stands is among them.

    `context` stands before the window, `after` behind it; `unmarked` are the offsets at
    which mechanisms that leave no trace may start; `blind` says that private-use
    characters were stripped."""
    beam = [Hypothesis(0.0, "", b"")]
    for at, character in enumerate(text):
        rest = text[at + 1 : at + 30] + after[: max(0, at + 30 - len(text))]
        here = _Place(codec, scorer, context, rest, at)
        done = [replace(h, skip=h.skip - 1) for h in beam if h.skip]
        ready = sorted((h for h in beam if not h.skip), key=lambda h: -h.score)
        kinds = {SYNCED: [h for h in ready if not h.pending], SHIFTED: [h for h in ready if h.pending]}
        rows = {
            where: channel.readings(codec, text, at, where, unmarked=at in unmarked, blind=blind)
            for where in kinds
        }
        for where, group in list(kinds.items()):
            for row in rows[where]:
                if not row.length:
                    for h in here.take(group, row):
                        kinds[SHIFTED if h.pending else SYNCED].append(h)
        done += here.copy(kinds[SYNCED], character)
        own = codec.bytes_of(character)
        if own is not None:
            seen = Reading("", tuple(bytes((b,)) for b in own), 0.0, 1, True)
            done += here.take(kinds[SHIFTED], seen)
        for where, group in kinds.items():
            for row in rows[where]:
                if row.length:
                    done += here.take(group, row)
        beam = _pruned(done)
    return sorted((h for h in beam if not h.pending and not h.skip), key=lambda h: -h.score)


@dataclass(frozen=True, slots=True)
class _Place:
    """A seen character of the window, and all that its readings need."""

    codec: Codec
    scorer: Scorer
    context: str
    rest: str  # what is seen after it
    at: int

    def copy(self, group: Sequence[Hypothesis], character: str) -> list[Hypothesis]:
        """The hypotheses that leave the character as it stands."""
        return self._scored([Step(h, character, b"", 0.0, chr(self.at)) for h in group])

    def take(self, group: Sequence[Hypothesis], row: Reading) -> list[Hypothesis]:
        """The hypotheses that take the bytes of a reading, pruned after each byte."""
        quiet = int(not row.marked and row.mechanism != "stripped")
        open_bytes = sum(len(s) > 60 for s in row.sets)
        if quiet:
            group = [h for h in group if h.unmarked < UNMARKED][:QUIET_PARENTS]
        elif row.mechanism == "stripped" or open_bytes > 1:
            group = group[:WIDE_PARENTS]
        if row.mechanism:
            op = Op(row.mechanism, self.at, row.length, 0)
            group = [
                replace(
                    h,
                    score=h.score - row.cost,
                    ops=(*h.ops, replace(op, at=len(h.text))),
                    unmarked=h.unmarked + quiet,
                )
                for h in group
            ]
        for byte in row.sets:
            steps = [step for h in group for step in self._feed(h, byte)]
            group = self._scored(steps)
            if len(group) > BEAM:
                group = _pruned(group)
        skip = max(0, row.length - 1)
        return [replace(h, skip=skip) for h in group] if skip else list(group)

    def _feed(self, h: Hypothesis, byte: bytes) -> list[Step]:
        """The steps in which a hypothesis takes one byte."""
        at = len(h.text)
        if byte is channel.SWALLOWED:
            return [
                Step(h, c, b"", cost, RESTORED * len(c), tuple(range(at, at + len(c))))
                for c, cost in (() if h.pending else swallowed(self.rest))
            ]
        if h.pending:
            edge = (at,) if len(h.pending) > 1 or len(byte) > 1 else ()
            found = self.codec.characters(h.pending, byte)
            return [Step(h, c, b"", 0.0, RESTORED, edge) for c in found]
        if len(byte) == 1 and byte < b"\x80":
            return [Step(h, byte.decode("ascii"), b"", 0.0, RESTORED)]
        leads = byte if len(byte) == 1 else bytes(b for b in byte if b >= self.codec.leads[0])
        return [Step(h, "", leads)] if leads and leads[0] >= self.codec.leads[0] else []

    def _scored(self, steps: Sequence[Step]) -> list[Hypothesis]:
        """The hypotheses after some steps."""
        speaking = [i for i, step in enumerate(steps) if step.new]
        gains = np.zeros(len(steps))
        if speaking:
            texts = [steps[i].parent.text[1 - ORDER :] for i in speaking]
            gains[speaking] = self.scorer(
                [t if len(t) == ORDER - 1 else (self.context + t)[1 - ORDER :] for t in texts],
                [steps[i].new for i in speaking],
            )
        return [
            Hypothesis(
                step.parent.score + gain - step.cost,
                step.parent.text + step.new,
                step.pending,
                step.parent.ops,
                step.parent.edges + step.edges,
                0,
                step.parent.unmarked,
                step.parent.copied + step.copied,
            )
            for step, gain in zip(steps, gains.tolist(), strict=True)
        ]


# What a decoder may have eaten after a lone lead byte, and its price in nats by what follows.
TORN = -12.0  # a torn tag is sure: more than the model thinks of a `<` in prose
_PUNCTUATION = " \"'(),-./:;!?<"


def swallowed(rest: str) -> list[tuple[str, float]]:
    """The ASCII characters that may have stood before `rest`, with a cost each.

    A digit is always LOST: which one it was, nobody can know. A torn tag has lost its `<`."""
    if channel.TORN_TAG.match(rest):
        return [("<", TORN)]
    if channel.DIGITS_FOLLOW.match(rest):
        return [(LOST, 0.0), ("-", 3.0), (".", 5.0), (" ", 4.0), ("(", 4.0)]
    found = [(c, 1.5) for c in _PUNCTUATION] + [(LOST, 0.5)]
    if not rest or rest[0] in "\r\n":
        found.append(("", 0.0))
    return found


def _pruned(beam: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The best of each kind, and always the text as it stands."""
    kept: list[Hypothesis] = []
    seen: set[tuple[str, bytes, int]] = set()
    counts: dict[tuple[bool, bool], int] = {}
    for h in sorted(beam, key=lambda h: -h.score):
        kind = (bool(h.pending), bool(h.skip))
        key = (h.text, h.pending, h.skip)
        if key in seen or (counts.get(kind, 0) >= BEAM and h.ops):
            continue
        seen.add(key)
        counts[kind] = counts.get(kind, 0) + 1
        kept.append(h)
    return kept

