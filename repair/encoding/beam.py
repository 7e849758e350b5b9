"""Beam search over the byte lattice of a damaged stretch.

The seen characters are turned into bytes, the channel says what else each may stand for,
and the bytes are read again, pair by pair. The character model scores what comes out. A
hypothesis is synced (no byte is pending) or shifted (a lead byte waits for its trail). The
text as it stands is one of the hypotheses, so the scores are comparable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from repair.encoding import channel
from repair.encoding.channel import LOST, SHIFTED, SYNCED, Codec, Pending, Reading
from repair.encoding.scorer import ORDER, Scorer

BEAM = 110  # hypotheses kept of each kind: more than there are lead bytes
OPEN_PARENTS = 30  # hypotheses that may open an unknown byte
WIDE_PARENTS = 4  # hypotheses that may open two unknown bytes at once
FREE_PARENTS = 12  # hypotheses that may miss a stripped pair
QUIET_PARENTS = 4  # hypotheses that may lose a byte without a trace
END = 0.35  # weight of what the model says about the end of a line: quotations are cut anywhere
UNENDED = 3.0  # nats
HOPELESS = 28.0  # nats behind the best: such a hypothesis is dropped
UNMARKED = 2  # mechanisms without a trace in one hypothesis
RESTORED = 0x80000  # added to an offset in `Hypothesis.origin`: not there, but restored
SCORE = itemgetter(0)  # of a hypothesis


@dataclass(frozen=True, slots=True)
class Op:
    """A mechanism at work: on which seen character, and where in the restored text."""

    name: str
    seen: int  # offset in the window
    length: int
    at: int  # offset in the restored text


class Hypothesis(NamedTuple):
    """One reading of the window so far."""

    score: float
    text: str
    pending: Pending  # byte sets of a character that waits for more; empty when synced
    ops: tuple[Op, ...] = ()
    edges: tuple[int, ...] = ()  # offsets of restored characters with an unknown byte
    skip: int = 0  # seen characters that the last reading has explained already
    unmarked: int = 0
    others: tuple[str, ...] = ()  # what else may stand at each of `edges`
    origin: str = ""  # a character of `text` each: chr(offset of the seen one that ended it)
    told: float = 0.0  # nats of the score that the rest of the document adds

    def waiting(self, pending: Pending) -> Hypothesis:
        """With other bytes that wait for more."""
        return Hypothesis(
            self.score,
            self.text,
            pending,
            self.ops,
            self.edges,
            self.skip,
            self.unmarked,
            self.others,
            self.origin,
        )

    def grown(self, score: float, character: str, origin: str, others: str) -> Hypothesis:
        """With one more character; `others` are what else it may be by its known bytes."""
        edges = (*self.edges, len(self.text)) if others else self.edges
        return Hypothesis(
            score,
            self.text + character,
            (),
            self.ops,
            edges,
            self.skip,
            self.unmarked,
            (*self.others, others) if others else self.others,
            self.origin + origin,
        )

    def copied(self, score: float, character: str, origin: str) -> Hypothesis:
        """With one more character that is left as it stands."""
        return Hypothesis(
            score,
            self.text + character,
            self.pending,
            self.ops,
            self.edges,
            self.skip,
            self.unmarked,
            self.others,
            self.origin + origin,
        )

    def known(self) -> str:
        """The characters that were computed from bytes that are all known."""
        at = (i for i, mark in enumerate(self.origin) if mark >= chr(RESTORED))
        return "".join(self.text[i] for i in at if i not in self.edges)


def search(
    text: str,
    scorer: Scorer,
    *,
    codec: Codec,
    context: str = "",
    after: str = "",
    unmarked: frozenset[int] = frozenset(),
    against: Mapping[str, float],
) -> list[Hypothesis]:
    """The readings of a window, best first; the text as it stands is among them.

    `context` stands before the window, `after` behind it; `unmarked` are the offsets at
    which mechanisms that leave no trace may start; `against` are nats by mechanism for what
    the document says against it, infinite where it rules it out."""
    beam = [Hypothesis(0.0, "", ())]
    whole = text + after
    for at, character in enumerate(text):
        rest = whole[at + 1 : at + 30]
        here = _Place(codec, scorer, context, rest, at, len(text))
        done = [h._replace(skip=h.skip - 1) for h in beam if h.skip]
        ready = sorted((h for h in beam if not h.skip), key=SCORE, reverse=True)
        kinds = {
            SYNCED: [h for h in ready if not h.pending],
            SHIFTED: [h for h in ready if h.pending],
        }
        rows = {
            where: channel.readings(
                codec, whole, at, where, unmarked=at in unmarked, against=against
            )
            for where in kinds
        }
        for where, group in list(kinds.items()):
            for row in rows[where]:
                if not row.length:
                    grown = here.take(sorted(group, key=SCORE, reverse=True), row)
                    for h in grown:
                        kinds[SHIFTED if h.pending else SYNCED].append(h)
        done += here.copy(kinds[SYNCED], character)
        own = codec.bytes_of(character)
        if own is not None:
            plain = Reading("", tuple(bytes((b,)) for b in own), 0.0, 1, True)
            done += here.take(kinds[SHIFTED], plain)
        for where, group in kinds.items():
            for row in rows[where]:
                if row.length:
                    done += here.take(group, row)
        beam = _pruned(done)
    here = _Place(codec, scorer, context, "", len(text), len(text) + 1)
    beam = [h for h in beam if not h.pending and not h.skip]
    if beam and (not after or after[0] in "\r\n"):
        ends = (scorer(here.histories(beam), ["\n"] * len(beam)) * END).tolist()
        beam = [
            h._replace(score=h.score + e - UNENDED * (h.text[-1:] in _OPEN))
            for h, e in zip(beam, ends, strict=True)
        ]
    return sorted(beam, key=SCORE, reverse=True)


def neighbours(
    h: Hypothesis,
    scorer: Scorer,
    context: str,
    after: str,
    opened: Sequence[tuple[int, str, float]],
) -> list[Hypothesis]:
    """The readings that differ from one in a single character: `opened` are offsets in its text,
    what else may stand there, and nats against it.

    What may stand at the end of a run crowds out of the beam what else may stand at its start;
    the one beginning that is left must not pass for a sure one."""
    found = []
    whole = context + h.text + after
    for i, others, cost in opened:
        if len(others) == 1 or i + 1 == len(h.text):
            continue  # eaten characters and the end: more than the model prices them
        at = len(context) + i
        before, behind = whole[max(0, at - ORDER + 1) : at], whole[at + 1 : at + ORDER]
        texts = [c + behind for c in (h.text[i], *others)]
        pasts = [before + t[:k] for t in texts for k in range(len(t))]
        gains = scorer(pasts, "".join(texts)).reshape(len(texts), -1).sum(axis=1)
        ends = h.text[i] in _ENDS  # on which the price of what was eaten behind it depends
        for c, gain in zip(others, (gains[1:] - gains[0]).tolist(), strict=True):
            if gain > -HOPELESS and c != h.text[i] and (c in _ENDS) == ends:
                text = h.text[:i] + c + h.text[i + 1 :]
                found.append(h._replace(score=h.score + gain - cost, text=text))
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A seen character of the window, and all that its readings need."""

    codec: Codec
    scorer: Scorer
    context: str
    rest: str  # what is seen after it
    at: int
    length: int  # of the window

    def copy(self, group: Sequence[Hypothesis], character: str) -> list[Hypothesis]:
        """The hypotheses that leave the character as it stands."""
        if not group:
            return []
        gains = self.scorer(self.histories(group), [character] * len(group))
        mark = chr(self.at)
        return [
            h.copied(h.score + gain, character, mark)
            for h, gain in zip(group, gains.tolist(), strict=True)
        ]

    def take(self, group: Sequence[Hypothesis], row: Reading) -> list[Hypothesis]:
        """The hypotheses that take the bytes of a reading, pruned after each byte."""
        quiet = int(not row.marked and row.mechanism != channel.STRIPPED)
        if quiet:
            group = [h for h in group if h.unmarked < UNMARKED][:QUIET_PARENTS]
        elif row.mechanism == channel.STRIPPED:
            group = group[:FREE_PARENTS]
        elif sum(len(s) > 60 for s in row.sets) > 1:
            group = group[:WIDE_PARENTS]
        elif any(len(s) > 60 for s in row.sets) or channel.SWALLOWED in row.sets:
            group = group[:OPEN_PARENTS]
        if row.mechanism:
            other = _APART.get(row.mechanism)
            group = [
                h._replace(
                    score=h.score - row.cost - APART * any(op.name == other for op in h.ops),
                    ops=(*h.ops, Op(row.mechanism, self.at, row.length, len(h.text))),
                    unmarked=h.unmarked + quiet,
                )
                for h in group
            ]
        for byte in row.sets:
            group = self._feed(group, byte, assumed=row.mechanism in ("S2", "S2b"))
        skip = max(0, row.length - 1)
        if self.at + skip >= self.length:
            return []
        return [h._replace(skip=skip) for h in group] if skip else list(group)

    def _price(self, swallowed: str, h: Hypothesis) -> float:
        """Nats against a swallowed character, beside what the model says: a digit stood
        before digits, a quotation mark where one is open, a blank seldom before a mark."""
        if swallowed == LOST:  # any of the ten digits, of which the model prices one
            return -DIGIT if channel.DIGITS_FOLLOW.match(self.rest) else -TEN
        line = (self.context + h.text).rpartition("\n")[2]
        last, ends = h.text[-1:], ("", "\n", "\r")
        if swallowed == '"':
            # A mark that is open closes after a sentence; one that opens has what announces it
            # before it, and something after it.
            if line.count('"') % 2 == 1:
                fits = last in _ENDS
                return -CLOSING if fits and self.rest[:1] in ends else 0.0 if fits else QUOTE
            return QUOTE if self.rest[:1] in ends else 0.0
        if self.rest[:1] == '"':
            closes = line.count('"') % 2 == 1 or self.rest[1:2] in ends
            return QUOTE if closes and swallowed in ":," else -QUOTE if swallowed in "?!:" else 0.0
        if self.rest[:1] in ends:
            return ENDING
        if swallowed == " " and not re.match(r"[\w\s-]", self.rest):
            return SPACE
        return 0.0

    def histories(self, group: Sequence[Hypothesis]) -> list[str]:
        short = ORDER - 1
        return [
            h.text[-short:] if len(h.text) >= short else (self.context + h.text)[-short:]
            for h in group
        ]

    def _feed(self, group: Sequence[Hypothesis], byte: bytes, *, assumed: bool) -> list[Hypothesis]:
        """The best hypotheses after one more byte; an assumed one is known, but not seen."""
        eaten = byte is channel.SWALLOWED  # such characters have prices of their own
        silent: list[Hypothesis] = []
        parents: list[Hypothesis] = []
        news: list[str] = []
        for h in group:
            if eaten:
                new, pending = "" if h.pending else swallowed(self.rest), h.pending
            else:
                new, pending = self.codec.take(h.pending, byte)
            if new:
                parents.append(h)
                news.append(new)
            elif pending and not eaten:
                silent.append(h.waiting(pending))
        if not parents:
            return silent
        repeats = [len(new) for new in news]
        whole = "".join(news)
        gains = self.scorer(self.histories(parents), news)
        scores = np.repeat([h.score for h in parents], repeats) + gains
        if eaten:
            prices = [self._price(c, h) for h, new in zip(parents, news, strict=True) for c in new]
            scores -= np.array(prices)
        if len(scores) > 4 * BEAM:
            best = np.argpartition(-scores, BEAM)[:BEAM]
            best = np.sort(best)
            best = best[np.argsort(-scores[best], kind="stable")]
        else:
            best = np.argsort(-scores, kind="stable")[:BEAM]
        best = best[scores[best] > scores[best[0]] - HOPELESS]
        which = np.repeat(np.arange(len(parents)), repeats)[best].tolist()
        mark = chr(RESTORED + self.at)
        others = [
            new[: 1 if eaten else None]
            if assumed or len(byte) > 1 or any(len(p) > 1 for p in h.pending)
            else ""
            for h, new in zip(parents, news, strict=True)
        ]
        grown = [
            parents[k].grown(score, whole[i], mark, others[k])
            for i, k, score in zip(best.tolist(), which, scores[best].tolist(), strict=True)
        ]
        return silent + grown


_ENDS = tuple("。！？…")  # a sentence; a mark of quotation closes behind it
_OPEN = tuple("、（《“‘【")  # no line ends on these
# What replaced full-width forms byte by byte left few to fold; nats against both in one run.
_APART = {"S2": "fold", "fold": "S2"}
APART = 6.0

# What a decoder may have eaten after a lone lead byte, and nats for a digit before
# digits.
_PUNCTUATION = " \"'(),-./:;!?<"
DIGIT, QUOTE, CLOSING, SPACE, ENDING = 5.0, 5.0, 18.0, 3.0, 5.0
TEN = 2.3  # nats: ln 10
LOST_BEFORE_DIGITS = "-. ("


def swallowed(rest: str) -> str:
    """The ASCII characters that may have stood before `rest`.

    A digit is always LOST: which one it was, nobody can know."""
    if channel.DIGITS_FOLLOW.match(rest):
        return LOST + LOST_BEFORE_DIGITS
    return LOST + _PUNCTUATION


def _pruned(beam: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The best of each kind, and always the text as it stands."""
    kept: list[Hypothesis] = []
    seen: set[tuple[str, Pending, int]] = set()
    counts: dict[tuple[bool, bool], int] = {}
    best: dict[tuple[bool, bool], float] = {}
    for h in sorted(beam, key=SCORE, reverse=True):
        kind = (bool(h.pending), bool(h.skip))
        key = (h.text, h.pending, h.skip)
        top = best.setdefault(kind, h.score)
        if key in seen or (h.ops and (counts.get(kind, 0) >= BEAM or h.score < top - HOPELESS)):
            continue
        seen.add(key)
        counts[kind] = counts.get(kind, 0) + 1
        kept.append(h)
    return kept
