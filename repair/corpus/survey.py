"""The first pass over a shard: which documents it has, what is wrong with its input, the
text that lies in markup, and what the documents say about the batch's tables.

It leaves one Parquet file a shard, named by the hash of all that decides it, so that an
input that has not changed is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from repair.columns import array, binary, lists, numbers, strings
from repair.config import Config
from repair.corpus.inputs import InputError, defect
from repair.corpus.lines import AGAIN, joined
from repair.corpus.reading import Kept, content, surveyed
from repair.corpus.rows import Keys, Row
from repair.corpus.shards import Shard
from repair.corpus.store import Store, named, reading
from repair.model import Mark

HELD = 2048  # rows of the file in memory together
ROOM = 1 << 31  # characters of a shard: each may take two of the 2^32 places of its sample
SHOWN = 100  # errors of one shard that are told one by one


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker needs to know to survey a shard."""

    shard: Shard
    out: str
    keys: Keys
    config: Config
    setting: str  # hash of the configuration, the version and the rules


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a shard holds."""

    shard: Shard
    key: str = ""  # empty where nothing could be read
    content: str = ""
    documents: int = 0
    errors: tuple[str, ...] = ()


def survey(task: Look) -> Surveyed:
    """Surveys one shard. What is wrong with its input stands in the result."""
    store, shard = Store(Path(task.out)), task.shard
    try:
        bytes_hash = content(shard, store.state)
        names = [(item.path if shard.records else "", item.name, item.kind) for item in shard.items]
        key = named(names, shard.start, shard.end, shard.first, bytes_hash, task.setting)
        path = store.file("survey", key)
        about = _about(path)
        if about is None:
            _write(store, path, task)
            about = _about(path) or {}
        return Surveyed(shard, key, bytes_hash, about["documents"], tuple(about["errors"]))
    except InputError as error:
        return Surveyed(shard, errors=(str(error),))
    except OSError as error:
        place = error.filename or task.out
        return Surveyed(shard, errors=(str(InputError(place, error.strerror or str(error))),))
    except Exception as error:
        return Surveyed(shard, errors=(str(defect(shard.item.path, error)),))


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        {
            "number": pa.int32(),
            "id": pa.string(),
            "output": pa.string(),
            "characters": pa.int64(),
            "layer": pa.large_binary(),  # text taken out of markup
            "marks": pa.large_binary(),
            "markup": pa.large_binary(),  # records of the repairs of the markup
            "edge": pa.list_(pa.binary()),
            "middle": pa.list_(pa.binary()),
            "body": pa.list_(pa.uint32()),
            "contents": pa.binary(),
        }
    )


def _write(store: Store, path: Path, task: Look) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    errors: list[str] = []
    counts = {"documents": 0, "unnamed": 0}
    schema = _schema()
    plain = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}
    with store.draft(path) as file, pq.ParquetWriter(file, schema, **plain) as writer:
        for rows in _rows(task, store, errors, counts):
            writer.write_batch(pa.record_batch(_columns(task, rows), schema=schema))
        if counts["unnamed"]:
            errors.append(
                str(InputError(task.shard.item.path, f"{counts['unnamed']} more such errors"))
            )
        about = json.dumps({**counts, "errors": errors})
        writer.add_key_value_metadata({"survey": about})


def _rows(
    task: Look, store: Store, errors: list[str], counts: dict[str, int]
) -> Iterator[list[Row]]:
    """The documents; what is none goes to the errors. InputError for more than a shard can have."""
    room = ROOM
    for read in surveyed(task.shard, task.keys, store.state, task.config):
        rows = [row for row in read if isinstance(row, Row)]
        counts["documents"] += len(rows)
        if len(rows) < len(read):
            for row in read:
                if isinstance(row, InputError):
                    if len(errors) < SHOWN:
                        errors.append(str(row))
                    else:
                        counts["unnamed"] += 1
        if task.shard.item.kind == "parquet":  # other shards are cut where they grow large
            room -= sum([len(row.text) for row in rows])
            if room < 0:
                what = f"a row group of more than {ROOM:,} characters; write smaller ones"
                raise InputError(task.shard.item.path, what)
        if rows:
            yield rows


def _columns(task: Look, rows: Sequence[Row]) -> list[Any]:
    """The columns of the file for some documents."""
    import pyarrow as pa

    size = len(rows)
    places, _, _, names, texts, _, reads, _ = zip(*rows, strict=True)
    if task.shard.records:
        outputs = pa.nulls(size, pa.string())
    else:
        outputs = strings([_utf8(task.shard.items[place].output) for place in places])
    taken = [_taken(row) for row in rows] if any(reads) else []
    return [
        numbers(places, "int32"),
        strings(names),
        outputs,
        numbers(map(len, texts), "int64"),
        *(binary([of[n] for of in taken] or [None] * size, large=True) for n in range(3)),
        *_learnt(task, names, texts),
    ]


def _taken(row: Row) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Of a document that was taken out of markup: the text, what the markup says, and what
    was repaired there."""
    document = row.read
    if document is None or document.markup is None:
        return None, None, None
    from repair.records import markup_records

    marks = [(m.start, m.end, m.kind, m.value, m.origin) for m in document.markup.marks]
    layer = document.text.encode("utf-8", "surrogatepass")
    return layer, json.dumps(marks).encode(), joined(markup_records(document))


def _learnt(task: Look, names: Sequence[str], texts: Sequence[str]) -> list[Any]:
    """What the documents say about the tables of the batch, if a stage wants any."""
    import pyarrow as pa

    if not {"residue", "layout"} & set(task.config.stages):
        kinds = (field.type for field in _schema())
        return [pa.nulls(len(names), kind) for kind in list(kinds)[-4:]]
    from repair.residue import tables

    edges, inner, (bodies, sizes), contents = tables.columns(names, texts)
    lists_said = [None if said is None else json.dumps(asdict(said)).encode() for said in contents]
    return [
        *(lists(many, binary(_bytes(lines))) for lines, many in (edges, inner)),
        lists(sizes, array(bodies)),
        binary(lists_said),
    ]


def _bytes(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogatepass") for line in lines]


def _utf8(name: str) -> str:
    """A file's name in valid Unicode; different names stay different."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _about(path: Path) -> dict[str, Any] | None:
    """What a survey left about a shard; None where there is none, or what a disk made of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        value: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[b"survey"])
    except (FileNotFoundError, pa.ArrowInvalid, TypeError):
        return None
    return value


def kept(store: Store, key: str) -> tuple[dict[int, Kept], dict[int, bytes]]:
    """By document number, what was taken out of its markup, and the records of what was
    repaired there; both empty for a shard without markup."""
    import pyarrow.parquet as pq

    found: dict[int, Kept] = {}
    repaired: dict[int, bytes] = {}
    path = store.file("survey", key)
    with reading(path, AGAIN), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(HELD, columns=["number", "layer", "marks", "markup"]):
            if batch.column("layer").null_count == len(batch):
                continue
            for row in batch.to_pylist():
                if row["layer"] is not None:
                    marks = tuple(Mark(*m) for m in json.loads(row["marks"]))
                    text = row["layer"].decode("utf-8", "surrogatepass")
                    found[row["number"]] = Kept(text, marks)
                    repaired[row["number"]] = row["markup"]
    return found, repaired
