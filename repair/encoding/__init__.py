"""The encoding stage: undoes what a wrong decoder or a lost byte did to a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from string import ascii_letters, ascii_lowercase, digits, hexdigits

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.encoding import escapes, gate, lost, mojibake, numbers, places, slips, units, western
from repair.encoding.places import Anchor, Window
from repair.model import Context, Edit, Finding, StageResult
from repair.patterns import lazy
from repair.scan import Texts

Spans = list[tuple[int, int]]
# What an escape or a trace of damage begins with.
SIGNS = scan.kind(r"%u&=~+?ÂÃâ\x1b\ufffdE丒锟斤烫屯\\")
# What must stand behind some of them, else they begin nothing.
_BEHIND = {
    "%": hexdigits + "u", "=": hexdigits, "&": "#" + ascii_lowercase, "~": "{", "\\": "\\ux23",
    "+": ascii_letters + digits + "+/", "u": hexdigits, "\x1b": "$",
    "斤": "拷", "烫": "烫", "屯": "屯",
}  # fmt: skip
# What a loss looks like that nothing else has to confirm.
LOSS = lazy("|".join(p.pattern for p in (western.FORM, lost.KUN, lost.REPLACED)))


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage. The classes run in the order of their certainty; what a later one
    says about a place that an earlier one has settled is dropped."""
    return _said(text, context)


def _said(text: str, context: Context, misread: StageResult | None = None) -> StageResult:
    """What the stage says; `misread` is what `mojibake` says, if that is known."""
    scanned = scan.of(text)
    weights = gate.weigh(scanned)
    spans = gate.dense(weights)
    said = [escapes.find(text, context), lost.kun(text)]
    spans = _outside(spans, said)
    if misread is None:
        alone = _outside(gate.alone(scanned.units, weights), said)
        (odd,) = mojibake.odd([(text, sorted({*spans, *alone}))])
        misread = mojibake.find(text, odd, context)
    said.append(misread)
    said += [western.find(text), lost.dense(text), units.find(text)]
    taken = _taken(said)
    anchors = places.anchors(text, [s for s in spans if not _meets(s, taken)])
    anchors = [a for a in anchors if not _meets((a.start, a.end), taken)]
    return _lost(text, said, anchors, places.promising(text, anchors), context)


def _lost(
    text: str,
    said: Sequence[StageResult],
    anchors: Sequence[Anchor],
    windows: Sequence[Window],
    context: Context,
) -> StageResult:
    """What the stage says where something was `said` already, with what single bytes and
    characters were lost: `anchors` are places that look like it, `windows` are worth a search."""
    settled = _settled([*said, slips.find(text, windows, context)])
    taken = _taken([settled])
    anchors = [a for a in anchors if not _meets((a.start, a.end), taken)]
    strewn = StageResult(findings=tuple(lost.strewn(text, anchors, taken)))
    settled = _settled([settled, strewn])
    return _settled([settled, lost.replaced(text, _outside(lost.marks(text), [settled]))])


def many(texts: Texts, context: Context) -> dict[int, StageResult]:
    """What the stage says of each text, by its number; nothing of those that are missing. Only
    those are worked on that have an escape or a loss, a number without its unit, or marks or
    rare characters, together or alone between others, that may be misread ones."""
    needed, doubtful = np.zeros((2, len(texts.starts)), np.bool_)
    for n, text, at in texts.parts(_signs(texts.scan)):
        needed[n] = any(LOSS.match(text, place) or escapes.begins(text, place) for place in at)
        doubtful[n] = any(places.marked(text, place) for place in at)
    for n, text, at in texts.parts(numbers.ends(texts.scan)):
        said = units.among(text, at)
        needed[n] = needed[n] or bool(said.edits or said.findings)
    weights = gate.weigh(texts.scan)
    dense = texts.owned(gate.dense(weights, texts.starts))
    alone = texts.owned(gate.alone(texts.scan.units, weights))
    doubtful[[*dense, *alone]] = True
    found = {n: stage(texts.part(n), context) for n in np.flatnonzero(needed).tolist()}
    rare = {
        n: (texts.part(n), dense.get(n, []), alone.get(n, []))
        for n in np.flatnonzero(doubtful & ~needed).tolist()
    }
    found |= zip(rare, _misread(list(rare.values()), context), strict=True)
    return {n: result for n, result in sorted(found.items()) if result.edits or result.findings}


def _misread(rare: Sequence[tuple[str, Spans, Spans]], context: Context) -> Iterator[StageResult]:
    """What is said of texts in which nothing is damaged, but their marks and their rare
    characters, together and alone, may be."""
    odd = mojibake.odd([(text, sorted({*dense, *alone})) for text, dense, alone in rare])
    texts = [text for text, *_ in rare]
    anchors = places.anchors_of([(text, dense) for text, dense, _ in rare])
    windows = places.promising_of([*zip(texts, anchors, strict=True)])
    for text, spans, own, promising in zip(texts, odd, anchors, windows, strict=True):
        said = mojibake.find(text, spans, context)
        if said.edits or said.findings:
            yield _said(text, context, said)
        else:
            yield _lost(text, [], own, promising, context)


def _signs(scanned: scan.Scan) -> NDArray[np.intp]:
    """Where a trace may begin."""
    units, at = scanned.units, scanned.where(SIGNS)
    behind = units[np.minimum(at + 1, len(units) - 1)]
    first, second = _pairs()
    return np.asarray(at[first.take(units[at]) & second.take(behind) != 0])


@cache
def _pairs() -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Of each unit: a bit for what it is as the first of two, the bits of those it may follow."""
    first, second = np.ones(scan.PLANE, np.uint16), np.ones(scan.PLANE, np.uint16)
    for bit, (sign, behind) in enumerate(_BEHIND.items(), start=1):
        first[ord(sign)] = 1 << bit
        second[[ord(char) for char in behind]] |= np.uint16(1 << bit)
    return first, second


def _outside(spans: list[tuple[int, int]], said: Iterable[StageResult]) -> list[tuple[int, int]]:
    """The spans about which nothing was said yet."""
    if not spans:
        return spans
    taken = _taken(said)
    return [s for s in spans if not _meets(s, taken)]


def _taken(said: Iterable[StageResult]) -> list[tuple[int, int]]:
    """The places about which something was said."""
    items: list[Edit | Finding] = []
    for result in said:
        items += (*result.edits, *result.findings)
    return _in_order(items)


def _settled(said: Iterable[StageResult]) -> StageResult:
    """The results as one, without overlaps: who came first stays."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    taken: list[tuple[int, int]] = []
    for result in said:
        if not (result.edits or result.findings):
            continue
        free = [e for e in result.edits if not _meets((e.start, e.end), taken)]
        asked = [f for f in result.findings if not _meets((f.start, f.end), taken)]
        edits += free
        findings += asked
        taken = _in_order((*edits, *findings))
    edits.sort(key=lambda e: (e.start, e.end))
    findings.sort(key=lambda f: (f.start, f.end))
    return StageResult(tuple(edits), tuple(findings))


def _in_order(items: Iterable[Edit | Finding]) -> list[tuple[int, int]]:
    """The places of edits and findings, each once; a finding may lie over an edit."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted({(i.start, i.end) for i in items}):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _meets(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Whether a span shares a character with one of `taken`, which are apart and in order."""
    at = bisect_right(taken, span[0], key=lambda t: t[1])
    return at < len(taken) and taken[at][0] < span[1]
