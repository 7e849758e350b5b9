"""The phase after the documents: versions are compared, and the findings of all made one.

It reads what the shards left and can run again alone; it changes no text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from repair import edits as ed
from repair import phrases, pipeline
from repair.config import Config
from repair.corpus.deliver import documents
from repair.corpus.store import Store
from repair.model import Document, Edit, Finding, Result
from repair.records import Record, article_of, edit_of, finding_of, finding_records, line
from repair.spans import covers, meeting


def collate_all(
    store: Store, reference: frozenset[str], config: Config, id_key: str, text_key: str
) -> list[Record]:
    """All findings of the batch, those of the collation among them, sorted by place; also
    written to `.repair/findings.jsonl`."""
    results: list[Result] = []
    for shard, key in store.shards():
        for document, _, record in documents(store, shard, key, id_key, text_key):
            results.append(_result(document, record))
    variants: dict[str, list[Finding]] = defaultdict(list)
    versions: list[Record] = []
    if "collate" in config.stages:
        from repair.collate import collated

        said = collated(results, reference)
        variants |= said.findings
        versions = said.versions
    records: list[Record] = []
    for result in results:
        found = [f for f in variants[result.document.doc_id] if config.runs(f.rule)]
        found = phrases.wanted(result.document.text, found, config.phrases)
        records += merged(result, found)
    store.write_lines(store.state / "findings.jsonl", map(line, records))
    store.write_lines(store.out / "versions.jsonl", map(line, versions))
    return records


def merged(result: Result, variants: list[Finding]) -> list[Record]:
    """The findings of a document and of its comparison with others, without overlaps.

    A variant knows more than what one version alone shows, so it comes first; over an
    edit it takes that edit's whole span."""
    widened = [_over(result.document, result.edits, v) for v in variants]
    findings = pipeline.settle(pipeline.settle([], widened), result.findings)
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


def _result(document: Document, record: Record) -> Result:
    journal = tuple(edit_of(r) for r in record["edits"])
    return Result(
        document,
        ed.apply(document.text, journal),
        journal,
        tuple(finding_of(r) for r in record["findings"]),
        (),
        tuple(article_of(shape) for shape in record["articles"]),
    )
