"""The kernel: record batches in, the same rows repaired out. Engines differ in where they run
it and in nothing else; a Spark or Arrow job of one's own imports `repair_batches`:

    frame.mapInArrow(partial(repair_batches, config=Config()), schema)

Each batch comes back with its columns, the text repaired, and the columns of ADDED: the
edits (which lead from the given text to the repaired one), the findings, the articles and,
where a document could not be worked on, what the problem was; records as lines of JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

from repair import records
from repair.config import Config
from repair.corpus.lines import joined
from repair.model import Document, Mark, Markup, Result, Tables

if TYPE_CHECKING:
    import pyarrow as pa

ADDED = ("edits", "findings", "articles", "problem")
ABOUT = "repair_about"  # what the engine knows of a document beside id and text


def repair_batches(
    batches: Iterable[pa.RecordBatch],
    config: Config | None = None,
    tables: Tables | None = None,
    *,
    id_key: str = "id",
    text_key: str = "text",
    each: Callable[[Result], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """The batches with their texts repaired and the columns of ADDED.

    The text is a string column, or a binary one in UTF-8. `tables` are what was learnt from
    the whole corpus (`OUT/tables.json` of a batch over it, or none). `each` is called with
    every result. ValueError for a column that is missing or has one of the added names."""
    settings, learnt = config or Config(), tables or Tables()
    for batch in batches:
        names = batch.schema.names
        for key in (id_key, text_key):
            if key not in names:
                raise ValueError(f"no column '{key}'")
        for name in ADDED:
            if name in names:
                raise ValueError(f"the column '{name}' has the name of one that is added")
        yield _repaired(batch, settings, learnt, id_key, text_key, each)


def _repaired(
    batch: pa.RecordBatch,
    config: Config,
    tables: Tables,
    id_key: str,
    text_key: str,
    each: Callable[[Result], None] | None,
) -> pa.RecordBatch:
    import pyarrow as pa

    kind = batch.schema.field(text_key).type
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    abouts = batch.column(ABOUT).to_pylist() if ABOUT in batch.schema.names else repeat(None)
    names, given = (batch.column(key).to_pylist() for key in (id_key, text_key))
    rows = list(zip(names, given, abouts, strict=False))
    texts: list[str | bytes | None] = []
    added: dict[str, list[bytes | str | None]] = {name: [] for name in ADDED}
    for text, (result, problem) in zip(given, _results(rows, config, tables), strict=True):
        if result is None:
            texts.append(text)
            lines = (b"", b"", b"")
        else:
            if each:
                each(result)
            sound = result.text is result.document.text
            texts.append(text if sound else _stored(result, binary))
            lines = _columns(result)
        for name, value in zip(ADDED, (*lines, problem), strict=True):
            added[name].append(value)
    columns = {name: batch.column(name) for name in batch.schema.names}
    columns[text_key] = pa.array(texts, kind)
    columns |= {name: pa.array(values, pa.string()) for name, values in added.items()}
    return pa.RecordBatch.from_pydict(columns)


def _columns(result: Result) -> tuple[bytes, bytes, bytes]:
    document = result.document
    return (
        joined(records.edit_records(result)) if result.edits else b"",
        joined(records.finding_records(document, result.findings, result.edits))
        if result.findings
        else b"",
        joined(map(records.article_shape, result.articles)),
    )


def _results(
    rows: Sequence[tuple[Any, Any, bytes | None]], config: Config, tables: Tables
) -> Iterator[tuple[Result | None, str | None]]:
    """What the pipeline makes of each row, or what the problem was. A defect of ours must not
    cost the other rows: where one comes up, each row is worked on by itself."""
    sound = [row for row in rows if row[1] is not None]
    made: list[tuple[Result | None, str | None]]
    try:
        made = [(result, None) for result in _worked(sound, config, tables)]
    except Exception:
        made = [_alone(row, config, tables) for row in sound]
    done = iter(made)
    for row in rows:
        yield (None, "no text") if row[1] is None else next(done)


def _alone(
    row: tuple[Any, Any, bytes | None], config: Config, tables: Tables
) -> tuple[Result | None, str | None]:
    try:
        return _worked([row], config, tables)[0], None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _worked(
    rows: Iterable[tuple[Any, Any, bytes | None]], config: Config, tables: Tables
) -> list[Result]:
    from repair import pipeline
    from repair.corpus.markup import informed
    from repair.corpus.ocr import told

    documents = [_document(str(name), text, about) for name, text, about in rows]
    results = pipeline.run_many(documents, config, tables)
    return [r if r.document.markup is None else told(informed(r)) for r in results]


def _document(name: str, text: str | bytes, about: bytes | None) -> Document:
    if isinstance(text, bytes):
        data, text = text, text.decode("utf-8", "surrogatepass")
    else:
        data = text.encode("utf-8", "surrogatepass")
    known = _known(about) if about else {"path": name}
    if "sha256" in known:
        return Document(name, text, **known)
    return Document(name, text, hashlib.sha256(data).hexdigest(), **known)


@lru_cache(maxsize=8)
def about(path: str, read: Document | None) -> bytes:
    """What the kernel must know of a document of the engine, for the column ABOUT: the file
    that it comes from and, where it was bytes of its own, what was read there."""
    if read is None:
        return json.dumps({"path": path}).encode("ascii")
    marks = read.markup and [asdict(mark) for mark in read.markup.marks]
    names = ("path", "sha256", "layer", "codec", "exact")
    return json.dumps({name: getattr(read, name) for name in names} | {"marks": marks}).encode()


@lru_cache(maxsize=8)
def _known(about: bytes) -> dict[str, Any]:
    """The fields of a document."""
    known: dict[str, Any] = json.loads(about)
    marks = known.pop("marks", None)
    markup = None if marks is None else Markup("", (), tuple(Mark(**m) for m in marks))
    return known | {"markup": markup}


def _stored(result: Result, binary: bool) -> str | bytes:
    """The repaired text as its column holds it: in bytes, or as a text that UTF-8 can hold."""
    text = result.text.encode("utf-8", "surrogatepass" if binary else "replace")
    return text if binary else text.decode("utf-8")
