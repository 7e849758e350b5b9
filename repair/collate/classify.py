"""The kind of a variant: what happened to the text in this place."""

from __future__ import annotations

from repair.collate import confusions
from repair.collate.variants import is_mark, only_marks

DIGITS = frozenset("0123456789")
NUMERALS = frozenset("〇零一二三四五六七八九十百千万亿两廿卅壹贰叁肆伍陆柒捌玖拾佰仟")
UNITS = frozenset("年月日时分秒元亿万千百十个人次件名户项条%‰℃")
MARKS = frozenset(",.;:?!()\"'-、。《》〈〉【】…·")  # folded; other signs are noise in a reading
NEAR = 4  # code points up to which a reading can be a slip; longer ones are rewording
SENSE = 6.0  # nats of the language model between sense and nonsense, for one character

# The kinds that change what the text says; the others are told only when asked for.
SUBSTANTIVE = frozenset(
    {"misreading", "sound", "doubled", "omission", "insertion", "moved", "number", "edition"}
)  # fmt: skip


def kind(mine: str, theirs: str, left: str, right: str, noisy: bool = False) -> str:
    """The kind of a difference in one text against another, both folded.

    `left` and `right` are what stands around it in both; `noisy` says that exactly one of
    the two texts was read by a machine. "omission" and "insertion" are of `mine`."""
    if only_marks(mine) and only_marks(theirs):
        number = _digit(left[-1:]) and _digit(right[:1])
        return "number" if number and (mine or theirs) else "punctuation"
    if not mine or not theirs:
        return _one_sided(mine or theirs, bool(mine), left, right)
    if _numbers(mine, theirs, left, right):
        return "number"
    if max(len(mine), len(theirs)) > 2 * NEAR and only_marks(mine) != only_marks(theirs):
        return "omission" if only_marks(mine) else "insertion"  # the mark is what is left
    if _within(mine, theirs) or _within(theirs, mine):
        return "omission" if len(mine) < len(theirs) else "insertion"
    if len(mine) == len(theirs):
        return _letters(mine, theirs, noisy)
    if _doubled(mine, theirs) or _doubled(theirs, mine):
        return "doubled"
    return "misreading" if _slip(mine, theirs, noisy) else "edition"


def _one_sided(text: str, mine: bool, left: str, right: str) -> str:
    if _repeats(text, left, right):
        return "doubled"
    beside = _digit(left[-1:]) or _digit(right[:1])
    if beside and all(c in DIGITS or c in UNITS or c in ".," for c in text):
        return "number"
    return "insertion" if mine else "omission"


def _repeats(text: str, left: str, right: str) -> bool:
    """Whether the text stands once more directly beside itself."""
    return left.endswith(text) or right.startswith(text)


def _digit(text: str) -> bool:
    return bool(text) and text in DIGITS


def _numbers(mine: str, theirs: str, left: str, right: str) -> bool:
    """Whether the difference is one of numbers: digits differ, or numerals do."""
    if all(c in NUMERALS or c in DIGITS for c in mine + theirs):
        return True
    digits = [c for c in mine if c in DIGITS], [c for c in theirs if c in DIGITS]
    if digits[0] and digits[1]:
        return digits[0] != digits[1]
    beside = _digit(left[-1:]) or _digit(right[:1])
    return beside and bool(digits[0] or digits[1])


def _letters(mine: str, theirs: str, noisy: bool) -> str:
    """The kind of a replacement by as many characters."""
    if len(mine) <= NEAR and sorted(mine) == sorted(theirs):
        return "moved"  # neighbours that changed places
    pairs = [(x, y) for x, y in zip(mine, theirs, strict=True) if x != y]
    if spellings(mine, theirs):
        return "edition"
    seen = all(confusions.alike(x, y) for x, y in pairs)
    observed = all(confusions.read_as(x, y) + confusions.read_as(y, x) for x, y in pairs)
    if seen and (noisy or observed or not heard(mine, theirs)):
        return "misreading"
    if heard(mine, theirs):
        return "sound"
    slip = seen or any(_noise(x) != _noise(y) for x, y in pairs) or _slip(mine, theirs, noisy)
    return "misreading" if slip else "edition"


def nonsense(mine: str, theirs: str, gain: float) -> bool:
    """Whether one reading is a machine's though nothing known explains it: as long as the
    other one, and much worse for the language model. Who edits writes sense."""
    alike = len(mine) == len(theirs) <= 2 * NEAR
    needed = SENSE * (1 + len(mine)) / 2  # wording alone makes some nats a character
    return alike and abs(gain) >= needed and not spellings(mine, theirs)


def spellings(mine: str, theirs: str) -> bool:
    """Whether the readings are two spellings of one word."""
    return len(mine) == len(theirs) and all(
        x == y or confusions.same_word(x, y) for x, y in zip(mine, theirs, strict=True)
    )


def _within(shorter: str, longer: str) -> bool:
    """Whether the longer reading is the shorter one with text added to it."""
    if len(shorter) >= len(longer):
        return False
    rest = iter(longer)
    return all(c in rest for c in shorter)


def heard(mine: str, theirs: str) -> bool:
    """Whether the two readings sound the same, character for character."""
    return len(mine) == len(theirs) and all(
        x == y or confusions.same_sound(x, y) for x, y in zip(mine, theirs, strict=True)
    )


def _slip(mine: str, theirs: str, noisy: bool) -> bool:
    """Whether one reading is noise for the other: signs or letters where words belong, or,
    of a machine, a short reading of about the same length."""
    longer = max(len(mine), len(theirs))
    noise = [any(map(_noise, text)) or only_marks(text) for text in (mine, theirs)]
    if longer <= 2 * NEAR and noise[0] != noise[1]:
        return True
    return noisy and longer <= NEAR and abs(len(mine) - len(theirs)) <= 1


def _noise(char: str) -> bool:
    return (is_mark(char) or char.isascii()) and char not in MARKS


def _doubled(longer: str, shorter: str) -> bool:
    """Whether one reading is the other with a piece of it standing twice."""
    extra = len(longer) - len(shorter)
    if extra <= 0:
        return False
    return any(
        longer[:at] + longer[at + extra :] == shorter
        and _repeats(longer[at : at + extra], longer[:at], longer[at + extra :])
        for at in range(len(shorter) + 1)
    )
