"""What the stages, the pipeline and the queue exchange: frozen dataclasses, and named tuples of
what is made for each record, which cost a third of their time.

Offsets are code points, `end` is exclusive. In what a stage returns they count in the
text that the stage was given; in a `Result` they count in the layer (the original text).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from repair.config import Config


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is safe to apply: `text[start:end] == before` becomes `after`."""

    start: int
    end: int
    before: str
    after: str
    rule: str  # a code of the rule tables; two codes joined by "+" after a merge
    confidence: float  # calibrated probability that `after` is right
    evidence: str = ""  # one sentence that a person can check


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible reading of a finding's span."""

    text: str
    confidence: float
    source: str  # who proposes it: a rule, "model", "document", a witness's doc_id


@dataclass(frozen=True, slots=True)
class WitnessReading:
    """What another version of the article has in this place (its own layer's offsets)."""

    doc_id: str
    start: int
    end: int
    text: str
    provenance: str  # "born-digital", "converted", "ocr" or "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that a person should judge. `after` is the proposal, the first candidate.

    A finding that proposes no change (a flag) has `after == before`.
    It may lie exactly over an applied edit: accepting it takes that edit's place.
    """

    start: int
    end: int
    before: str
    after: str
    rule: str
    confidence: float
    evidence: str = ""
    candidates: tuple[Candidate, ...] = ()
    witnesses: tuple[WitnessReading, ...] = ()
    error_side: str = "unknown"  # this, other, both, none, unknown
    pattern: str = ""  # before→after widened to words; made from both when empty
    move_to: int | None = None  # a move: the span belongs at this offset instead
    kind: str = ""  # overrides the rule's kind (a variant's kind differs case by case)


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact about a span that changes nothing: metadata, a page's contents, a title.

    `value` is the fact, normalised (a date as ISO 8601). `origin` says where a value that
    does not stand in the span comes from; it is empty for what the span itself says.
    """

    start: int
    end: int
    kind: str  # title byline author office source date time section editor contents …
    value: str
    origin: str = ""


class Article(NamedTuple):
    """A span of a document with its metadata and the spans of its body."""

    start: int
    end: int
    body: tuple[tuple[int, int], ...]  # spans of the body's paragraphs, in order
    marks: tuple[Mark, ...] = ()  # at most one of each metadata kind
    titles: tuple[str, ...] = ()  # the page's list of contents, where it has one

    def value(self, kind: str) -> str | None:
        """The metadata of that kind, or None."""
        return next((mark.value for mark in self.marks if mark.kind == kind), None)


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage says about the text it was given; it never returns text."""

    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()
    marks: tuple[Mark, ...] = ()
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """The list of a page's articles that some document of the batch carries."""

    doc_id: str
    titles: tuple[str, ...]
    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """What a pass over the whole batch learnt before any text changes (law 7)."""

    templates: frozenset[str] = frozenset()  # digit-masked lines that a site repeats
    contents: tuple[Contents, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may know beside the text."""

    config: Config
    tables: Tables = field(default_factory=Tables)
    marks: tuple[Mark, ...] = ()  # of the earlier stages, offsets in this stage's text
    doc_id: str = ""


Stage = Callable[[str, Context], StageResult]


def sha256_of(text: str) -> str:
    """The hash of a text that has no bytes of its own: that of its UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Markup:
    """The page that a text was taken out of. Offsets count in its own text."""

    text: str  # the decoded input
    edits: tuple[Edit, ...] = ()  # repairs of its encoding, made before the text was taken out
    marks: tuple[Mark, ...] = ()  # what the page says about its article


class Document(NamedTuple):
    """One input text. `text` is the layer in which all offsets count."""

    doc_id: str
    text: str
    sha256: str  # of the input's bytes
    path: str = ""
    layer: str = "source"
    codec: str = "utf-8"
    exact: bool = True  # text.encode(codec) gives the input's bytes back
    markup: Markup | None = None  # where layer is "extracted"


class Result(NamedTuple):
    """What the pipeline found in one document, in offsets of its layer."""

    document: Document
    text: str  # repaired
    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()
    marks: tuple[Mark, ...] = ()
    articles: tuple[Article, ...] = ()
    stages: Mapping[str, float] = {}  # seconds by stage
