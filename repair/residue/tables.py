"""What a pass over the whole batch learns before any text changes (law 7).

`collect_all` reads some documents, `merge` all partial results; the tables depend on the set of
documents alone, not on their order.

Template lines are lines that many documents repeat, digits masked. Copies of an article
repeat its lines too, so documents that share most of their long lines are clustered first
and a cluster counts once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.columns import flat
from repair.model import Contents, Tables
from repair.patterns import lazy
from repair.residue.fold import HANZI
from repair.templates import CLUSTERS, SHARE

_PROSE = 40
_LONGEST = 80
_INNER = 200  # lines inside the prose of a document that are kept
_BODY = 16  # hashes of its lines of prose
_BASE = np.uint32(0x9E3779B1)  # odd, so that it has an inverse and no digit is lost
_TOGETHER = 80_000  # characters whose arrays stay in the cache: twice as many cost a third more
_PLANE = 0xFFFF  # code points, with one above them all that is nothing
# In the table of code points: ends of sentences, white space, what a head of a list begins with.
_STOP, _SPACE, _ABOVE = 1, 2, 4
Places = NDArray[np.intp]
Lines = tuple[str, ...]
Codes = tuple[int, ...]
_EDGE_LINES = 40
_ITEM = 14  # characters of an item in a row of them
_HEAD = 24  # characters of the line above a list of contents, fewer
_LINK = 40  # characters of a line in which one word of a site decides
_JOINTS = lazy(r"\s*[|·>/]\s*|\s{2,}")
_TABLE = lazy("序号|姓名|名称|单位|金额|数量|备注|合计|项目|职务|日期")
_RUNS = lazy(r"(?:主办|承办|主管|协办)(?:单位)?\s?:|备案|技术支持|版权|https?://|www\.")
_DIGITS = lazy(r"\d\d*")  # which is searched for faster than with a plus
_HAN = lazy(f"[{HANZI}]")
_HEADS = lazy(r"[·>\[(\s]*(?:本版|版面|文章列表|[标標][题題])")
# Headings and formulas that documents of one kind share and that are theirs.
_FORMULA = lazy(
    r"^\s*(?:第\s?[一二三四五六七八九十百千零〇\d]+\s?[章节節条條编編篇款部分回]|附\s?[则則录錄件]|[总總][则則]|目\s?[录錄]"
    r"|中[华華]人民共和[国國]|[一二三四五六七八九十]+[、.]|[(（][一二三四五六七八九十\d]+[)）]|\d+[、.]|特此|此[复復致]|[谢謝]"
    r"|摘\s?要|引\s?言|前\s?言|[结結]\s?[语語论論]|[参參]考文[献獻]|正文|[问問答][:：])"
)


@cache
def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(_PLANE + 1, np.uint8)
    kinds[list(map(ord, "。；！？"))] = _STOP
    kinds[[n for n in range(0x3001) if chr(n).isspace()]] = _SPACE | _ABOVE
    kinds[list(map(ord, "·>[(本版文标標"))] = _ABOVE
    return kinds


class Partial(NamedTuple):
    """What one document says: small, and safe to send between processes."""

    doc_id: str
    edge: Lines  # masked short lines before or after the prose, each once
    inner: Lines  # masked short lines inside it
    body: Codes  # hashes of the long lines, the least ones
    contents: Contents | None


class Columns(NamedTuple):
    """What some documents say, without their names: of each kind all values, those of one
    document after those of the other, and how many each has."""

    edges: tuple[list[str], list[int]]
    inner: tuple[list[str], list[int]]
    bodies: tuple[NDArray[np.uint32], list[int]]
    contents: list[Contents | None]


def mask(line: str) -> str:
    """A line as the template table spells it: digit runs as 0, white space joined.

    >>> mask(" 第 12 版　2021年 ")
    '第 0 版 0年'
    """
    return _masked([line])[0]


def _masked(lines: Sequence[str]) -> list[str]:
    """The same of some lines."""
    return _DIGITS.sub("0", "\n".join([" ".join(line.split()) for line in lines])).split("\n")


def _is_prose(line: str) -> bool:
    return len(line) >= _PROSE and "。" in line


def frame(lines: Sequence[str]) -> Callable[[int], bool]:
    """Which of the stripped lines, by number, stand at the document's edges, before the first
    or after the last line of prose."""
    prose = [i for i, line in enumerate(lines) if _is_prose(line)]
    first, last = (prose[0], prose[-1]) if prose else (len(lines), -1)
    return lambda i: bool(_outside(i, first, last, len(lines)))


def _outside(i: Any, first: Any, last: Any, size: Any) -> Any:
    """The same of a line by the numbers of the first and the last line of prose, or of many."""
    return ((i < first) & (i < _EDGE_LINES)) | ((i > last) & (i > size - _EDGE_LINES))


def of_site(line: str) -> bool:
    """Whether a folded line holds what sites write and articles don't: a known link, a row of
    short items, who runs the site. A title, a salutation, an office, a number to call or the
    head of a table, which many documents of a kind share, is none."""
    if _RUNS.search(line):
        return True
    items = [item for item in _JOINTS.split(line) if item]
    if len(items) > 2 and max(map(len, items)) <= _ITEM:
        return not _TABLE.search(line)
    from repair.residue.lexicon import lexicon

    return len(line) <= _LINK and bool(lexicon().sure(line))


def collect(doc_id: str, text: str) -> Partial:
    """What the document contributes to the tables."""
    return collect_all([doc_id], [text])[0]


def collect_all(names: Sequence[str], texts: Sequence[str]) -> list[Partial]:
    """What each of some documents contributes."""
    edges, inner, (codes, sizes), contents = columns(names, texts)
    bodies = codes.tolist(), sizes
    return list(map(Partial, names, _each(edges), _each(inner), _each(bodies), contents))


def _each(lists: tuple[list[Any], list[int]]) -> Iterator[tuple[Any, ...]]:
    values = iter(lists[0])
    return (tuple(islice(values, size)) for size in lists[1])


def columns(names: Sequence[str], texts: Sequence[str]) -> Columns:
    """The same as a list for each part of it."""
    found: list[Columns] = []
    first = size = 0
    for n, text in enumerate(texts, 1):
        size += len(text)
        if size >= _TOGETHER or n == len(texts):
            found.append(_columns(names[first:n], texts[first:n]))
            first, size = n, 0
    edges, inner, bodies, contents = zip(*found, strict=True) if found else ((), (), (), ())
    codes = np.concatenate([np.empty(0, np.uint32), *(values for values, _ in bodies)])
    return Columns(
        _all(edges), _all(inner), (codes, flat(sizes for _, sizes in bodies)), flat(contents)
    )


def _all(some: Sequence[tuple[list[str], list[int]]]) -> tuple[list[str], list[int]]:
    return flat(lines for lines, _ in some), flat(sizes for _, sizes in some)


def _columns(names: Sequence[str], texts: Sequence[str]) -> Columns:
    """The same of one document or more, whose lines are looked at together, as arrays of code
    points; only those that can count for something are read one by one."""
    text = "\n".join(texts)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    breaks = np.flatnonzero(codes == ord("\n"))
    heads, ends = np.append(0, breaks + 1), np.append(breaks, len(codes))  # of lines
    starts, stops = _stripped(text, codes, heads, ends)
    over = np.cumsum([len(one) + 1 for one in texts]) - 1  # the end of each text
    last = np.searchsorted(ends, over) + 1  # the line after each text's
    first = np.append(0, last[:-1])
    owners = np.repeat(np.arange(len(texts)), last - first)  # of the lines
    lengths = stops - starts
    long = np.flatnonzero(lengths >= _PROSE)
    full = np.flatnonzero(codes == ord("。"))
    prose = long[np.searchsorted(full, starts[long]) < np.searchsorted(full, stops[long])]
    at, after = np.searchsorted(prose, first), np.searchsorted(prose, last)  # each text's prose
    begun, ended = last.copy(), first - 1
    some = np.flatnonzero(at < after)
    begun[some], ended[some] = prose[at[some]], prose[after[some] - 1]
    short = np.flatnonzero((lengths >= 2) & (lengths <= _LONGEST))
    edges, inner = _framed(text, codes, (starts, stops, owners), short, (first, begun, ended, last))
    contents: list[Contents | None] = [None] * len(texts)
    for n in _listing(text, codes, (heads, ends, owners), short):
        contents[n] = _contents(names[n], texts[n])
    bodies = _bodies(codes, starts[prose], stops[prose], owners[prose], len(texts))
    return Columns(edges, inner, bodies, contents)


def _bodies(
    points: NDArray[np.uint32], starts: Places, stops: Places, owners: Places, size: int
) -> tuple[NDArray[np.uint32], list[int]]:
    """Of each of so many texts the least hashes of its lines of prose, which are spans with the
    numbers of their texts.

    The hash of a line is that of its characters as the digits of a number, which a sum over
    each line of characters times powers gives for all lines at once."""
    powers = _powers(len(points).bit_length())
    spans = np.stack((starts, stops), 1).ravel()
    if len(spans) and spans[-1] == len(points):  # where a sum that nothing ends stops anyway
        spans = spans[:-1]
    sums = np.add.reduceat(points * powers[: len(points)], spans, dtype=np.uint32)[::2]
    hashes = sums * powers.take(len(powers) - 1 - starts) * _inverse(len(powers) - 1)
    hashes = (hashes ^ hashes >> np.uint32(15)) * _BASE
    codes = np.sort(owners.astype(np.uint64) << np.uint64(32) | hashes.astype(np.uint64))
    codes = codes[np.diff(codes, prepend=~np.uint64(0)) != 0]
    ends = np.searchsorted(codes, np.arange(size + 1).astype(np.uint64) << np.uint64(32))
    sizes = np.diff(ends)
    least = np.arange(len(codes)) - np.repeat(ends[:-1], sizes) < _BODY
    return codes[least].astype(np.uint32), np.minimum(sizes, _BODY).tolist()


@lru_cache(maxsize=2)
def _powers(bits: int) -> NDArray[np.uint32]:
    """The powers of the base, as many as numbers of so many bits."""
    factors = np.append(np.uint32(1), np.full((1 << bits) - 1, _BASE))
    return np.multiply.accumulate(factors, dtype=np.uint32)


def _inverse(power: int) -> np.uint32:
    """What takes a power of the base back."""
    return np.uint32(pow(int(_BASE), -power, 1 << 32))


def _listing(
    text: str, codes: NDArray[np.uint32], lines: tuple[Places, Places, Places], short: Places
) -> set[int]:
    """The texts in which a line could stand above a list of contents."""
    heads, ends, owners = lines
    above = short[ends[short] - heads[short] < _HEAD]
    above = above[_kinds()[np.minimum(codes[heads[above]], _PLANE)] & _ABOVE != 0]
    spans = zip(heads[above].tolist(), ends[above].tolist(), owners[above].tolist(), strict=True)
    return {n for start, end, n in spans if _HEADS.match(text, start, end)}


def _framed(
    text: str,
    codes: NDArray[np.uint32],
    lines: tuple[Places, Places, Places],
    short: Places,
    about: tuple[Places, Places, Places, Places],
) -> tuple[tuple[list[str], list[int]], tuple[list[str], list[int]]]:
    """Of each text the masked short lines at its edges and those inside. Lines are spans with
    the numbers of their texts; of each text `about` has the numbers of its first line, of the
    first and the last line of its prose, and of the line after it."""
    starts, stops, owners = lines
    short = short[_kinds()[np.minimum(codes[stops[short] - 1], _PLANE)] & _STOP == 0]
    owner = owners[short]
    first, begun, ended, last = (numbers[owner] for numbers in about)
    outside = _outside(short - first, begun - first, ended - first, last - first)
    near = outside | ((begun < short) & (short < ended))
    edge: dict[int, dict[str, None]] = defaultdict(dict)
    inside: dict[int, dict[str, None]] = defaultdict(dict)
    some = short[near]
    columns = (starts[some], stops[some], owner[near], outside[near])
    kept: list[tuple[int, bool, str]] = []
    for start, stop, n, beside in zip(*(column.tolist() for column in columns), strict=True):
        line = text[start:stop]
        if "一" <= line[0] <= "龥" or _HAN.search(line):
            kept.append((n, beside, line))
    lines_masked = _masked([line for _, _, line in kept])
    for (n, beside, line), masked in zip(kept, lines_masked, strict=False):
        if not beside:
            if len(inside[n]) < _INNER:
                inside[n][masked] = None
        elif not _FORMULA.match(line):
            edge[n][masked] = None
    return _flat(edge, len(about[0])), _flat(inside, len(about[0]))


def _flat(lines: dict[int, dict[str, None]], size: int) -> tuple[list[str], list[int]]:
    """The lines of so many texts, those that have some in order, and how many each has."""
    sizes = [0] * size
    for n, own in lines.items():
        sizes[n] = len(own)
    return flat(lines.values()), sizes


def _stripped(
    text: str, codes: NDArray[np.uint32], starts: Places, ends: Places
) -> tuple[Places, Places]:
    """The spans of lines without the white space at their ends."""
    starts, ends = starts.copy(), ends.copy()
    there = np.flatnonzero(starts < ends)
    outer = np.minimum(codes[[starts[there], ends[there] - 1]], _PLANE)
    for i in there[(_kinds()[outer] & _SPACE != 0).any(axis=0)].tolist():
        line = text[starts[i] : ends[i]]
        ends[i] -= len(line) - len(line.rstrip())
        starts[i] = min(ends[i], starts[i] + len(line) - len(line.lstrip()))
    return starts, ends


def merge(partials: Iterable[Partial]) -> Tables:
    """The tables of the batch, the same for any order of the partial results."""
    parts = sorted(partials, key=lambda part: part.doc_id)
    contents = tuple(part.contents for part in parts if part.contents)
    return Tables(templates=_templates(parts), contents=contents)


def _templates(parts: Sequence[Partial]) -> frozenset[str]:
    if len(parts) < CLUSTERS:
        return frozenset()
    cluster = _clusters(parts)
    edge: dict[str, set[int]] = defaultdict(set)
    times: Counter[str] = Counter()
    for i, part in enumerate(parts):
        for line in part.edge:
            edge[line].add(cluster[i])
            times[line] += 1
    often = {line for line, seen in edge.items() if len(seen) >= CLUSTERS}
    inside = Counter(line for part in parts for line in part.inner if line in often)
    return frozenset(line for line in often if times[line] >= SHARE * (times[line] + inside[line]))


def _clusters(parts: Sequence[Partial]) -> list[int]:
    """The cluster of each document: documents that share half of their sampled long lines
    belong together. Documents without prose stand alone."""
    parent = list(range(len(parts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    holders: dict[int, list[int]] = defaultdict(list)
    for i, part in enumerate(parts):
        for code in part.body:
            holders[code].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for documents in holders.values():
        # a long line in very many documents is a disclaimer and tells nothing
        if 1 < len(documents) <= 50:
            shared.update((documents[0], other) for other in documents[1:])
    for (a, b), count in sorted(shared.items()):
        if 2 * count >= min(len(parts[a].body), len(parts[b].body)):
            low, high = sorted((root(a), root(b)))
            parent[high] = low
    return [root(i) for i in range(len(parts))]


def _contents(doc_id: str, text: str) -> Contents | None:
    """The page's list of articles with the page's date and source, if the text has one."""
    from repair.residue import facts

    marks = facts(text)
    titles = tuple(m.value for m in marks if m.kind == "contents")
    if not titles:
        return None
    day = next((m.value for m in marks if m.kind == "date"), None)
    source = next((m.value for m in marks if m.kind == "source"), None)
    return Contents(doc_id, titles, day, source)
