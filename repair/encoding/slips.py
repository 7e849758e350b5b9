"""Byte slips: find the places, search their readings, decide what to apply and what to ask.

Thresholds: DESIGN.md section 1 (30 nats for a run without an anchor), the others were
chosen on simulated slips and on sound text, `python -m benchmarks.encoding` shows both: with
all of them 4,121 of 4,122 edits were right on 5,000 slips that none was chosen on.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from repair.encoding import beam, channel, gate, places, shifted
from repair.encoding.beam import RESTORED, SCORE, Hypothesis, Op
from repair.encoding.channel import LOST, Codec
from repair.encoding.counts import CONTEXT, Counts
from repair.encoding.places import Anchor
from repair.encoding.scorer import Scorer
from repair.model import Candidate, Context, Edit, Finding, StageResult
from repair.patterns import lazy

CODE = "ENC001"
GAIN_MARKED = 8.0  # nats by which a reading with a trace beats the text as it stands
GAIN_QUIET = 30.0  # the same where nothing but the rare characters speaks for damage
# Probability from which a character of the reading is written: of the inside of a run, and
# where a byte is open. Beside a byte that is missing without a trace it is never sure. Chosen
# on 2,000 slips of the tuning half: with 0.999 for all edges five of 1,686 edits were wrong.
SURE, SURE_EDGE, NEVER = 0.99, 0.9995, math.inf
AGREED = 0.9  # the same without what the rest of the document says
ODDEST = 14.0  # nats: so rare a character shows that its place is not understood
# Mechanisms that are common in some documents and absent from most, and nats that are taken
# from what needs them: what only their prior decides is not sure. A stripped character may
# smooth over anything that the model finds odd.
RARE = {"S2": 9.0, "S2b": 9.0, "stripped": 18.0}
UNTOUCHED = 6.0  # nats against S2 where the document has a pair that it would have replaced
REPLACED = bytes((0xA3, *range(0xB0, 0xC0)))  # what may follow the A3 that S2 replaced
ODD_FORM = 6.0  # nats against that where the reading takes it for a `？`
SHAPE = 0.85  # probability of the number of characters, from which a run is applied
QUIET = ("S5", "S5t", "S6")  # mechanisms that leave no trace of their own
SECOND = 6.0  # nats by which Big5 must explain a window better than GBK
CANDIDATES = 8
TEMPERATURE = 1.4  # the model's odds are too sure: calibrated on simulated slips


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of a hypothesis that differs from the text: seen and restored offsets."""

    start: int
    end: int
    first: int
    last: int


def find(text: str, anchors: Sequence[Anchor], context: Context) -> StageResult:
    """The byte slips of a text around places that look like damage."""
    if not anchors:
        return StageResult()
    edits: list[Edit] = []
    findings: list[Finding] = []
    document: Slips | None = None
    done = 0
    for start, end, group in places.promising(text, anchors):
        start = max(start, done)
        if start >= end:
            continue
        document = document or Slips(text)
        for said in document.decide(start, end, group, context.config.unsure):
            edits += said.edits
            findings += said.findings
            done = max([done, *(e.end for e in said.edits), *(f.end for f in said.findings)])
    return StageResult(tuple(edits), tuple(findings))


class Slips:
    """Decisions about the damaged places of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.traditional = script(text)
        self.against = _against(text, self.traditional)
        self.markup = re.search(r"<[a-zA-Z!][^<>]*>", text) is not None
        self.counts = Counts(text)

    def decide(
        self, start: int, end: int, anchors: Sequence[Anchor], unsure: str
    ) -> list[StageResult]:
        """What to do about a window: nothing, or for each of its runs an edit, a finding
        or both over one span."""
        marked = any(a.marked for a in anchors)
        codec, found = self._best(start, end, self._quiet(start, end, anchors))
        best, seen = found[0], next((h for h in found if not h.ops), None)
        # One letter after a `?` proves nothing: a trail byte and a letter are a rare character.
        thin = best.known().isascii() and best.known() != ""
        needed = GAIN_MARKED if marked and not best.unmarked and not thin else GAIN_QUIET
        if not best.ops or seen is None or best.score - seen.score < needed:
            return []
        runs = _stretches(best, end - start)
        views, guessed = _views(found), self._guessed(best, start)
        return [self._run(found, views, guessed, run, start, codec, unsure) for run in runs]

    def _quiet(self, start: int, end: int, anchors: Sequence[Anchor]) -> frozenset[int]:
        """Where in a window a byte may be missing without a trace: near the ends of what looks
        damaged, and near the place from which it reads better one byte off. Before that place
        may stand a rare character that is sound."""
        found: set[int] = set()
        for anchor in anchors:
            private = _PRIVATE.search(self.text, anchor.start, anchor.end)
            if private or anchor.end - anchor.start > 2:
                found.update(range(anchor.start - 6 - start, anchor.start + 2 - start))
                found.update(range(anchor.end - 1 - start, anchor.end + 2 - start))
        if found:
            run = shifted.runs([self.text[start:end]], places.CODECS[:1])[0][0]
            if run.gain > 0:
                found.update(range(run.start - 2, run.start + 3))
        return frozenset(found)

    def _best(self, start: int, end: int, quiet: frozenset[int]) -> tuple[Codec, list[Hypothesis]]:
        """The readings in the codec that explains a window best: GBK, or in traditional text
        Big5 where it gains clearly more."""
        best: tuple[float, Codec, list[Hypothesis]] | None = None
        for name in places.CODECS if self.traditional else places.CODECS[:1]:
            codec = channel.codec(name)
            found = self._search(start, end, codec, quiet)
            seen = next((h.score for h in found if not h.ops), found[0].score)
            gain = found[0].score - seen
            if best is None or gain > best[0] + SECOND:
                best = gain, codec, found
        assert best is not None
        return best[1:]

    def _search(
        self, start: int, end: int, codec: Codec, unmarked: frozenset[int]
    ) -> list[Hypothesis]:
        scorer = Scorer(self.traditional)
        line = self.text.rfind("\n", 0, start) + 1
        seen = max(line, start - CONTEXT)
        opened = '"' * (self.text.count('"', line, seen) % 2)  # a mark that began further back
        context, after = opened + self.text[seen:start], self.text[end : end + CONTEXT]
        found = beam.search(
            self.text[start:end],
            scorer,
            codec=codec,
            context=context,
            after=after,
            unmarked=unmarked,
            against=self.against,
        )
        told = self.counts.informed(found, start, end)
        best = max(zip(told, found, strict=True), key=lambda pair: SCORE(pair[0]))[1]
        there = {(h.text, h.origin) for h in found}
        near = beam.neighbours(best, scorer, context, after, self._opened(best, start, codec))
        told += self.counts.informed(
            [h for h in near if (h.text, h.origin) not in there], start, end
        )
        return sorted(told, key=SCORE, reverse=True)

    def _opened(self, h: Hypothesis, start: int, codec: Codec) -> list[tuple[int, str, float]]:
        """The characters of a reading that may be others, with nats against that. After a `?`
        that stands for a lost byte another one may be a folded `？`, or any form that was
        replaced as S2 does."""
        found = [(i, others, 0.0) for i, others in zip(h.edges, h.others, strict=True)]
        for op in self._folded(h, start):
            after = codec.bytes_of(h.text[op.at + 1 : op.at + 2])
            if after and op.at + 1 not in h.edges:
                found.append(
                    (op.at + 1, channel.characters(codec, (REPLACED, after[1:])), ODD_FORM)
                )
        return found

    def _folded(self, h: Hypothesis, start: int) -> list[Op]:
        """Where a reading takes a `?` right behind another mark for a folded `？`."""
        folds = (op for op in h.ops if op.name == "fold")
        return [op for op in folds if _TWICE.match(self.text, start + op.seen - 1)]

    def _guessed(self, h: Hypothesis, start: int) -> set[int]:
        """The characters of a reading that only the table's costs tell: what was before a folded
        `？`, and the two that `81 45` was written over, of whose pairs the beam knows few."""
        over = {op.at + k for op in h.ops if op.name.startswith("S3") for k in (0, 1)}
        return over | {op.at for op in self._folded(h, start)}

    def _run(
        self,
        found: Sequence[Hypothesis],
        views: Sequence[Sequence[float]],
        guessed: set[int],
        run: Stretch,
        start: int,
        codec: Codec,
        unsure: str,
    ) -> StageResult:
        """The result for one run of the best reading; `views` are the probabilities of all."""
        text, best, weights = self.text, found[0], views[0]
        at, stop = start + run.start, start + run.end
        before, reading = text[at:stop], best.text[run.first : run.last]
        marginals = zip(*(_marginals(found, w, run) for w in views), strict=True)
        sure = [min(p, doubted) if alone >= AGREED else 0.0 for p, doubted, alone in marginals]
        readings: dict[str, float] = {}
        for h, weight in zip(found, weights, strict=True):
            inside = _between(h, run)
            readings[inside] = readings.get(inside, 0.0) + weight
        least = _least(best, run, guessed)
        held = [
            p >= q and gate.rare(c) <= ODDEST for p, q, c in zip(sure, least, reading, strict=True)
        ]
        shown = "".join(c if ok else LOST for c, ok in zip(reading, held, strict=True))
        tag = self._tag(best, run, start)
        shown, reading = shown + tag, reading + tag
        readings = {r + tag: n for r, n in readings.items()}
        ranked = [Candidate(reading, round(readings.get(reading, 0.0), 4), "model")]
        ranked += [
            Candidate(r, round(n, 4), "model")
            for r, n in sorted(readings.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]
            if n >= 0.001 and r not in (before, reading)
        ]
        evidence = _evidence(best, run, before, reading, codec)
        finding = Finding(
            at,
            stop,
            before,
            reading,
            CODE,
            ranked[0].confidence,
            evidence,
            tuple(ranked[:CANDIDATES]),
        )
        torn = any(op.name == "torn" for op in best.ops)
        certain = any(i not in best.edges for i in range(run.first, run.last))
        swallowed = unsure == "guess" and len(before) > 1
        if not (certain or tag or torn or before.strip("?\ufffd") or swallowed):
            return StageResult(findings=(finding,))  # nothing but a question mark speaks for it
        vague = shown.strip(LOST) == tag or min(_shape(found, w, run) for w in views) < SHAPE
        if (unsure == "keep" and LOST in shown) or (unsure == "mark" and vague):
            return StageResult(findings=(finding,))
        written = [p for p, ok in zip(sure, held, strict=True) if ok]
        confidence = min(written, default=ranked[0].confidence)
        after = reading if unsure == "guess" else shown
        edit = Edit(at, stop, before, after, CODE, round(min(confidence, 0.9999), 4), evidence)
        return StageResult((edit,), (finding,) if LOST in shown else ())

    def _tag(self, best: Hypothesis, run: Stretch, start: int) -> str:
        """The tag that lost its `<` to the run, whole again. A closing tag in a text that has
        no other markup is no content: it goes."""
        torn = [op for op in best.ops if op.name == "torn" and run.start <= op.seen < run.end]
        if not torn:
            return ""
        seen = self.text[start + torn[-1].seen + 1 : start + torn[-1].seen + torn[-1].length]
        return "" if seen.startswith("/") and not self.markup else "<" + seen


def _views(found: Sequence[Hypothesis]) -> list[list[float]]:
    """The probability of each hypothesis among all that were found: as they are scored, with
    what is taken from those that need a mechanism in RARE, and without what the rest of the
    document says, where one word may pass for a habit."""
    return [
        _weights([h.score for h in found]),
        _weights([h.score - max(map(_doubt, h.ops), default=0.0) for h in found]),
        _weights([h.score - h.told for h in found]),
    ]


def _doubt(op: Op) -> float:
    return RARE.get(op.name, 0.0)


def _weights(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    raw = [math.exp((score - top) / TEMPERATURE) for score in scores]
    total = sum(raw)
    return [r / total for r in raw]


def _stretches(h: Hypothesis, length: int) -> list[Stretch]:
    """The runs of a hypothesis that don't stand in the text as they are."""
    runs: list[Stretch] = []
    seen, first = -1, 0
    for i, mark in enumerate(h.origin + chr(length)):
        if mark >= chr(RESTORED):
            continue
        if i > first or ord(mark) > seen + 1:
            runs.append(Stretch(seen + 1, ord(mark), first, i))
        seen, first = ord(mark), i + 1
    return runs


def _marginals(found: Sequence[Hypothesis], weights: Sequence[float], run: Stretch) -> list[float]:
    """How sure each character of the best reading's run is: the weight of all readings that
    have the same character made of the same bytes."""
    best = found[0]
    want = list(zip(best.text, best.origin, strict=True))[run.first : run.last]
    sure = [0.0] * len(want)
    for h, weight in zip(found, weights, strict=True):
        have = set(zip(h.text, h.origin, strict=True))
        for i, pair in enumerate(want):
            if pair in have:
                sure[i] += weight
    return sure


def _least(best: Hypothesis, run: Stretch, guessed: set[int]) -> list[float]:
    """The probability that each character of the run needs to be written; `guessed` never is."""
    never = {op.at + k for op in best.ops if op.name in QUIET for k in (-1, 0, 1)}
    never |= guessed
    return [
        NEVER if i in never else SURE_EDGE if i in best.edges else SURE
        for i in range(run.first, run.last)
    ]


def _shape(found: Sequence[Hypothesis], weights: Sequence[float], run: Stretch) -> float:
    """The weight of the readings that have as many characters as the best one, at the same
    places: how sure the number of lost characters is."""
    want = found[0].origin[run.first : run.last]
    return sum(w for h, w in zip(found, weights, strict=True) if want in h.origin)


def _between(h: Hypothesis, run: Stretch) -> str:
    """What a hypothesis has in the place of a run."""
    inside = [i for i, o in enumerate(h.origin) if run.start <= ord(o) % RESTORED < run.end]
    return h.text[inside[0] : inside[-1] + 1] if inside else ""


def _against(text: str, traditional: bool | None) -> dict[str, float]:
    """Nats against mechanisms because what they change is still there: private-use characters,
    and full-width forms that lie across a character boundary. Those are simplified text's."""
    costs = {}
    if _PRIVATE.search(text):
        costs["stripped"] = math.inf
    lead = channel.codec("gbk").bytes_of
    if traditional:
        costs["S2"] = math.inf
    elif any(b"\xb0" <= (lead(m[1]) or b"\0")[:1] <= b"\xbf" for m in _ENDS_A3.finditer(text)):
        costs["S2"] = costs["S2b"] = UNTOUCHED  # it may have replaced one pair and left another
    if traditional is not False:
        costs["S2b"] = math.inf
    return costs


_PRIVATE = lazy("[\ue000-\uf8ff]")
_TWICE = lazy(r"[?\ufffd]\?")
# The frequent characters whose trail byte is a3: before a lead byte from b0 to bf they make
# a full-width digit, `：`, `；` or `？` across the boundary.
_ENDS_A3 = lazy("[。常校祝保海停](?=(.))", re.DOTALL)


def script(text: str) -> bool | None:
    """True for traditional, False for simplified, None where the text does not say."""
    sample = text[:20000]
    counts = Counter(sample)
    traditional = sum(n for c, n in counts.items() if channel.traditional_only(c))
    simplified = sum(n for c, n in counts.items() if channel.simplified_only(c))
    if traditional + simplified < 3:
        return None
    return traditional > simplified


def _evidence(h: Hypothesis, run: Stretch, before: str, reading: str, codec: Codec) -> str:
    """One sentence: what happened, and the bytes before and after."""
    names = [op.name for op in h.ops if run.start <= op.seen < run.end or op.at == run.first]
    said = dict.fromkeys(channel.says(name) for name in names)
    old, new = _hex(before, codec), _hex(reading, codec)
    return f"{', '.join(said)}: bytes {old} were {new}"


def _hex(text: str, codec: Codec) -> str:
    """The bytes of a text, those of at most 24 characters; `??` where it has none."""
    shown = text if len(text) <= 24 else text[:12] + "…" + text[-12:]
    return " ".join((codec.bytes_of(c) or b"").hex() or "??" for c in shown)
