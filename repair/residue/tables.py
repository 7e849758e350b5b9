"""What a pass over the whole batch learns before any text changes (law 7).

`collect` reads one document, `merge` all partial results; the tables depend on the set of
documents alone, not on their order.

Template lines are lines that many documents repeat, digits masked. Copies of an article
repeat its lines too, so documents that share most of their long lines are clustered first
and a cluster counts once.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from repair.model import Contents, Tables
from repair.residue.fold import HANZI

# A line is a template from this many clusters of documents on: at ten unrelated articles a
# repeated line at their edge was residue in all that were looked at; five files yield none.
CLUSTERS = 10
_SHARE = 0.9  # of its occurrences stand before the first or after the last line of prose
_PROSE = 40
_LONGEST = 80
_EDGE_LINES = 40
_ITEM = 14  # characters of an item in a row of them
_HEAD = 24  # characters of the line above a list of contents, fewer
_LINK = 40  # characters of a line in which one word of a site decides
_JOINTS = re.compile(r"\s*[|·>/]\s*|\s{2,}")
_TABLE = re.compile("序号|姓名|名称|单位|金额|数量|备注|合计|项目|职务|日期")
_RUNS = re.compile(r"(?:主办|承办|主管|协办)(?:单位)?\s?:|备案|技术支持|版权|https?://|www\.")
_DIGITS = re.compile(r"\d+")
_HAN = re.compile(f"[{HANZI}]")
_HEADS = re.compile(r"[·>\[(\s]*(?:本版|版面|文章列表|[标標][题題])")
# Headings and formulas that documents of one kind share and that are theirs.
_FORMULA = re.compile(
    r"^\s*(?:第\s?[一二三四五六七八九十百千零〇\d]+\s?[章节節条條编編篇款部分回]|附\s?[则則录錄件]|[总總][则則]|目\s?[录錄]"
    r"|中[华華]人民共和[国國]|[一二三四五六七八九十]+[、.]|[(（][一二三四五六七八九十\d]+[)）]|\d+[、.]|特此|此[复復致]|[谢謝]"
    r"|摘\s?要|引\s?言|前\s?言|[结結]\s?[语語论論]|[参參]考文[献獻]|正文|[问問答][:：])"
)


@dataclass(frozen=True, slots=True)
class Partial:
    """What one document says: small, and safe to send between processes."""

    doc_id: str
    edge: tuple[str, ...]  # masked short lines before or after the prose, each once
    inner: tuple[str, ...]  # masked short lines inside it
    body: tuple[int, ...]  # hashes of the long lines, the least ones
    contents: Contents | None


def mask(line: str) -> str:
    """A line as the template table spells it: digit runs as 0, white space joined.

    >>> mask(" 第 12 版　2021年 ")
    '第 0 版 0年'
    """
    return _DIGITS.sub("0", " ".join(line.split()))


def _is_prose(line: str) -> bool:
    return len(line) >= _PROSE and "。" in line


def frame(lines: Sequence[str]) -> Callable[[int], bool]:
    """Which of the stripped lines, by number, stand at the document's edges, before the first
    or after the last line of prose."""
    return _frame(len(lines), [i for i, line in enumerate(lines) if _is_prose(line)])


def _frame(size: int, prose: Sequence[int]) -> Callable[[int], bool]:
    first, last = (prose[0], prose[-1]) if prose else (size, -1)
    return lambda i: (i < first and i < _EDGE_LINES) or (i > last and i > size - _EDGE_LINES)


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
    raw = text.split("\n")
    lines = list(map(str.strip, raw))
    sizes = list(map(len, lines))
    prose = [i for i, size in enumerate(sizes) if size >= _PROSE and "。" in lines[i]]
    first, last = (prose[0], prose[-1]) if prose else (len(lines), -1)
    outside = _frame(len(lines), prose)
    edge: dict[str, None] = {}
    inner: dict[str, None] = {}
    listed = False
    for i in [i for i, size in enumerate(sizes) if 2 <= size <= _LONGEST]:
        line = lines[i]
        listed = listed or (len(raw[i]) < _HEAD and _HEADS.match(raw[i]) is not None)
        if line[-1] in "。；！？" or not _HAN.search(line):
            continue
        if outside(i) and not _FORMULA.match(line):
            edge[mask(line)] = None
        elif first < i < last and len(inner) < 200:
            inner[mask(line)] = None
    body = sorted({zlib.crc32(lines[i].encode("utf-8", "surrogatepass")) for i in prose})[:16]
    contents = _contents(doc_id, text) if listed else None
    return Partial(doc_id, tuple(edge), tuple(inner), tuple(body), contents)


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
    return frozenset(line for line in often if times[line] >= _SHARE * (times[line] + inside[line]))


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
