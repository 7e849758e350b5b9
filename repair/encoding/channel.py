"""The channel as a table: which bytes a seen character may stand for.

A *byte set* is a `bytes` object: one byte is known, several are the values that an unknown
byte may have. A *reading* of a seen character is a row of byte sets with a cost in nats
(minus its log-probability). The rows S1 to S7 stand in `rules/slips.toml`; the byte tables
of the codecs come from Python's own codecs. In GB18030 the user-defined areas AAA1-AFFE,
F8A1-FEFE and A240-A7A0 are private-use characters U+E000 to U+E765, in that order; a slip
leaves them where it paired bytes that no character has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from repair import rules
from repair.encoding import gate

SYNCED, SHIFTED = "synced", "shifted"
LOST = "□"  # the mark for a lost character
SWALLOWED = bytes(range(0x20, 0x40))  # what a decoder eats after a lone lead byte
PLAUSIBLE = 15.5  # nats: a rarer character is not proposed where a byte is unknown
COMMON = 11.5  # nats: the same where both bytes are unknown


@dataclass(frozen=True)
class Codec:
    """A two-byte codec: a row of the table."""

    name: str
    python: str  # Python's name for it
    pairs: Mapping[int, str]  # lead << 8 | trail -> character
    codes: Mapping[str, bytes]  # character -> its two bytes
    leads: bytes
    trails: bytes

    def bytes_of(self, character: str) -> bytes | None:
        """The bytes that the reader saw, or None where the codec has none."""
        if character < "\x80":
            return character.encode("ascii")
        return self.codes.get(character)

    def characters(self, lead: bytes, trail: bytes) -> str:
        """All characters that two byte sets may be; only likely ones if one is open."""
        if len(lead) == len(trail) == 1:
            return self.pairs.get(lead[0] << 8 | trail[0], "")
        return _likely(self, lead, trail)


_LIKELY: dict[tuple[str, bytes, bytes], str] = {}


def _likely(codec: Codec, lead: bytes, trail: bytes) -> str:
    key = (codec.name, lead, trail)
    if key not in _LIKELY:
        limit = COMMON if len(lead) > 1 and len(trail) > 1 else PLAUSIBLE
        found = (codec.pairs.get(a << 8 | b) for a in lead for b in trail)
        _LIKELY[key] = "".join(c for c in found if c and gate.rare(c) <= limit)
    return _LIKELY[key]


@cache
def codec(name: str) -> Codec:
    """The byte table of "gbk" (the two-byte part of GB18030) or "big5"."""
    python = {"gbk": "gb18030", "big5": "cp950"}[name]
    low = 0xA1 if name == "big5" else 0x81
    trails = bytes([*range(0x40, 0x7F), *range(0xA1 if name == "big5" else 0x80, 0xFF)])
    pairs: dict[int, str] = {}
    for lead in range(low, 0xFF):
        for trail in trails:
            try:
                pairs[lead << 8 | trail] = bytes((lead, trail)).decode(python)
            except UnicodeDecodeError:
                continue
    codes = {c: bytes(divmod(code, 256)) for code, c in pairs.items()}
    return Codec(name, python, pairs, codes, bytes(range(low, 0xFF)), trails)


@dataclass(frozen=True)
class Mechanism:
    """A row of the channel: what is seen, and the bytes that it may stand for."""

    name: str  # S1 … S7
    seen: re.Pattern[str] | None  # matched where the character stands; None is a gap
    template: tuple[str, ...]
    cost: float
    where: str  # "synced", "shifted" or "any"
    marked: bool  # whether what is seen is itself a trace of damage
    says: str


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
            row["says"],
        )
        for row in rows
        if name in row.get("codecs", ("gbk", "big5"))
    )


def says(name: str) -> str:
    """What a mechanism did, in words."""
    rows: Sequence[Mapping[str, Any]] = rules.table("encoding")["ENC001"].data["mechanisms"]
    return next(str(row["says"]) for row in rows if row["name"] == name)


def readings(
    codec: Codec, text: str, at: int, where: str, *, unmarked: bool, blind: bool
) -> list[Reading]:
    """What may stand for the seen character at `at` beside its own bytes.

    `unmarked` allows the mechanisms that leave no trace; `blind` says that private-use
    characters were stripped from the text, so that a pair of them may be missing."""
    found = []
    for row in mechanisms(codec.name):
        if row.where not in ("any", where):
            continue
        if row.name == "stripped":
            if not blind:
                continue
        elif not row.marked and not unmarked:
            continue
        match = row.seen.match(text, at) if row.seen else None
        if row.seen and not match:
            continue
        own = codec.bytes_of(text[at])
        sets = _sets(codec, row.template, own)
        if sets is None:
            continue
        length = len(match[0]) if match else 0
        found.append(Reading(row.name, sets, row.cost, length, row.marked))
    return found


def _sets(codec: Codec, template: Sequence[str], own: bytes | None) -> tuple[bytes, ...] | None:
    """The byte sets of a template; None where it speaks of a byte that is not there."""
    sets = []
    for token in template:
        if token == "*":
            sets.append(bytes(sorted({*codec.leads, *codec.trails} - {0x7F})))
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
                bytes(b for low, _, high in parts for b in range(int(low, 16), int(high or low, 16) + 1))
            )
    return tuple(sets)


TORN_TAG = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]{0,9}(?:\s[^<>\n]{0,80})?/?>")
DIGITS_FOLLOW = re.compile(r"[.,]?[0-9]")


def simplified_only(character: str) -> bool:
    """Whether only simplified text has the character."""
    return _charsets(character) == (True, False)


def traditional_only(character: str) -> bool:
    """Whether only traditional text has the character."""
    return _charsets(character) == (False, True)


@cache
def _charsets(character: str) -> tuple[bool, bool]:
    """Whether GB 2312 (simplified) and Big5 (traditional) have a character."""

    def has(name: str) -> bool:
        try:
            character.encode(name)
        except UnicodeEncodeError:
            return False
        return True

    return has("gb2312"), has("big5")
