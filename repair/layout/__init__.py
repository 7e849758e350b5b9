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

import numpy as np
from numpy.typing import NDArray

from repair import edits as ed
from repair import rules, scan
from repair.layout import articles, contents, flattened, glued, paragraphs, repeats
from repair.layout.articles import Draft
from repair.layout.lines import ODD_BREAKS, SPACES, Line, chinese, read, read_all
from repair.model import Article, Candidate, Context, Edit, Finding, Mark, StageResult

FLAT, GLUED, REPEAT, ORPHAN = "LAY004", "LAY005", "LAY006", "LAY007"
ROUNDS = 6


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage."""
    here, marks = text, context.marks
    journal: list[Edit] = []
    asked: list[Finding] = []
    for _ in range(ROUNDS):
        round_ = _Round(here, replace(context, marks=marks))
        back = ed.OffsetMap(journal)
        asked = _first(asked, (_lifted(f, back) for f in round_.findings))
        if not round_.edits:
            break
        made = ed.order(round_.edits)
        journal = ed.compose(journal, made)
        here = ed.apply(here, made)
        forward = ed.OffsetMap(ed.invert(made))
        marks = tuple(map(forward.mark, marks))
    asked = [f for f in asked if not _decided(f, journal)]
    return StageResult(
        tuple(journal),
        tuple(asked),
        articles=tuple(map(back.article, round_.articles)),
    )


def needs(texts: scan.Texts, context: Context) -> NDArray[np.bool_]:
    """Of which texts without marks the stage may say more than `plain` does."""
    lines = read_all(texts)
    rows = articles.whole_titled(lines) + paragraphs.touched(lines)
    rows += contents.named(context.tables.contents, lines)
    rows += [i for i in flattened.candidates(lines) if flattened.find(lines[i])]
    rows += [split.line for split in glued.find(lines)]
    places = [lines.starts[rows], texts.scan.where(ODD_BREAKS)]
    places += [texts.starts[repeats.touched(lines)]]
    return texts.holding(np.concatenate(places))


def plain(text: str) -> StageResult:
    """What the stage says of a text that needs nothing: all its lines are one article's."""
    body: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        bare = line.strip(SPACES)
        if bare:
            start = at if bare is line else at + line.index(bare[0])
            body.append((start, start + len(bare)))
        at += len(line) + 1
    if not body:
        return StageResult()
    return StageResult(articles=(Article(body[0][0], body[-1][1], tuple(body)),))


class _Round:
    """One reading of a text: what is sure, what is asked, and the articles."""

    def __init__(self, text: str, context: Context) -> None:
        self.text = text
        self.lines = read(text)
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.articles: list[Article] = []
        han = chinese(text)
        if han:
            self._repeats(context.marks)
        if self.edits:  # the rest is read without the copies
            return
        listed = [mark.value for mark in context.marks if mark.kind == "contents"]
        named = contents.listed(context.tables.contents, context.doc_id, self.lines)
        named |= {contents.key(title) for title in listed}
        if named or any(mark.kind in articles.METADATA for mark in context.marks):
            found = articles.items(self.lines, context.marks, named)
            drafts = articles.split(found, self.lines)
        else:
            drafts = articles.whole(self.lines)
        if han:
            self._paragraphs(drafts)
        made = [self._article(draft, listed) for draft in drafts]
        made = articles.attached(made, context.marks)
        self.articles = _inferred(made, context)
        for draft, article in zip(drafts, self.articles, strict=True):
            if draft.orphan is not None:
                self._orphan(self.lines[draft.orphan], article)

    def _add(self, rule: str, start: int, end: int, after: str, sure: float, why: str) -> None:
        """Records a change: an edit where its rule is sure enough, else a finding."""
        before = self.text[start:end]
        if rules.table("layout")[rule].sure(sure):
            self.edits.append(Edit(start, end, before, after, rule, sure, why))
        else:
            self.findings.append(Finding(start, end, before, after, rule, sure, why))

    def _flag(self, rule: str, start: int, end: int, after: str, sure: float, why: str) -> None:
        """Records a place where no change is proposed, with the change that it might be."""
        before = self.text[start:end]
        reading = Candidate(after, sure, rule)
        self.findings.append(Finding(start, end, before, before, rule, sure, why, (reading,)))

    def _repeats(self, marks: Sequence[Mark]) -> None:
        """The copies of a body that do not follow its title and byline."""
        held, _ = articles.held_by(self.lines, marks)
        for repeat in repeats.find(self.lines):
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
            self._add(REPEAT, start, end, "", repeat.confidence, why)

    def _paragraphs(self, drafts: Sequence[Draft]) -> None:
        """Joins what a break cut and parts what was run together, in the bodies."""
        if len(self.lines) < 2 and len(self.text) < flattened.LEAST_FLAT:
            return
        body = sorted(i for draft in drafts for i in draft.body)
        barred = set(range(len(self.lines))).difference(body)
        for verdict in paragraphs.judge(self.lines, barred):
            above, below = self.lines[verdict.above], self.lines[verdict.above + 1]
            after = paragraphs.glue(above.text, below.text)
            place = above.end, below.start
            if verdict.torn:
                self._flag(verdict.rule, *place, after, verdict.confidence, verdict.evidence)
            else:
                self._add(verdict.rule, *place, after, verdict.confidence, verdict.evidence)
        for i in flattened.candidates(self.lines):
            gaps = [] if i in barred else flattened.find(self.lines[i])
            for gap in gaps:
                why = f"one of {len(gaps)} spaces in a line that stand where a paragraph ended"
                self._add(FLAT, gap.start, gap.end, "\n", 0.999, why)
        for split in glued.find(self.lines, barred):
            sure = 0.995 if split.sure else 0.8
            self._add(GLUED, split.at, split.at, "\n", sure, split.evidence)

    def _article(self, draft: Draft, titles: Sequence[str]) -> Article:
        starts, ends = self.lines.starts.tolist(), self.lines.ends.tolist()
        body = tuple((starts[i], ends[i]) for i in draft.body)
        marks = tuple(map(articles.plain, draft.marks))
        return Article(draft.start, draft.end, body, marks, tuple(titles))

    def _orphan(self, line: Line, article: Article) -> None:
        why = "a title that stands alone after an article without one"
        self.findings.append(
            Finding(
                line.start, line.end, line.text, line.text, ORPHAN, 0.9, why,
                move_to=article.start,
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
        result[item.article] = replace(article, marks=(*article.marks, mark))
    return result


# --- from round to round ------------------------------------------------------------------


def _lifted(finding: Finding, back: ed.OffsetMap) -> Finding:
    """A round's finding in offsets of the stage's text."""
    if not back.edits:
        return finding
    asked = Edit(
        finding.start, finding.end, finding.before, finding.after, finding.rule, 0.0
    )  # fmt: skip
    whole, _ = ed.lift(back, asked)
    move = finding.move_to
    return replace(
        finding,
        start=whole.start,
        end=whole.end,
        before=whole.before,
        after=whole.after,
        candidates=finding.candidates if whole.before == finding.before else (),
        move_to=None if move is None else back.left(move),
    )


def _first(kept: Sequence[Finding], new: Iterable[Finding]) -> list[Finding]:
    """All findings in order without overlaps; who asked first stays."""
    found = list(kept)
    for finding in new:
        at = bisect_left(found, finding.start, key=lambda f: f.start)
        near = found[max(at - 1, 0) : at + 2]
        if not any(_meet(finding.start, finding.end, other) for other in near):
            found.insert(at, finding)
    return found


def _decided(finding: Finding, journal: Sequence[Edit]) -> bool:
    """Whether an edit came to stand in the place of the question, or cuts into it."""
    at = bisect_left(journal, finding.start, key=lambda e: e.end)
    for edit in (journal[n] for n in range(at, len(journal))):
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
