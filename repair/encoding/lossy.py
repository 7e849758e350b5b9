"""UTF-8 that was read with another codec and lost bytes on the way.

UTF-8 falls back into step after every character, so a loss costs the character that it hit
and its neighbours stay exact. The bytes are parsed into whole characters and gaps; what may
stand in a gap follows from the bytes that are left of it, and the model ranks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from repair import lm
from repair.encoding import channel, gate
from repair.encoding.channel import Codec
from repair.encoding.filling import SIDE, Filled, fill
from repair.encoding.sequences import Unit, units_of
from repair.encoding.verdict import CANDIDATES, SURE
from repair.model import Candidate, Edit, Finding, StageResult

TAIL = 2  # gaps before a torn one that still belong to what is damaged
SHOWN = 8  # characters whose bytes the evidence shows
GAIN = 20.0  # nats by which the whole must read better than what stands there
MOST = 1.0  # times as many characters broken as whole, with which nothing is restored
LEAST = 0.3  # worth from which a place is looked at
CLOSE, DENSE = 18, 0.3  # characters around a place; share of their bytes in whole sequences
LEAD = re.compile(rb"[\xe2-\xe9\xef]")
SEQUENCE = re.compile(LEAD.pattern + rb"[\x80-\xbf]{2}")
NEAR, LONGEST = 60, 5000  # characters around a place that choose the codec; that are restored


def restore(
    text: str, low: int, high: int, at: int, codecs: Sequence[tuple[str, str]], unsure: str
) -> StageResult:
    """The edits and findings for the damaged part around `at` of the line `low` to `high`.

    `codecs` are pairs of a rule's code and the codec that the text may have been read with."""
    near = max(low, at - NEAR), min(high, at + NEAR)
    wide, narrow = (
        [c for c in text[max(low, at - reach) : min(high, at + reach)] if c >= "\x80"]
        for reach in (CLOSE, CLOSE // 3)
    )
    few = [c for c in wide if not "\u2e80" <= c < "\uf8ff"]  # codecs of one byte have no others
    names = [name for _, name in codecs]
    strange = not _leads(tuple(filter(channel.single, names))).isdisjoint(few)
    tried = [
        (n, channel.codec(name))
        for n, name in enumerate(names)
        if strange or not channel.single(name)
    ]
    worths = [
        (_densest(list(units_of(text, *near, codec)), at)[0], -n)
        for n, codec in tried
        if _promising(few if codec.single else narrow, codec)
    ]
    worth, which = max(worths, default=(0.0, 0))
    if worth < LEAST:
        return StageResult()
    code, codec = codecs[-which][0], channel.codec(names[-which])
    _, units = _densest(list(units_of(text, low, min(high, at + LONGEST), codec)), at)
    begin, end = units[0].start, units[-1].end
    whole = sum(bool(u.text) for u in units)
    gone = sum(len(u.left) + u.marks + len(u.right) for u in units) / 3
    if gone > MOST * whole:
        why = f"utf-8 that was read as {codec.name} and lost most of its bytes"
        before = text[begin:end]
        return StageResult(findings=(Finding(begin, end, before, before, code, 0.99, why),))
    exact = "".join(u.text for u in units if u.text >= "\x80")
    if exact and not gate.plain(exact):  # whatever stands in the gaps
        return StageResult()
    filled = fill(units, codec, text[max(0, begin - SIDE) : begin], text[end : end + SIDE] or "\n")
    after = "".join(f.text for f in filled)
    old, new = lm.load().totals([text[begin:end], after])
    if new - old - sum(f.price for f in filled) < GAIN:
        return StageResult()
    return _said(text, units, filled, code, codec, unsure)


def _promising(around: Sequence[str], codec: Codec) -> bool:
    """Whether the bytes of the characters around a place hold as many whole characters as
    misread UTF-8 does: those of sound text hold next to none."""
    data = b"".join(filter(None, map(codec.codes.get, around)))
    return len(data) > 2 and 3 * len(SEQUENCE.findall(data)) >= DENSE * len(data)


@cache
def _leads(names: tuple[str, ...]) -> frozenset[str]:
    """The characters that are the first byte of a sequence in one of the codecs of one byte."""
    leads = bytes(byte for byte in range(0x100) if LEAD.match(bytes((byte,))))
    return frozenset(char for name in names for char in leads.decode(name))


def _densest(units: Sequence[Unit], at: int) -> tuple[float, list[Unit]]:
    """The run of units with the most worth that holds the seen character at `at`."""
    here = next((n for n, u in enumerate(units) if u.start <= at < u.end), None)
    if here is None:
        return 0.0, []
    before, behind = list(units[: here + 1][::-1]), list(units[here:])
    first, left = _reach(before)
    last, right = _reach(behind)
    run = [*before[first:0:-1], *behind[: last + 1]]
    return left + right - units[here].worth, run


def _reach(units: Sequence[Unit]) -> tuple[int, float]:
    """Which unit ends the part with the most worth, and how much it is. What shares a seen
    character with that part, and cut characters with their marks, belong to it as well."""
    sums = np.cumsum([u.worth for u in units])
    last = int(sums.argmax())
    most = float(sums[last])
    broken = 0
    for n in range(last + 1, len(units)):
        shared = units[n].start < units[n - 1].end and units[n - 1].start < units[n].end
        if (shared and n == last + 1) or units[n].torn:
            last = n
        elif units[n].worth:
            broken += 1
            if units[n].text or broken > TAIL:
                break
    return last, most


# --- what is said -------------------------------------------------------------------------


def _said(
    text: str, units: Sequence[Unit], filled: Sequence[Filled], code: str, codec: Codec, unsure: str
) -> StageResult:
    """Exact stretches are edits, gaps that are not sure also findings."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    for first, last, doubtful in _groups(units, filled):
        start, end = units[first].start, units[last - 1].end
        before = text[start:end]
        parts = filled[first:last]
        reading = "".join(f.text for f in parts)
        shown = "".join(f.shown for f in parts)
        sure = min(f.sure for f in parts)
        evidence = _evidence(before, reading, codec, doubtful=doubtful)
        if doubtful:
            ranked = _candidates(parts)
            findings.append(
                Finding(start, end, before, reading, code, round(sure, 4), evidence, ranked)
            )
        if before != reading and not (doubtful and unsure == "keep"):
            after = reading if unsure == "guess" else shown
            written = [p for f in parts for p in f.each if p >= SURE]
            sure = sure if unsure == "guess" else min(written, default=SURE)
            edits.append(
                Edit(start, end, before, after, code, round(min(sure, 0.9999), 4), evidence)
            )
    return StageResult(tuple(edits), tuple(findings))


def _evidence(before: str, reading: str, codec: Codec, *, doubtful: bool) -> str:
    """The bytes that stand there and, where some are lost, those of the best reading."""
    data = b"".join(codec.bytes_of(c) or b"" for c in before[:SHOWN])
    said = f"bytes {data.hex(' ')} are utf-8 and were read as {codec.name}"
    if not doubtful:
        return said
    return f"{said}; some are lost, {reading[:SHOWN]} is {reading[:SHOWN].encode().hex(' ')}"


def _groups(units: Sequence[Unit], filled: Sequence[Filled]) -> Iterator[tuple[int, int, bool]]:
    """Runs of units, first and past the last, that share no seen character with the next
    run; whether a run holds a doubtful gap."""
    atoms: list[tuple[int, int, bool]] = []
    first = 0
    for n in range(1, len(units) + 1):
        if n == len(units) or units[n].start >= units[n - 1].end:
            atoms.append((first, n, any(f.doubtful for f in filled[first:n])))
            first = n
    merged: list[tuple[int, int, bool]] = []
    for atom in atoms:
        if merged and not atom[2] and not merged[-1][2]:
            merged[-1] = merged[-1][0], atom[1], False
        else:
            merged.append(atom)
    yield from merged


def _candidates(parts: Sequence[Filled]) -> tuple[Candidate, ...]:
    """The best readings of a run: each gap's alternatives, the others at their best."""
    best = [f.text for f in parts]
    whole = float(np.prod([f.sure for f in parts]))
    found = {"".join(best): whole}
    for n, part in enumerate(parts):
        for p, reading in part.odds[1:]:
            text = "".join([*best[:n], reading, *best[n + 1 :]])
            found.setdefault(text, whole * p / max(part.sure, 1e-9))
    ranked = sorted(found.items(), key=lambda item: -item[1])[:CANDIDATES]
    return tuple(
        Candidate(t, round(p, 4), "model") for t, p in ranked if p >= 0.001 or t == "".join(best)
    )
