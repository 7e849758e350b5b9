"""The kernel: record batches in, the same rows repaired out. Engines differ in where they run
it and in nothing else; a Spark or Arrow job of one's own imports `repair_batches`:

    frame.mapInArrow(partial(repair_batches, config=Config()), schema)

Each batch comes back with its columns, the text repaired, and the columns of ADDED: the
edits (which lead from the given text to the repaired one), the findings, the articles and,
where a document could not be worked on, what the problem was; records as lines of JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from repair import records
from repair.config import Config
from repair.corpus.lines import encoded, joined
from repair.model import Article, Document, Result, Tables, sha256_of

if TYPE_CHECKING:
    import pyarrow as pa

ADDED = ("edits", "findings", "articles", "problem")
Made = tuple[Result | None, str | None]  # a result, or what the problem was


def repair_batches(
    batches: Iterable[pa.RecordBatch],
    config: Config | None = None,
    tables: Tables | None = None,
    *,
    id_key: str = "id",
    text_key: str = "text",
) -> Iterator[pa.RecordBatch]:
    """The batches with their texts repaired and the columns of ADDED.

    The text is a string column, or a binary one in UTF-8. `tables` are what was learnt from
    the whole corpus (`OUT/tables.json` of a batch over it, or none). ValueError for a column
    that is missing or has one of the added names."""
    settings, learnt = config or Config(), tables or Tables()
    for batch in batches:
        names = batch.schema.names
        for key in (id_key, text_key):
            if key not in names:
                raise ValueError(f"no column '{key}'")
        for name in ADDED:
            if name in names:
                raise ValueError(f"the column '{name}' has the name of one that is added")
        yield _repaired(batch, settings, learnt, id_key, text_key)


def _repaired(
    batch: pa.RecordBatch, config: Config, tables: Tables, id_key: str, text_key: str
) -> pa.RecordBatch:
    import pyarrow as pa

    kind = batch.schema.field(text_key).type
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    names, given = (batch.column(key).to_pylist() for key in (id_key, text_key))
    rows = zip(map(str, names), given, strict=True)
    there = [_document(name, text) for name, text in rows if text is not None]
    made = iter(repaired(there, config, tables))
    texts: list[str | bytes | None] = []
    added: dict[str, list[bytes | str | None]] = {name: [] for name in ADDED}
    for text in given:
        result, problem = (None, "no text") if text is None else next(made)
        if result is None or result.text is result.document.text:
            texts.append(text)
        else:
            texts.append(_stored(result, binary))
        for name, value in zip(ADDED, (*said(result), problem), strict=True):
            added[name].append(value)
    columns = {name: batch.column(name) for name in batch.schema.names}
    columns[text_key] = pa.array(texts, kind)
    columns |= {name: pa.array(values, pa.string()) for name, values in added.items()}
    return pa.RecordBatch.from_pydict(columns)


def repaired(documents: Sequence[Document], config: Config, tables: Tables) -> list[Made]:
    """What the pipeline makes of each document. A defect of ours must not cost the other ones:
    where one comes up, each document is worked on by itself.

    A document that lacks its hash gets it where something was found in it."""
    try:
        return [(result, None) for result in _worked(documents, config, tables)]
    except Exception:
        return [_alone(document, config, tables) for document in documents]


def _alone(document: Document, config: Config, tables: Tables) -> Made:
    try:
        return _worked([document], config, tables)[0], None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _worked(documents: Sequence[Document], config: Config, tables: Tables) -> list[Result]:
    from repair import pipeline

    results = pipeline.run_many(documents, config, tables)
    return [
        _completed(result) if result.edits or result.findings or result.document.markup else result
        for result in results
    ]


def _completed(result: Result) -> Result:
    """The result with the document's hash, and with what was known before of its text."""
    document = result.document
    if not document.sha256:
        named = document._replace(sha256=sha256_of(document.text))
        result = result._replace(document=named)
    if document.markup is None:
        return result
    from repair.corpus.markup import informed
    from repair.corpus.ocr import told

    return told(informed(result))


def said(result: Result | None) -> tuple[bytes, bytes, bytes]:
    """The edits, the findings and the articles of a result, as lines of JSON."""
    if result is None:
        return b"", b"", b""
    document, edits, findings = result.document, result.edits, result.findings
    return (
        joined(records.edit_records(result)) if edits else b"",
        joined(records.finding_records(document, findings, edits)) if findings else b"",
        b"".join(map(_shape, result.articles)),
    )


def _shape(article: Article) -> bytes:
    if len(article.body) > 1 or article.marks or article.titles:
        return encoded(records.article_shape(article))
    return _line(article.start, article.end, article.body)


@lru_cache(4096)
def _line(start: int, end: int, body: tuple[tuple[int, int], ...]) -> bytes:
    """The shape of an article of one line: most short records are one, of a length that others
    have too."""
    return encoded(records.article_shape(Article(start, end, body)))


def _document(name: str, text: str | bytes) -> Document:
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogatepass")
    return Document(name, text, "", name)


def _stored(result: Result, binary: bool) -> str | bytes:
    """The repaired text as its column holds it: in bytes, or as a text that UTF-8 can hold."""
    text = result.text.encode("utf-8", "surrogatepass" if binary else "replace")
    return text if binary else text.decode("utf-8")
