"""Byte slips: find the places, search their readings, decide what is damaged.

Thresholds: DESIGN.md section 1 (30 nats for a run without an anchor), the others were
chosen on simulated slips and on sound text, `python -m benchmarks.encoding` shows both: with
all of them 4,125 of 4,125 edits were right on 5,000 slips that none was chosen on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter

import numpy as np

from repair.encoding import beam, channel, places, shifted, verdict
from repair.encoding.channel import LOST, Codec
from repair.encoding.counts import Counts
from repair.encoding.hypothesis import OTHERS, Hypothesis, Op
from repair.encoding.neighbours import neighbours
from repair.encoding.places import Anchor, Window
from repair.encoding.scorer import Scorer
from repair.encoding.sequences import MARKS
from repair.encoding.verdict import Verdict
from repair.lm import chars
from repair.model import Context, Edit, Finding, StageResult
from repair.patterns import lazy

GAIN_MARKED = 8.0  # nats by which a reading with a trace beats the text as it stands
GAIN_QUIET = 30.0  # the same where nothing but the rare characters speaks for damage
UNTOUCHED = 6.0  # nats against S2 where the document has a pair that it would have replaced
REPLACED = bytes((0xA3, *range(0xB0, 0xC0)))  # what may follow the A3 that S2 replaced
ODD_FORM = 6.0  # nats against that where the reading takes it for a `？`
SECOND = 6.0  # nats by which Big5 must explain a window better than GBK
CONTEXT = 40  # characters before and after a window that are looked at
TOGETHER = 8  # windows that are searched together
# Places that look like damage in the windows of a text that is searched, at about 8 ms each: so
# many, and in a long text one in so many characters. Where there are more none is searched, else
# what is repaired would make room for others the next time.
MOST, EVERY = 400, 50
UNSEARCHED = 0.5  # confidence in that
TOO_MANY = "the text looks read one byte off here; it does so in too many places to search each"
SAMPLE = 20_000  # characters of a text that tell its script


def find(text: str, windows: Sequence[Window], context: Context) -> StageResult:
    """The byte slips of a text in windows around places that look like damage."""
    if not windows:
        return StageResult()
    if sum(len(group) for *_, group in windows) > max(MOST, len(text) // EVERY):
        return StageResult(findings=tuple(_unsearched(text, windows)))
    edits: list[Edit] = []
    findings: list[Finding] = []
    done = 0
    document = Slips(text)
    for first in range(0, len(windows), TOGETHER):
        some = windows[first : first + TOGETHER]
        for (start, end, group), searched in zip(some, document.search(some), strict=True):
            if start < done < end:  # what was said reaches into it
                (searched,) = document.search([(done, end, group)])
            elif start < done:
                continue
            for said in document.decide(searched, group, context.config.unsure):
                edits += said.edits
                findings += said.findings
                done = max([done, *(e.end for e in said.edits), *(f.end for f in said.findings)])
    return StageResult(tuple(edits), tuple(findings))


def _unsearched(text: str, windows: Sequence[Window]) -> Iterator[Finding]:
    """Questions about windows that are too many to be searched: what lies inside, one byte off,
    between the edges that only a search could tell."""
    done = 0
    runs = shifted.runs([text[start:end] for start, end, _ in windows], places.CODECS[:1])[0]
    for (first, _, group), run in zip(windows, runs, strict=True):
        start, end = group[0].start, max(a.end for a in group)
        if run.gain >= places.INTERIOR:
            start, end = first + run.start, first + run.end
            start -= text[start - 1 : start] in MARKS
        if done <= start:
            before = after = text[start:end]
            if run.gain >= places.INTERIOR:
                inside = shifted.shifted(before.strip(MARKS), places.CODECS[0])
                after = LOST + inside.replace(shifted.NOTHING, LOST) + LOST
            yield Finding(start, end, before, after, verdict.CODE, UNSEARCHED, TOO_MANY)
            done = end


@dataclass(frozen=True, slots=True)
class Searched:
    """A window that was searched in a codec, and its readings, the best first."""

    window: beam.Window
    found: list[Hypothesis]

    @property
    def gain(self) -> float:
        """Nats by which the best reads better than the text as it stands."""
        seen = next((h.score for h in self.found if not h.ops), math.inf)
        return self.found[0].score - seen


class Slips:
    """Decisions about the damaged places of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.traditional = script(text)
        self.scorer = Scorer(self.traditional)
        self.against = _against(text, self.traditional)
        self.markup = re.search(r"<[a-zA-Z!][^<>]*>", text) is not None
        self.counts = Counts(text)

    def search(self, windows: Sequence[Window]) -> list[Searched]:
        """Each window in the codec that explains it best: GBK, or in traditional text Big5
        where it gains clearly more."""
        codecs = [channel.codec(n) for n in places.CODECS[: 2 if self.traditional else 1]]
        asked = [
            [self._window(start, end, unmarked, codec) for codec in codecs]
            for (start, end, _), unmarked in zip(windows, self._quiet(windows), strict=True)
        ]
        chosen = []
        for rivals, found in zip(asked, beam.search(asked, self.scorer), strict=True):
            best, *others = map(self._informed, rivals, found)
            for other in others:
                best = other if other.gain > best.gain + SECOND else best
            chosen.append(best)
        return chosen

    def _informed(self, window: beam.Window, found: Sequence[Hypothesis]) -> Searched:
        """The readings of a window, with what the rest of the document says of them."""
        if len(found) > 1:
            found = self.counts.near(window.start, window.end).informed(found)
        return Searched(window, sorted(found, key=_score, reverse=True))

    def decide(
        self, searched: Searched, anchors: Sequence[Anchor], unsure: str
    ) -> Iterator[StageResult]:
        """What to do about a window: nothing, or for each of its runs an edit, a finding
        or both over one span."""
        window, found = searched.window, searched.found
        best = found[0]
        # One letter after a `?` proves nothing: a trail byte and a letter are a rare character.
        known = best.known()
        thin = known.isascii() and known != ""
        marked = any(a.marked for a in anchors) and not best.unmarked and not thin
        if not best.ops or searched.gain < (GAIN_MARKED if marked else GAIN_QUIET):
            return
        opened = self._opened(best, window)
        elsewhere = self.counts.near(window.start, window.end)
        found = [*found, *neighbours(found, window, opened, self.scorer, elsewhere)]
        best = max((h for h in found if OTHERS not in h.text), key=_score)
        found = [best, *(h for h in found if h is not best)]
        verdict = Verdict(self.text, window, found, self._guessed(best, window), self.markup)
        yield from map(verdict.of, verdict.runs(), repeat(unsure))

    def _quiet(self, windows: Sequence[Window]) -> list[frozenset[int]]:
        """Where in windows a byte may be missing without a trace: near the ends of what looks
        damaged, and near the place from which it reads better one byte off. Before that place
        may stand a rare character that is sound."""
        every: list[set[int]] = []
        for start, _, anchors in windows:
            found: set[int] = set()
            for anchor in anchors:
                private = places.PRIVATE.search(self.text, anchor.start, anchor.end)
                if private or anchor.end - anchor.start > 2:
                    found.update(range(anchor.start - 6 - start, anchor.start + 2 - start))
                    found.update(range(anchor.end - 1 - start, anchor.end + 2 - start))
            every.append(found)
        quiet = [n for n, found in enumerate(every) if found]
        if quiet:
            texts = [self.text[slice(*windows[n][:2])] for n in quiet]
            (runs,) = shifted.runs(texts, places.CODECS[:1])
            for n, run in zip(quiet, runs, strict=True):
                if run.gain > 0:
                    every[n].update(range(run.start - 2, run.start + 3))
        return [frozenset(found) for found in every]

    def _window(self, start: int, end: int, quiet: frozenset[int], codec: Codec) -> beam.Window:
        """A window as it is searched."""
        line = self.text.rfind("\n", 0, start) + 1
        seen = max(line, start - CONTEXT)
        opened = '"' * (self.text.count('"', line, seen) % 2)  # a mark that began further back
        context, after = opened + self.text[seen:start], self.text[end : end + CONTEXT]
        shown = self.text[start:end]
        return beam.Window(shown, codec, start, context, after, quiet, self.against)

    def _opened(self, h: Hypothesis, window: beam.Window) -> list[tuple[int, str, float]]:
        """The characters of a reading that may be others, with nats against that. After a `?`
        that stands for a lost byte another one may be a folded `？`, or any form that was
        replaced as S2 does."""
        found = [(i, others, 0.0) for i, others in zip(h.edges, h.others, strict=True)]
        for op in self._folded(h, window):
            after = window.codec.bytes_of(h.text[op.at + 1 : op.at + 2])
            if after and op.at + 1 not in h.edges:
                others = channel.characters(window.codec, (REPLACED, after[1:]))
                found.append((op.at + 1, others, ODD_FORM))
        return found

    def _folded(self, h: Hypothesis, window: beam.Window) -> list[Op]:
        """Where a reading takes a `?` right behind another mark for a folded `？`."""
        folds = (op for op in h.ops if op.name == "fold")
        return [op for op in folds if _TWICE.match(self.text, window.start + op.seen - 1)]

    def _guessed(self, h: Hypothesis, window: beam.Window) -> set[int]:
        """The characters of a reading that only the table's costs tell: what was before a folded
        `？`, and the two that `81 45` was written over, of whose pairs the beam knows few."""
        over = {op.at + k for op in h.ops if op.name.startswith("S3") for k in (0, 1)}
        return over | {op.at for op in self._folded(h, window)}


_score = attrgetter("score")


def _against(text: str, traditional: bool | None) -> dict[str, float]:
    """Nats against mechanisms because what they change is still there: private-use characters,
    and full-width forms that lie across a character boundary. Those are simplified text's."""
    costs = {}
    if places.PRIVATE.search(text):
        costs["stripped"] = math.inf
    code = channel.codec("gbk").bytes_of
    if traditional:
        costs["S2"] = math.inf
    elif any(b"\xb0" <= (code(m[1]) or b"\0")[:1] <= b"\xbf" for m in _ENDS_A3.finditer(text)):
        costs["S2"] = costs["S2b"] = UNTOUCHED  # it may have replaced one pair and left another
    if traditional is not False:
        costs["S2b"] = math.inf
    return costs


_TWICE = lazy(r"[?\ufffd]\?")
# The frequent characters whose trail byte is a3: before a lead byte from b0 to bf they make
# a full-width digit, `：`, `；` or `？` across the boundary.
_ENDS_A3 = lazy("[。常校祝保海停](?=(.))", re.DOTALL)


def script(text: str) -> bool | None:
    """True for traditional, False for simplified, None where the text does not say."""
    points = chars.basic(chars.codes(text[:SAMPLE]))
    simplified, traditional = np.bincount(channel.scripts().take(points), minlength=3)[1:].tolist()
    if traditional + simplified < 3:
        return None
    return bool(traditional > simplified)
