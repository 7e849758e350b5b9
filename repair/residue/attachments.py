"""What a document names as its attachments: files, and the list after 附件：.

They are content and stay in the text; the marks only tell of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repair.model import Mark
from repair.patterns import lazy
from repair.residue.lines import Line

if TYPE_CHECKING:
    from repair.residue.hints import Lines

_ENDINGS = r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|wps|et|ofd|ceb|od[ts]|txt|jpe?g|png)"
_FILE = lazy(
    r"[\s·]*(?:附件|附档|附檔)?\s*(?:\d{1,2}|[一二三四五六七八九十])?\s*[:：.、-]?\s*"
    rf"(?P<name>[^\s。；][^。；]{{1,120}}{_ENDINGS})"
    r"\s*(?:[(（][^()（）]{1,16}[)）])?\s*",
    re.IGNORECASE,
)
# GB/T 9704-2012, 7.3.4: 附件 after the text, a colon, the names, numbered where there are several.
_LABEL = lazy(r"\s*附(?:件|檔|档)?\s?(?:\d{1,2}|[一二三四五六七八九十])?\s*[:：]")
_NUMBER = lazy(r"(?:^|(?<=[\s;；、，:：]))\s*[(（]?(\d{1,2})[)）]?[.．、](?!\d)\s*")
_BEHIND = 20  # characters from the point of a file's ending on, with what brackets say of it
_LONGEST = 80  # characters of a name; a longer one is a sentence


def patterns() -> dict[str, int]:
    """One of them matches, folded, in every text that names an attachment; how long the line may
    be."""
    return {r"^\s*附[\s件档:\d一二三四五六七八九十]": sys.maxsize, _ENDINGS: sys.maxsize}


def tells(line: Line) -> bool:
    """Whether the line may be a file or begin a list."""
    return bool(_LABEL.match(line.text) or _file(line.text))


def _file(line: str) -> re.Match[str] | None:
    return _FILE.fullmatch(line) if "." in line[-_BEHIND:] else None


def find(lines: Lines, rows: Iterable[int]) -> list[Mark]:
    """A mark `attachment` for each file and each name of a list, in order; files and the heads of
    lists stand in `rows`, which are in order."""
    marks: list[Mark] = []
    done = 0  # lines that are read
    for row in rows:
        if not tells(lines[row]):
            continue
        number = 0  # of the last item, where the list may go on; 0 outside a list
        for i in range(max(row, done), len(lines)):
            line, start = lines.row(i), lines.starts[i]
            label, file = _LABEL.match(line), _file(line)
            if file:
                marks.append(_mark(start, file.start("name"), file["name"]))
                number += 1 if label or number else 0
            elif label:
                found = list(_items(line, label.end(), 1))
                marks += [_mark(start, at, name) for at, name in found]
                number = max(1, len(found))
                if not found and line[label.end() :].strip():
                    number = 0
                elif not found:
                    number = -1  # a bare label: the list begins in the next line
            elif line.strip():
                found = list(_items(line, 0, 1 if number < 0 else number + 1)) if number else []
                marks += [_mark(start, at, name) for at, name in found]
                number = max(0, number) + len(found) if found else 0
            done = i + 1
            if not number:
                break
    return marks


def _items(line: str, at: int, number: int) -> Iterator[tuple[int, str]]:
    """The names of a line from `at` on, with their places: numbered ones that count on from
    `number`, or, after the label, a single one without."""
    heads = list(_NUMBER.finditer(line, at))
    if not heads and at and number == 1:
        name = line[at:].strip()
        if _named(name):
            yield line.index(name, at), name
        return
    for n, head in enumerate(heads):
        end = heads[n + 1].start() if n + 1 < len(heads) else len(line)
        name = line[head.end() : end].strip().rstrip("；;，。、 ")
        if int(head[1]) != number + n or not _named(name):
            return
        yield line.index(name, head.end()), name


def _named(name: str) -> bool:
    return 1 < len(name) <= _LONGEST and not re.search(r"[。；;！？]", name[:-1])


def _mark(start: int, at: int, name: str) -> Mark:
    return Mark(start + at, start + at + len(name), "attachment", name)
