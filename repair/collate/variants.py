"""From an alignment to the differences that a person would count.

Edit scripts cut differences anywhere; here deletions slide to a boundary that a reader
sees, punctuation stands apart from words, and neighbouring cuts that belong to one
difference become one. Then come the differences that folding hid: width, script, spacing.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.collate import confusions
from repair.collate.align import Alignment, Block, Move
from repair.collate.fold import Folded

STOPS = frozenset("。！？!?;；:：”\"'》)]…")
MEASURES = frozenset("%‰℃°$¥€£+×")  # signs that are words, not punctuation
COLUMN = 8  # code points of a line that a column's edge can have cut; names are shorter
WHOLE = 0.02  # share of characters in the other script from which it is the text's script


class Difference(NamedTuple):
    """One place where two folded texts differ; `form` names what folding hid, or a move."""

    a0: int
    a1: int
    b0: int
    b1: int
    form: str = ""  # "", "moved", "width", "script", "spacing", "column-break", "numbering"
    a_to: int = -1  # of a move: where the text belongs by the other one's order
    b_to: int = -1


def differences(a: Folded, b: Folded, found: Alignment) -> list[Difference]:
    """The differences of two texts in the order of the first, in folded offsets, from their
    alignment as `slid` gives it."""
    inside = [x for m in found.moves for x in m.inner]
    grouped = [
        group
        for cuts in (_without_moves(found), inside)
        for group in _grouped([part for block in cuts for part in _apart(block, a, b)], a, b)
    ]
    moved = [_move(m, found.blocks) for m in found.moves]
    told = [Difference(*x) for x in grouped]
    hidden = _scripts(_between(list(_hidden(a, b, list(_equal(found, len(a))))), grouped), a, b)
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


def slid(found: Alignment, a: Folded, b: Folded) -> Alignment:
    """The alignment with its deletions and insertions where a reader sees them."""

    def slide(blocks: tuple[Block, ...], start: int, end: int) -> tuple[Block, ...]:
        done: list[Block] = []
        last = start
        for n, block in enumerate(blocks, 1):
            a0, a1, b0, b1 = block
            if (a0 == a1) != (b0 == b1):
                after = blocks[n].a0 if n < len(blocks) else end
                block = _slide(block, a, b, a0 - last, after - a1)
            done.append(block)
            last = block[1]
        return tuple(done)

    blocks = slide(found.blocks, 0, len(a))
    places = np.array(blocks, np.int64)
    moves: list[Move] = []
    for move in found.moves:
        inside = move._replace(inner=slide(move.inner, move.a0, move.a1))
        home_a = blocks[_home(places[:, :2], move.a0, move.a1)]
        home_b = blocks[_home(places[:, 2:], move.b0, move.b1)]
        fitted = _fitted(inside, home_a, home_b, a, b)
        if fitted is None:  # the moves' places count in the blocks as they were
            return replace(found, moves=tuple(
                m._replace(inner=slide(m.inner, m.a0, m.a1)) for m in found.moves
            ))  # fmt: skip
        moves.append(fitted)
    return Alignment(blocks, tuple(moves))


def _home(spans: NDArray[np.int64], start: int, end: int) -> int:
    """The first of the spans that have most of [start, end)."""
    return int((np.minimum(spans[:, 1], end) - np.maximum(spans[:, 0], start)).argmax())


def _fitted(move: Move, home_a: Block, home_b: Block, a: Folded, b: Folded) -> Move | None:
    """A move after the blocks have slid, in those that hold it: without what slid out of them,
    and grown over what slid in, so that a paragraph that moved does so from its first word."""
    front = max(0, home_a.a0 - move.a0, home_b.b0 - move.b0)
    back = max(0, move.a1 - home_a.a1, move.b1 - home_b.b1)
    a0, b0, a1, b1 = move.a0 + front, move.b0 + front, move.a1 - back, move.b1 - back
    if a0 >= a1 or any(x.a0 < a0 or x.a1 > a1 or x.b0 < b0 or x.b1 > b1 for x in move.inner):
        return None
    while a0 > home_a.a0 and b0 > home_b.b0 and a.text[a0 - 1] == b.text[b0 - 1]:
        a0, b0 = a0 - 1, b0 - 1
    while a1 < home_a.a1 and b1 < home_b.b1 and a.text[a1] == b.text[b1]:
        a1, b1 = a1 + 1, b1 + 1
    return Move(a0, a1, b0, b1, move.inner)


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
    moved_a = sorted((m.a0, m.a1) for m in found.moves)
    moved_b = sorted((m.b0, m.b1) for m in found.moves)
    for block in found.blocks:
        pieces_a = _outside(block.a0, block.a1, moved_a)
        pieces_b = _outside(block.b0, block.b1, moved_b)
        if not pieces_a and not pieces_b:
            continue
        first_a = pieces_a[0] if pieces_a else (block.a0, block.a0)
        first_b = pieces_b[0] if pieces_b else (block.b0, block.b0)
        yield Block(*first_a, *first_b)
        yield from (Block(*piece, first_b[1], first_b[1]) for piece in pieces_a[1:])
        yield from (Block(block.a1, block.a1, *piece) for piece in pieces_b[1:])


def _outside(start: int, end: int, holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of [start, end) no hole has; the holes are sorted."""
    pieces: list[tuple[int, int]] = []
    for first, last in holes:
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
    text, start, end = (a, block.a0, block.a1) if block.a0 < block.a1 else (b, block.b0, block.b1)
    codes, other = text.text, (b if text is a else a).text
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
    before, after = text.text[at - 1], text.text[at]
    if before in STOPS:
        return 3
    return 2 if is_mark(before) else int(is_mark(after))


def _apart(block: Block, a: Folded, b: Folded) -> Iterator[Block]:
    """Punctuation for punctuation stands apart from the words beside it."""
    a0, a1, b0, b1 = block
    if a0 == a1 or b0 == b1 or _marks(block, a, b):
        yield block
        return
    head = is_mark(a.text[a0]) and is_mark(b.text[b0])
    tail = is_mark(a.text[a1 - 1]) and is_mark(b.text[b1 - 1]) and min(a1 - a0, b1 - b0) > head
    if head:
        yield Block(a0, a0 + 1, b0, b0 + 1)
    yield Block(a0 + head, a1 - tail, b0 + head, b1 - tail)
    if tail:
        yield Block(a1 - 1, a1, b1 - 1, b1)


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
    if between != second.b0 - first.b1:
        return False
    if between > 1 and between >= min(extent(first), extent(second)):
        return False
    if _marks(first, a, b) or _marks(second, a, b):
        return False
    if between and any(map(is_mark, a.text[first.a1 : second.a0])):
        return False
    if between == 0:
        return not _swapped(first, second)
    return between > 1 or not (_misread(first, a, b) and _misread(second, a, b))


def least(found: Alignment, core: Block, a: Folded, b: Folded, longer: int) -> list[int]:
    """At least how many code points differ in places of more than `longer` inside the core,
    moves aside, in rising order: told from the blocks of an alignment that has slid, without
    a look at each difference.

    `_apart` cuts a mark off either end of a block, `_grouped` puts neighbours together where
    too little stands between them: these are counted as one here, by the text with more."""
    places: list[int] = []
    size_a = size_b = at = 0
    for block in found.blocks:
        a0, a1, b0, b1 = block
        size, between = max(a1 - a0, b1 - b0), a0 - at
        apart = between > 1 and size_a + size_b > 0
        if apart and (between >= size or any(map(is_mark, a.text[at:a0]))):
            places.append(max(size_a, size_b))
            size_a = size_b = 0
        at = a1
        if size > longer + 2 and _holds(core, block) and not _moved(block, found.moves):
            size_a += max(0, a1 - a0 - 2)
            size_b += max(0, b1 - b0 - 2)
    return sorted([*places, max(size_a, size_b)])


def _holds(core: Block, block: Block) -> bool:
    inside_a = core.a0 <= block.a0 and block.a1 <= core.a1
    return inside_a and core.b0 <= block.b0 and block.b1 <= core.b1


def _moved(block: Block, moves: Iterable[Move]) -> bool:
    """Whether some of a block has moved."""
    return any(
        (m.a0 < block.a1 and block.a0 < m.a1) or (m.b0 < block.b1 and block.b0 < m.b1)
        for m in moves
    )


def extent(place: Block | Difference) -> int:
    """How many code points differ in a place, in the text that has more of them."""
    return max(place.a1 - place.a0, place.b1 - place.b0)


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


def _hidden(a: Folded, b: Folded, equal: Sequence[tuple[int, int, int]]) -> Iterator[Difference]:
    """What folding hid in equal stretches: other forms of characters, other white space."""
    if not equal:
        return
    starts, ends, shifts = np.array(equal, np.int64).T
    sizes = ends - starts
    stretch = np.repeat(np.arange(len(sizes)), sizes)
    in_a = np.arange(len(stretch)) + (starts - np.cumsum(sizes) + sizes)[stretch]
    in_b = in_a + shifts[stretch]
    at_a, at_b = a.at[in_a], b.at[in_b]
    same = stretch[1:] == stretch[:-1]  # as the next one
    for first, last in _runs((a.raw[at_a] != b.raw[at_b]).nonzero()[0], same):
        i, size, shift = int(in_a[first]), last - first, int(shifts[stretch[first]])
        script = any(map(_is_han, a.codes[i : i + size].tolist()))
        yield Difference(i, i + size, i + shift, i + size + shift, "script" if script else "width")
    gaps = same & ((at_a[1:] - at_a[:-1] > 1) | (at_b[1:] - at_b[:-1] > 1))
    for n in gaps.nonzero()[0].tolist():
        white_a = a.original[int(at_a[n]) + 1 : int(at_a[n + 1])]
        white_b = b.original[int(at_b[n]) + 1 : int(at_b[n + 1])]
        lines = ("\n" in white_a) + ("\n" in white_b)
        if lines == 2 or white_a == white_b:
            continue
        form = "spacing"
        if lines == 1:
            text, at = (a, int(at_a[n])) if "\n" in white_a else (b, int(at_b[n]))
            whole = a.text[in_a[n]] in STOPS or at - text.original.rfind("\n", 0, at) < COLUMN
            form = "spacing" if whole else "column-break"
        place = int(in_a[n]) + 1
        beside = place + int(shifts[stretch[n]])
        yield Difference(place, place, beside, beside, form)


def _runs(places: NDArray[np.int64], same: NDArray[np.bool_]) -> Iterable[tuple[int, int]]:
    """Start and end of the runs of places, each of which is in the `same` stretch as the next."""
    if not len(places):
        return []
    cuts = ((places[1:] - places[:-1] > 1) | ~same[places[:-1]]).nonzero()[0] + 1
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
