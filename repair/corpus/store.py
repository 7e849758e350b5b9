"""The folder OUT: what lies where, written atomically, so that a crash leaves either the
old file or the new one.

`OUT/.repair/` holds what resuming and `apply` need: one file a shard, named by the hash of
all that decides its content, and the manifest that lists the shards of the last batch.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from repair.corpus.inputs import Input, InputError, Shard
from repair.model import Contents, Tables
from repair.records import Record, line

FORMAT = 1  # of what lies in `.repair`; raised whenever older state cannot be read


class StoreError(ValueError):
    """OUT cannot be used: it is no result of a batch, or another process works on it."""


def _bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


class Store:
    """The paths in OUT and how they are read and written."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.state = out / ".repair"
        self.text = out / "text"
        self.source = out / "source"
        self.manifest_path = self.state / "manifest.json"

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

    def write(self, path: Path, data: str | bytes) -> None:
        """Replaces a file in one step."""
        with self.draft(path) as file:
            file.write(_bytes(data))

    def write_lines(self, path: Path, parts: Iterable[str]) -> None:
        """Replaces a file in one step with the parts, one after the other."""
        with self.draft(path) as file:
            for part in parts:
                file.write(_bytes(part))

    @contextmanager
    def draft(self, path: Path) -> Iterator[BinaryIO]:
        """A file to write that takes the place of `path` when the block ends well."""
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
        draft = path.with_name(f".{digest}.draft")
        try:
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException as error:
            draft.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno and not error.filename:
                error.filename = str(path)  # a full disk does not say where
            raise

    def shard_path(self, key: str) -> Path:
        """The file of a shard's results."""
        return self.state / "shards" / key[:2] / f"{key}.jsonl"

    def shard(self, key: str) -> Iterator[Record]:
        """The records of a shard, one a document."""
        with self.shard_path(key).open(encoding="utf-8", errors="surrogatepass") as lines:
            for text in lines:
                yield json.loads(text)

    def write_shard(self, key: str, documents: Iterable[Record]) -> None:
        """Completes a shard: the file appears whole or not at all."""
        self.write_lines(self.shard_path(key), (line(document) for document in documents))

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """The list of what the last batch read and how."""
        manifest = {"format": FORMAT, **manifest}
        # escaped: a name in the file system need not be Unicode
        self.write(self.manifest_path, json.dumps(manifest, indent=1))

    def manifest(self) -> dict[str, Any]:
        """What the last batch read; StoreError when there was none."""
        try:
            text = self.manifest_path.read_text(encoding="utf-8")
            value: dict[str, Any] = json.loads(text)
            if value.get("format") != FORMAT:
                raise StoreError(f"{self.out}: written by another version; run the batch again")
        except FileNotFoundError:
            raise StoreError(f"{self.out}: no batch was written here") from None
        except (OSError, json.JSONDecodeError) as error:
            raise StoreError(f"{self.manifest_path}: {error}") from None
        return value

    def shards(self) -> list[tuple[Shard, str]]:
        """The shards of the last batch that were completed, with their keys."""
        return [
            (_shard(entry), entry["key"])
            for entry in self.manifest()["shards"]
            if self.shard_path(entry["key"]).exists()
        ]


def _shard(entry: dict[str, Any]) -> Shard:
    skip = tuple(entry["skip"])
    return Shard(Input(**entry["item"]), entry["start"], entry["count"], skip)


def shard_entry(shard: Shard, key: str) -> dict[str, Any]:
    """A shard as a line of the manifest. Its path is absolute, so that `apply` and `undo`
    find the input from any folder."""
    entry = {**asdict(shard), "key": key}
    entry["item"]["path"] = str(Path(shard.item.path).absolute())
    return entry


def shard_key(shard: Shard, content: str, setting: str) -> str:
    """The hash of all that decides a shard's content: the input's bytes, the place in it,
    and the setting (version, configuration and tables)."""
    parts = [shard.item.name, shard.item.kind, shard.start, shard.count]
    parts += [shard.skip, content, setting]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def file_hash(path: str) -> str:
    """SHA-256 of a file; InputError when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(path, error.strerror or str(error)) from None


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
