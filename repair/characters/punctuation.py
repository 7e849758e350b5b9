"""Full-width punctuation where the text around is Chinese, for `punctuation = "fullwidth"`.

GB/T 15834 sets ，（）：；？！ full-width. Numbers (1,000 and 3:1), URLs, code, tables and text
in other scripts keep theirs: a mark is changed only if Chinese stands on its left (or an
ASCII word that itself follows Chinese) and nothing on its right speaks against it. What is
changed counts as Chinese for the next mark, until nothing changes any more, so that a second
run finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from repair import scan
from repair.characters.forms import COMPATIBLE
from repair.characters.tables import HAN, RADICAL, chinese, lines
from repair.model import Edit
from repair.patterns import lazy

FULL = dict(zip(",():;?!", "，（）：；？！", strict=True))
MARKS = scan.kind("".join(FULL))
_marks = lazy(f"[{''.join(FULL)}]")
_chinese = lazy(rf"[{HAN}{RADICAL}{COMPATIBLE}\u2e80-\u2fdf\u3001-\u303f\uff01-\uff65“”‘’…—·％]")
_word = lazy(r"[A-Za-z0-9.,:%+#_-]+$")
_kept = lazy(
    r"(?:https?|ftp)://[!-~]+|www\.[!-~]+|[\w.+-]+@[\w-]+\.[\w.]+|`[^`]*`|\$[^$]+\$|&#?\w+;"
    r"|\d+(?:[,:]\d+)+(?:\.\d+)?"
)
_latin = lazy(r"[A-Za-z]")
_hanzi = lazy(f"[{HAN}]")
_prose = lazy(r"[。！？；“”、]")
WORD = 60  # characters that a foreign word may have
# After these a question is over, so that ? is the mark and not a lost character (宏?开展).
ASKS = frozenset("吗嗎呢吧么麼嘛啊呀谁誰何样樣里裡儿兒少几幾")


def find(text: str, removed: Sequence[Edit]) -> Iterator[Edit]:
    """The edits, as if `removed` (zero-width characters) were gone already."""
    gone = {e.start for e in removed if not e.after}
    all_lines = list(lines(text))
    for n, (offset, line) in enumerate(all_lines):
        if not _marks.search(line) or not chinese(line) or _table(all_lines, n):
            continue
        if 2 * len(_hanzi.findall(line)) < len(_latin.findall(line)):
            continue
        places = [i for i in range(len(line)) if offset + i not in gone]
        before = "".join(line[i] for i in places)
        for i, mark in enumerate(_restored(before)):
            if mark != before[i]:
                at = offset + places[i]
                yield Edit(
                    at, at + 1, before[i], mark, "CHR060", 0.999,
                    f"Chinese text sets {mark}",
                )  # fmt: skip


def _table(all_lines: list[tuple[int, str]], n: int) -> bool:
    """Whether the line is a row of comma-separated values: a neighbour has as many commas, and
    neither is prose."""
    line = all_lines[n][1]
    commas = line.count(",")
    if commas < 2 or _prose.search(line):
        return False
    near = [all_lines[i][1] for i in (n - 1, n + 1) if 0 <= i < len(all_lines)]
    return any(other.count(",") == commas and not _prose.search(other) for other in near)


def _restored(line: str) -> str:
    """The line with its marks full-width, changed until nothing changes."""
    kept = {i for m in _kept.finditer(line) for i in range(m.start(), m.end())}
    partners = _partners(line)
    while True:
        marks = [
            FULL[c] if c in FULL and i not in kept and _wants(line, i, partners) else c
            for i, c in enumerate(line)
        ]
        changed = "".join(marks)
        if changed == line:
            return line
        line = changed


def _wants(line: str, at: int, partners: dict[int, int]) -> bool:
    mark = line[at]
    left, right = line[at - 1 : at] if at else "", line[at + 1 : at + 2]
    if mark in "()":
        return at in partners and _bracket(line, *sorted((at, partners[at])))
    after = line[at + 1 : at + WORD].lstrip(" ")[:1]
    follows = _is_chinese(after) or not after
    if _is_chinese(left):
        if mark == "?":
            return "?" not in right and (left in ASKS or not right or right in "”’」』）)")
        if mark == ":" and right == "/":
            return False
        return follows or (right != " " and mark != "!")
    head = line[max(0, at - WORD) : at]
    word = _word.search(head)
    return (
        bool(word and _is_chinese(head[word.start() - 1 : word.start()]))
        and mark in ",;"
        and _is_chinese(right)
    )


def _bracket(line: str, start: int, end: int) -> bool:
    """Whether a pair of brackets belongs to Chinese: Chinese inside, or before a foreign word."""
    inner, left = line[start + 1 : end], line[start - 1 : start] if start else ""
    if not inner.strip() or (left and left in "\\_])" or re.match(r"[a-z_]", left)):
        return False
    if _hanzi.search(inner):
        return True
    return _is_chinese(left) and not re.search(r"[=<>{}\[\]*/?|]", inner)


def _partners(line: str) -> dict[int, int]:
    """Each bracket's partner, half and full width mixed as they are."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for i, char in enumerate(line):
        if char in "(（":
            waiting.append(i)
        elif char in ")）" and waiting:
            start = waiting.pop()
            pairs[start], pairs[i] = i, start
    return pairs


def _is_chinese(char: str) -> bool:
    return bool(_chinese.match(char))
