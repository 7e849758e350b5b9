"""What a worker does: the pipeline over one shard, its results as records in OUT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from repair import pipeline
from repair.config import Config
from repair.corpus.inputs import (
    RECORDS,
    Input,
    InputError,
    Shard,
    document_of,
    read_bytes,
    read_text,
    shard_rows,
)
from repair.corpus.markup import informed
from repair.corpus.store import Store
from repair.model import Document, Result, Tables
from repair.records import Record, article_shape, edit_records, finding_records, markup_records


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs to know."""

    shard: Shard
    key: str
    content: str  # the input file's hash when the work was planned
    out: str
    config: Config
    tables: Tables
    id_key: str = "id"
    text_key: str = "text"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: counts for the progress bar, errors for the user."""

    key: str
    documents: int = 0
    characters: int = 0
    findings: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)  # by stage
    errors: tuple[str, ...] = ()


def perform(task: Task) -> Done:
    """Runs one shard. An input that fails is named in the result; nothing is raised."""
    store = Store(Path(task.out))
    errors: list[str] = []
    records: list[Record] = []
    seconds: dict[str, float] = {}
    try:
        for number, document in _documents(task, store, errors):
            try:
                result = informed(pipeline.run(document, task.config, task.tables))
            except Exception as error:  # a defect of ours must not cost the other inputs
                errors.append(
                    str(InputError(document.path, f"{type(error).__name__}: {error}", number))
                )
                continue
            records.append(_record(result))
            for stage, spent in result.stages.items():
                seconds[stage] = seconds.get(stage, 0.0) + spent
        failed_file = errors and task.shard.item.kind not in RECORDS
        if not failed_file:
            store.write_shard(task.key, records)
    except InputError as error:
        errors.append(str(error))
    except OSError as error:
        errors.append(str(InputError(error.filename or task.out, error.strerror or str(error))))
    return Done(
        task.key,
        len(records),
        sum(r["document"]["characters"] for r in records),
        sum(len(r["findings"]) for r in records),
        seconds,
        tuple(errors),
    )


def _documents(
    task: Task, store: Store, errors: list[str]
) -> Iterator[tuple[str, Document]]:  # fmt: skip
    item = task.shard.item
    if item.kind not in RECORDS:
        document = read_text(item, task.config)
        if document.sha256 != task.content:
            raise InputError(item.path, "changed while it was read")
        if not document.exact:
            store.write(store.source / f"{item.name}.bytes", read_bytes(item.path))
        if document.markup is not None:
            store.write(extracted_path(store, item), document.text)
        yield "", document
        return
    for row in shard_rows(task.shard, task.id_key, task.text_key):
        if isinstance(row, InputError):
            errors.append(str(row))
        else:
            yield f"{row.number + 1}", row.document


def _record(result: Result) -> Record:
    return {
        "document": document_record(result.document),
        "markup": markup_records(result.document),
        "edits": edit_records(result),
        "findings": finding_records(result.document, result.findings, result.edits),
        "articles": [article_shape(article) for article in result.articles],
    }


def document_record(document: Document) -> Record:
    """A document without its text."""
    record = asdict(replace(document, markup=None))
    del record["text"], record["markup"]
    return {**record, "characters": len(document.text)}


def extracted_path(store: Store, item: Input) -> Path:
    """Where the text that was taken out of a page is kept."""
    return store.source / f"{item.name}.extracted.txt"


def read_document(store: Store, item: Input, record: Record) -> Document:
    """The document of a record, its text read again from the input or, for a page, from
    what was kept of it. InputError when the input is gone or has changed."""
    document = document_of(read_bytes(item.path), item.doc_id, item.path)
    if document.sha256 != record["sha256"]:
        raise InputError(item.path, "has changed since the batch; run the batch again")
    if record["layer"] == "source":
        return document
    kept = read_bytes(str(extracted_path(store, item))).decode("utf-8", "surrogatepass")
    return replace(document, text=kept, layer="extracted")
