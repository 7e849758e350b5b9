"""What one shard gives to the files that users read: its lines of `edits.jsonl` and of
`articles.jsonl`, and its records in the format that they came in.

The repair writes the pieces of records while it has their text at hand. They hold for as long
as no decision changes them and for this batch alone: what makes them anew, from the input and
the results, is `deliver`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from repair.corpus.lines import joined
from repair.corpus.rows import Keys, Row
from repair.corpus.store import Entry, Store
from repair.corpus.writers import CHUNK, Columns
from repair.model import Article, Document, Edit
from repair.records import article_records

NAMES = ("edits", "articles", "documents")
Changed = tuple[str, Sequence[Edit]]  # a text with its edits made, and these


def piece(store: Store, entry: Entry, name: str) -> Path:
    """Where a piece lies until all are joined."""
    return store.passing / "pieces" / f"{entry.key}.{name}"


def ready(store: Store, entry: Entry) -> bool:
    """Whether the repair has written the pieces of a shard."""
    return piece(store, entry, NAMES[0]).exists()


@contextmanager
def opened(store: Store, entry: Entry, keys: Keys) -> Iterator[Pieces]:
    """The pieces of a shard, to be written."""
    names = NAMES if entry.shard.records else NAMES[:2]
    places = [piece(store, entry, name) for name in names]
    places[0].parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        edits, articles, *rest = (stack.enter_context(at.open("wb", CHUNK)) for at in places)
        rows = [Columns(entry.shard.item, file, keys, store.state) for file in rest]
        yield Pieces(edits, articles, rows)
        for columns in rows:
            columns.close()


class Pieces:
    """The pieces of a shard, while they are written."""

    def __init__(self, edits: BinaryIO, articles: BinaryIO, rows: Sequence[Columns]) -> None:
        self._edits, self._articles, self._rows = edits, articles, rows

    def add(
        self,
        rows: Sequence[Row],
        articles: Iterable[Sequence[Article]],
        changed: Mapping[int, Changed],
        journal: bytes,
    ) -> None:
        """Some documents in their order, and by their place in the list those with edits;
        `journal` are the records of these."""
        for columns in self._rows:
            columns.add(rows, {place: text for place, (text, _) in changed.items()})
        finals: list[Sequence[Edit]] = [()] * len(rows)
        for place, (_, edits) in changed.items():
            finals[place] = edits
        self._articles.writelines(map(_lines, rows, articles, finals))
        self._edits.write(journal)


def _lines(row: Row, articles: Sequence[Article], final: Sequence[Edit]) -> bytes:
    """The lines about a document's articles. Most short records are one line of which nothing
    is known: there is no need to make a record of it."""
    if len(articles) == 1 and not final:
        (one,) = articles
        if len(one.body) == 1 and not one.marks and not one.titles:
            ((start, end),) = one.body
            text = row.text[start:end]
            if text and text.strip() == text and "\n" not in text and "\r" not in text:
                try:
                    name, said = orjson.dumps(row.doc_id), orjson.dumps(text)
                    return _PLAIN % (name, one.start, one.end, said, said)
                except TypeError:  # lone surrogates
                    pass
    return joined(article_records(row, articles, final))


_PLAIN = (
    joined(article_records(Document("ID", "TEXT", ""), [Article(0, 4, ((0, 4),))], ()))
    .replace(b'"ID"', b"%b")
    .replace(b'"TEXT"', b"%b")
    .replace(b'"start":0,"end":4', b'"start":%d,"end":%d')
)
