"""Text that was decoded with the wrong codec: find it, invert it, judge the result.

A stretch is inverted strictly first: encode with the codec it was read with, decode with
the one it is in. UTF-8 that lost bytes on the way is for `lossy`.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise, repeat

from repair import edits as ed
from repair import lm, rules
from repair.encoding import channel, gaps, gate, living, lossy, places, sequences
from repair.model import Context, Edit, Finding, StageResult
from repair.patterns import lazy

STRETCH = lazy(r"[^\x00-\x7f\n]+(?:[ -~\t]{1,2}[^\x00-\x7f\n]+)*[ -~]?")
SOLID = lazy(r"[^\x00-\x7f\n]+[@-~]?")
GAIN = 20.0  # nats by which the restored text beats the text as it stands
SHORT_GAIN = 12.0  # the same where the restored text is fluent
FLUENT = -6.0  # nats a character
LIKELY = 0.998  # confidence of a reading that only being fluent speaks for
STEP = 4.0  # nats more of gain for each that a restored character is less fluent
LEAD = 20  # characters before a span that are judged with it
AROUND = 400  # characters on either side in which a stretch with lost bytes is looked for
SAMPLE = 240  # characters on which the codecs are tried
HEAD = 24  # characters that are inverted before the others
LAYERS = 2  # times that a text may have been misread before the last
BINARY = lazy("[\x00-\x08\x0e-\x1a]")  # no text was misread: these are other bytes
HANZI = lazy("[\u3400-\u9fff]")
LOUD = lazy("[\ue000-\uf8ff\x80-\x9f]")  # in no sound text
UTF16 = lazy("[^\x00-\x7f]{4}")
ODD = -9.0  # nats a character: text that is likelier than that was not read as UTF-16
WORDS = lazy(r"[A-Za-z0-9 \t\r\n<>/=\"'.,:;!?()-]*")


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A stretch read again, and how much better it reads."""

    code: str
    seen: str
    hidden: str
    text: str
    gain: float


def find(text: str, spans: Sequence[Span], context: Context) -> StageResult:
    """The misread stretches of a text. `spans` are those of the gate's places that are odd."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    done = 0
    lines = _Lines(text)
    for first, end in spans:
        start = max(first, done)
        while start < end:
            exact = next(_exact(text, lines, start, done), None)
            said = StageResult()
            if exact is None or _torn(text, exact):
                low = max(lines.first, done, start - AROUND)
                high = min(lines.last, start + AROUND)
                said = lossy.restore(text, low, high, start, _codecs(), context.config.unsure)
            if exact and not said.edits:
                said = StageResult((exact,), tuple(_asked(exact)))
            edits += said.edits
            findings += said.findings
            ends = [*(e.end for e in said.edits), *(f.end for f in said.findings)]
            done = max(ends, default=done)
            start = max(ends, default=lines.last)  # nothing to say: on with the next line
            start += text.startswith("\n", start)
    return StageResult(tuple(edits), tuple(findings))


def _exact(text: str, lines: _Lines, start: int, done: int) -> Iterator[Edit]:
    """The exact inverses of the stretches around a place that nothing was said about."""
    spans = [(max(low, done), high) for low, high in lines.stretches(start)]
    if not spans:
        return
    low, high = spans[-1]  # it lies in all others
    pairs = _able(text[max(low, start - HEAD) : min(high, start + HEAD)])
    for low, high in spans:
        before = text[low:high]
        reading = _strict(before, pairs)
        edit = _edit(low, before, reading) if reading else None
        # A few characters beside a mark may as well be the rest of a byte slip.
        if edit and (edit.confidence > LIKELY or not _torn(text, edit)):
            yield edit


def _asked(edit: Edit) -> Iterator[Finding]:
    """A question over a restored stretch in which single characters are gone."""
    if channel.LOST in edit.after and channel.LOST not in edit.before:
        span = edit.start, edit.end, edit.before, edit.after
        yield Finding(*span, edit.rule, edit.confidence, edit.evidence)


def _torn(text: str, edit: Edit) -> bool:
    """Whether a mark stands right beside a stretch: it may hold a part of what was misread."""
    beside = text[max(0, edit.start - 1) : edit.start] + text[edit.end : edit.end + 1]
    return any(c in sequences.MARKS for c in beside)


def odd(asked: Sequence[tuple[str, Sequence[Span]]]) -> list[list[Span]]:
    """Of the spans of each text those around which a repair could gain enough."""
    looked = [(text, list(_around(text, spans))) for text, spans in asked]
    gains = places.promises_of(
        [(text, [around for _, around in own]) for text, own in looked], FLUENT
    )
    return [
        [span for (span, _), gain in zip(own, most, strict=True) if gain >= SHORT_GAIN]
        for (_, own), most in zip(looked, gains, strict=True)
    ]


def _around(text: str, spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """The spans that are no sound text of another language, each with what is judged with it."""
    for start, end in spans:
        low = max(0, start - LEAD)
        high = text.find("\n", end, start + SAMPLE)
        low = max(low, text.rfind("\n", low, start) + 1)
        high = min(len(text), start + SAMPLE) if high < 0 else high
        if not (living.sound(text[low:high]) or BINARY.search(text, low, high)):
            yield (start, end), (low, high)


class _Lines:
    """The stretches of a text's lines, each found once and offered once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.first = self.last = -1  # the line that the lists are of
        self.parts: list[list[tuple[int, int]]] = []
        self.seen: set[tuple[int, int]] = set()

    def stretches(self, start: int) -> Iterator[tuple[int, int]]:
        """The line around a place, the stretch of it that holds it, and its solid part."""
        if not self.first <= start < self.last:
            self.first = self.text.rfind("\n", 0, start) + 1
            self.last = self.text.find("\n", start)
            self.last = len(self.text) if self.last < 0 else self.last
            self.parts = [[(self.first, self.last)]]
            for pattern in (STRETCH, SOLID):
                found = pattern.finditer(self.text, self.first, self.last)
                self.parts.append([m.span() for m in found])
        for spans in self.parts:
            at = bisect_right(spans, (start, len(self.text))) - 1
            span = spans[at] if at >= 0 else (0, 0)
            if span[0] <= start < span[1] and span not in self.seen:
                self.seen.add(span)
                yield span


Pair = tuple[str, str, str, float]


@cache
def _rules(hanzi: bool = False) -> list[Pair]:
    """Each pair of codecs with its rule's code and floor; or those pairs that a text with hanzi
    can have been read with."""
    return [
        (rule.code, seen, hidden, rule.data["floor"])
        for rule in rules.table("encoding").values()
        for seen, hidden in rule.data.get("pairs", ())
        if not (hanzi and channel.single(seen))
    ]


def _able(part: str) -> list[Pair]:
    """The pairs of codecs with which a text that holds this part may have been misread."""
    pairs, signs = _rules(HANZI.search(part) is not None), set(part)
    held = {s for s in {seen for _, seen, *_ in pairs} if channel.codec(s).codes.keys() >= signs}
    return [pair for pair in pairs if pair[1] in held and _may_hold(part, *pair[1:3])]


def _may_hold(part: str, seen: str, hidden: str) -> bool:
    """Whether a misread text may hold a part. Where characters of one byte were seen nobody knows
    at which byte the next one begins, unless it is UTF-8."""
    known = hidden == "utf-8" or seen in channel.PAIRED
    return not known or _hopeful(part, list(_twins(part, seen)), seen, hidden)


def _strict(before: str, pairs: Sequence[Pair], layers: int = LAYERS) -> Reading | None:
    """The best exact inverse of a stretch by some pairs of codecs, or None."""
    best = _utf16(before)
    if not pairs:
        return best
    readings = []
    sample = before[:SAMPLE]
    signs, held = set(sample), set(before)
    hanzi = HANZI.search(sample) is not None
    able = {
        seen
        for seen in {seen for _, seen, *_ in pairs}
        if not (hanzi and channel.single(seen))
        and channel.codec(seen).codes.keys() >= signs
        and _odd(before, seen)
    }
    for code, seen, hidden, floor in pairs:
        if seen not in able:
            continue
        after = invert(_doubles(before, seen, hidden), seen, hidden)
        if after is None or after == before:
            continue
        if not _fit(set(after).difference(held)):
            continue
        changed = _changed(after, before)
        # Two signs are one hanzi of some page or other; UTF-8's three bytes say what they are.
        enough = hidden == "utf-8" or len(HANZI.findall(changed)) > 1
        if changed and enough and _plausible(changed):
            readings.append((code, seen, hidden, floor, after, changed))
    model = lm.load()
    scores = model.scores([changed[:SAMPLE] for *_, changed in readings])
    means = [float(score.mean()) for score in scores]
    fluent = [n for n, mean in enumerate(means) if mean >= min(readings[n][3], FLUENT - 1.0)]
    if fluent:
        share = min(1.0, SAMPLE / len(before))
        cuts = [readings[n][4][: max(1, round(len(readings[n][4]) * share))] for n in fluent]
        old, *new = model.totals([sample, *cuts]).tolist()
        for n, total in zip(fluent, new, strict=True):
            (code, seen, hidden, floor, after, _), mean, gain = readings[n], means[n], total - old
            sure = mean >= floor and gain >= GAIN
            short = gain - STEP * max(0.0, FLUENT - mean)
            likely = mean >= FLUENT - 1.0 and short >= SHORT_GAIN
            if (sure or likely) and (best is None or gain > best.gain):
                best = Reading(code, seen, hidden, after, gain)
    return best or _twice(before, pairs, layers)


def _twice(before: str, pairs: Sequence[Pair], layers: int) -> Reading | None:
    """The inverse of a stretch that was misread more than once, from the outermost."""
    if layers == 0:
        return None
    for code, seen, hidden, _ in pairs:
        if hidden == "utf-8":
            after = invert(before, seen, hidden)
            inner = None
            if after and len(after) < len(before):
                inner = _strict(after, _rules(), layers - 1)
            if inner:
                return Reading(code, seen, hidden, inner.text, inner.gain)
    return None


def _doubles(before: str, seen: str, hidden: str) -> str:
    """The stretch with the doubles of KS X 1001 that read best: a hanja that the standard
    has twice was normalised to one code point, and its bytes with it."""
    twins = _twins(before[:SAMPLE], seen)
    if not twins or not _hopeful(before, list(twins), seen, hidden):
        return before
    for i, found in twins.items():
        texts = [before, *(before[:i] + c + before[i + 1 :] for c in found)]
        after = [invert(t, seen, hidden) or t for t in texts]
        before = texts[int(lm.load().totals(after).argmax())]
    return before


def _twins(text: str, seen: str) -> dict[int, list[str]]:
    """The places of characters that have doubles, and these."""
    if seen != "euc-kr":
        return {}
    codes = channel.codec(seen).codes
    every = [(i, _compatible().get(c, "")) for i, c in enumerate(text)]
    return {i: found for i, some in every if (found := [c for c in some if c in codes])}


def _hopeful(before: str, doubles: Sequence[int], seen: str, hidden: str) -> bool:
    """Whether an inverse may be plausible for what stands between the doubles, which is the same
    whichever stands in their places."""
    edges = pairwise([-1, *doubles, len(before)])
    parts = [before[first + 1 : end] for first, end in edges]
    if hidden == "utf-8":
        return all(map(_within, parts, repeat(seen)))
    after = invert("".join(parts), seen, hidden)
    if after is None or LOUD.search("".join(set(after).difference(before))):
        return False
    return gate.plain(_changed(after, before)[: SAMPLE - len(doubles)], len(doubles))


def _within(part: str, seen: str) -> bool:
    """Whether a part may be one of a text in UTF-8: characters may be cut at its ends."""
    data = channel.codec(seen).encode(part)
    if data is None:
        return False
    try:
        getincrementaldecoder("utf-8")().decode(data.lstrip(gaps.TRAILS))
    except UnicodeDecodeError:
        return False
    return True


@cache
def _compatible() -> dict[str, str]:
    """The compatibility ideographs U+F900 to U+FA0B by what they are normalised to."""
    twins: dict[str, str] = {}
    for point in range(0xF900, 0xFA0C):
        base = unicodedata.normalize("NFC", chr(point))
        twins[base] = twins.get(base, "") + chr(point)
    return twins


@lru_cache(64)  # `_twice` asks again what `_strict` asked
def invert(text: str, seen: str, hidden: str) -> str | None:
    """A text encoded with one codec and decoded with another; None where either fails."""
    decoder = getincrementaldecoder(channel.PYTHON.get(hidden, hidden))()
    read = ""
    # Most that is none shows it at once.
    for part, last in ((text[:HEAD], False), (text[HEAD:], True)):
        data = channel.codec(seen).encode(part)
        if data is None:
            return None
        try:
            read += decoder.decode(data, final=last)
        except UnicodeDecodeError:
            return None
    return read


# A letter in upper case after one in lower case, a sign between letters, or four letters
# beyond ASCII in a row: what misread bytes show and words of a European language don't.
_CAPITALS = lazy("[\u0430-\u045f][\u0400-\u042f]|[\u0400-\u045f][^\\w\\s.,!?:;\"'()/-]")
_IRREGULAR = {"cp1251": _CAPITALS, "koi8-r": _CAPITALS, "latin-1": lazy("[\x80-\u024f]{4}")}


def _odd(before: str, seen: str) -> bool:
    """Whether a text looks misread at all, for the codecs of living alphabets."""
    if seen in ("cp866", "cp437", "cp850", "cp852"):  # box art repeats few signs
        signs = [c for c in before if c >= "\x80"]
        return len(set(signs)) >= max(4, 0.6 * min(len(signs), 24))
    pattern = _IRREGULAR.get(seen)
    return pattern is None or pattern.search(before) is not None


def _changed(after: str, before: str) -> str:
    """What is Chinese in a restored text and was not there before."""
    old = set(before)
    return "".join(c for c in after if c >= "\x80" and c not in old)


def _plausible(changed: str) -> bool:
    """Whether restored characters may stand in Chinese text at all."""
    return _fit(changed) and gate.plain(changed[:SAMPLE])


def _fit(characters: Iterable[str]) -> bool:
    """Whether there are hanzi among the characters, and none that no text has."""
    found = "".join(characters)
    return LOUD.search(found) is None and HANZI.search(found) is not None


def _utf16(before: str) -> Reading | None:
    """ASCII whose bytes were read in pairs, or UTF-16 whose bytes were read in the wrong order."""
    if UTF16.search(before) is None or not HANZI.search(before):
        return None
    data = before.encode("utf-16-le", "surrogatepass")
    score = lm.load().score
    words = WORDS.fullmatch(data.decode("ascii")) if data.isascii() else None
    after = data.decode("utf-16-be", "replace").replace("\ufdff", channel.LOST)  # U+FFFD swapped
    loud = LOUD.search(after)
    if not words and (loud and loud[0] not in before or not _plausible(_changed(after, before))):
        return None
    old, new = score(before[:SAMPLE]), score(after[:SAMPLE])
    if float(old.mean()) > ODD:
        return None
    if words:
        return Reading("ENC015", "utf-16-le", "ascii", words[0], GAIN)
    gain = float(new.sum() - old.sum())
    if float(new.mean()) >= FLUENT - 1.0 and gain >= GAIN:
        return Reading("ENC016", "utf-16-be", "utf-16-le", after, gain)
    return None


@cache
def _codecs() -> list[tuple[str, str]]:
    """The codecs that UTF-8 may have been read with, and the code of their rule."""
    return [(code, seen) for code, seen, hidden, _ in _rules() if hidden == "utf-8"]


def _edit(low: int, before: str, reading: Reading) -> Edit:
    """One edit over the changed part of a stretch that begins at `low`."""
    confidence = 0.9999 if reading.gain > GAIN else LIKELY
    whole = Edit(low, low + len(before), before, reading.text, reading.code, confidence)
    edit = ed.trimmed(whole)
    cut = edit.before[:8]
    if reading.seen.startswith("utf-16"):
        sample = cut.encode(reading.seen, "surrogatepass")
    else:
        sample = b"".join(channel.codec(reading.seen).bytes_of(c) or b"" for c in cut)
    evidence = f"bytes {sample.hex(' ')} are {reading.hidden} and were read as {reading.seen}"
    return replace(edit, evidence=evidence)
