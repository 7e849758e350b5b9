"""The folder OUT: what lies where, written atomically, so that a crash leaves either the
old file or the new one.

`OUT/.repair/` holds what resuming and `apply` need: the files that the survey and the work
left of each shard, named by the hash of all that decides their content, and the list of
the last batch's shards.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from repair.corpus.inputs import InputError
from repair.corpus.lines import AGAIN, Record, loads
from repair.corpus.rows import Keys
from repair.corpus.shards import Shard, shard_of
from repair.model import Contents, Tables

FORMAT = 6  # of what lies in `.repair`; raised whenever older state cannot be read
ENDINGS = {"survey": "parquet", "shards": "arrow", "samples": "bin"}  # of the files of a shard


class StoreError(ValueError):
    """OUT cannot be used: it is no result of a batch, or another process works on it."""


@contextmanager
def reading(path: Path, remedy: str = f"{AGAIN} with --no-resume") -> Iterator[None]:
    """While a file of OUT is read: StoreError where it is gone, or not what was written."""
    try:
        yield
    except (InputError, StoreError):
        raise
    except FileNotFoundError:
        raise StoreError(f"{path}: is gone; {remedy}") from None
    except (ValueError, LookupError, TypeError, OSError, struct.error) as error:
        if isinstance(error, OSError) and error.errno:
            error.filename = error.filename or str(path)
            raise
        raise StoreError(f"{path}: broken ({str(error).splitlines()[0]}); {remedy}") from None


@dataclass(frozen=True, slots=True)
class Entry:
    """One shard of a batch with the names of what was left of it."""

    shard: Shard
    survey: str
    key: str
    content: str  # hash of the shard's bytes when they were surveyed


class Found(NamedTuple):
    """What lies there of a document: the columns of a shard's results. Records are lines of
    JSON in bytes, none is nothing."""

    number: int
    id: str
    sha256: str | None
    characters: int
    markup: bytes
    edits: bytes
    findings: bytes
    articles: bytes
    problem: str | None  # a line for the user: nothing came of the document


class Store:
    """The paths in OUT and how they are read and written."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.state = out / ".repair"
        self.text = out / "text"
        self.source = out / "source"
        self.findings = self.state / "findings.jsonl"
        self.manifest_path = self.state / "manifest.json"
        self.decided = self.state / "applied.json"  # which decisions the text was built with
        self.passing = self.state / "passing"  # gone when a batch ends

    @property
    def queue_url(self) -> str:
        """The review queue's default address."""
        return f"sqlite:///{(self.out / 'queue.db').resolve()}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds OUT for this process; StoreError when another one holds it."""
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(f"{self.out}: another repair process is at work here") from None
            yield

    def write(self, path: Path, data: str | bytes, lasting: bool = True) -> None:
        """Replaces a file in one step. What is not `lasting` may be lost in a power cut:
        the next batch writes it again."""
        with self.draft(path, lasting) as file:
            file.write(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)

    @contextmanager
    def draft(self, path: Path, lasting: bool = True) -> Iterator[BinaryIO]:
        """A file to write that takes the place of `path` when the block ends well."""
        with self.drafts(lasting) as draft:
            yield draft(path)

    @contextmanager
    def drafts(self, lasting: bool = True) -> Iterator[Callable[[Path], BinaryIO]]:
        """Files to write that take the places of the paths when the block ends well: none does
        before each is on the disk, so that one which is full leaves all as they were."""
        made: list[tuple[Path, Path]] = []
        files: list[BinaryIO] = []
        here = self.out

        def opened(path: Path) -> BinaryIO:
            nonlocal here
            here = path
            path.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
            draft = path.with_name(f".{digest}.draft")
            made.append((path, draft))  # first: Ctrl-C may come between
            files.append(draft.open("wb"))
            return files[-1]

        try:
            yield opened
            for (path, _), file in zip(made, files, strict=True):
                here = path
                file.flush()
                if lasting:
                    os.fsync(file.fileno())
                file.close()
            for path, draft in made:
                here = path
                draft.replace(path)
        except BaseException as error:
            for file in files:
                with suppress(OSError):
                    file.close()
            for _, draft in made:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno and not error.filename:
                error.filename = str(here)  # a full disk does not say where
            raise

    def file(self, what: str, key: str) -> Path:
        """The file of a shard: its `survey`, its `shards` (results), its `samples`."""
        return self.state / what / key[:2] / f"{key}.{ENDINGS[what]}"

    def rows(self, key: str) -> Iterator[list[Found]]:
        """The results of a shard, a document each, neighbours together."""
        for batch in self.results(key):
            columns = (batch.column(name).to_pylist() for name in Found._fields)
            yield list(map(partial(tuple.__new__, Found), zip(*columns, strict=True)))

    def results(self, key: str, *columns: str) -> Iterator[Any]:
        """The results of a shard as the record batches that lie there; with `columns`, only
        these are unpacked."""
        import pyarrow as pa

        fields = list(map(Found._fields.index, columns))
        options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        path = self.file("shards", key)
        with (
            reading(path),
            pa.memory_map(str(path)) as source,
            pa.ipc.open_stream(source, options=options) as stream,
        ):
            yield from stream

    def write_manifest(self, manifest: dict[str, Any], shards: Path) -> None:
        """How the last batch read its inputs, with the list of its shards, which is moved
        here: both in one step."""
        with shards.open("rb") as file:
            name = f"shards.{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}.jsonl"
        shards.replace(self.state / name)
        manifest = {"format": FORMAT, **manifest, "shards": name}
        self.write(self.manifest_path, json.dumps(manifest, indent=1))

    def manifest(self) -> dict[str, Any]:
        """How the last batch read its inputs; StoreError when there was none."""
        if not self.manifest_path.exists():
            raise StoreError(f"{self.out}: no batch was written here")
        with reading(self.manifest_path, AGAIN):
            value: dict[str, Any] = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        if value.get("format") != FORMAT:
            raise StoreError(f"{self.out}: written by another version; {AGAIN}")
        return value

    def finish(self) -> None:
        """Says in the manifest how many shards were completed: the findings of all lie there."""
        finished = {**self.manifest(), "completed": sum(1 for _ in self.shards())}
        self.write(self.manifest_path, json.dumps(finished, indent=1))

    def whole(self) -> None:
        """StoreError unless all is there that the last batch has left for `apply`."""
        completed = self.manifest().get("completed")
        if completed is None:
            raise StoreError(f"{self.out}: a batch that began here has not ended; {AGAIN}")
        if lost := completed - sum(1 for _ in self.shards()):
            results = self.state / "shards"
            raise StoreError(f"{results}: {lost} of {completed} files are gone; {AGAIN}")
        index = self.findings.with_suffix(".index")
        with reading(index, AGAIN):
            ends = struct.unpack(f"<{completed + 1}Q", index.read_bytes())
        with reading(self.findings, AGAIN):
            if ends[-1] != self.findings.stat().st_size:
                raise ValueError("of another size")

    def keys(self) -> Keys:
        """Where the last batch found id and text."""
        manifest = self.manifest()
        return Keys(manifest["id_key"], manifest["text_key"], manifest["largest"])

    def shards(self) -> Iterator[Entry]:
        """The shards of the last batch that were completed."""
        for entry in entries(self.state / str(self.manifest()["shards"])):
            if self.file("shards", entry.key).exists():
                yield entry


def entries(path: Path) -> Iterator[Entry]:
    """The shards of a list."""
    with reading(path, AGAIN):
        for record in loads(path):
            yield Entry(shard_of(record), record["survey"], record["key"], record["content"])


def entry_record(entry: Entry) -> Record:
    """A shard as a line of a list."""
    named = {"survey": entry.survey, "key": entry.key, "content": entry.content}
    return {**entry.shard.entry(), **named}


def named(*parts: Any) -> str:
    """The hash of all that decides the content of a file of a shard."""
    plain = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def tables_record(tables: Tables) -> dict[str, Any]:
    """The tables as they are kept in `OUT/tables.json`, with their hash."""
    plain = {
        "templates": sorted(tables.templates),
        "contents": [asdict(c) for c in sorted(tables.contents, key=lambda c: c.doc_id)],
    }
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    return {"sha256": digest, **plain}


def tables_of(record: dict[str, Any]) -> Tables:
    """The tables of `OUT/tables.json`."""
    contents = tuple(Contents(**{**c, "titles": tuple(c["titles"])}) for c in record["contents"])
    return Tables(frozenset(record["templates"]), contents)
