"""The one place that writes what users read: `text/`, `documents.*`, `articles.jsonl` and
`edits.jsonl`, each time from the originals, the journal and the decisions.

A worker makes the pieces of a shard, and the pieces are joined in order. For every document
`edits.jsonl` holds exactly the edits that lead from its layer to its repaired text, so that
whoever has that file can take them back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from repair import edits as ed
from repair.corpus.collation import findings_of_shard
from repair.corpus.gather import paired
from repair.corpus.inputs import InputError
from repair.corpus.lines import Record, decoded, joined, loads
from repair.corpus.packed import whole
from repair.corpus.rows import Keys
from repair.corpus.store import Entry, Store
from repair.corpus.writers import CHUNK, OUTPUTS, Piece, Table, copy
from repair.model import Article, Document
from repair.records import article_of, article_records, edit_of
from repair.report import Totals

# What decisions make of a document: the records of the edits that hold now, or None where
# none of its edits and findings was decided; and what could not be done, as lines.
Decided = tuple[Sequence[Record] | None, Sequence[str]]
Decide = Callable[[Document, Sequence[Record], Sequence[Record]], Decided]


@dataclass(slots=True)
class Delivered:
    """What was written."""

    totals: Totals = field(default_factory=Totals)
    errors: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)  # decisions that were not carried out


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker needs to know to write a shard."""

    out: str
    entry: Entry
    number: int  # of the shard
    keys: Keys
    decide: Decide | None
    restore: bool
    pieces: str  # folder


@dataclass(frozen=True, slots=True)
class Part:
    """What a worker wrote of a shard."""

    number: int
    totals: Totals
    errors: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # documents of files that could not be read again


NAMES = ("edits", "articles", "documents")


def deliver(
    store: Store,
    run: Callable[..., Iterator[Any]],
    decide: Decide | None = None,
    restore: bool = False,
    progress: Callable[[int, int], None] = lambda done, findings: None,
) -> Delivered:
    """Writes the results of the last batch's shards.

    With `restore`, a text file without edits gets its input's own bytes, not UTF-8. A text
    file whose input is gone keeps its text, edits and articles as they stand; rows are one
    file together, so for them InputError is raised and nothing of OUT's tables changes."""
    said = Delivered()
    folder = store.passing / "pieces"
    folder.mkdir(parents=True, exist_ok=True)
    keys = store.keys()
    orders = (
        Order(str(store.out), entry, number, keys, decide, restore, str(folder))
        for number, entry in enumerate(store.shards())
    )
    with ExitStack() as stack:
        edits = stack.enter_context(store.draft(store.out / "edits.jsonl"))
        articles = stack.enter_context(store.draft(store.out / "articles.jsonl"))
        tables: dict[str, Table] = {}
        lost: set[str] = set()
        entries = store.shards()
        for part in run(written, orders):
            item = next(entries).shard.item
            for name, target in (("edits", edits), ("articles", articles)):
                with _piece(folder, part.number, name).open("rb") as file:
                    copy(file, target)
            if (piece := _piece(folder, part.number, "documents")).exists():
                output = OUTPUTS[item.kind]
                if output not in tables:
                    draft = stack.enter_context(store.draft(store.out / output))
                    tables[output] = Table(item.kind, draft)
                    stack.callback(tables[output].close)
                try:
                    tables[output].add(item, piece, store.state)
                except InputError as error:
                    said.errors.append(str(error))
            for name in NAMES:
                _piece(folder, part.number, name).unlink(missing_ok=True)
            said.totals.merge(part.totals)
            said.errors += part.errors
            said.conflicts += part.conflicts
            lost.update(part.lost)
            progress(said.totals.documents, said.totals.asked.count)
        if lost:
            edits.writelines(_kept(store.out / "edits.jsonl", lost))
            articles.writelines(_kept(store.out / "articles.jsonl", lost))
    return said


def _piece(folder: Path, number: int, name: str) -> Path:
    return folder / f"{number}.{name}"


def _kept(path: Path, doc_ids: Collection[str]) -> Iterator[bytes]:
    """The lines about these documents as they stand."""
    if path.exists():
        yield from (joined([r]) for r in loads(path) if r["doc_id"] in doc_ids)


def written(order: Order) -> Part:
    """Writes one shard's texts and pieces. InputError when a file of records has changed."""
    store, shard = Store(Path(order.out)), order.entry.shard
    totals = Totals()
    errors: list[str] = []
    conflicts: list[str] = []
    lost: list[str] = []
    asked = _Asked(findings_of_shard(store, order.number))
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(
                _piece(Path(order.pieces), order.number, name).open("wb", CHUNK)
            )
            for name in (NAMES if shard.records else NAMES[:2])
        }
        edits, articles = files["edits"], files["articles"]
        rows = None
        if shard.records:
            rows = Piece(shard.item, files["documents"], order.keys, store.state)
        for row, found in chain.from_iterable(paired(store, order.entry, errors, lost)):
            if found.problem is not None:
                errors.append(str(InputError(row.path, found.problem)))
                continue
            findings = asked.of(row.doc_id)
            final: Sequence[Record] = decoded(found.edits)
            lines = found.edits
            if order.decide is not None:
                decided, undone = order.decide(row.document, final, findings)
                conflicts += undone
                if decided is not None:
                    final, lines = decided, joined(decided)
            made = [edit_of(record) for record in final]
            try:
                text = ed.apply(row.text, made) if made else row.text
            except ed.EditError as error:
                errors.append(str(InputError(row.path, str(error))))
                lost.append(row.doc_id)
                continue
            if rows is not None:
                rows.add(row.origin, row.text, text)
            elif order.restore and not made:
                data = whole(row.origin, order.keys.largest)
                store.write(store.text / row.origin.output, data, lasting=False)
            else:
                store.write(store.text / row.origin.output, text, lasting=False)
            if found.markup and not order.restore:
                edits.write(found.markup)
                final = [*decoded(found.markup), *final]
            edits.write(lines)
            records = article_records(row, _articles(found.articles), made)
            articles.write(joined(records))
            totals.held += len(made)
            codec, exact = (row.read.codec, row.read.exact) if row.read else ("utf-8", True)
            about = {
                "doc_id": row.doc_id,
                "characters": found.characters,
                "codec": codec,
                "exact": exact,
            }
            totals.add(about, final, findings, records)
        if rows is not None:
            rows.close()
    return Part(order.number, totals, tuple(errors), tuple(conflicts), tuple(lost))


@lru_cache(512)
def _articles(shapes: bytes) -> list[Article]:
    """The articles of a document. Those of short records look alike."""
    return [article_of(shape) for shape in decoded(shapes)]


class _Asked:
    """The findings of a shard's documents, which come in their order."""

    def __init__(self, lines: bytes) -> None:
        self._rest = iter(decoded(lines))
        self._next = next(self._rest, None)

    def of(self, doc_id: str) -> list[Record]:
        """Those of the next document."""
        found: list[Record] = []
        while self._next is not None and self._next["doc_id"] == doc_id:
            found.append(self._next)
            self._next = next(self._rest, None)
        return found


def original(store: Store, doc_id: str) -> tuple[Document, list[Record]]:
    """A document and its journal, for showing; KeyError when OUT has none such."""
    for entry in store.shards():
        if _has(store, entry, doc_id):
            for row, found in chain.from_iterable(paired(store, entry)):
                if row.doc_id == doc_id:
                    return row.document, decoded(found.edits)
    raise KeyError(doc_id)


def _has(store: Store, entry: Entry, doc_id: str) -> bool:
    import pyarrow.parquet as pq

    ids = pq.read_table(store.file("survey", entry.survey), columns=["id"]).column("id")
    return doc_id in ids.to_pylist()
