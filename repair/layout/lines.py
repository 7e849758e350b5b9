"""The lines of a text, and what a line shows by its form alone.

A line is what stands between two line breaks, without the white space at its ends; blank
lines are counted (`gap`), not listed. Everything here looks at one line and no further.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
SPACES = " \t\u3000\xa0\u2002\u2003\u2009\ufeff"
HAN = r"\u3400-\u9fff\uf900-\ufaff"

LONGEST_HEADING = 60  # characters of a numbered heading that stands alone

# What ends a sentence, with what may close or decorate it after that; a remark in brackets
# after the full stop belongs to it. An opening mark at the end does not close anything.
CLOSERS = "”’」』）)】》〉］"
_OPENING = "“‘「『《〈（(【[〔"
_TERMINAL = re.compile(
    rf"[。！？!?；;：:…．](?:[^\w{re.escape(_OPENING)}]*|[（(][^（）()]*[）)])$|[^A-Za-z0-9]\.$"
)
_ENDS = frozenset("。！？!?；;：:…．")  # _TERMINAL at its simplest
_SENTENCE = re.compile(r"[。！？!?…]")
_COMMA = re.compile(r"[，,]")
_HAN = re.compile(rf"[{HAN}]")
_LINE = re.compile(rf"[^{re.escape(BREAKS)}]+")

_NUMBER = r"[一二三四五六七八九十百千零〇○两兩\d]"
# A line that begins something of its own: a numbered heading, an article of a statute, an
# item, a label, a speaker. Such a line continues no other.
_OPENS = re.compile(
    rf"""(?:
      第\s*{_NUMBER}{{1,9}}\s*[章節节編编篇部分回卷集条條款项項目]
    | [（(]\s*{_NUMBER}{{1,4}}\s*[)）]
    | {_NUMBER}{{1,4}}\s*[、．.)）]
    | [①-⑳㈠-㈩⑴-⒇Ⅰ-Ⅻ]
    | [甲乙丙丁戊己庚辛壬癸子丑寅卯][、．.]
    | [A-Za-z][、．.)）]
    | [●○■□◆◇★☆▲△▼▪•·*◎※►→✓-]\s*\S
    | 【
    )""",
    re.VERBOSE,
)
_HEADED = re.compile(
    rf"(?:[一二三四五六七八九十]{{1,3}}[、．.]|[（(][一二三四五六七八九十]{{1,3}}[)）]"
    rf"|第{_NUMBER}{{1,4}}[章節节編编篇部分])"
)
_LABEL = re.compile(rf"[{HAN}A-Za-z \u3000]{{1,8}}[:：]")
_TABLE = re.compile(r"[|｜\t┃│]|\S[ \u3000\xa0]{2,}\S.*\S[ \u3000\xa0]{2,}\S")
_TABLE_GATE = re.compile(r"[|｜\t┃│]|[ \u3000\xa0]{2}")
_CODE_END = re.compile(r"[{};]\s*$")
_CODE_START = re.compile(r"\s*(?:#include|import |def |class |return\b|//|/\*|<\w|\$ )")


class Line(NamedTuple):
    """A line's content: `text == whole[start:end]`."""

    start: int
    end: int
    text: str
    indent: int  # columns of white space before the content
    gap: int  # blank lines above it

    @property
    def width(self) -> int:
        """Columns as set: a full-width character takes two."""
        return width(self.text)

    @property
    def ends(self) -> bool:
        """Whether it ends as a sentence, a list's lead or an item ends."""
        return self.text[-1] in _ENDS or bool(_TERMINAL.search(self.text))

    @property
    def opens(self) -> bool:
        """Whether it begins something of its own (numbered heading, article, item)."""
        return bool(_OPENS.match(self.text))

    @property
    def headed(self) -> bool:
        """Whether it begins with the number of a section heading."""
        return bool(_HEADED.match(self.text))

    @property
    def sentences(self) -> bool:
        """Whether a sentence ends inside it or at its end."""
        return bool(_SENTENCE.search(self.text))

    @property
    def prose(self) -> bool:
        """Whether it is plainly running text: long, with a sentence's punctuation."""
        if len(self.text) < 30:
            return False
        return self.sentences or (len(self.text) >= 40 and len(_COMMA.findall(self.text)) > 1)

    @property
    def columns(self) -> bool:
        """Whether it is a table's row or code: nothing to join, in any setting."""
        text = self.text
        table = _TABLE_GATE.search(text) and _TABLE.search(text)
        return bool(table or _CODE_START.match(text) or _CODE_END.search(text))

    @property
    def set_apart(self) -> bool:
        """Whether its form forbids to take it for a paragraph: a label, hardly any Chinese."""
        text = self.text
        return (
            self.columns
            or (bool(_LABEL.match(text)) and len(text) < 60)
            or len(_HAN.findall(text)) * 3 < len(text)
        )


def width(text: str) -> int:
    """Columns of a text: one for ASCII, two for the rest (quotes are full-width in Chinese)."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def read(text: str) -> list[Line]:
    """The lines of `text` that hold more than white space, in order."""
    lines: list[Line] = []
    seen = 0
    for match in _LINE.finditer(text):
        whole, first = match[0], match.start()
        content = whole.strip(SPACES)
        if not content:
            continue
        indent = 0 if content[0] == whole[0] else len(whole) - len(whole.lstrip(SPACES))
        start = first + indent
        end = start + len(content)
        breaks = _breaks(text[seen:first])
        gap = max(breaks - 1, 0) if lines else breaks
        lines.append(Line(start, end, content, width(whole[:indent]) if indent else 0, gap))
        seen = end
    return lines


def _breaks(space: str) -> int:
    """How many line breaks stand in white space; `\\r\\n` is one."""
    if not space.strip("\n"):  # nearly always
        return len(space)
    return sum(space.count(char) for char in BREAKS) - space.count("\r\n")


def chinese(text: str) -> bool:
    """Whether there is any Chinese character in it."""
    return bool(_HAN.search(text))
