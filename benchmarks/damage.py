"""Byte slips of our own making: the mechanisms S1 to S7 of DESIGN.md section 1, at work on the
bytes of sound text. Nothing here looks at how the stage undoes them."""

from __future__ import annotations

import random
from collections.abc import Callable

FULL_WIDTH = {0xFF00 + i: 0x20 + i for i in range(1, 0x5F) if not chr(0x20 + i).isalnum()}
TRANSLITERATED = {
    0xC4: b"Ae", 0xD6: b"Oe", 0xDC: b"Ue", 0xE4: b"ae", 0xF6: b"oe", 0xFC: b"ue", 0xDF: b"ss",
}  # fmt: skip
BEFORE, BEHIND = 4, 10  # characters that stay sound at the ends of a text
Bytes = Callable[[bytearray, int, random.Random], bool]  # damages the character at a byte offset


def lead(data: bytearray, at: int, chance: random.Random) -> bool:
    """S1: the lead byte became `?`."""
    data[at] = 0x3F
    return True


def replaced(data: bytearray, at: int, chance: random.Random) -> bool:
    """S2: two bytes across a boundary were taken for full-width punctuation and replaced."""
    for i in range(at + 1, min(len(data) - 12, at + 120)):
        if data[i : i + 2] in (b"\xa3\xbf", b"\xa3\xbb", b"\xa3\xba", b"\xa1\xa3"):
            odd = sum(b >= 0x80 for b in data[at:i]) % 2
            if odd and all(b >= 0x80 for b in data[at:i]):
                data[i : i + 2] = b"?"
                return True
    return False


def cp932(data: bytearray, at: int, chance: random.Random) -> bool:
    """S3: `81 45` was written over two bytes across a boundary."""
    data[at + 1 : at + 3] = b"\x81\x45"
    return True


def broken(data: bytearray, at: int, chance: random.Random) -> bool:
    """S4: a line break inside a character, whose lead byte became `?`."""
    data[at : at + 1] = b"?\n"
    return True


def dropped(data: bytearray, at: int, chance: random.Random) -> bool:
    """S5: a lead or a trail byte was dropped."""
    del data[at + chance.randrange(2)]
    return True


def doubled(data: bytearray, at: int, chance: random.Random) -> bool:
    """S6: a byte was doubled, or another one inserted."""
    data.insert(at, data[at] if chance.random() < 0.5 else chance.randrange(0x81, 0xFE))
    return True


def transliterated(data: bytearray, at: int, chance: random.Random) -> bool:
    """S7: a lead byte became two letters."""
    if data[at] not in TRANSLITERATED:
        return False
    data[at : at + 1] = TRANSLITERATED[data[at]]
    return True


MECHANISMS: dict[str, Bytes] = {
    "S1": lead, "S2": replaced, "S3": cp932, "S4": broken,
    "S5": dropped, "S6": doubled, "S7": transliterated,
}  # fmt: skip
# How often each is tried: S1 and S2 cause most of the real slips.
SHARES = {"S1": 6, "S2": 8, "S3": 3, "S4": 1, "S5": 3, "S6": 1, "S7": 4}


def slipped(
    text: str, chance: random.Random, codec: str = "gb18030"
) -> tuple[str, str, str] | None:
    """A slip of a random mechanism: (mechanism, damaged, truth), or None where it left no
    trace or does not apply. U+FFFD may have become `?`, full-width punctuation ASCII."""
    text = text[:300]
    at = chance.randrange(BEFORE, max(BEFORE + 1, len(text) - BEHIND))
    name = chance.choices(list(SHARES), list(SHARES.values()))[0]
    if at + BEHIND > len(text) or not "\u4e00" <= text[at] <= "\u9fff":
        return None
    try:
        data, start = bytearray(text.encode(codec)), len(text[:at].encode(codec))
    except UnicodeEncodeError:
        return None
    if len(text[at].encode(codec)) != 2 or not MECHANISMS[name](data, start, chance):
        return None
    damaged = data.decode(codec, "replace")
    if chance.random() < 0.5:
        damaged = damaged.replace("\ufffd", "?")
    if chance.random() < 0.25:
        damaged, text = damaged.translate(FULL_WIDTH), text.translate(FULL_WIDTH)
    return None if damaged == text else (name, damaged, text)
