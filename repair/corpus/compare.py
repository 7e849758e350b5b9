"""What a worker does with groups of versions: it compares the articles of each and gives
the findings of the documents that have any from it, merged with their own."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repair import edits as ed
from repair import phrases
from repair.config import Config
from repair.corpus.inputs import plain
from repair.corpus.lines import decoded, encoded, joined
from repair.corpus.store import Found
from repair.model import Document, Edit, Finding, Result
from repair.records import Record, article_of, edit_of, finding_of, finding_records
from repair.settling import settle
from repair.spans import covers, meeting

if TYPE_CHECKING:
    from repair.collate.match import Pair


@dataclass(frozen=True, slots=True)
class Group:
    """Groups of versions: their documents (by number over all shards, with the file where
    `gather` wrote it, the first byte and the size) and their pairs."""

    config: Config
    documents: list[tuple[int, str, int, int]]
    pairs: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """By the documents' numbers: all findings as lines, and lines of `versions.jsonl`. Of each
    pair that could not be compared a line for the user."""

    documents: int
    findings: list[tuple[int, bytes]]
    versions: list[tuple[int, int, bytes]]
    errors: tuple[str, ...] = ()


def compare(task: Group) -> Said:
    """Compares the versions of each group, those of all groups in one go."""
    from repair.collate.match import Pair

    results: dict[int, Result] = {}
    trusted: set[str] = set()
    for at, path, start, size in task.documents:
        with Path(path).open("rb") as file:
            file.seek(start)
            document, trust, row = pickle.loads(file.read(size))
        results[at] = _result(document, row)
        if trust:
            trusted.add(document.doc_id)
    pairs = [
        Pair(
            f"{results[one].document.doc_id}\0{first}", f"{results[two].document.doc_id}\0{second}",
            shared, round(part, 4), round(cover, 4),
        )
        for one, first, two, second, shared, part, cover in task.pairs
        if one in results and two in results  # else its input has changed meanwhile
    ]  # fmt: skip
    return _compared(results, frozenset(trusted), pairs, task.config)


def _compared(
    results: Mapping[int, Result], trusted: frozenset[str], pairs: Sequence[Pair], config: Config
) -> Said:
    """What the comparison says. A defect of ours must not cost the other ones: where one comes
    up, each pair is compared by itself, and those in which it does are named and left out."""
    try:
        return _said(results, trusted, pairs, config)
    except Exception as error:
        if len(pairs) < 2:
            return Said(len(results), [], [], tuple(_failed(pair, error) for pair in pairs))
        places = {result.document.doc_id: at for at, result in results.items()}
        errors: list[str] = []
        sound: list[Pair] = []
        for pair in pairs:
            both = {places[name]: results[places[name]] for name in _names(pair)}
            wrong = _compared(both, trusted, [pair], config).errors
            errors += wrong
            sound += [] if wrong else [pair]
        if len(sound) < len(pairs):
            rest = _compared(results, trusted, sound, config)
        else:  # only together
            rest = Said(len(results), [], [], tuple(_failed(pair, error) for pair in pairs))
        return replace(rest, errors=(*errors, *rest.errors))


def _names(pair: Pair) -> tuple[str, str]:
    """The documents of a pair of articles."""
    return pair.a.rpartition("\0")[0], pair.b.rpartition("\0")[0]


def _failed(pair: Pair, error: Exception) -> str:
    one, two = map(plain, _names(pair))
    return f"{one} and {two}: not compared: {type(error).__name__}: {plain(str(error))}"


def _said(
    results: Mapping[int, Result], trusted: frozenset[str], pairs: Sequence[Pair], config: Config
) -> Said:
    from repair.collate import collated

    places = {result.document.doc_id: at for at, result in results.items()}
    found = collated(list(results.values()), trusted, pairs, config)
    said = Said(len(results), [], [])
    for at, result in results.items():
        of_document = found.findings.get(result.document.doc_id, [])
        variants = [f for f in of_document if config.runs(f.rule)]
        variants = phrases.wanted(result.document.text, variants, config.phrases)
        if variants:
            said.findings.append((at, joined(merged(result, variants))))
    for line in found.versions:
        said.versions.append((places[line["doc_id"]], line["index"], encoded(line)))
    return said


def merged(result: Result, variants: list[Finding]) -> list[Record]:
    """The findings of a document and of its comparison with others, without overlaps.

    A variant knows more than what one version alone shows, so it comes first; over an
    edit it takes that edit's whole span."""
    widened = [_over(result.document, result.edits, v) for v in variants]
    findings = settle(settle([], widened), result.findings)
    journal = list(result.edits)
    kept = [f for f in findings if _whole(journal, f)]
    return finding_records(result.document, kept, journal)


def _over(document: Document, journal: tuple[Edit, ...], finding: Finding) -> Finding:
    """The finding widened so that it covers whole each edit that it meets."""
    met = meeting(journal, finding.start, finding.end)
    if not met:
        return finding
    start = min(finding.start, met[0].start)
    end = max(finding.end, met[-1].end)
    text = document.text

    def around(middle: str) -> str:
        return text[start : finding.start] + middle + text[finding.end : end]

    return replace(
        finding,
        start=start,
        end=end,
        before=text[start:end],
        after=around(finding.after),
        candidates=tuple(replace(c, text=around(c.text)) for c in finding.candidates),
    )


def _whole(journal: list[Edit], finding: Finding) -> bool:
    """Whether the finding lies over one edit at most, and over the whole of it."""
    met = meeting(journal, finding.start, finding.end)
    return len(met) <= 1 and all(covers(finding, edit) for edit in met)


def _result(document: Document, found: Found) -> Result:
    """The result of a document from what its shard keeps of it."""
    journal = tuple(edit_of(r) for r in decoded(found.edits))
    return Result(
        document,
        ed.apply(document.text, journal),
        journal,
        tuple(finding_of(r) for r in decoded(found.findings)),
        (),
        tuple(article_of(shape) for shape in decoded(found.articles)),
    )
