"""The layout stage: paragraphs made whole, repeated bodies out, articles told apart.

`stage` reads the text as residue left it and that stage's marks (offsets of this text). Its
edits change white space and take out repeated bodies, nothing else. It works in rounds until
nothing more is sure, because a paragraph that is whole shows what its pieces did not: so its
own output gives it nothing to do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repair import edits as ed
from repair import scan, settling
from repair.layout import articles, contents, flattened, glued, paragraphs, repeats
from repair.layout.articles import Draft
from repair.layout.lines import CHINESE, ODD_BREAKS, Line, Lines
from repair.layout.proposals import change
from repair.layout.reading import read, read_all
from repair.layout.repeats import Repeat
from repair.model import Article, Context, Edit, Finding, Mark, StageResult

FLAT, GLUED, REPEAT, ORPHAN = "LAY004", "LAY005", "LAY006", "LAY007"
ROUNDS = 6


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage."""
    return each([text], [context])[0]


def each(texts: Sequence[str], contexts: Sequence[Context]) -> list[StageResult]:
    """`stage` of each text; arrays cost as much for a hundred as for one."""
    works = [_Work(text, context) for text, context in zip(texts, contexts, strict=True)]
    active = works
    for number in range(ROUNDS):
        rounds = [_Round(work.text, work.context) for work in active]
        _read([round_ for round_ in rounds if number or not _recall(round_)])
        active = [work for work, round_ in zip(active, rounds, strict=True) if work.take(round_)]
        if not active:
            break
    return [work.result() for work in works]


def needs(texts: scan.Texts, context: Context) -> NDArray[np.bool_]:
    """Of which texts without marks the stage may say more than `plain` does. What it saw is
    kept for the stage, until this is asked again."""
    lines = read_all(texts)
    titles = articles.whole_titled(lines)
    lines.barred[titles] = True
    seen = _Seen(lines)
    named = [*contents.named(context.tables.contents, lines), *articles.leading(lines)]
    repeated = texts.starts[list(repeats.find(lines))]
    other = texts.holding(
        np.concatenate((lines.starts[named], repeated, texts.scan.where(ODD_BREAKS)))
    )
    told = texts.holding(lines.starts[titles])
    told[[*seen.edits, *seen.findings]] = True
    _kept.clear()
    for n in (told & ~other & texts.having(CHINESE)).nonzero()[0].tolist():
        _kept[texts.part(n)] = seen, n
    return told | other


def plain(texts: scan.Texts, some: Sequence[int]) -> list[tuple[Article, ...]]:
    """All that the stage says of some of the texts, by their numbers, that need nothing: all
    lines of each are one article's."""
    lines, bases = read_all(texts), texts.starts[some]
    begin, stop = np.searchsorted(lines.starts, (bases, texts.ends[some] + 1))
    at, base = scan.spread(begin, stop), np.repeat(bases, stop - begin)
    rows = ((row[at] - base).tolist() for row in (lines.starts, lines.ends))
    spans = list(zip(*rows, strict=True))
    edges = [0, *np.cumsum(stop - begin).tolist()]
    return [
        _paragraph(*spans[a]) if b - a == 1 else _article(*spans[a:b]) for a, b in pairwise(edges)
    ]


def _article(*body: tuple[int, int]) -> tuple[Article, ...]:
    return (Article(body[0][0], body[-1][1], body),) if body else ()


@lru_cache(maxsize=4096)
def _paragraph(start: int, end: int) -> tuple[Article, ...]:
    """The article of a single paragraph, which many texts share."""
    return _article((start, end))


class _Work:
    """A text on its way through the rounds."""

    def __init__(self, text: str, context: Context) -> None:
        self.text, self.context = text, context
        self.journal: list[Edit] = []
        self.asked: list[Finding] = []
        self.back = ed.OffsetMap(())  # from the text of the last round to that of the stage

    def take(self, round_: _Round) -> bool:
        """What a round said, in offsets of the stage's text; whether there is more to do."""
        self.back = ed.OffsetMap(self.journal)
        self.asked = _first(self.asked, (settling.lifted(f, self.back) for f in round_.findings))
        self.last = round_
        if round_.edits:
            made = ed.order(round_.edits)
            self.journal = ed.compose(self.journal, made)
            self.text = ed.apply(self.text, made)
            if self.context.marks:
                forward = ed.OffsetMap(ed.invert(made))
                marks = tuple(map(forward.mark, self.context.marks))
                self.context = replace(self.context, marks=marks)
        return bool(round_.edits)

    def result(self) -> StageResult:
        """What the rounds said."""
        ends = [edit.end for edit in self.journal]
        asked = [f for f in self.asked if not _decided(f, self.journal, bisect_left(ends, f.start))]
        made = tuple(map(self.back.article, self.last.articles()))
        return StageResult(tuple(self.journal), tuple(asked), articles=made)


class _Seen:
    """What the lines of some texts show."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.edits: dict[int, list[Edit]] = {}  # by the text's number, in its offsets
        self.findings: dict[int, list[Finding]] = {}
        for line, item in paragraphs.judge(lines):
            self._say(line, item)
        for i in flattened.candidates(lines):
            gaps = [] if lines.barred[i] else flattened.find(lines[i])
            why = f"one of {len(gaps)} spaces in a line that stand where a paragraph ended"
            for gap in gaps:
                self._say(i, self._change(i, gap.start, gap.end, FLAT, 0.999, why))
        for split in glued.find(lines):
            sure = 0.995 if split.sure else 0.8
            what = self._change(split.line, split.at, split.at, GLUED, sure, split.evidence)
            self._say(split.line, what)

    def _change(
        self, i: int, start: int, end: int, rule: str, sure: float, why: str
    ) -> Edit | Finding:
        """A line break that is put into line i, in the place of what stands there."""
        first = int(self.lines.firsts[self.lines.owners[i]])
        return change(self.lines.text[start:end], start - first, "\n", rule, sure, why)

    def _say(self, i: int, item: Edit | Finding) -> None:
        said: dict[int, list[Any]] = self.edits if isinstance(item, Edit) else self.findings
        said.setdefault(self.lines.owners.item(i), []).append(item)

    def tell(self, n: int, round_: _Round) -> None:
        """Tells a round what its text shows."""
        round_.edits += self.edits.get(n, ())
        round_.findings += self.findings.get(n, ())
        round_.end()


# What `needs` saw of texts that are one article, with a title at most, for the stage's first round.
_kept: dict[str, tuple[_Seen, int]] = {}


def _recall(round_: _Round) -> bool:
    """Whether the text was read already; tells the round what was seen."""
    kept = _kept.get(round_.text) if not round_.context.marks else None
    if kept is None:
        return False
    seen, n = kept
    part = seen.lines.part(n)
    barred = seen.lines.barred[part.start : part.stop]
    if (round_.begin(seen.lines.only(n), ()) != barred).any():  # these tables part it
        return False
    seen.tell(n, round_)
    return True


def _read(rounds: Sequence[_Round]) -> None:
    """Reads texts together, but for those with other line breaks than newlines."""
    if not rounds:
        return
    texts = scan.join([round_.text for round_ in rounds])
    odd = texts.having(ODD_BREAKS).tolist()
    if not any(odd):
        _look(rounds, read_all(texts))
        return
    _read([round_ for round_, alone in zip(rounds, odd, strict=True) if not alone])
    for round_ in (round_ for round_, alone in zip(rounds, odd, strict=True) if alone):
        _look([round_], read(round_.text))


def _look(rounds: Sequence[_Round], lines: Lines) -> None:
    """Reads the texts that the lines are of."""
    repeated = repeats.find(lines)
    for n, round_ in enumerate(rounds):
        first = lines.part(n).start
        barred = round_.begin(lines.only(n), repeated.get(n, ()))
        lines.barred[first : first + len(barred)] = barred
    seen = _Seen(lines)
    for n, round_ in enumerate(rounds):
        seen.tell(n, round_)


class _Round:
    """One reading of a text: what is sure, what is asked, and the articles."""

    def __init__(self, text: str, context: Context) -> None:
        self.text, self.context = text, context
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self._drafts: list[Draft] = []
        self._titles: list[str] = []

    def begin(self, lines: Lines, repeated: Sequence[Repeat]) -> NDArray[np.bool_]:
        """Takes out what stands twice, or puts the articles together; which of the lines
        are in no article's body."""
        self.lines = lines
        marks = self.context.marks
        han, barred = bool((lines.kinds & CHINESE).any()), np.ones(len(lines), np.bool_)
        if han and repeated:
            self._repeats(repeated, marks)
        if self.edits:  # the rest is read without the copies
            return barred
        self._titles = [mark.value for mark in marks if mark.kind == "contents"]
        named = contents.listed(self.context.tables.contents, self.context.doc_id, lines)
        named |= {contents.key(title) for title in self._titles}
        leads = articles.leading(lines)
        if named or leads or any(mark.kind in articles.METADATA for mark in marks):
            found = articles.items(lines, marks, named, leads)
            self._drafts = articles.split(found, lines)
        else:
            self._drafts = articles.whole(lines)
        for draft in self._drafts if han else ():
            barred[draft.body] = False
        return barred

    def end(self) -> None:
        """Asks about titles that stand after their articles."""
        for draft in self._drafts:
            if draft.orphan is not None:
                self._orphan(self.lines[draft.orphan], draft)

    def articles(self) -> list[Article]:
        """The articles of the text as it stood."""
        made = [self._article(draft) for draft in self._drafts]
        return _inferred(articles.attached(made, self.context.marks), self.context)

    def _repeats(self, repeated: Sequence[Repeat], marks: Sequence[Mark]) -> None:
        """The copies of a body that do not follow its title and byline."""
        held, _ = articles.held_by(self.lines, marks)
        for repeat in repeated:
            blocks = [repeat.first, repeat.second]
            blocks.sort(key=lambda block: -articles.headed(self.lines, held, block[0]))
            kept, copy = blocks
            start, end = self.lines[copy[0]].start, self.lines[copy[1]].end
            if copy[1] + 1 < len(self.lines):
                end = self.lines[copy[1] + 1].start
            why = (
                f"{repeat.length} characters that stand again at "
                f"{self.lines[kept[0]].start}, {repeat.share:.0%} of them the same"
            )
            copied = change(self.text[start:end], start, "", REPEAT, repeat.confidence, why)
            said: list[Any] = self.edits if isinstance(copied, Edit) else self.findings
            said.append(copied)

    def _article(self, draft: Draft) -> Article:
        rows = np.array(draft.body, np.intp)
        starts, ends = self.lines.starts.take(rows), self.lines.ends.take(rows)
        body = tuple(zip(starts.tolist(), ends.tolist(), strict=True))
        marks = tuple(map(articles.plain, draft.marks))
        return Article(draft.start, draft.end, body, marks, tuple(self._titles))

    def _orphan(self, line: Line, draft: Draft) -> None:
        why = "a title that stands alone after an article without one"
        self.findings.append(
            Finding(
                line.start, line.end, line.text, line.text, ORPHAN, 0.9, why,
                move_to=draft.start,
            )
        )  # fmt: skip


def _inferred(made: Sequence[Article], context: Context) -> list[Article]:
    """The articles with what other documents' lists of contents say about them."""
    others = (entry for entry in context.tables.contents if entry.doc_id != context.doc_id)
    missing = {
        kind: [i for i, article in enumerate(made) if article.value(kind) is None]
        for kind in ("date", "source")
    }
    result = list(made)
    for item in contents.infer([a.value("title") for a in made], missing, others):
        article = result[item.article]
        mark = Mark(article.start, article.start, item.kind, item.value, item.origin)
        result[item.article] = article._replace(marks=(*article.marks, mark))
    return result


# --- from round to round ------------------------------------------------------------------


def _first(kept: Sequence[Finding], new: Iterable[Finding]) -> list[Finding]:
    """All findings in order without overlaps; who asked first stays."""
    found, starts = list(kept), [f.start for f in kept]
    for finding in new:
        at = bisect_left(starts, finding.start)
        near = found[max(at - 1, 0) : at + 2]
        if not any(_meet(finding.start, finding.end, other) for other in near):
            found.insert(at, finding)
            starts.insert(at, finding.start)
    return found


def _decided(finding: Finding, journal: Sequence[Edit], first: int) -> bool:
    """Whether an edit, from the `first` one on, came to stand in the place of the question, or
    cuts into it."""
    for edit in islice(journal, first, None):
        if edit.start > finding.end:
            return False
        whole = finding.start <= edit.start <= edit.end <= finding.end
        same = (edit.start, edit.end) == (finding.start, finding.end)
        if _meet(edit.start, edit.end, finding) and (same or not whole):
            return True
    return False


def _meet(start: int, end: int, finding: Finding) -> bool:
    if start == end or finding.start == finding.end:
        return start <= finding.end and finding.start <= end
    return max(start, finding.start) < min(end, finding.end)
