"""What users read, `text/`, `documents.*`, `articles.jsonl` and `edits.jsonl`: written each time
from the originals, the journal and the decisions, but for what the repair has written of records.

A worker makes the pieces of a shard, and `joining` puts them in order. For every document
`edits.jsonl` holds exactly the edits that lead from its layer to its repaired text, so that
whoever has that file can take them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from repair import edits as ed
from repair.corpus.collation import findings_of_shard
from repair.corpus.gather import paired
from repair.corpus.inputs import InputError
from repair.corpus.joining import Joint
from repair.corpus.lines import AGAIN, Record, decoded, joined
from repair.corpus.packed import whole
from repair.corpus.pieces import Changed, opened, ready
from repair.corpus.rows import Keys, Row
from repair.corpus.store import Entry, Found, Store, reading
from repair.model import Article, Document
from repair.records import article_of, edit_of, metadata
from repair.report import Totals

# What decisions make of a document: the records of the edits that hold now, or None where
# none of its edits and findings was decided; and what could not be done, as lines.
Decided = tuple[Sequence[Record] | None, Sequence[str]]
Decide = Callable[[Document, Sequence[Record], Sequence[Record]], Decided]
# What the decisions make of each document, if there are any; whether all is undone, so that
# texts without edits are their input's own bytes.
Settled = tuple[Decide | None, bool]
Asked = Mapping[str, Sequence[Record]]  # the findings of a shard by document
BARE = b'"marks":[],'  # of an article's line, where nothing is known of it


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
    joined: bool  # its pieces are written and joined


@dataclass(frozen=True, slots=True)
class Part:
    """What a worker wrote of a shard."""

    totals: Totals
    errors: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()  # documents of files that could not be read again


def deliver(
    store: Store,
    joint: Joint,
    run: Callable[..., Iterator[Any]],
    settled: Callable[[], Settled],
    progress: Callable[[int, int], None] = lambda done, findings: None,
) -> Delivered:
    """Writes the results of the last batch's shards. Those whose pieces are joined are only
    counted: no decision may be about their documents, and `settled` is asked after them.

    To restore is to undo all: a text file without edits gets its input's own bytes, not
    UTF-8. A text file whose input is gone keeps its text, edits and articles as they stand;
    rows are one file together, so for them InputError is raised and nothing of OUT's tables
    changes."""
    said = Delivered()
    keys, early = store.keys(), joint.shards

    def orders() -> Iterator[Order]:
        for number, entry in enumerate(store.shards()):
            done = number < early
            decide, restore = (None, False) if done else settled()
            yield Order(str(store.out), entry, number, keys, decide, restore, done)

    lost: set[str] = set()
    parts = zip(run(written, orders()), store.shards(), strict=True)
    for number, (part, entry) in enumerate(parts):
        if number >= early:
            joint.add(entry)
        said.totals.merge(part.totals)
        said.errors += part.errors
        said.conflicts += part.conflicts
        lost.update(part.lost)
        progress(said.totals.documents, said.totals.asked.count)
    joint.keep(lost)
    decide, _ = settled()
    assert decide is None or not early  # pieces that are joined hold
    said.errors += joint.errors
    return said


def written(order: Order) -> Part:
    """Writes one shard's texts and pieces, unless the repair has written what holds now.
    InputError when a file of records has changed."""
    store = Store(Path(order.out))
    with reading(store.findings, AGAIN):
        asked = _asked(findings_of_shard(store, order.number))
    if order.joined or order.decide is None and ready(store, order.entry):
        return _counted(store, order.entry, asked)
    return _written(store, order, asked)


def _written(store: Store, order: Order, asked: Asked) -> Part:
    totals = Totals()
    errors: list[str] = []
    conflicts: list[str] = []
    lost: list[str] = []
    with opened(store, order.entry, order.keys) as pieces:
        for pairs in paired(store, order.entry, errors, lost):
            rows: list[Row] = []
            articles: list[Sequence[Article]] = []
            changed: dict[int, Changed] = {}
            journal: list[bytes] = []
            for row, found in pairs:
                if found.problem is not None:
                    errors.append(found.problem)
                    continue
                findings = asked.get(row.doc_id, ())
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
                if not order.entry.shard.records:
                    own = order.restore and not made
                    data = whole(row.origin, order.keys.largest) if own else text
                    store.write(store.text / row.origin.output, data, lasting=False)
                if made:
                    changed[len(rows)] = text, made
                rows.append(row)
                articles.append(_articles(found.articles))
                if found.markup and not order.restore:
                    journal.append(found.markup)
                    final = [*decoded(found.markup), *final]
                journal.append(lines)
                totals.held += len(made)
                _add(totals, found, final, findings, row.read)
            pieces.add(rows, articles, changed, b"".join(journal))
    return Part(totals, tuple(errors), tuple(conflicts), tuple(lost))


def _counted(store: Store, entry: Entry, asked: Asked) -> Part:
    """What there is to say of a shard whose pieces are written."""
    totals = Totals()
    errors: list[str] = []
    for batch in store.rows(entry.key):
        sound: list[tuple[str, int, int]] = []
        for found in batch:
            if found.problem is not None:
                errors.append(found.problem)
                continue
            articles = found.articles.count(b"\n")
            if found.edits or found.id in asked or found.articles.count(BARE) < articles:
                final = decoded(found.edits)
                totals.held += len(final)
                _add(totals, found, final, asked.get(found.id, ()))
            else:
                sound.append((found.id, found.characters, articles))
        if sound:
            totals.add_sound(sound)
    return Part(totals, tuple(errors))


def _add(
    totals: Totals,
    found: Found,
    final: Sequence[Record],
    findings: Sequence[Record],
    read: Document | None = None,
) -> None:
    """Counts a document with the records of what holds. `read` is what its bytes were, if it
    had bytes of its own."""
    codec, exact = (read.codec, read.exact) if read else ("utf-8", True)
    about = {"doc_id": found.id, "characters": found.characters, "codec": codec, "exact": exact}
    totals.add(about, final, findings, [metadata(one) for one in _articles(found.articles)])


@lru_cache(512)
def _articles(shapes: bytes) -> list[Article]:
    """The articles of a document. Those of short records look alike."""
    return [article_of(shape) for shape in decoded(shapes)]


def _asked(lines: bytes) -> Asked:
    """The findings of a shard's documents, which come in their order."""
    found = groupby(decoded(lines), key=itemgetter("doc_id"))
    return {doc_id: list(records) for doc_id, records in found}


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

    path = store.file("survey", entry.survey)
    with reading(path, AGAIN):
        ids = pq.read_table(path, columns=["id"]).column("id")
    return doc_id in ids.to_pylist()
