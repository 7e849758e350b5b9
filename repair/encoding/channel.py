"""The channel as a table: which bytes a seen character may stand for.

A *byte set* is a `bytes` object: one byte is known, several are the values that an unknown
byte may have. A *reading* of a seen character is a row of byte sets with a cost in nats
(minus its log-probability). The rows S1 to S7 stand in `rules/slips.toml`; the byte tables
of the codecs come from Python's own codecs. In GB18030 the user-defined areas AAA1-AFFE,
F8A1-FEFE and A240-A7A0 are private-use characters U+E000 to U+E765, in that order; a slip
leaves them where it paired bytes that no character has.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair import rules
from repair.encoding import gate
from repair.lm import chars
from repair.lm.chars import BMP, SIMPLIFIED, TRADITIONAL
from repair.patterns import lazy

STRIPPED = "stripped"  # leaves no mark, but is tied to private-use characters
SYNCED, SHIFTED = "synced", "shifted"
LOST = "□"  # the mark for a lost character
ANY = bytes([*range(0x40, 0x7F), *range(0x80, 0xFF)])  # an unknown byte
SWALLOWED = bytes(range(0x20, 0x40))  # what a decoder eats after a lone lead byte
PLAUSIBLE = 15.5  # nats: a rarer character is not proposed where a byte is unknown
COMMON = 11.5  # nats: the same where both bytes are unknown


@dataclass(frozen=True)
class Codec:
    """A row of the table of codecs: how bytes become characters, and characters bytes."""

    name: str
    codes: Mapping[str, bytes]  # the bytes of each character

    @property
    def single(self) -> bool:
        """Whether it has one byte for each character."""
        return single(self.name)

    def bytes_of(self, character: str) -> bytes | None:
        """The bytes that the reader saw, or None where the codec has none."""
        return self.codes.get(character)

    def encode(self, text: str) -> bytes | None:
        """The bytes of a text, or None where the codec lacks a character."""
        try:
            return b"".join(map(self.codes.__getitem__, text))
        except KeyError:
            return None

    def take(self, pending: Pending, byte: bytes) -> tuple[str, Pending]:
        """The characters that are complete with one more byte set, and what waits then.

        ("", ()) means that the byte does not fit."""
        if not pending:
            if len(byte) == 1 and byte < b"\x80":
                return byte.decode("ascii"), ()
            leads = _leads(self.name, byte)
            return "", (leads,) if leads else ()
        return characters(self, (*pending, byte)), ()


Pending = tuple[bytes, ...]
_LEADS = {"gbk": bytes(range(0x81, 0xFF)), "big5": bytes(range(0xA1, 0xFA))}


@cache
def _leads(name: str, byte: bytes) -> bytes:
    """The bytes of a set that a character of more than one may begin with."""
    return bytes(b for b in byte if b in _LEADS.get(name, b""))


def characters(codec: Codec, sets: Pending) -> str:
    """All characters that byte sets may be; only likely ones if a byte is open."""
    return _characters(codec.name, sets)


@cache
def _characters(name: str, sets: Pending) -> str:
    if all(len(s) == 1 for s in sets):
        try:
            found = b"".join(sets).decode(PYTHON.get(name, name))
        except UnicodeDecodeError:
            return ""
        return found if len(found) == 1 else ""
    likely, table, common = _table(name, len(sets))
    fits = np.ones(common if sum(len(s) > 60 for s in sets) > 1 else len(likely), bool)
    for column, allowed in zip(table, sets, strict=True):
        mask = np.zeros(256, bool)
        mask[np.frombuffer(allowed, np.uint8)] = True
        fits &= mask.take(column[: len(fits)])
    return "".join([likely[i] for i in np.flatnonzero(fits).tolist()])


@cache
def _table(name: str, length: int) -> tuple[str, NDArray[np.uint8], int]:
    """The likely characters that take so many bytes, the commonest first; their first bytes, the
    second and so on; how many of the characters are common."""
    codes = codec(name).codes
    rows = [
        (c, codes[c], nats)
        for c, nats in gate.surprise().items()
        if nats <= PLAUSIBLE and len(codes.get(c, b"")) == length
    ]
    table = np.frombuffer(b"".join(code for _, code, _ in rows), np.uint8).reshape(-1, length)
    common = sum(nats <= COMMON for *_, nats in rows)
    return "".join(c for c, *_ in rows), np.ascontiguousarray(table.T), common


ASCII = {chr(byte): bytes((byte,)) for byte in range(0x80)}
PYTHON = {"gbk": "gb18030", "big5": "cp950", "euc-kr": "cp949"}
PAIRED = ("gbk", "big5", "euc-kr")  # in which all but ASCII takes two bytes
MIXED = ("cp936", "cp932", "utf-8")  # in which some characters take one, some more


def single(name: str) -> bool:
    """Whether a codec has one byte for each character."""
    return name not in (*PAIRED, *MIXED)


@cache
def codec(name: str) -> Codec:
    """A codec by name: "gbk" is the two-byte part of GB18030; any other is Python's."""
    if name == "utf-8":
        return Codec(name, {**ASCII, **{c: c.encode() for c in gate.surprise()}})
    if name == "cp936":  # Windows reads the byte 80 as the euro sign
        return Codec(name, {**codec("gbk").codes, "€": b"\x80"})
    python = PYTHON.get(name, name)
    high = np.arange(0x80, 0x100, dtype=np.uint8)
    ones, alone = _decoded(high[:, None], python)
    codes = _first(ones, alone)
    if name.startswith("cp125"):  # what Windows does with the holes of its code pages
        codes |= {chr(byte): bytes((byte,)) for byte in set(high.tolist()) - {*b"".join(alone)}}
    if not single(name):
        pairs = np.mgrid[0x81:0xFF, 0x40:0xFF].reshape(2, -1).T
        twos, both = _decoded(pairs.astype(np.uint8, order="C"), python)
        codes = _first(ones + twos, alone + both)
        if name == "cp932":  # 400 kanji stand in two places: nobody knows which bytes were there
            codes = {c: codes[c] for c, times in Counter(ones + twos).items() if times == 1}
    return Codec(name, {**ASCII, **codes})


def _first(characters: str, codes: Sequence[bytes]) -> dict[str, bytes]:
    """The bytes of each character, the first ones where it has several."""
    return dict(zip(reversed(characters), reversed(codes), strict=True))


def _decoded(codes: NDArray[np.uint8], python: str) -> tuple[str, list[bytes]]:
    """The characters beyond ASCII that rows of bytes are, and these rows.

    They are decoded in one go, a line each: no codec takes a line break for a part of a pair."""
    lines = np.pad(codes, ((0, 0), (0, 1)), constant_values=ord("\n"))
    points = chars.codes(lines.tobytes().decode(python, "replace"))
    ends = np.flatnonzero(points == ord("\n"))
    one = points[ends - 1]
    held = (np.diff(ends, prepend=-1) == 2) & (one >= 0x80) & (one != 0xFFFD)
    found = one[held].tobytes().decode("utf-32-le", "surrogatepass")
    return found, codes[held].view(f"S{codes.shape[1]}").ravel().tolist()


@dataclass(frozen=True)
class Mechanism:
    """A row of the channel: what is seen, and the bytes that it may stand for."""

    name: str  # S1 … S7
    seen: re.Pattern[str] | None  # matched where the character stands; None is a gap
    template: tuple[str, ...]
    cost: float
    where: str  # "synced", "shifted" or "any"
    marked: bool  # whether what is seen is itself a trace of damage


@dataclass(frozen=True)
class Reading:
    """What a mechanism makes of some seen characters."""

    mechanism: str  # "" is the text as it stands
    sets: tuple[bytes, ...]
    cost: float
    length: int  # seen characters that it explains; 0 is a gap before them
    marked: bool


@cache
def mechanisms(name: str) -> tuple[Mechanism, ...]:
    """The rows for a codec, in the order of the table."""
    rows: Sequence[Mapping[str, Any]] = rules.table("encoding")["ENC001"].data["mechanisms"]
    return tuple(
        Mechanism(
            row["name"],
            re.compile(row["seen"]) if "seen" in row else None,
            tuple(row["bytes"].split()),
            row["cost"],
            row.get("where", "any"),
            row.get("marked", True),
        )
        for row in rows
        if name in row.get("codecs", ("gbk", "big5"))
    )


@cache
def _possible(name: str, *, traced: bool, unmarked: bool) -> tuple[Mechanism, ...]:
    """The rows that may apply where some mechanism's trace is seen, or where one that leaves
    none may begin."""
    rows = mechanisms(name)
    return tuple(r for r in rows if (traced if r.marked else unmarked or r.name == STRIPPED))


@cache
def _openings(name: str) -> re.Pattern[str]:
    """What stands where a mechanism that leaves a trace can begin."""
    rows = (row for row in mechanisms(name) if row.marked and row.seen)
    return re.compile("|".join(f"(?:{row.seen.pattern})" for row in rows if row.seen))


def says(name: str) -> str:
    """What a mechanism did, in words."""
    return str(rules.table("encoding")["ENC001"].data["says"][name])


def readings(
    codec: Codec,
    text: str,
    at: int,
    where: str,
    *,
    unmarked: bool,
    against: Mapping[str, float],
) -> list[Reading]:
    """What may stand for the seen character at `at` beside its own bytes.

    `unmarked` allows the mechanisms that leave no trace, `against` are nats for what
    speaks against a mechanism, infinite where it is ruled out."""
    found = []
    traced = _openings(codec.name).match(text, at) is not None
    for row in _possible(codec.name, traced=traced, unmarked=unmarked):
        if row.where not in ("any", where) or against.get(row.name) == math.inf:
            continue
        match = row.seen.match(text, at) if row.seen else None
        if row.seen and not match:
            continue
        own = codec.bytes_of(text[at])
        sets = _sets(row.template, own)
        if sets is None:
            continue
        length = len(match[0]) if match else 0
        cost = row.cost + against.get(row.name, 0.0)
        found.append(Reading(row.name, sets, cost, length, row.marked))
    return found


@lru_cache(8192)
def _sets(template: tuple[str, ...], own: bytes | None) -> tuple[bytes, ...] | None:
    """The byte sets of a template; None where it speaks of a byte that is not there."""
    sets = []
    for token in template:
        if token == "*":
            sets.append(ANY)
        elif token == "ascii":
            sets.append(SWALLOWED)
        elif token in ("^1", "^2", "wide1", "wide2"):
            at = token[-1] == "2"
            if own is None or len(own) < 2 - (token[0] == "w"):
                return None
            byte = own[at] if token[0] == "^" else (0xA3, own[0] | 0x80)[at]
            sets.append(bytes((byte,)))
        elif token == "^2|80":
            if own is None or len(own) < 2 or not 0x40 <= own[1] < 0x7F:
                return None
            sets.append(bytes((own[1] | 0x80,)))
        elif token == "double":
            if own is None or len(own) < 2 or own[0] != own[1]:
                return None
            sets.append(own[:1])
        else:
            parts = (part.partition("-") for part in token.split("|"))
            sets.append(
                bytes(
                    b
                    for low, _, high in parts
                    for b in range(int(low, 16), int(high or low, 16) + 1)
                )
            )
    return tuple(sets)


TORN_TAG = lazy(r"/?[a-zA-Z][a-zA-Z0-9]{0,9}(?:\s[^<>\n]{0,80})?/?>")
DIGITS_FOLLOW = lazy(r"[.,]?[0-9]")


@cache
def scripts() -> NDArray[np.uint8]:
    """Of each code point of the basic plane: SIMPLIFIED where GB 2312 has it and Big5 has not,
    TRADITIONAL where Big5 alone has it, else 0."""
    table = np.zeros(BMP, np.uint8)
    table[0x80:0xD800] = SIMPLIFIED * encoded("gb2312") + TRADITIONAL * encoded("big5")
    table[table == SIMPLIFIED | TRADITIONAL] = 0
    return table


def encoded(name: str) -> NDArray[np.bool_]:
    """Which of the code points from U+0080 to U+D7FF a codec has a place for; they are asked
    about in one go, a line each."""
    points = np.arange(0x80, 0xD800, dtype=np.uint16)
    lines = np.column_stack((points, np.full_like(points, ord("\n"))))
    text = lines.astype("<u2").tobytes().decode("utf-16-le")
    data = np.frombuffer(text.encode(name, "replace"), np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    return np.asarray((np.diff(ends, prepend=-1) > 2) | (data[ends - 1] != ord("?")))
