"""The layout stage: paragraphs made whole, repeated bodies out, articles told apart.

`stage` reads the text as residue left it and that stage's marks (offsets of this text). Its
edits change white space and take out repeated bodies, nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from repair import rules
from repair.layout import articles, contents, flattened, glued, paragraphs, repeats
from repair.layout.articles import Draft
from repair.layout.lines import Line, chinese, read
from repair.model import Article, Contents, Context, Edit, Finding, Mark, StageResult

FLAT, GLUED, REPEAT, ORPHAN = "LAY004", "LAY005", "LAY006", "LAY007"


def stage(text: str, context: Context) -> StageResult:
    """Entry of the stage."""
    lines = read(text)
    if not lines:
        return StageResult()
    changes = _Changes(text, lines)
    han = chinese(text)
    if han:
        changes.repeated(context.marks)
    listed = [mark.value for mark in context.marks if mark.kind == "contents"]
    others = [entry for entry in context.tables.contents if entry.doc_id != context.doc_id]
    named = contents.listed(others, (line.text for line in lines)) | {*map(contents.key, listed)}
    drafts = articles.split(articles.items(lines, context.marks, named, changes.gone), lines)
    if han:
        changes.paragraphs({i for draft in drafts for i in draft.body})
    made = [_article(draft, changes, listed) for draft in drafts]
    made = _inferred(made, others)
    changes.findings += [
        _moved(lines[draft.orphan], article, text)
        for draft, article in zip(drafts, made, strict=True)
        if draft.orphan is not None
    ]
    return StageResult(
        tuple(sorted(changes.edits, key=lambda e: (e.start, e.end))),
        tuple(sorted(changes.findings, key=lambda f: (f.start, f.end))),
        articles=tuple(made),
    )


class _Changes:
    """The edits and findings over one text's lines, and what they make of the lines."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        self.text = text
        self.lines = lines
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.gone: set[int] = set()  # lines that a repeated body takes with it
        self.joined: set[int] = set()  # lines that run on into the next
        self.gaps: dict[int, list[flattened.Gap]] = {}  # paragraph ends inside a line

    def add(self, rule: str, start: int, end: int, after: str, sure: float, why: str) -> bool:
        """Records a change: an edit where its rule is sure enough, else a finding. Returns
        whether it is an edit."""
        before = self.text[start:end]
        if rules.table("layout")[rule].sure(sure):
            self.edits.append(Edit(start, end, before, after, rule, sure, why))
            return True
        self.findings.append(Finding(start, end, before, after, rule, sure, why))
        return False

    def repeated(self, marks: Sequence[Mark]) -> None:
        """Takes out the copies of a body that do not follow its title and byline."""
        held, _ = articles.held_by(self.lines, marks)
        for repeat in repeats.find(self.text, self.lines):
            first, second = (
                articles.headed(self.lines, held, block[0])
                for block in (repeat.first, repeat.second)
            )
            copy = repeat.first if second > first else repeat.second
            start, end = self.lines[copy[0]].start, self.lines[copy[1]].end
            if copy[1] + 1 < len(self.lines):
                end = self.lines[copy[1] + 1].start
            kept = self.lines[(repeat.second if second > first else repeat.first)[0]].start
            why = (
                f"{repeat.length} characters that stand again at {kept}, "
                f"{repeat.share:.0%} of them the same"
            )
            if self.add(REPEAT, start, end, "", repeat.confidence, why):
                self.gone |= {*range(copy[0], copy[1] + 1)}

    def paragraphs(self, body: Collection[int]) -> None:
        """Joins what a break cut and parts what was run together, among the lines of bodies."""
        barred = {i for i in range(len(self.lines)) if i not in body}
        for verdict in paragraphs.judge(self.lines, barred):
            above, below = self.lines[verdict.above], self.lines[verdict.above + 1]
            after = paragraphs.glue(above.text, below.text)
            if self.add(
                verdict.rule, above.end, below.start, after, verdict.confidence, verdict.evidence
            ):
                self.joined.add(verdict.above)
        for i in sorted(body):
            gaps = flattened.find(self.lines[i])
            for gap in gaps:
                why = f"one of {len(gaps)} spaces in a line that stand where a paragraph ended"
                self.add(FLAT, gap.start, gap.end, "\n", 0.999, why)
            if gaps:
                self.gaps[i] = gaps
        for split in glued.find(self.lines, sorted(body)):
            sure = 0.995 if split.sure else 0.8
            if self.add(GLUED, split.at, split.at, "\n", sure, split.evidence):
                self.gaps.setdefault(split.line, []).append(flattened.Gap(split.at, split.at))

    def spans(self, body: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The spans of the paragraphs that the lines of a body make."""
        spans: list[tuple[int, int]] = []
        run_on = False
        for i in body:
            line = self.lines[i]
            start = spans.pop()[0] if run_on else line.start
            for gap in self.gaps.get(i, ()):
                spans.append((start, gap.start))
                start = gap.end
            spans.append((start, line.end))
            run_on = i in self.joined
        return tuple(spans)


def _article(draft: Draft, changes: _Changes, titles: Sequence[str]) -> Article:
    return Article(
        draft.start, draft.end, changes.spans(draft.body), tuple(draft.marks), tuple(titles)
    )  # fmt: skip


def _inferred(made: Sequence[Article], others: Sequence[Contents]) -> list[Article]:
    """The articles with what other documents' lists of contents say about them."""
    missing: Mapping[str, list[int]] = {
        kind: [i for i, article in enumerate(made) if article.value(kind) is None]
        for kind in ("date", "source")
    }
    result = list(made)
    for item in contents.infer([a.value("title") for a in made], missing, others):
        article = result[item.article]
        mark = Mark(article.start, article.start, item.kind, item.value, item.origin)
        result[item.article] = replace(article, marks=(*article.marks, mark))
    return result


def _moved(line: Line, article: Article, text: str) -> Finding:
    before = text[line.start : line.end]
    why = "a title that stands alone after an article without one, before the next one's title"
    return Finding(
        line.start, line.end, before, before, ORPHAN, 0.9, why, move_to=article.start
    )  # fmt: skip
