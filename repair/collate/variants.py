"""From an alignment to the differences that a person would count.

Edit scripts cut differences anywhere; here deletions slide to a boundary that a reader
sees, punctuation stands apart from words, and neighbouring cuts that belong to one
difference become one. Then come the differences that folding hid: width, script, spacing.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from repair.collate import confusions
from repair.collate.align import Alignment, Block, Move
from repair.collate.fold import Folded

STOPS = frozenset("。！？!?;；:：”\"'》)]…")
MEASURES = frozenset("%‰℃°$¥€£+×")  # signs that are words, not punctuation
COLUMN = 8  # code points of a line that a column's edge can have cut; names are shorter
WHOLE = 0.02  # share of characters in the other script from which it is the text's script


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two folded texts differ; `form` names what folding hid, or a move."""

    a0: int
    a1: int
    b0: int
    b1: int
    form: str = ""  # "", "moved", "width", "script", "spacing", "column-break"
    a_to: int = -1  # of a move: where the text belongs by the other one's order
    b_to: int = -1


def differences(a: Folded, b: Folded, found: Alignment) -> list[Difference]:
    """The differences of two texts in the order of the first, in folded offsets."""
    found = _slid(found, a, b)
    inside = [x for m in found.moves for x in m.inner]
    grouped = [
        group
        for cuts in (_without_moves(found), inside)
        for group in _grouped([part for block in cuts for part in _apart(block, a, b)], a, b)
    ]
    moved = [_move(m, found.blocks) for m in found.moves]
    told = [Difference(x.a0, x.a1, x.b0, x.b1) for x in grouped]
    hidden = [
        difference
        for start, end, shift in _equal(found, len(a))
        for difference in _hidden(a, b, start, end, shift)
    ]
    hidden = _scripts(_between(hidden, grouped), a, b)
    return sorted([*told, *moved, *hidden], key=lambda d: (d.a0, d.a1, d.b0))


def _between(hidden: list[Difference], grouped: list[Block]) -> list[Difference]:
    """Without what lies in equal text that a group has taken in."""
    starts = [x.a0 for x in grouped]
    order = np.argsort(starts, kind="stable").tolist()
    starts = [starts[n] for n in order]

    def free(d: Difference) -> bool:
        n = bisect_right(starts, d.a0) - 1
        return n < 0 or d.a0 >= grouped[order[n]].a1

    return [d for d in hidden if free(d)]


def _slid(found: Alignment, a: Folded, b: Folded) -> Alignment:
    """The alignment with its deletions and insertions where a reader sees them."""

    def slide(blocks: tuple[Block, ...], start: int, end: int) -> tuple[Block, ...]:
        slid: list[Block] = []
        for n, block in enumerate(blocks):
            last = slid[-1].a1 if slid else start
            after = blocks[n + 1].a0 if n + 1 < len(blocks) else end
            slid.append(_slide(block, a, b, block.a0 - last, after - block.a1))
        return tuple(slid)

    blocks = slide(found.blocks, 0, len(a))
    moves: list[Move] = []
    for move in found.moves:
        fitted = _fitted(replace(move, inner=slide(move.inner, move.a0, move.a1)), blocks, a, b)
        if fitted is None:  # the moves' places count in the blocks as they were
            return replace(found, moves=tuple(
                replace(m, inner=slide(m.inner, m.a0, m.a1)) for m in found.moves
            ))  # fmt: skip
        moves.append(fitted)
    return Alignment(blocks, tuple(moves))


def _fitted(move: Move, blocks: tuple[Block, ...], a: Folded, b: Folded) -> Move | None:
    """A move after the blocks have slid: without what slid out of them, and grown over what
    slid in, so that a paragraph that moved does so from its first word."""
    home_a = max(blocks, key=lambda x: min(x.a1, move.a1) - max(x.a0, move.a0))
    home_b = max(blocks, key=lambda x: min(x.b1, move.b1) - max(x.b0, move.b0))
    front = max(0, home_a.a0 - move.a0, home_b.b0 - move.b0)
    back = max(0, move.a1 - home_a.a1, move.b1 - home_b.b1)
    a0, b0, a1, b1 = move.a0 + front, move.b0 + front, move.a1 - back, move.b1 - back
    if a0 >= a1 or any(x.a0 < a0 or x.a1 > a1 or x.b0 < b0 or x.b1 > b1 for x in move.inner):
        return None
    while a0 > home_a.a0 and b0 > home_b.b0 and a.codes[a0 - 1] == b.codes[b0 - 1]:
        a0, b0 = a0 - 1, b0 - 1
    while a1 < home_a.a1 and b1 < home_b.b1 and a.codes[a1] == b.codes[b1]:
        a1, b1 = a1 + 1, b1 + 1
    return replace(move, a0=a0, a1=a1, b0=b0, b1=b1)


@cache
def is_mark(char: str) -> bool:
    """Whether a character is punctuation or a sign that is no word."""
    return unicodedata.category(char)[0] in "PSCZ" and char not in MEASURES


def only_marks(text: str) -> bool:
    """Whether a text has nothing but punctuation in it."""
    return all(map(is_mark, text))


def _move(move: Move, blocks: tuple[Block, ...]) -> Difference:
    """A move, with the places where the other text has it."""
    a_to = next((x.a0 for x in blocks if x.b0 <= move.b0 and move.b1 <= x.b1), -1)
    b_to = next((x.b0 for x in blocks if x.a0 <= move.a0 and move.a1 <= x.a1), -1)
    return Difference(move.a0, move.a1, move.b0, move.b1, "moved", a_to, b_to)


def _without_moves(found: Alignment) -> Iterator[Block]:
    """The blocks without the text that has moved, which is told apart."""
    for block in found.blocks:
        pieces_a = _outside(block.a0, block.a1, [(m.a0, m.a1) for m in found.moves])
        pieces_b = _outside(block.b0, block.b1, [(m.b0, m.b1) for m in found.moves])
        if not pieces_a and not pieces_b:
            continue
        first_a = pieces_a[0] if pieces_a else (block.a0, block.a0)
        first_b = pieces_b[0] if pieces_b else (block.b0, block.b0)
        yield Block(*first_a, *first_b)
        yield from (Block(*piece, first_b[1], first_b[1]) for piece in pieces_a[1:])
        yield from (Block(block.a1, block.a1, *piece) for piece in pieces_b[1:])


def _outside(start: int, end: int, holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for first, last in sorted(holes):
        if last <= start or first >= end:
            continue
        if first > start:
            pieces.append((start, first))
        start = last
    if start < end:
        pieces.append((start, end))
    return pieces


def _slide(block: Block, a: Folded, b: Folded, back: int, on: int) -> Block:
    """A deletion or insertion moved, among the places where it could stand at equal cost (no
    further than `back` or `on`), to the one whose edges a reader sees: a line's end, a stop,
    a mark; the last of equals."""
    if (block.a0 == block.a1) == (block.b0 == block.b1):
        return block
    text, start, end = (a, block.a0, block.a1) if block.a0 < block.a1 else (b, block.b0, block.b1)
    codes, other = text.codes, (b if text is a else a).codes
    at = block.b0 if text is a else block.a0
    low = 0
    while -low < back and (
        codes[start + low - 1] == codes[end + low - 1] == other[at + low - 1]
    ):  # fmt: skip
        low -= 1
    high = 0
    while high < on and (
        codes[start + high] == codes[end + high] == other[at + high]
    ):  # fmt: skip
        high += 1
    if low == high:
        return block
    best = max(
        range(low, high + 1),
        key=lambda n: (_edge(text, start + n) + _edge(text, end + n), n),
    )
    return Block(block.a0 + best, block.a1 + best, block.b0 + best, block.b1 + best)


def _edge(text: Folded, at: int) -> int:
    """How visible a boundary before folded character `at` is."""
    if at <= 0 or at >= len(text):
        return 4
    if "\n" in text.original[int(text.at[at - 1]) + 1 : int(text.at[at])]:
        return 4
    before, after = chr(text.codes[at - 1]), chr(text.codes[at])
    if before in STOPS:
        return 3
    return 2 if is_mark(before) else int(is_mark(after))


def _apart(block: Block, a: Folded, b: Folded) -> Iterator[Block]:
    """Punctuation for punctuation stands apart from the words beside it."""
    size_a, size_b = block.a1 - block.a0, block.b1 - block.b0
    marks_a = [is_mark(chr(c)) for c in a.codes[block.a0 : block.a1]]
    marks_b = [is_mark(chr(c)) for c in b.codes[block.b0 : block.b1]]
    if not size_a or not size_b or (all(marks_a) and all(marks_b)):
        yield block
        return
    head = marks_a[0] and marks_b[0]
    tail = marks_a[-1] and marks_b[-1] and min(size_a, size_b) > head
    if head:
        yield Block(block.a0, block.a0 + 1, block.b0, block.b0 + 1)
    yield Block(block.a0 + head, block.a1 - tail, block.b0 + head, block.b1 - tail)
    if tail:
        yield Block(block.a1 - 1, block.a1, block.b1 - 1, block.b1)


def _grouped(parts: list[Block], a: Folded, b: Folded) -> list[Block]:
    """Neighbouring blocks as one where the equal text between them is chance."""
    groups: list[Block] = []
    for part in parts:
        if groups and _belongs(groups[-1], part, a, b):
            groups[-1] = Block(groups[-1].a0, part.a1, groups[-1].b0, part.b1)
        else:
            groups.append(part)
    return groups


def _belongs(first: Block, second: Block, a: Folded, b: Folded) -> bool:
    between = second.a0 - first.a1
    if between != second.b0 - first.b1 or _marks(first, a, b) or _marks(second, a, b):
        return False
    if any(is_mark(chr(c)) for c in a.codes[first.a1 : second.a0]):
        return False
    if between == 0:
        return not _swapped(first, second)
    sizes = [max(x.a1 - x.a0, x.b1 - x.b0) for x in (first, second)]
    if between == 1:
        return not (_misread(first, a, b) and _misread(second, a, b))
    return between < min(sizes)


def _swapped(first: Block, second: Block) -> bool:
    """Both one-sided on one side: two cuts beside each other stay two."""
    return first.b0 == first.b1 and second.b0 == second.b1


def _marks(block: Block, a: Folded, b: Folded) -> bool:
    return only_marks(a.text[block.a0 : block.a1]) and only_marks(b.text[block.b0 : block.b1])


def _misread(block: Block, a: Folded, b: Folded) -> bool:
    """One character for another one that looks like it."""
    x, y = a.text[block.a0 : block.a1], b.text[block.b0 : block.b1]
    return len(x) == len(y) == 1 and confusions.alike(x, y)


def _equal(found: Alignment, size: int) -> Iterator[tuple[int, int, int]]:
    """The stretches of equal folded text: start, end in the first, shift to the second."""
    at_a = at_b = 0
    for block in found.blocks:
        if block.a0 > at_a:
            yield at_a, block.a0, at_b - at_a
        at_a, at_b = block.a1, block.b1
    if size > at_a:
        yield at_a, size, at_b - at_a
    for move in found.moves:
        at = 0
        for inner in [*move.inner, Block(move.a1, move.a1, move.b1, move.b1)]:
            start = move.a0 + at
            if inner.a0 > start:
                yield start, inner.a0, inner.b0 - inner.a0
            at = inner.a1 - move.a0


def _hidden(a: Folded, b: Folded, start: int, end: int, shift: int) -> Iterator[Difference]:
    """What folding hid in one equal stretch: other forms of characters, other white space."""
    at_a, at_b = a.at[start:end], b.at[start + shift : end + shift]
    raw_a, raw_b = a.raw[at_a], b.raw[at_b]
    other = np.flatnonzero(raw_a != raw_b)
    for first, last in _runs(other):
        i, j = start + first, start + last
        script = any(map(_is_han, a.codes[i:j].tolist()))
        yield Difference(i, j, i + shift, j + shift, "script" if script else "width")
    gaps = np.flatnonzero((np.diff(at_a) > 1) | (np.diff(at_b) > 1))
    for n in gaps.tolist():
        white_a = a.original[int(at_a[n]) + 1 : int(at_a[n + 1])]
        white_b = b.original[int(at_b[n]) + 1 : int(at_b[n + 1])]
        lines = ("\n" in white_a) + ("\n" in white_b)
        place = start + n + 1
        if lines == 1:
            text, at = (a, at_a) if "\n" in white_a else (b, at_b)
            size = int(at[n]) - text.original.rfind("\n", 0, int(at[n]))
            whole = chr(a.codes[place - 1]) in STOPS or size < COLUMN
            form = "spacing" if whole else "column-break"
            yield Difference(place, place, place + shift, place + shift, form)
        elif not lines and white_a != white_b:
            yield Difference(place, place, place + shift, place + shift, "spacing")


def _runs(places: NDArray[np.int64]) -> Iterable[tuple[int, int]]:
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > 1) + 1
    starts = places[np.concatenate(([0], cuts))]
    ends = places[np.concatenate((cuts, [len(places)])) - 1] + 1
    return zip(starts.tolist(), ends.tolist(), strict=True)


def _is_han(code: int) -> bool:
    return 0x3400 <= code < 0xA000 or 0x20000 <= code < 0x32000


def _scripts(found: list[Difference], a: Folded, b: Folded) -> list[Difference]:
    """Without the script where one text is written in the other script altogether."""
    changed = sum(d.a1 - d.a0 for d in found if d.form == "script")
    if changed <= 3 or changed < WHOLE * min(len(a), len(b)):
        return found
    return [d for d in found if d.form != "script"]
