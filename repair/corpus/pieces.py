"""What one shard gives to the files that users read: its lines of `edits.jsonl` and of
`articles.jsonl`, and its records in the format that they came in.

The repair writes the pieces of records while it has their text at hand, and where shards are
done one after the other to the files themselves. They hold for as long as no decision changes
them and for this batch alone: what makes them anew, from the input and the results, is `deliver`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from repair.corpus.lines import encoded, joined
from repair.corpus.rows import Keys, Row
from repair.corpus.store import Entry, Store
from repair.corpus.writers import CHUNK, Columns
from repair.model import Article, Edit
from repair.records import about, article_records, paragraphs_of

NAMES = ("edits", "articles", "documents")
Changed = tuple[str, Sequence[Edit]]  # a text with its edits made, and these
Into = Mapping[str, tuple[Path, int]]  # by the name of a piece the file and the byte to write it to


def piece(store: Store, entry: Entry, name: str) -> Path:
    """Where a piece lies until all are joined."""
    return store.passing / "pieces" / f"{entry.key}.{name}"


def ready(store: Store, entry: Entry) -> bool:
    """Whether the repair has written the pieces of a shard."""
    return piece(store, entry, NAMES[0]).exists()


@contextmanager
def opened(store: Store, entry: Entry, keys: Keys, into: Into | None = None) -> Iterator[Pieces]:
    """The pieces of a shard, to be written."""
    names = NAMES if entry.shard.records else NAMES[:2]
    places = into or {}
    with ExitStack() as stack:
        files = (_file(piece(store, entry, name), places.get(name)) for name in names)
        edits, articles, *rest = map(stack.enter_context, files)
        rows = [Columns(entry.shard.item, file, keys, store.state) for file in rest]
        yield Pieces(edits, articles, rows)
        for columns in rows:
            columns.close()


def _file(own: Path, place: tuple[Path, int] | None) -> BinaryIO:
    """The file of a piece, or another one where it is to be written there."""
    if place is None:
        own.parent.mkdir(parents=True, exist_ok=True)
        return own.open("wb", CHUNK)
    path, end = place
    os.truncate(path, end)  # what a shard left that could not be done
    return path.open("ab", CHUNK)


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
    """The lines about a document's articles: those of `records.article_records`, which turns every
    character into JSON twice, for the text and for its paragraphs. Here it is done once. Most
    short records are one line of which nothing is known, and looked at as that first."""
    if len(articles) == 1 and not final:
        (one,) = articles
        if len(one.body) == 1 and not one.marks and not one.titles:
            ((start, end),) = one.body
            line = row.text[start:end]
            if line and line.strip() == line and "\n" not in line and "\r" not in line:
                try:
                    name, said = orjson.dumps(row.doc_id), orjson.dumps(line)
                    return _BARE % (name, 0, one.start, one.end, said, said)
                except TypeError:  # lone surrogates
                    pass
    lines: list[bytes] = []
    for index, article in enumerate(articles):
        paragraphs = paragraphs_of(row.text, article, final)
        try:
            whole = BREAK.join(paragraphs)
            if whole.count(BREAK) != len(paragraphs) - 1:  # one has it, or there is none
                return joined(article_records(row, articles, final))
            said = orjson.dumps(whole)
            name = orjson.dumps(row.doc_id)
        except TypeError:  # lone surrogates
            return joined(article_records(row, articles, final))
        text, list_of = said.replace(_BREAK, b"\\n"), said.replace(_BREAK, b'","')
        if article.marks or article.titles:
            head, tail = encoded(about(row.doc_id, index, article)).split(_EMPTY)
            lines += head, _SAID % (text, list_of), tail
        else:
            lines.append(_BARE % (name, index, article.start, article.end, text, list_of))
    return b"".join(lines)


BREAK = "\x7f"  # no text has it but by accident, and JSON leaves it as it is
_BREAK = BREAK.encode()
_EMPTY = b'"text":"","paragraphs":[]'
_SAID = b'"text":%b,"paragraphs":[%b]'
_BARE = (  # the line of an article of which nothing is known
    encoded(about("ID", 2, Article(3, 4, ())))
    .replace(b'"ID","index":2', b'%b,"index":%d')
    .replace(b'"start":3,"end":4', b'"start":%d,"end":%d')
    .replace(_EMPTY, _SAID)
)
