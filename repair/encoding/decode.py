"""Bytes to text (a first version by the lead; the encoding helper deepens it)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the codec that read it, and whether that codec gives the bytes back."""

    text: str
    codec: str
    exact: bool


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of the bytes; never raises. Undecodable bytes become U+FFFD."""
    for codec in ("utf-8", "gb18030", "big5hkscs"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        return Decoded(text, codec, text.encode(codec) == data)
    return Decoded(data.decode("utf-8", "replace"), "utf-8", False)
