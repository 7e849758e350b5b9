"""Byte slips: find the places, search their readings, decide what to apply and what to ask.

Thresholds: DESIGN.md section 1 (30 nats for a run without an anchor), the others were
chosen on simulated slips and on sound text, `python -m benchmarks.encoding` shows both.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from repair import lm, rules
from repair.encoding import beam, channel, gate
from repair.encoding.beam import RESTORED, Hypothesis
from repair.encoding.channel import LOST
from repair.model import Candidate, Context, Edit, Finding, StageResult

CODE = "ENC001"
NEAR = 14  # characters: anchors as near as that belong to one window
BEFORE, BEHIND = 6, 12  # characters of sound text around the anchors of a window
LONGEST = 400  # characters of one window
CONTEXT = 40  # characters before and after that the model may see
ODD = -7.5  # nats a character: text after a `?` that is likelier than that is sound
GAIN_MARKED = 8.0  # nats by which a reading with a trace beats the text as it stands
GAIN_QUIET = 30.0  # the same where nothing but the rare characters speaks for damage
FLUENT = -7.2  # nats a character: a restored run must read better than that
SURE = 0.99  # probability from which a character of the reading is written
SHAPE_SURE = 0.97  # probability of the lattice, from which it is applied at all
CANDIDATES = 8
TEMPERATURE = 1.4  # the model's odds are too sure: calibrated on simulated slips

# A `?` or U+FFFD right before or between Chinese, a swallowed pair before a digit or a torn
# tag, a character whose trail byte is 81 before E, and the character 81 45.
MARK = re.compile(
    "[?\ufffd]{1,2}[;:,?!]?(?=[\u2e80-\uffef\u02c7-\u2642])"
    "|(?<=[\u2e80-\uffef])[?\ufffd]{1,2}(?=[0-9][^?]|[0-9]?$|/[a-z]+>|\r?\n[\u2e80-\uffef])"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that looks like damage."""

    start: int
    end: int
    marked: bool  # a trace of the slip stands there


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of a hypothesis that differs from the text: seen and restored offsets."""

    start: int
    end: int
    first: int
    last: int


def find(text: str, spans: Sequence[tuple[int, int]], context: Context) -> StageResult:
    """The byte slips of a text. `spans` are the gate's dense places."""
    anchors = _anchors(text, spans)
    if not anchors:
        return StageResult()
    edits: list[Edit] = []
    findings: list[Finding] = []
    document = _Document(text)
    done = 0
    for start, end, group in _windows(text, anchors):
        start = max(start, done)
        if start >= end:
            continue
        for said in document.decide(start, end, group, context.config.unsure):
            edits += said.edits
            findings += said.findings
            for item in (*said.edits, *said.findings):
                done = max(done, item.end)
    return StageResult(tuple(edits), tuple(findings))


def _anchors(text: str, spans: Sequence[tuple[int, int]]) -> list[Anchor]:
    """Dense spans and marks, in order. Marks before fluent text are dropped."""
    anchors = [Anchor(a, b, marked=any(0xE000 <= ord(c) < 0xF900 for c in text[a:b])) for a, b in spans]
    marks = []
    if "?" in text or "\ufffd" in text:
        marks = [m.span() for m in MARK.finditer(text)]
    if marks:
        model = lm.load()
        around = [(max(0, a - 4), min(len(text), b + 4)) for a, b in marks]
        scores = model.score("".join(text[a:b] for a, b in around))
        at = 0
        for (a, b), (low, high) in zip(marks, around, strict=True):
            after = scores[at + b - low : at + min(high, b + 3) - low]
            tail = text[b : b + 1]
            if not len(after) or tail in "0123456789/\r\n" or float(np.mean(after)) < ODD:
                anchors.append(Anchor(a, b, marked=True))
            at += high - low
    trail81 = _trail81()
    anchors += [Anchor(m.start(), m.end(), marked=True) for m in trail81.finditer(text)]
    return sorted(anchors, key=lambda a: (a.start, a.end))


_TRAIL81: list[re.Pattern[str]] = []


def _trail81() -> re.Pattern[str]:
    """Characters of GBK with trail byte 81 before an E that does not start a word."""
    if not _TRAIL81:
        gbk = channel.codec("gbk")
        found = "".join(c for c, code in gbk.codes.items() if code[1] == 0x81)
        _TRAIL81.append(re.compile(f"[{found}]E(?=[^\x00-\x7f])|丒"))
    return _TRAIL81[0]


def _windows(text: str, anchors: Sequence[Anchor]) -> list[tuple[int, int, list[Anchor]]]:
    """Stretches of text with their anchors: from a little before the first to the place
    after the last where a slip must have ended."""
    groups: list[list[Anchor]] = []
    for anchor in anchors:
        if (
            groups
            and anchor.start - groups[-1][-1].end <= NEAR
            and anchor.end - groups[-1][0].start <= LONGEST
        ):
            groups[-1].append(anchor)
        else:
            groups.append([anchor])
    windows = []
    for group in groups:
        first, last = group[0].start, max(a.end for a in group)
        start = max(0, first - BEFORE, text.rfind("\n", 0, first) + 1)
        line = text.find("\n", last)
        line = len(text) if line < 0 else line
        stop = min(line, last + 2 * BEHIND)
        ascii_ = next((i for i in range(last, stop) if text[i] < "\x80"), stop)
        end = min(line, max(ascii_ + 4, last + BEHIND // 2), first + LONGEST + BEHIND)
        if end == line and text[last - 1 : last] in "?\ufffd" and end - last < 2:
            end = min(len(text), end + BEFORE)  # the line break may stand inside a character
        windows.append((start, end, group))
    return windows


class _Document:
    """What the decisions need of a whole text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.traditional = _script(text)
        self.scorer = beam.Scorer(self.traditional)
        self.blind = not any("\ue000" <= c < "\uf900" for c in text)
        self.markup = re.search(r"<[a-zA-Z!][^<>]*>", text) is not None
        self._counts: Counter[str] | None = None

    @property
    def counts(self) -> Counter[str]:
        """How often each one, two and three characters stand in the text."""
        if self._counts is None:
            text = self.text
            self._counts = Counter(text)
            for n in (2, 3):
                self._counts.update(text[i : i + n] for i in range(len(text) - n + 1))
        return self._counts

    def decide(
        self, start: int, end: int, anchors: Sequence[Anchor], unsure: str
    ) -> list[StageResult]:
        """What to do about a window: nothing, or for each of its runs an edit, a finding
        or both over one span."""
        text = self.text
        marked = any(a.marked for a in anchors)
        quiet: set[int] = set()
        for anchor in anchors:
            if not anchor.marked:
                quiet.update(range(anchor.start - 3 - start, anchor.start + 2 - start))
                quiet.update(range(anchor.end - 1 - start, anchor.end + 2 - start))
        codec = channel.codec("gbk")
        found = beam.search(
            text[start:end],
            codec,
            self.scorer,
            context=text[max(0, start - CONTEXT) : start],
            after=text[end : end + CONTEXT],
            unmarked=frozenset(quiet),
            blind=self.blind,
        )
        found = self._informed(found[:200], start, end)
        seen = next((h for h in found if not h.ops), None)
        best = found[0]
        if not best.ops or seen is None:
            return []
        needed = GAIN_MARKED if marked and not best.unmarked else GAIN_QUIET
        if best.score - seen.score < needed:
            return []
        return [r for r in self._runs(found, best, start, end, unsure) if r.edits or r.findings]

    def _informed(self, found: list[Hypothesis], start: int, end: int) -> list[Hypothesis]:
        """The hypotheses scored again with what the rest of the document says."""
        counts = self.counts
        inside = Counter(self.text[start:end])
        total = len(self.text) - (end - start)
        if total < 50:
            return found
        before = self.text[max(0, start - 2) : start]
        rescored = []
        for h in found:
            bonus = 0.0
            for edge in h.edges:
                if edge < len(h.text):
                    bonus += self._familiar(before + h.text, edge + len(before), inside, total)
            rescored.append(
                Hypothesis(h.score + bonus, h.text, h.pending, h.ops, h.edges, h.skip, h.unmarked, h.copied)
            )
        del counts
        return sorted(rescored, key=lambda h: -h.score)

    def _familiar(self, text: str, at: int, inside: Counter[str], total: int) -> float:
        """Nats for a character whose surroundings stand elsewhere in the document too."""
        best = 0.0
        for n, worth in ((3, 3.0), (2, 1.0)):
            for low in range(max(0, at - n + 1), min(at, len(text) - n) + 1):
                piece = text[low : low + n]
                if self.counts[piece] > 0:
                    best = max(best, worth)
        return best

    def _runs(
        self, found: Sequence[Hypothesis], best: Hypothesis, start: int, end: int, unsure: str
    ) -> list[StageResult]:
        stretches = _stretches(best, end - start)
        results = []
        for stretch in stretches:
            results.append(self._run(found, best, stretch, start, unsure))
        return results

    def _run(
        self,
        found: Sequence[Hypothesis],
        best: Hypothesis,
        run: Stretch,
        start: int,
        unsure: str,
    ) -> StageResult:
        """The result for one run of the best reading."""
        rule = rules.table("encoding")[CODE]
        weights = _weights(found)
        readings: Counter[str] = Counter()
        same: list[tuple[str, float]] = []
        want = best.copied[run.first : run.last]
        for h, weight in zip(found, weights, strict=True):
            text = _between(h, run, end=len(self.text))
            if text is None:
                continue
            readings[text] += weight
            if len(text) == run.last - run.first and len(want) == len(text):
                same.append((text, weight))
        reading = best.text[run.first : run.last]
        edges = [e - run.first for e in best.edges if run.first <= e < run.last]
        marginal = {
            e: sum(w for t, w in same if t[e] == reading[e]) for e in range(len(reading))
        }
        shape = sum(w for _, w in same)
        certain = min((p for e, p in marginal.items() if e not in edges), default=shape)
        before = self.text[start + run.start : start + run.end]
        shown = "".join(
            LOST if e in edges and marginal[e] < SURE else c for e, c in enumerate(reading)
        )
        tail = 0
        if shown.endswith("<") and not self.markup:
            tag = channel.TORN_TAG.match(self.text, start + run.end)
            if tag:
                tail = len(tag[0])
                before += tag[0]
                shown, reading = shown[:-1], reading[:-1]
        at, stop = start + run.start, start + run.end + tail
        ranked = [
            Candidate(t[:-1] if tail and t.endswith("<") else t, round(w, 4), "model")
            for t, w in readings.most_common(CANDIDATES)
            if w >= 0.001 and t != before
        ]
        first = Candidate(reading, round(readings[best.text[run.first : run.last]], 4), "model")
        ranked = [first, *[c for c in ranked if c.text != reading]][:CANDIDATES]
        evidence = _evidence(best, run, start, before, reading)
        sure = min([certain] + [marginal[e] for e in edges if marginal[e] >= SURE])
        finding = Finding(
            at, stop, before, reading, CODE, first.confidence, evidence, tuple(ranked)
        )
        if certain < SHAPE_SURE or unsure == "keep" and LOST in shown:
            return StageResult(findings=(finding,))
        after = shown
        if unsure == "guess":
            after = reading
        edit = Edit(at, stop, before, after, rule.code, round(min(sure, 0.9999), 4), evidence)
        if LOST in shown:
            return StageResult((edit,), (finding,))
        return StageResult((edit,))


def _weights(found: Sequence[Hypothesis]) -> list[float]:
    """The probability of each hypothesis among all that were found."""
    top = found[0].score
    raw = [math.exp((h.score - top) / TEMPERATURE) for h in found]
    total = sum(raw)
    return [r / total for r in raw]


def _stretches(h: Hypothesis, length: int) -> list[Stretch]:
    """The runs of a hypothesis that don't stand in the text as they are."""
    runs: list[Stretch] = []
    seen = -1
    first = 0
    for i, mark in enumerate(h.copied + chr(length)):
        if mark == RESTORED:
            continue
        if i > first or ord(mark) > seen + 1:
            runs.append(Stretch(seen + 1, ord(mark), first, i))
        seen, first = ord(mark), i + 1
    return runs


def _between(h: Hypothesis, run: Stretch, end: int) -> str | None:
    """What a hypothesis has in the place of a run; None where its own runs cross it."""
    first = 0
    last = len(h.text)
    for i, mark in enumerate(h.copied):
        if mark == RESTORED:
            continue
        if ord(mark) == run.start - 1:
            first = i + 1
        if ord(mark) == run.end:
            last = i
            break
    left_open = run.start > 0 and first == 0
    if left_open:
        return None
    return h.text[first:last]


def _script(text: str) -> bool | None:
    """True for traditional, False for simplified, None where the text does not say."""
    sample = text[:20000]
    counts = Counter(sample)
    traditional = sum(n for c, n in counts.items() if channel.traditional_only(c))
    simplified = sum(n for c, n in counts.items() if channel.simplified_only(c))
    if traditional + simplified < 3:
        return None
    return traditional > simplified


def _evidence(h: Hypothesis, run: Stretch, start: int, before: str, reading: str) -> str:
    """One sentence: what happened, and the bytes before and after."""
    names = [op.name for op in h.ops if run.start <= op.seen < run.end or op.at == run.first]
    said = dict.fromkeys(channel.says(name) for name in names)
    return f"{', '.join(said)}: {_hex(before)} is {_hex(reading)}"


def _hex(text: str) -> str:
    """The GB18030 bytes of a text, those of at most 24 characters."""
    shown = text if len(text) <= 24 else text[:12] + text[-12:]
    return shown.replace(LOST, "?").encode("gb18030", "replace").hex(" ", -2)
