"""The stages in order: one document in, one result out. Pure.

Each stage sees the text that the last one left; everything is kept in offsets of the original
(see `settling`).

Most texts need nothing. A stage may tell so of many at once, beside its `stage`, by one of

    def needs(texts: Texts, context: Context) -> NDArray[np.bool_]
    def many(texts: Texts, context: Context) -> dict[int, StageResult]

False promises that `stage` says nothing of that text; the layout stage then has the articles
that its `plain(texts, numbers)` finds, as long as there are no marks. `many` has all that is said
of any.
Beside `needs` a stage may offer to do together what it does of the texts that need it, as

    def each(texts: Sequence[str], contexts: Sequence[Context]) -> list[StageResult]
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, cached_property
from importlib import import_module
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from repair import edits as ed
from repair import scan, settling, views
from repair.config import Config
from repair.model import (
    Article,
    Context,
    Document,
    Edit,
    Finding,
    Mark,
    Result,
    Stage,
    StageResult,
    Tables,
)
from repair.spans import meeting

# Characters of the texts that are looked at in one scan. A scan has fixed costs, some
# milliseconds: all stages take 430 µs a document of 5,000 characters in scans of 250,000, 365 of
# 500,000, 330 of 1,000,000, 315 of 1,500,000 and 310 of 3,000,000.
TOGETHER = 1_500_000
TURNS = 4  # the seeds change in the first and stay as they are in the second

# The order of the work. Each package has one entry, `stage(text, context) -> StageResult`.
ORDER = ("phrases", "encoding", "characters", "residue", "layout", "typos")

# The stages that have nothing more to say of their own output.
SETTLED = frozenset({"layout"})

# The stages whose edits, where they change white space alone, matter to others only in the lines
# that they join.
JOINING = frozenset({"layout"})


def _silent(texts: scan.Texts, some: Sequence[int]) -> list[tuple[Article, ...]]:
    return [()] * len(some)


Texted = TypeVar("Texted", Document, "_Work")


class Gate(NamedTuple):
    """What a stage offers for many texts at once, and what it says of one that needs nothing."""

    needs: Callable[[scan.Texts, Context], NDArray[np.bool_]] | None = None
    many: Callable[[scan.Texts, Context], dict[int, StageResult]] | None = None
    each: Callable[[Sequence[str], Sequence[Context]], list[StageResult]] | None = None
    plain: Callable[[scan.Texts, Sequence[int]], list[tuple[Article, ...]]] = _silent


@cache
def stage(name: str) -> Stage:
    """The entry function of a stage."""
    entry: Stage = import_module(f"repair.{name}").stage
    return entry


@cache
def gate(name: str) -> Gate:
    """How to tell which texts need a stage."""
    module = import_module(f"repair.{name}")
    needs, many, each = (getattr(module, entry, None) for entry in ("needs", "many", "each"))
    return Gate(needs, many, each, getattr(module, "plain", _silent))


def run(document: Document, config: Config | None = None, tables: Tables | None = None) -> Result:
    """Runs the configured stages over one document, again over what they made of it until
    nothing more is sure: what one stage removes can be what another one waited for."""
    return run_many([document], config, tables)[0]


def run_many(
    documents: Iterable[Document], config: Config | None = None, tables: Tables | None = None
) -> list[Result]:
    """`run` of each. What needs nothing costs one look at many documents."""
    context = Context(config or Config(), tables or Tables())
    with _uncollected():
        return list(_results(documents, context))


def _results(documents: Iterable[Document], context: Context) -> Iterator[Result]:
    made: list[Result | _Work] = []
    for chunk in _chunks(documents):
        made += _together(chunk, context)
    _finish([work for work in made if isinstance(work, _Work)], _names(context.config))
    for item in made:
        yield item.result() if isinstance(item, _Work) else item


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles of objects while many are made that have none: of one-paragraph
    records it takes a third of the time."""
    if not gc.isenabled():  # somebody's wish, or another thread's work
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _chunks(items: Iterable[Texted]) -> Iterator[list[Texted]]:
    chunk: list[Texted] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += len(item.text)
        if size >= TOGETHER:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _together(documents: Sequence[Document], context: Context) -> Iterator[Result | _Work]:
    """The results of some documents, whose gates are asked about all of them at once. Those that
    change are left to `_finish`: a look at a few texts costs as much as one at many."""
    names = _names(context.config)
    look = _Look([document.text for document in documents], context)
    needed = np.any([look.odd, *map(look.needs, names)], axis=0)
    works = {n: _Work(documents[n], look, n) for n in np.flatnonzero(needed).tolist()}
    for name in names:
        own = [work for work in works.values() if work.look]
        _step(name, True, own)
        for work in own:
            work.asked += 1
    rest = np.flatnonzero(~needed).tolist()
    plain = iter(look.plain("layout", rest) if "layout" in names else [()] * len(rest))
    for n, document in enumerate(documents):
        if n not in works:
            yield Result(document, document.text, (), (), (), next(plain), look.seconds)
        elif works[n].look:
            yield works[n].result()
        else:
            yield works[n]


def _finish(works: Sequence[_Work], names: Sequence[str]) -> None:
    """The rest of the first turn of documents that changed in it, and further turns."""
    for n, name in enumerate(names):
        _step(name, True, [work for work in works if work.asked <= n])
    for _ in range(TURNS - 1):
        before = [work.text for work in works]
        for name in names:
            _step(name, False, works)
        works = [w for w, text in zip(works, before, strict=True) if w.text is not text]


class _Look:
    """Some texts looked at together: which stages each of them needs."""

    def __init__(self, texts: Sequence[str], context: Context, joints: Sequence[str] = ()) -> None:
        """`joints` are of each text the lines that were joined since it was looked at last."""
        names = _names(context.config)
        for name in names:
            gate(name)  # makes kinds of characters, before the look
        self.texts, self.context = texts, context
        self._joints = _Look(joints, context) if any(joints) else None
        self.seconds: dict[str, float] = {}  # that it took to know, by stage, for each text
        self._needs: dict[str, NDArray[np.bool_]] = {}
        self._said: dict[str, dict[int, StageResult]] = {}

    @property
    def joints(self) -> _Look:
        """The look at the lines that were joined, or this one where none were."""
        return self if self._joints is None else self._joints  # never kept in itself: a cycle

    @cached_property
    def joined(self) -> scan.Texts:
        """The texts as one."""
        return scan.join(self.texts)

    @cached_property
    def odd(self) -> NDArray[np.bool_]:
        """Of which texts some stage has another view."""
        odd, names = np.zeros(len(self.texts), np.bool_), _names(self.context.config)
        if names and _viewed(self.joined.scan.units):
            odd[:] = [any(_view(name, text) != text for name in names) for text in self.texts]
        return odd

    def knows(self, name: str) -> bool:
        """Whether the stage has been asked already."""
        return name in self._needs

    def needs(self, name: str) -> NDArray[np.bool_]:
        """Which of the texts need the stage. It is asked once, when somebody wants to know."""
        if name not in self._needs:
            joined, began = self.joined, time.perf_counter()
            self._needs[name] = self.odd | self._needed(name, joined)
            self.seconds[name] = (time.perf_counter() - began) / len(self.texts)
        return self._needs[name]

    def _needed(self, name: str, joined: scan.Texts) -> NDArray[np.bool_]:
        needs, many, *_ = gate(name)
        if needs:
            return needs(joined, self.context)
        needed = np.full_like(self.odd, many is None)
        if many:
            self._said[name] = many(joined, self.context)
            needed[list(self._said[name])] = True
        return needed

    def plain(self, name: str, some: Sequence[int]) -> list[tuple[Article, ...]]:
        """The articles of some texts that need nothing of a stage."""
        return gate(name).plain(self.joined, some)

    def said(self, name: str, works: Mapping[_Work, int]) -> list[StageResult]:
        """What the stage says of texts that need it, by their places here."""
        kept = self._said.get(name, {})
        new = [work for work, n in works.items() if n not in kept or self.odd[n]]
        made = dict(zip(new, _said(name, new), strict=True))
        return [made[work] if work in made else kept[n] for work, n in works.items()]


def _step(name: str, first: bool, works: Sequence[_Work]) -> None:
    """A stage's turn. No stage looks at a text twice."""
    for look, own in _looks(name, works):
        needed = look.needs(name)
        needing = {w: n for w, n in own.items() if needed[n] or (name == "layout" and w.marks)}
        began = time.perf_counter()
        said = dict(zip(needing, look.said(name, needing), strict=True))
        each = (time.perf_counter() - began) / max(1, len(needing))
        for work in needing:
            work.seconds[name] += each
        rest = [work for work in own if first and work not in said]
        plain = look.plain(name, [own[work] for work in rest])
        said.update((w, StageResult(articles=a)) for w, a in zip(rest, plain, strict=True))
        for work in own:
            began = time.perf_counter()
            work.take(name, first, said.get(work))
            work.seconds[name] += look.seconds[name] + time.perf_counter() - began


def _looks(name: str, works: Iterable[_Work]) -> Iterator[tuple[_Look, dict[_Work, int]]]:
    """Where works that a stage has not seen as they stand are looked at, with their places there.
    A stage that had nothing to say of a text has nothing to say of it with some lines joined, if
    it needs none of these."""
    waiting = [work for work in works if work.seen.get(name) != work.text]
    looks: dict[_Look, dict[_Work, int]] = {}
    for some in _chunks(work for work in waiting if not work.look):
        look = _Look([w.text for w in some], some[0].context, [w.joint for w in some])
        for place, work in enumerate(some):
            work.look, work.place = look, place
    for work in waiting:
        if work.look:
            looks.setdefault(work.look, {})[work] = work.place
    # Those that were asked before first: a stage keeps what it saw until it is asked again.
    for look, own in sorted(looks.items(), key=lambda item: not item[0].knows(name)):
        silent = {work: n for work, n in own.items() if name in work.silent}
        if silent:
            needed = look.joints.needs(name)
            silent = {work: n for work, n in silent.items() if not needed[n]}
            yield look.joints, silent
        loud = {work: n for work, n in own.items() if work not in silent}
        if not silent:
            yield look, own
        elif loud:
            look = _Look([work.text for work in loud], next(iter(loud)).context)
            yield look, {work: n for n, work in enumerate(loud)}


def _names(config: Config) -> tuple[str, ...]:
    """The stages that are configured, in order."""
    return tuple(name for name in ORDER if name in config.stages)


class _Work:
    """A document on its way through the stages; all but `text` in the original's offsets."""

    def __init__(self, document: Document, look: _Look, place: int) -> None:
        self.document = document
        self.look: _Look | None = look  # where the text as it stands was looked at, if it was
        self.place = place  # there
        self.asked = 0  # how many stages, before it changed in its first turn
        self.config = look.context.config
        self.context = replace(look.context, doc_id=document.doc_id)  # of the next stage
        self.text = document.text
        self.seen: dict[str, str] = {}  # the text that each stage has seen last
        self.silent: set[str] = set()  # the stages that said nothing then; now but for
        self.joint = ""  # the lines that were joined since
        self.journal: list[Edit] = []
        self.offsets = ed.OffsetMap(())  # of the journal
        self.findings: list[Finding] = []
        self.marks: list[Mark] = []
        self.articles: tuple[Article, ...] = ()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def result(self) -> Result:
        """What came out so far."""
        return Result(
            self.document,
            self.text,
            tuple(settling.joined(self.journal, self.findings, self.document.text)),
            tuple(self.findings),
            tuple(self.marks),
            self.articles,
            dict(self.seconds),
        )

    def take(self, name: str, first: bool, said: StageResult | None) -> None:
        """What a stage said, None where it had nothing to say. Facts and articles are those of
        the first turn, which sees what is removed later."""
        self.seen[name] = self.text
        if said and (said.edits or said.findings):
            self.silent.discard(name)
        else:
            self.silent.add(name)
            if not (said and first and (said.marks or said.articles)):
                return
        asked, said = said.edits, settling.allowed(said, self.text, self.config)
        offsets = self.offsets
        made = settling.clear(said.edits, offsets, self.findings, self.document.text)
        if made:
            self.journal = ed.compose(self.journal, made)
            self.offsets = ed.OffsetMap(self.journal)
        found = [settling.lifted(finding, offsets) for finding in said.findings]
        kept = settling.uncovered(self.findings, self.journal, self.document.text)
        if not first:  # the same questions again, but for what the turn before laid open
            found = [f for f in found if not meeting(kept, f.start, f.end)]
        self.findings = settling.uncovered(
            settling.settle(kept, found), self.journal, self.document.text
        )
        if first:
            self.marks += map(offsets.mark, said.marks)
            self.articles = self.articles or tuple(map(offsets.article, said.articles))
        if made:
            self.text, self.look = ed.apply(self.text, made), None
            if name in SETTLED and len(made) == len(asked):
                self.seen[name] = self.text
            self.joint = settling.joint(self.text, made) if name in JOINING else ""
            if not self.joint:
                self.silent.clear()
        if self.marks:
            forward = ed.OffsetMap(ed.invert(self.journal))
            self.context = replace(self.context, marks=tuple(map(forward.mark, self.marks)))


def _said(name: str, works: Sequence[_Work]) -> Iterator[StageResult]:
    """What a stage says of its views of the texts."""
    shown = [_view(name, work.text) for work in works]
    contexts = [work.context for work in works]
    each = gate(name).each
    said = each(shown, contexts) if each else map(stage(name), shown, contexts)
    for work, view, result in zip(works, shown, said, strict=True):
        yield result if view == work.text else views.restored(work.text, result)


def _viewed(units: NDArray[np.uint16]) -> bool:
    """Whether there is what makes `_view` show something else. (To search for two characters takes
    four times as long as to look for one.)"""
    links = units[np.flatnonzero(units[:-1] == ord("]")) + 1] == ord("(")
    return bool(links.any() or (units == ord("\r")).any())


def _view(name: str, text: str) -> str:
    """What a stage sees in the text's place."""
    if name != "encoding" and "\r" in text:
        text = views.unified(text)
    return views.shown(text) if name == "residue" and "](" in text else text
