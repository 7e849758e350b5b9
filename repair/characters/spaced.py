"""Chinese text whose characters a reader of images set apart: `针 对 这 一 问 题 ， 本 文 提 出`.

Chinese has no spaces between words, and who sets some (corpora of words, lists, headings, names
of three places) sets them between words. Spaces that cut words through a whole run of prose are
those of an OCR engine or of a PDF's text layer: behind every character, or as tesseract does,
behind every word that it knows and every character else. The share of the spaces that cut a word
tells, and the model has to read the run as prose. Beside a sure line a short one needs less
proof: the end of a paragraph has none.

In 1,500 lines each, of 40 characters at most, of the first 6 M characters of corpus/news, laws_prc,
twlaw and gazette_tw, spaces put behind all characters cut words at 0.29 or more in 99 % of the
lines (median 0.5), put behind half of them at random at 0.17 or more (0.5). In simplified text cut
into words by jieba the share is 0, in traditional text, of whose words it knows few, 0.13 in the
median line and 0.4 in the worst of twenty: that takes more than a line to tell. The model reads
99 % of all lines above -6.6 nats a character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from repair import scan
from repair.characters.script import SIMPLIFIED, TRADITIONAL
from repair.characters.tables import ANY_HAN, lines
from repair.layout import breaks
from repair.layout.lines import SPACE
from repair.model import Edit, Finding
from repair.patterns import lazy
from repair.rules import table

CODE = "CHR070"
PIECE = 1 << 13  # places that are looked at together: each takes a kilobyte
NEAR, WIDTH = 8, 32  # so many spaces between Chinese characters within so many characters

# What a run has at least to be closed up, and to be asked about: spaces between Chinese
# characters, words that they cut, Chinese characters if it has no mark (a heading has fewer),
# and the model's nats a character. With spaces everywhere a line may be a song's: VERSE.
SURE, ASKED = (8, 4, 20, -6.5), (6, 3, 16, -7.0)
VERSE = 18  # spaces
CUT, MIXED = 0.25, 0.15  # of the spaces cut words, and where words stand whole
# Nats for an engine and against who parts words, of a space that cuts a word and of one that cuts
# none: 0.3 to 0.1 in simplified text, 0.45 to 0.25 in traditional, of whose words a program knows
# few; of a mark's side without a space, but for all of these not more than MOST; and of a sure
# run with spaces everywhere in the same text. All together need ENGINE, to be asked about MAYBE.
CUTS, NONE = (1.1, 0.6), (-0.25, -0.3)
BESIDE, MOST, OTHERS, ENGINE, MAYBE = 1.5, 3.0, 3.0, 4.0, 2.0

_BLANKS = " \u3000\xa0"
_RUN = lazy(rf"(?<!\S)\S++(?:[{_BLANKS}]\S++)++")
_SINGLE = lazy(rf"\S(?:[{_BLANKS}]\S)+")
_TABLE = lazy(r"[|｜┃│\t]")
_OTHER = lazy(r"[\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\uac00-\ud7af]")  # kana, bopomofo, hangul
_LEAD = lazy(r"[-#>*+•●○■□◆▪]+")  # of a heading or an item, with a space of its own
_HAN = lazy(r"[\u3400-\u9fff]")
_MARK = lazy(r"[，。、；：！？,;:!?]")
# Characters that no sentence can do without for long, and that rows of words and numbers have not.
_PROSE = lazy(
    "[的了是在和与與及为為有以对對之其这這该該应應所于於而或者并並由从從将將等也都就被把向不我你他们們]"
)


def places(texts: scan.Texts) -> NDArray[np.intp]:
    """Where spaces stand between Chinese characters nearer to one another than the words of a
    line do for long."""
    found = texts.scan
    at = found.where(SPACE)
    at = at[(at > 0) & (at < len(found.units) - 1)]
    at = at[found.kinds[at - 1] & found.kinds[at + 1] & np.uint32(ANY_HAN) > 0]
    if len(at) < NEAR:
        return at[:0]
    return at[: 1 - NEAR][at[NEAR - 1 :] - at[: 1 - NEAR] <= WIDTH]


def find(text: str) -> tuple[list[Edit], list[Finding]]:
    """Edits that close up runs, findings over runs that may have to be closed up."""
    runs = list(_runs(text))
    _read(runs)
    told = _engine([run for run in runs if not run.plain], _traditional(text))
    told += OTHERS * any(run.plain and run.sure for run in runs)
    runs = [run for run in runs if run.plain or told >= MAYBE]
    may = [run.plain or told >= ENGINE for run in runs]
    sure = [yes and run.sure for run, yes in zip(runs, may, strict=True)]
    for way in (1, -1):  # what stands beside a sure run, and what beside that
        last = None
        for n in range(len(runs))[::way]:
            run = runs[n]
            if sure[n] or (may[n] and run.follows and last and abs(last.line - run.line) < 2):
                sure[n], last = True, run
    edits = [edit for run, yes in zip(runs, sure, strict=True) if yes for edit in run.edits()]
    unsure = (run for run, yes in zip(runs, sure, strict=True) if not yes)
    return edits, [run.finding() for run in unsure if run.meets(*ASKED)]


class Run:
    """Words or characters with one space between one and the next."""

    def __init__(self, start: int, text: str, line: int) -> None:
        """`line` is the number of its line among those that are not blank."""
        self.start, self.text, self.line = start, text, line
        single = _SINGLE.fullmatch(text)  # letters and digits are set apart too
        self.gaps = [
            at
            for at, char in enumerate(text)
            if char in _BLANKS and (single or not (text[at - 1] + text[at + 1]).isascii())
        ]
        lead = _LEAD.match(text)
        if lead and self.gaps[:1] == [lead.end()]:
            del self.gaps[0]
        edges = [-1, *self.gaps, len(text)]
        self.joined = "".join(text[a + 1 : b] for a, b in pairwise(edges))
        around = [text[at - 1 : at] + text[at + 1 : at + 2] for at in self.gaps]
        self.sides = 2 * len(_MARK.findall(text))  # of its marks
        self.apart = sum(len(_MARK.findall(pair)) for pair in around)  # those with a space
        self.spaces = self.cuts = 0  # between Chinese characters, and those that cut words
        self.closed = 0  # places between such without one
        self.nats = -np.inf  # of the model, a character

    @property
    def plain(self) -> bool:
        """Whether it has spaces everywhere."""
        return 10 * self.closed <= self.spaces

    @property
    def follows(self) -> bool:
        """Whether it is like a sure run beside it."""
        return bool(_HAN.search(self.text)) if self.plain else self.cuts > 0 and self._cut

    @property
    def _cut(self) -> bool:
        return self.cuts >= (CUT if self.plain else MIXED) * self.spaces

    def meets(self, spaces: int, cuts: int, unmarked: int, nats: float) -> bool:
        """Whether it has so much of everything."""
        if self.spaces < spaces or self.cuts < cuts or self.nats < nats or not self._cut:
            return False
        marked = bool(self.sides) or len(_HAN.findall(self.text)) >= unmarked
        return marked and bool(_PROSE.search(self.text))

    @property
    def sure(self) -> bool:
        """Whether it can be closed up, if it is an engine's."""
        return self.meets(*SURE) and not (self.plain and len(self.gaps) < VERSE)

    @property
    def _said(self) -> str:
        return f"{self.cuts} of {self.spaces} spaces between Chinese characters cut a word"

    def edits(self) -> Iterator[Edit]:
        """Those that close it up."""
        sure = table("characters")[CODE].apply_above
        for gap in self.gaps:
            at = self.start + gap
            yield Edit(at, at + 1, self.text[gap], "", CODE, sure, self._said)

    def finding(self) -> Finding:
        """The question whether it has to be closed up."""
        end = self.start + len(self.text)
        return Finding(self.start, end, self.text, self.joined, CODE, 0.8, self._said)


def _engine(runs: Sequence[Run], script: bool) -> float:
    """Nats for an engine that set spaces here and there; `script` is 1 in traditional text."""
    cuts, spaces = sum(run.cuts for run in runs), sum(run.spaces for run in runs)
    beside = sum(run.sides - run.apart for run in runs)
    return cuts * CUTS[script] + (spaces - cuts) * NONE[script] + min(beside * BESIDE, MOST)


def _traditional(text: str) -> bool:
    found = scan.of(text)
    return found.count(TRADITIONAL) > found.count(SIMPLIFIED)


def _runs(text: str) -> Iterator[Run]:
    """The runs of Chinese text that is not set in columns."""
    above = ""
    for n, (offset, line) in enumerate((at, line) for at, line in lines(text) if line.strip()):
        if not (_TABLE.search(line) or _OTHER.search(line) or _aligned(above, line)):
            for match in _RUN.finditer(line):
                run = Run(offset + match.start(), match[0], n)
                if run.gaps:
                    yield run
        above = line


def _aligned(above: str, line: str) -> bool:
    """Whether a line's characters stand under their sounds or their notes."""
    return not _HAN.search(above) and 3 * len(above.split()) > len(line.split())


def _read(runs: Sequence[Run]) -> None:
    """Tells runs what the words and the model say of them."""
    if not runs:
        return
    text = "\n".join(run.joined for run in runs)
    found = scan.of(text)
    sizes = np.array([len(run.joined) for run in runs])
    stops = np.cumsum(sizes + 1) - 1
    starts = stops - sizes
    han = found.kinds & np.uint32(ANY_HAN) > 0
    at = np.flatnonzero(han[1:] & han[:-1]) + 1
    owners = np.searchsorted(stops, at)
    words = breaks.Breaks(text, found, starts[owners], at, at, stops[owners])
    cut = [breaks.cut(words.of(slice(n, n + PIECE)))[0] > 0 for n in range(0, len(at), PIECE)]
    gaps = [s + gap - n for s, r in zip(starts.tolist(), runs, strict=True)
            for n, gap in enumerate(r.gaps)]  # fmt: skip
    spaced, inside = np.isin(at, gaps), np.concatenate((np.zeros(0, np.bool_), *cut))
    counts = [
        np.bincount(owners[some], minlength=len(runs)).tolist()
        for some in (spaced, spaced & inside, ~spaced)
    ]
    model = breaks.model()
    scores = model.scores([run.joined for run in runs]) if model else []
    for run, *said in zip(runs, *counts, strict=True):
        run.spaces, run.cuts, run.closed = said
    for run, nats in zip(runs, scores, strict=False):
        run.nats = float(nats.mean())
