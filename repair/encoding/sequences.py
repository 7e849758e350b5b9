"""UTF-8 that was read with another codec, as whole characters and gaps.

A gap is what is left of a character that lost bytes: the beginning of one that is cut off, marks
in the place of bytes, the end of one whose beginning is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repair.encoding import channel, gate
from repair.encoding.channel import Codec
from repair.encoding.gaps import END

MARKS = "?\ufffd"
WHOLE, FOREIGN = 1.0, -3.0  # worth of a character, and of a sign without bytes
GAP, WIDE_GAP = -0.25, -0.6  # of a gap, and of one in pairs: sound text is made of these
SIGNS = "·×÷°±§"  # the only characters of two bytes that Chinese text uses


@dataclass(frozen=True, slots=True)
class Unit:
    """A restored character, or a gap with what may stand in it; offsets of the seen text."""

    start: int
    end: int
    text: str = ""
    left: bytes = b""  # of a gap: what is left of the character that it begins in,
    marks: int = 0
    right: bytes = b""  # and of the one that it ends in,
    behind: str | int = END  # and the byte or the character after it
    worth: float = 0.0
    torn: bool = False  # bytes of a cut character with a mark


def units_of(text: str, low: int, high: int, codec: Codec) -> Iterator[Unit]:
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
    behind: str | int = END
    if here < len(tokens):
        byte = tokens[here][0] or -1
        behind = chr(byte) if 0 < byte < 0x80 else byte
    if marks == 1 and not left and not right:  # a question mark after all
        return here, Unit(start, end, text[start:end])
    worth = GAP if codec.single else WIDE_GAP
    torn = bool(left) and (marks > 0 or here == len(tokens))
    return here, Unit(start, end, "", bytes(left), marks, bytes(right), behind, worth, torn)
