"""UTF-8 that was read with another codec and lost bytes on the way.

UTF-8 falls back into step after every character, so a loss costs the character that it hit
and its neighbours stay exact. The bytes are parsed into whole characters and gaps; what may
stand in a gap follows from the bytes that are left of it, and the model ranks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from repair import lm
from repair.encoding import beam, channel, gate
from repair.encoding.channel import LOST, Codec
from repair.encoding.slips import CANDIDATES, SURE, TEMPERATURE, script
from repair.model import Candidate, Edit, Finding, StageResult

MARKS = "?\ufffd"
SIDE = 4  # characters on either side that the model sees: its order less one
READINGS = 4000  # that are ranked for one gap
SWEEPS = 2  # the second sees what the first has put into the gaps beside
GAIN = 20.0  # nats by which the whole must read better than what stands there
EXTRA, QUIET = 2.0, 3.0  # nats for a byte more than a mark stands for, or without any mark
WHOLE, BROKEN, FOREIGN = 1.0, -0.6, -3.0  # worth of a character, a gap, a sign without bytes
TRAILS = bytes(range(0x80, 0xC0))
LEADS = bytes([*range(0xE2, 0xEA), 0xEF])  # what Chinese needs
LEAST = 0.3  # worth from which a place is looked at
CLOSE, DENSE = 18, 0.3  # characters around a place; share of their bytes in whole sequences
SEQUENCE = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]{2}")
NEAR, LONGEST = 60, 5000  # characters around a place that choose the codec; that are restored
# Pairs of GBK that no character has: they became private-use characters and were stripped.
STRIPPED = (
    (bytes(range(0xAA, 0xB0)), bytes(range(0xA1, 0xFF))),
    (bytes(range(0xF8, 0xFF)), bytes(range(0xA1, 0xFF))),
    (bytes(range(0xA2, 0xA8)), bytes(range(0x80, 0xA1))),
)
SIGNS = "·×÷°±§"  # the only characters of two bytes that Chinese text uses
INVISIBLE = bytes([*range(0x80, 0xA1), 0xAD])  # as one byte a character: no glyph, or a blank


@dataclass(frozen=True, slots=True)
class Unit:
    """A restored character, or a gap with what may stand in it; offsets of the seen text."""

    start: int
    end: int
    text: str = ""
    left: bytes = b""  # of a gap: what is left of the character that it begins in,
    marks: int = 0
    right: bytes = b""  # and of the one that it ends in
    worth: float = 0.0
    torn: bool = False  # bytes of a cut character with a mark


@dataclass(slots=True)
class Filled:
    """What a unit became: its best reading, and every reading's probability."""

    text: str
    odds: list[tuple[float, str]] = field(default_factory=list)

    @property
    def sure(self) -> float:
        return self.odds[0][0] if self.odds else 1.0


def restore(
    text: str, low: int, high: int, at: int, codecs: Sequence[tuple[str, Codec]], unsure: str
) -> StageResult:
    """The edits and findings for the damaged part around `at` of the line `low` to `high`.

    `codecs` are pairs of a rule's code and the codec that the text may have been read with."""
    near = max(low, at - NEAR), min(high, at + NEAR)
    worths = [
        (_densest(list(_units(text, *near, codec)), at)[0], -n)
        for n, (_, codec) in enumerate(codecs)
        if _promising(text, low, high, at, codec)
    ]
    worth, which = max(worths, default=(0.0, 0))
    if worth < LEAST:
        return StageResult()
    code, codec = codecs[-which]
    _, units = _densest(list(_units(text, low, min(high, at + LONGEST), codec)), at)
    begin, end = units[0].start, units[-1].end
    filled = _fill(units, codec, text[max(0, begin - SIDE) : begin], text[end : end + SIDE] or "\n")
    after = "".join(f.text for f in filled)
    old, new = lm.load().totals([text[begin:end], after])
    if new - old < GAIN:
        return StageResult()
    return _said(text, units, filled, code, codec, unsure)


def _promising(text: str, low: int, high: int, at: int, codec: Codec) -> bool:
    """Whether the bytes around a place hold as many whole characters as misread UTF-8 does:
    those of sound text hold next to none."""
    reach = CLOSE if codec.single else CLOSE // 3
    around = text[max(low, at - reach) : min(high, at + reach)]
    data = b"".join(codec.codes.get(c, b"") for c in around if c >= "\x80")
    return len(data) > 2 and 3 * len(SEQUENCE.findall(data)) >= DENSE * len(data)


# --- the bytes ----------------------------------------------------------------------------


def _units(text: str, low: int, high: int, codec: Codec) -> Iterator[Unit]:
    """A line as characters and gaps. A token is (byte, owner); the byte of a mark is None,
    that of a character which the codec lacks is -1."""
    tokens: list[tuple[int | None, int]] = []
    for i in range(low, high):
        data = None if text[i] in MARKS else codec.bytes_of(text[i])
        if data is None:
            tokens.append((None if text[i] in MARKS else -1, i))
        else:
            tokens += [(byte, i) for byte in data]
    at = 0
    while at < len(tokens):
        byte, owner = tokens[at]
        whole = _whole(tokens, at, codec)
        if whole:
            length = len(whole.encode())
            yield Unit(owner, tokens[at + length - 1][1] + 1, whole, worth=WHOLE)
            at += length
            continue
        if byte is not None and (byte < 0 or 0x20 <= byte < 0x80):
            lone = text[owner] if byte < 0 else chr(byte)
            yield Unit(owner, owner + 1, lone, worth=FOREIGN if byte < 0 else 0.0)
            at += 1
            continue
        end, unit = _gap(text, tokens, at, codec)
        yield unit
        at = end


def _byte(tokens: Sequence[tuple[int | None, int]], at: int, codec: Codec) -> int:
    """The byte at a place, or -1; a blank in the place of a trail byte was a hard one."""
    byte = tokens[at][0] if at < len(tokens) else None
    if byte == 0x20 and codec.single:
        return 0xA0
    return -1 if byte is None else byte


def _whole(tokens: Sequence[tuple[int | None, int]], at: int, codec: Codec) -> str:
    """The complete character of two to four bytes that begins at a place, or nothing."""
    lead = tokens[at][0] or 0
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4
    if not 0xC2 <= lead < 0xF5:
        return ""
    data = [lead, *(_byte(tokens, at + n, codec) for n in range(1, length))]
    if not all(0x80 <= b < 0xC0 for b in data[1:]):
        return ""
    try:
        found = bytes(data).decode()
    except UnicodeDecodeError:
        return ""
    blank = tokens[at + length - 1][0] == 0x20 and gate.rare(found) > channel.COMMON
    return found if (len(data) > 2 or found in SIGNS) and not blank else ""


def _gap(
    text: str, tokens: Sequence[tuple[int | None, int]], at: int, codec: Codec
) -> tuple[int, Unit]:
    """The gap at a place: bytes of a character that is cut off, marks, bytes of one whose
    beginning is gone. Also where it ends."""
    here = at
    left: list[int] = []
    if 0xE0 <= (tokens[at][0] or 0) < 0xF0:
        left.append(tokens[at][0] or 0)
        here += 1
        while len(left) < 2 and 0x80 <= (tokens[here][0] or 0 if here < len(tokens) else 0) < 0xC0:
            left.append(tokens[here][0] or 0)
            here += 1
    first = here
    while here < len(tokens) and tokens[here][0] is None:
        here += 1
    marks = here - first
    right: list[int] = []
    while len(right) < 2 and here < len(tokens) and 0x80 <= (tokens[here][0] or 0) < 0xC0:
        right.append(tokens[here][0] or 0)
        here += 1
    if here == at:  # a byte that UTF-8 lacks
        here += 1
    start, end = tokens[at][1], tokens[here - 1][1] + 1
    if marks == 1 and not left and not right:  # a question mark after all
        return here, Unit(start, end, text[start:end])
    torn = bool(left) and (marks > 0 or here == len(tokens))
    return here, Unit(start, end, "", bytes(left), marks, bytes(right), BROKEN, torn)


@lru_cache(4096)
def _readings(
    left: bytes, marks: int, right: bytes, name: str
) -> tuple[list[str], NDArray[np.float64]]:
    """What may stand in a gap, and nats against it by the number of bytes that it lost."""
    found: dict[str, float] = {}
    hidden = channel.codec("utf-8")
    for sets, cost in _lattices(left, marks, right, channel.codec(name)):
        letters = [channel.characters(hidden, sets[n : n + 3]) for n in range(0, len(sets), 3)]
        share = int(READINGS ** (1 / len(letters)))
        letters = ["".join(sorted(some, key=gate.rare)[:share]) for some in letters]
        for reading in map("".join, product(*letters)):
            found.setdefault(reading, cost)
    return list(found), np.array(list(found.values()))


def _lattices(
    left: bytes, marks: int, right: bytes, codec: Codec
) -> Iterator[tuple[channel.Pending, float]]:
    """The byte sets of characters of three bytes that a gap may be, and their cost in nats."""
    before, behind = [bytes((b,)) for b in left], [bytes((b,)) for b in right]
    for lost in range(1, 2 * max(marks, 2) + 1):
        if (len(left) + lost + len(right)) % 3 or lost < marks:
            continue
        open_ = [TRAILS if n % 3 else LEADS for n in range(len(left), len(left) + lost)]
        if codec.single:
            if not (marks or behind) and lost == 1:
                yield (*before, b"\xa0"), 0.0
            if not marks or lost <= marks:
                yield (*before, *(_cut(s, INVISIBLE) for s in open_), *behind), QUIET * (not marks)
            if marks == lost:
                yield (*before, *open_, *behind), QUIET
        elif marks and lost <= 2 * marks:
            yield (*before, *open_, *behind), EXTRA * (lost - marks)
        elif not marks and lost % 2 == 0:
            for pairs in product(STRIPPED, repeat=lost // 2):
                cut = [_cut(s, p) for s, p in zip(open_, chain(*pairs), strict=True)]
                if all(cut):
                    yield (*before, *cut, *behind), QUIET * lost / 2
            yield (*before, *open_, *behind), QUIET * (1 + lost)
        elif not marks and lost == 1:
            yield (*before, *open_, *behind), 2 * QUIET
            if len(before) == 2:  # the byte that is lost can be before the trail
                yield (before[0], TRAILS, before[1]), 2 * QUIET


def _cut(some: bytes, allowed: bytes) -> bytes:
    return bytes(b for b in some if b in allowed)


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
    for n in range(last + 1, len(units)):
        shared = units[n].start < units[n - 1].end and units[n - 1].start < units[n].end
        if (shared and n == last + 1) or units[n].torn:
            last = n
        elif units[n].worth:
            break
    return last, float(sums[last])


# --- the gaps -----------------------------------------------------------------------------


def _fill(units: Sequence[Unit], codec: Codec, before: str, behind: str) -> list[Filled]:
    """Every unit's text: the gaps one by one from the left, and again with both sides known."""
    filled = [Filled(u.text) for u in units]
    wrong = beam.script_costs(script("".join(u.text for u in units)))

    def costs_of(readings: Sequence[str]) -> NDArray[np.float64]:
        return np.array([sum(wrong[min(ord(c), 0xFFFF)] for c in r) for r in readings])

    gaps = [n for n, u in enumerate(units) if not u.text]
    for sweep in range(SWEEPS):
        for n in gaps:
            unit = units[n]
            readings, prices = _readings(unit.left, unit.marks, unit.right, codec.name)
            if not readings:
                filled[n] = Filled(LOST, [(0.0, LOST)])
                continue
            left = (before + "".join(f.text for f in filled[max(0, n - SIDE) : n]))[-SIDE:]
            right = ""
            for beside in range(n + 1, min(n + 1 + SIDE, len(units))):
                if sweep == 0 and not units[beside].text:
                    break
                right += filled[beside].text
            else:
                right += behind
            left, right = left.replace(LOST, ""), right[:SIDE].replace(LOST, "")
            filled[n] = _ranked(readings, prices + costs_of(readings), left, right)
    return filled


def _ranked(readings: Sequence[str], prices: NDArray[np.float64], left: str, right: str) -> Filled:
    scores = lm.load().totals([r + right for r in readings], left) - prices
    odds = np.exp((scores - scores.max()) / TEMPERATURE)
    odds /= odds.sum()
    best = np.argsort(-odds, kind="stable")[:CANDIDATES].tolist()
    return Filled(readings[best[0]], [(float(odds[i]), readings[i]) for i in best])


# --- what is said -------------------------------------------------------------------------


def _said(
    text: str, units: Sequence[Unit], filled: Sequence[Filled], code: str, codec: Codec, unsure: str
) -> StageResult:
    """Exact stretches are edits, gaps that are not sure also findings."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    data = b"".join(codec.bytes_of(c) or b"" for c in text[units[0].start : units[0].start + 8])
    why = f"bytes {data.hex(' ')} are utf-8 and were read as {codec.name}"
    for first, last, doubtful in _groups(units, filled):
        start, end = units[first].start, units[last - 1].end
        before = text[start:end]
        parts = filled[first:last]
        reading = "".join(f.text for f in parts)
        shown = "".join(f.text if f.sure >= SURE else LOST * len(f.text) for f in parts)
        sure = min(f.sure for f in parts)
        evidence = f"{why}; bytes of {shown.count(LOST)} characters are lost" if doubtful else why
        if doubtful:
            ranked = _candidates(parts)
            findings.append(
                Finding(start, end, before, reading, code, round(sure, 4), evidence, ranked)
            )
        if before != reading and not (doubtful and unsure == "keep"):
            after = reading if unsure == "guess" else shown
            sure = min((f.sure for f in parts if f.sure >= SURE), default=sure)
            edits.append(
                Edit(start, end, before, after, code, round(min(sure, 0.9999), 4), evidence)
            )
    return StageResult(tuple(edits), tuple(findings))


def _groups(units: Sequence[Unit], filled: Sequence[Filled]) -> Iterator[tuple[int, int, bool]]:
    """Runs of units, first and past the last, that share no seen character with the next
    run; whether a run holds a doubtful gap."""
    atoms: list[tuple[int, int, bool]] = []
    first = 0
    for n in range(1, len(units) + 1):
        if n == len(units) or units[n].start >= units[n - 1].end:
            atoms.append((first, n, any(f.sure < SURE for f in filled[first:n])))
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
