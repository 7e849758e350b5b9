"""The files of OUT that hold all documents, `edits.jsonl`, `articles.jsonl` and `documents.*`:
the pieces of the shards, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from repair.corpus.inputs import InputError
from repair.corpus.lines import joined, loads
from repair.corpus.pieces import NAMES, Into, piece, ready
from repair.corpus.store import Entry, Store
from repair.corpus.writers import OUTPUTS, Table, copy

LINES = {"edits": "edits.jsonl", "articles": "articles.jsonl"}  # by the name of the piece


@contextmanager
def joining(store: Store) -> Iterator[Joint]:
    """The files, to be written: they take the place of what stands in OUT when the block ends
    well."""
    with store.drafts() as draft, ExitStack() as stack:
        joint = Joint(store, draft, stack)
        yield joint
        joint.end()


class Joint:
    """The files while pieces are joined to them: those that the repair writes while it goes on,
    unless decisions may change them, and the others as `deliver` makes them."""

    def __init__(self, store: Store, draft: Callable[[Path], BinaryIO], stack: ExitStack) -> None:
        self._store, self._made, self._stack = store, draft, stack
        self._files: list[BinaryIO] = []
        self._lines = {name: self._draft(file) for name, file in LINES.items()}
        self._tables: dict[str, tuple[Table, BinaryIO]] = {}
        self._early = not store.decided.exists()  # nothing was ever decided here
        self._into = ""  # the shard whose pieces are written here
        self.shards = 0  # joined so far: the first ones of those that are completed
        self.errors: list[str] = []

    def _draft(self, name: str) -> BinaryIO:
        self._files.append(self._made(self._store.out / name))
        return self._files[-1]

    def into(self, entry: Entry) -> Into | None:
        """Where the pieces of a shard belong that is done when all before it are joined, and
        followed before another one is: they need not be written twice."""
        kind = entry.shard.item.kind
        if not self._early or kind != "jsonl":
            return None
        self._into = entry.key
        files = {**self._lines, "documents": self._table(kind)[1]}
        for file in files.values():
            file.flush()
        return {name: (Path(file.name), file.tell()) for name, file in files.items()}

    def follow(self, entry: Entry) -> None:
        """Joins a shard as soon as it is completed, if all before it are joined and it has its
        pieces: an earlier batch leaves none, and the repair none of files."""
        if self._early and self._store.file("shards", entry.key).exists():
            self._early = self._into == entry.key or ready(self._store, entry)
            if self._early:
                self.add(entry)

    def _table(self, kind: str) -> tuple[Table, BinaryIO]:
        """The file of all records of a kind."""
        output = OUTPUTS[kind]
        if output not in self._tables:
            file = self._draft(output)
            self._tables[output] = Table(kind, file), file
            self._stack.callback(self._tables[output][0].close)
        return self._tables[output]

    def add(self, entry: Entry) -> None:
        """Joins the pieces of the next shard."""
        store, item = self._store, entry.shard.item
        self.shards += 1
        if self._into == entry.key:
            for draft in self._files:
                draft.seek(0, os.SEEK_END)
        else:
            for name, target in self._lines.items():
                with piece(store, entry, name).open("rb") as file:
                    copy(file, target)
            if (rows := piece(store, entry, "documents")).exists():
                try:
                    self._table(item.kind)[0].add(item, rows, store.state)
                except InputError as error:
                    self.errors.append(str(error))
            for name in NAMES:
                piece(store, entry, name).unlink(missing_ok=True)
        for draft in self._files:
            draft.flush()
            if hasattr(os, "posix_fadvise"):  # the disk begins, so that nobody waits at the end
                os.posix_fadvise(draft.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def end(self) -> None:
        """Nothing stands behind what was joined, as of a shard that could not be done."""
        for draft in self._files:
            draft.truncate()

    def keep(self, doc_ids: Collection[str]) -> None:
        """Joins the lines about these documents that stand in OUT."""
        for name, target in self._lines.items():
            path = self._store.out / LINES[name]
            if doc_ids and path.exists():
                target.writelines(joined([r]) for r in loads(path) if r["doc_id"] in doc_ids)
