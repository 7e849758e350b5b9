"""A statistical second look: which of the lines that no rule knows are likely residue.

A linear model over runs of one to three characters and the shape of the line, fitted by
`repair.residue.fit` on pages whose article is known and on sound text. It only asks
(DESIGN.md: what is statistical goes to review). All lines of a text are scored in one
vectorised call; sound text costs a few look-ups for each short line without a sentence's end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.model import Mark
from repair.patterns import lazy
from repair.plane import among
from repair.residue import prose, telling
from repair.residue.fold import HANZI
from repair.residue.hints import Lines
from repair.residue.lines import Action, Verdict
from repair.residue.look import Look
from repair.scan import spread

Floats = NDArray[np.float64]
Units = NDArray[np.uint16]
Cells = NDArray[np.intp]
RULE = "RES043"
SHORT, LONG = prose.SCORED, 160  # characters of a line without hints, and of one with hints
CELLS = 1 << 18
SHAPE = (
    "bias", "length", "pieces", "size of a piece", "separators", "bars", "arrows", "dots",
    "digits", "letters", "sentence marks", "enumeration", "quotes", "brackets", "colon",
    "closed", "numbered", "symbols", "three pieces", "one short piece",
)  # fmt: skip
# Scores from which a line is asked about, chosen on lines of pages and sites that the weights
# had not seen (`python -m repair.residue.fit`): ALONE between lines of prose (asks about 97 % of
# unseen rows of a menu, 76 % of the other lines outside articles, 0.2 % of the short lines of
# news, 0.7 % of those of a manual, 9 % of content made to look like residue); SINGLE for one
# piece, which may as well be a heading; BESIDE for a line beside one that is removed or asked
# about.
ALONE, SINGLE, BESIDE = -1.05, 0.4, -2.0
_PIECE = 12  # characters of a line of a single piece that may be a heading
_ROUNDED = 0.001  # more than the sums of single precision are off
_MOST = 0.95  # no more confident than that: what is asked is never certain
_END = "。；，、;,”"  # a short line that ends so is a sentence's
_KINDS = (
    f"{HANZI}", " ", "|", "><", "·", r"0", "a-z", "。！？；，,;!?", "、", "“”‘’\"《》「」『』",
    "()[]【】（）", ":",
)  # fmt: skip
_HAN, _BLANK, _DOT, _DIGIT, _SENTENCE, _LIST = 1, 2, 5, 6, 8, 9  # kinds; 0 is no one's
_RESIDUE = (Action.REMOVE, Action.ASK)
_ROWS = 4  # of a table
_GAP = lazy(r"[｜│┃]")
_FIGURE = lazy(r"[+-]?\d[\d.,]*(?:[%％‰°]|[^\W\d]{1,2})?")
_RULE = lazy(r"[\s|:]*-{3,}[\s|:-]*$")  # under the heads of a Markdown table
_SEVERAL = lazy(r"[\s|·>/]")


class Model(NamedTuple):
    """The weights: of the shape, of hashed n-grams (with a tag against collisions). What the runs
    that begin at a place add at most, by its character and by its hashed pair."""

    shape: Floats
    rows: NDArray[np.uint16]  # by cell: where its weight and tag stand; 0 for an empty one
    weights: NDArray[np.float32]
    tags: NDArray[np.uint16]
    singles: NDArray[np.float32]
    pairs: NDArray[np.float32]


def scores(look: Look, closed: Cells) -> dict[int, float]:
    """The scores of the lines that might be asked about, none below BESIDE; of several texts
    that end at `closed`."""
    at = candidates(look)
    if not at.size:
        return {}
    starts, ends = look.starts[at] - 1, look.ends[at]  # each with the newline before it
    size = ends - starts
    first = np.cumsum(size) - size
    texts = np.searchsorted(closed, look.begins[look.lines[at]])
    last = first[1:][np.diff(texts) > 0] - 1
    found = scored(look.spelt.take(spread(starts, ends)), first, last, BESIDE)
    best = found >= BESIDE
    return dict(zip(look.lines[at[best]].tolist(), found[best].tolist(), strict=True))


def alone(scores: Mapping[int, float]) -> bool:
    """Whether a line might be asked about that stands beside no residue."""
    return max(scores.values(), default=BESIDE) >= ALONE


def asked(lines: Lines, scores: Mapping[int, float]) -> list[int]:
    """The lines that would be asked about if they stood alone and no rule knew them."""
    return [
        i for i, value in scores.items()
        if value >= ALONE and value >= least(lines[i].folded.strip())
    ]  # fmt: skip


def ask(
    lines: Lines, verdicts: list[Verdict], scores: Mapping[int, float], marks: Iterable[Mark]
) -> None:
    """Asks about the kept lines of `scores` that the model takes for residue, no facts."""
    if not scores:
        return
    facts = {bisect_right(lines.starts, mark.start) - 1 for mark in marks}
    said = {
        i: value
        for i, value in scores.items()
        if verdicts[i].action is Action.KEEP and not verdicts[i].cuts and i not in facts
    }
    tables = _tables(lines, said)
    said = {i: value for i, value in said.items() if i not in tables}
    asked = {i for i, value in said.items() if value >= least(lines[i].folded.strip())}
    if not said or not asked and not any(v.action in _RESIDUE for v in verdicts):
        return
    shown = [i for i, v in enumerate(verdicts) if v.action is not Action.BLANK]
    for order in (shown, shown[::-1]):  # a run is entered from either side
        residue = False
        for i in order:
            known = i in asked or verdicts[i].action in _RESIDUE
            residue = known or (residue and i in said)
            if residue and i in said:
                asked.add(i)
    for i in asked:
        told = evidence(lines[i].folded)
        verdicts[i] = Verdict(Action.ASK, RULE, confidence(said[i]), told)


def _tables(lines: Lines, some: Iterable[int]) -> set[int]:
    """Those of the lines that are rows of tables: lines in a row with as many cells, half of
    them with a number behind the first cell. A date or a clock there is a list of links."""
    rows: set[int] = set()
    done = -1
    for i in sorted(some):
        cells = _cells(lines.row(i)) if i > done else []
        if len(cells) < 2:
            continue
        first, last = i, i
        while first and len(_cells(lines.row(first - 1))) == len(cells):
            first -= 1
        while last + 1 < len(lines) and len(_cells(lines.row(last + 1))) == len(cells):
            last += 1
        run = range(first, last + 1)
        told = sum(any(map(_FIGURE.fullmatch, _cells(lines.row(j))[1:])) for j in run)
        ruled = len(run) > 2 and _RULE.match(lines.row(first + 1))
        if ruled or (len(run) >= _ROWS and 2 * told >= len(run)):
            rows.update(run)
        done = last
    return rows


def _cells(row: str) -> list[str]:
    if "|" in row:
        return [cell.strip() for cell in row.strip().strip("|").split("|")]
    return _GAP.sub(" ", row).split()


def least(line: str) -> float:
    """The score that a line needs between lines of prose."""
    return SINGLE if len(line) <= _PIECE and not _SEVERAL.search(line) else ALONE


def candidates(look: Look) -> Cells:
    """The places in the look of the lines worth a score: short ones that end no sentence, and those
    that hold what tells of a rule."""
    length = look.ends - look.starts
    may = (length <= SHORT) & ~among(_END).take(look.units.take(look.ends - 1))
    return np.flatnonzero((may | (look.told > 0) & look.may & (length <= LONG)) & (length > 1))


def scored(
    units: Units, starts: Cells, last: Cells | None = None, wanted: float = -np.inf
) -> Floats:
    """The scores of spelt lines (see `features`); a line whose score is less than `wanted` may
    get more than it, but less than `wanted`."""
    model = load()
    runs = _runs(units, last)
    size = np.diff(np.append(starts, len(units)))
    scale = np.sqrt(3.0 * size)
    # not `@`: the last digit of a line's score would depend on the lines beside it
    shapes: Floats = (shape(units, starts) * model.shape).sum(1)
    sums = model.singles.take(units) + model.pairs.take(_pair(*runs[:2]))
    result: Floats = np.add.reduceat(sums, starts) / scale + shapes
    some = np.flatnonzero(result >= wanted - _ROUNDED)
    if some.size:
        size = size[some]
        places = spread(starts[some], starts[some] + size)
        weights = _weights(model, [run.take(places) for run in runs])
        sums = np.add.reduceat(weights, np.cumsum(size) - size)
        result[some] = sums / scale[some] + shapes[some]
    return result


def _weights(model: Model, runs: Sequence[Units]) -> NDArray[np.float32]:
    """What the runs that begin at each place add to the score."""
    cells, tags = hashed(runs)
    row = model.rows.take(cells)
    at = np.flatnonzero(row != 0)
    row, tags = row.ravel()[at], tags.ravel()[at]
    weights = np.zeros(cells.shape, np.float32)
    weights.ravel()[at] = np.where(model.tags.take(row) == tags, model.weights.take(row), 0)
    total: NDArray[np.float32] = weights.sum(0)
    return total


def confidence(value: float) -> float:
    """The score as a probability, rounded."""
    return round(min(float(1 / (1 + np.exp(-value))), _MOST), 2)


def evidence(folded: str) -> str:
    """Which runs of characters speak most for residue."""
    known, text = names(), spelt(folded)
    runs = {text[i : i + n] for n in (3, 2, 1) for i in range(len(text) - n + 1)}
    strong: list[str] = []
    for run in sorted(runs, key=lambda r: (-known.get(r, 0.0), r)):
        if known.get(run, 0.0) <= 0 or len(strong) == 4:
            break
        shown = run.strip("\n ")
        if shown and not any(shown in other or other in shown for other in strong):
            strong.append(shown)
    pieces = len(folded.split())
    told = "looks like a menu" if pieces > 2 else "looks like furniture of a page"
    return f"{told}: {' · '.join(strong)}" if strong else f"{told}: {pieces} short pieces"


# --- the features -------------------------------------------------------------------------


def features(texts: Sequence[str]) -> tuple[Units, Cells]:
    """The lines as one array of spelt characters, each between two newlines, and where each
    begins: folded, a digit as 0, white space as one blank."""
    joined = "\n".join(["", *texts, ""])
    units = telling.spelt(scan.of(joined).units)
    ends = np.flatnonzero(units == 10)
    # every line has its own opening newline; the closing one is the next line's opening
    return units[:-1], ends[:-1]


def _runs(units: Units, last: Cells | None = None) -> tuple[Units, Units, Units]:
    """The characters, the ones behind them and those behind these; none goes on behind the `last`
    characters of texts."""
    more = np.append(units, np.array([10, 10], np.uint16))
    third = more[2:].copy()
    if last is not None:
        third[last] = 10
    return units, more[1:-1], third


def hashed(runs: Sequence[Units]) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
    """Cells and tags of the runs of one, two and three characters that begin at each place."""
    one, second, third = (run.astype(np.uint64) for run in runs)
    two = one << np.uint64(16) | second
    three = two << np.uint64(16) | third
    keys = np.stack([one, two, three]) * np.uint64(0x9E3779B97F4A7C15)
    return (keys >> np.uint64(46)).astype(np.intp), (keys >> np.uint64(30)).astype(np.uint16)


def _pair(one: Units, second: Units) -> Units:
    """Two characters hashed."""
    pair: Units = one * telling.FACTOR + second
    return pair


def shape(units: Units, starts: Cells) -> Floats:
    """What the lines, each with the newline before it, look like: a column for each name of
    SHAPE."""
    kinds = _kinds().take(units)
    others = np.flatnonzero(kinds != _HAN)
    kind = kinds.take(others)
    breaks = units.take(others) == 10  # the first of each line
    line = np.cumsum(breaks) - 1
    every = len(_KINDS) + 1
    count = np.bincount(line * every + kind, minlength=every * len(starts))
    count = count.reshape(-1, every).T.astype(np.float64)
    apart = np.flatnonzero((kind >= _BLANK) & (kind <= _DOT) | breaks)
    places = others.take(apart)
    begun = apart.compress(np.diff(places, append=len(units)) > 1)  # a piece behind each
    pieces = np.maximum(np.bincount(line.take(begun), minlength=len(starts)), 1).astype(np.float64)
    ends = np.append(starts[1:], len(units))
    size = ends - starts - 1.0
    symbols, _, blanks, bars, arrows, dots, digits, letters, marks, lists, quotes, *rest = count
    brackets, colons = rest
    length = size.clip(1)
    bare = np.maximum(size - blanks - bars - arrows - dots, 1)
    per = bare / pieces
    final, first = kinds[ends - 1], kinds[np.minimum(starts + 1, len(units) - 1)]
    columns = (
        np.ones(len(size)), np.log1p(size) / 3, np.log(pieces), np.minimum(per, 20) / 10,
        (size - bare) / length, np.minimum(bars, 4) / 2, np.minimum(arrows, 3),
        np.minimum(dots, 3), digits / length, letters / length,
        np.minimum(marks, 3), np.minimum(lists, 3), np.minimum(quotes, 4) / 2,
        np.minimum(brackets, 4) / 2, np.minimum(colons, 3),
        (final == _SENTENCE) | (final == _LIST), first == _DIGIT,
        np.minimum(symbols - 1, 5) / 3,  # the newline is none
        (pieces > 2) & (per <= 6) & (marks == 0), (pieces == 1) & (per <= 6),
    )  # fmt: skip
    return np.stack(columns, 1).astype(np.float64)


def spelt(text: str) -> str:
    """One line as `features` spells it, between newlines."""
    units = features([text])[0]
    return "".join(map(chr, units.tolist())) + "\n"


@cache
def load() -> Model:
    """The fitted weights of the package, as it ships them made: that takes longer than texts."""
    with as_file(_data() / "likely.bin") as path, np.load(path) as data:
        return Model(*(data[name] for name in Model._fields))


@cache
def names() -> dict[str, float]:
    """The weights of the n-grams by name."""
    return {
        name.replace("␤", "\n"): float(value) / 100
        for kind, name, value in _rows() if kind != "shape"
    }  # fmt: skip


def ship(folder: Path) -> None:
    """Writes the tables of the fitted weights."""
    shape = {name: float(value) for kind, name, value in _rows() if kind == "shape"}
    weights = np.array([shape.get(name, 0.0) for name in SHAPE])
    with (folder / "likely.bin").open("wb") as file:
        np.savez_compressed(file, **make(weights, names())._asdict())


def _data() -> Traversable:
    return files("repair") / "residue" / "data"


def _rows() -> Iterator[list[str]]:
    text = (_data() / "likely.tsv").read_text(encoding="utf-8")
    return (row.split("\t") for row in text.splitlines())


def make(weights: Floats, grams: dict[str, float]) -> Model:
    """The tables of a model; of two n-grams with one cell the heavier stays."""
    rows = np.zeros(CELLS, np.uint16)
    held, tags = np.zeros(len(grams) + 1, np.float32), np.zeros(len(grams) + 1, np.uint16)
    filled, begins = 1, []
    order = sorted(grams, key=lambda gram: (abs(grams[gram]), gram))
    for n in (1, 2, 3):
        some = [gram for gram in order if len(gram) == n]
        units = np.array([ord(char) for gram in some for char in gram], np.uint16)
        cell, tag = hashed(_runs(units))
        at = cell[n - 1, ::n]
        new = np.arange(filled, filled + len(some))
        rows[at], held[new], tags[new] = new, [grams[gram] for gram in some], tag[n - 1, ::n]
        filled += len(some)
        begins.append((at, new, units[::n], _pair(*_runs(units)[:2])[::n]))
    singles, pairs = np.zeros(0x10000, np.float32), np.zeros(0x10000, np.float32)
    for n, (at, new, one, two) in enumerate(begins, 1):
        kept = rows[at] == new  # no heavier one has its cell
        if n == 1:
            singles[one[kept]] = held[new[kept]]
            continue
        most = np.zeros(0x10000, np.float32)
        np.maximum.at(most, two[kept], held[new[kept]])
        pairs += most
    return Model(weights, rows, held, tags, singles, pairs)


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of each character, counted from 1."""
    kinds = np.zeros(scan.PLANE, np.uint8)
    for n, characters in enumerate(_KINDS, 1):
        for first, last in scan.ranges(characters):
            kinds[first : last + 1] = n
    return kinds
