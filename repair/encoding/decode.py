"""Bytes to text: which codec reads them, decided by validity first and fluency second.

What a file or a header declares is only a last hint: it is checked like any other guess.
Every character of the bytes stays, a byte order mark as U+FEFF and NUL as U+0000, so that
offsets and undo are exact.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from repair import lm
from repair.encoding import gate
from repair.patterns import lazy

SAMPLE = 4000  # bytes that a guess looks at
CHINESE = ("gb18030", "big5hkscs")
# A file mostly in one of these is strict in it and hardly ever strict in a Chinese codec
# with fluent text; charset-normalizer chooses among all others.
NEIGHBOURS = ("euc_kr", "cp932", "euc_jp")
FLUENT = -9.0  # nats a character: Chinese that reads worse was read with the wrong codec
MIXED = "mixed"  # name of the codec of a text whose lines are in several
BROKEN = 0.1  # share of U+FFFD that a line read as damaged UTF-8 may have
C1, HALF_WIDTH, KANA = lazy("[\x80-\x9f]"), lazy("[ｦ-ﾟ]"), lazy("[ぁ-ヿ]")
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the codec that read it, and whether that codec gives the bytes back."""

    text: str
    codec: str  # Python's name, or "mixed"
    exact: bool


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of the bytes; never raises. Undecodable bytes become U+FFFD."""
    for mark, codec in MARKS:
        if data.startswith(mark) and (text := _strict(data, codec)) is not None:
            return _decoded(text, codec, data)
    wide = _wide(data)
    if wide and (text := _strict(data, wide)) is not None:
        return _decoded(text, wide, data)
    if (text := _strict(data, "utf-8")) is not None:
        return Decoded(text, "utf-8", True)
    bare = _bare(data)
    if bare and (text := _strict(data, bare)) is not None:
        return _decoded(text, bare, data)
    lines = data.splitlines(keepends=True)
    kinds = Counter(_is_utf8(line) for line in lines if not line.isascii())
    if not kinds[True]:
        one = _best(data, declared)
        if one is not None:
            return _decoded(data.decode(one, "replace"), one, data)
    return _by_line(lines, data)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _decoded(text: str, codec: str, data: bytes) -> Decoded:
    try:
        return Decoded(text, codec, text.encode(codec) == data)
    except UnicodeEncodeError:
        return Decoded(text, codec, False)


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where its zero bytes stand."""
    sample = data[: SAMPLE & ~3]
    if len(sample) < 4 or len(data) % 2 or b"\0" not in sample:
        return None
    zeros = [sample[i::4].count(0) for i in range(4)]
    quarter = len(sample) / 4
    if len(data) % 4 == 0:
        if zeros[3] >= 0.9 * quarter and zeros[2] >= 0.9 * quarter and zeros[0] < 0.5 * quarter:
            return "utf-32-le"
        if zeros[0] >= 0.9 * quarter and zeros[1] >= 0.9 * quarter and zeros[3] < 0.5 * quarter:
            return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    for codec, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if high > 1 and high >= 9 * low:
            text = _strict(sample, codec)
            if text and _usual(text) >= 0.9:
                return codec
    return None


def _bare(data: bytes) -> str | None:
    """UTF-16 without a mark and without ASCII: Chinese alone, which no other codec reads so."""
    sample = data[: SAMPLE & ~1]
    if len(data) % 2 or len(data) < 8:
        return None
    others = max(_fluency(sample, codec)[0] for codec in CHINESE)
    for codec in ("utf-16-le", "utf-16-be"):
        text = _strict(sample, codec)
        if text and _usual(text) >= 0.9 and _fluency(sample, codec)[0] >= max(FLUENT, others + 2):
            return codec
    return None


def _usual(text: str) -> float:
    """The share of characters that are ASCII or known to Chinese text."""
    known = gate.surprise()
    return sum(c in known or " " <= c < "\x7f" or c in "\t\r\n\u3000" for c in text) / len(text)


def _is_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8, or nearly: what a lost byte leaves of it."""
    text = line.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(c > "\x7f" for c in text) - broken
    # one loss in a short line: GBK read so leaves hardly a whole character beside its U+FFFD
    return whole > 0 and (broken <= BROKEN * whole or (broken == 1 and whole >= 3))


def _best(data: bytes, declared: str | None) -> str | None:
    """The codec that reads the bytes most fluently; None if none reads them all and none of
    the Chinese ones reads nearly all."""
    sample = _sample(data)
    fluency = {c: _fluency(sample, c) for c in CHINESE}
    valid = [c for c in CHINESE if _strict(data, c) is not None]
    for known in (valid, list(CHINESE)):
        fluent = [c for c in known if fluency[c][0] >= FLUENT]
        if fluent:
            return max(fluent, key=lambda c: fluency[c][1])
    for codec in (declared, _guess(sample), *NEIGHBOURS):
        if codec and (text := _strict(data, codec)) is not None and _usual_foreign(text):
            return codec
    return max(valid, key=lambda c: fluency[c][1]) if valid else None


def _sample(data: bytes) -> bytes:
    """The lines that say something, up to SAMPLE bytes, each whole."""
    kept, length = [], 0
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            kept.append(line)
            length += len(line)
        if length >= SAMPLE:
            break
    return b"".join(kept)


def _fluency(sample: bytes, codec: str) -> tuple[float, float]:
    """Nats a character beyond ASCII that was decoded, and nats in all: the codec that reads as
    many bytes into fewer, likelier characters is right."""
    text = sample.decode(codec, "replace")
    scores = lm.load().score(text)
    beyond = [float(s) for c, s in zip(text, scores, strict=True) if "\x7f" < c != "\ufffd"]
    return sum(beyond) / max(1, len(beyond)), float(scores.sum())


def _guess(sample: bytes) -> str | None:
    """charset-normalizer's best guess."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else None


def _usual_foreign(text: str) -> bool:
    """Whether a text that is not Chinese has no control characters of C1, and not half-width
    katakana alone, which GBK and Big5 read as CP932 are full of."""
    sample = text[:SAMPLE]
    half, kana = len(HALF_WIDTH.findall(sample)), len(KANA.findall(sample))
    return half <= 2 * kana and C1.search(sample) is None


def _by_line(lines: Iterable[bytes], data: bytes) -> Decoded:
    """Each line by its own best codec."""
    texts: list[str] = []
    used: set[str] = set()
    for line in lines:
        if line.isascii():
            texts.append(line.decode("ascii"))
            continue
        codec = "utf-8" if _is_utf8(line) else _best(line, None)
        codec = codec or max(CHINESE, key=lambda c: _fluency(line, c)[1])
        used.add(codec)
        texts.append(line.decode(codec, "replace"))
    text = "".join(texts)
    return _decoded(text, used.pop(), data) if len(used) == 1 else Decoded(text, MIXED, False)
