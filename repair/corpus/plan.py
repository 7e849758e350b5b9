"""What a batch has to do: its shards in order, which of their documents, and under which
names their results lie. Nothing here grows with the batch but what is on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from repair import __version__
from repair.config import Config
from repair.corpus import learn
from repair.corpus.engine import Engine
from repair.corpus.inputs import Found, InputError, defect, plain
from repair.corpus.lines import encoded, loads
from repair.corpus.rows import Keys, Row, rows
from repair.corpus.shards import Shard, cut, grouped, shard_of
from repair.corpus.store import (
    FORMAT,
    Entry,
    Store,
    entries,
    entry_record,
    named,
    tables_record,
)
from repair.corpus.survey import SHOWN, Look, Surveyed, survey
from repair.corpus.work import Task


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of the inputs is done: all, the first so many documents, or a sample."""

    limit: int = 0
    sample: int = 0


@dataclass(slots=True)
class Plan:
    """What there is to do."""

    path: Path  # the list of shards
    tables: dict[str, Any]
    small: bool  # FEW documents at most, so that versions of a line or two are sought, too
    documents: int = 0


def shards_of(
    store: Store, found: Found, errors: list[str], progress: Callable[[int], None]
) -> tuple[Path, int]:
    """The list of all shards of the inputs, and the bytes of the inputs."""
    path = store.passing / "inputs.jsonl"
    count = size = 0
    with store.draft(path, lasting=False) as file:
        for whole in grouped(found):
            count += len(whole.items)
            progress(count)
            size += sum(_size(item.path) for item in whole.items)
            try:
                file.writelines(encoded(shard.entry()) for shard in cut(whole, store.state))
            except InputError as error:
                errors.append(str(error))
            except Exception as error:
                errors.append(str(defect(whole.item.path, error)))
    errors += map(str, found.errors)
    if found.errors and not count:
        raise found.errors[0]  # a mistyped path or a disk that is not there must not empty OUT
    return path, size


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def surveyed(
    store: Store,
    shards: Path,
    config: Config,
    keys: Keys,
    scope: Scope,
    engine: Engine,
    errors: list[str],
    progress: Callable[[int], None],
) -> Iterator[Surveyed]:
    """What each shard holds, in order, until the limit of documents is reached."""
    setting = named(
        FORMAT, __version__, code_hash(), config.as_dict(), keys.id, keys.text, keys.largest
    )
    looks = (
        Look(shard_of(record), str(store.out), keys, config, setting) for record in loads(shards)
    )
    seen = 0
    for one in engine.run(survey, looks, _died):
        errors += one.errors
        seen += one.documents
        progress(seen)
        if one.key:
            yield one
        if scope.limit and seen >= scope.limit:
            return


def _died(task: Look) -> Surveyed:
    name = plain(task.shard.item.path)
    return Surveyed(task.shard, errors=(f"{name}: a worker process died here (out of memory?)",))


def planned(
    store: Store,
    looked: Iterator[Surveyed],
    config: Config,
    keys: Keys,
    scope: Scope,
    errors: list[str],
) -> Plan:
    """The list of the shards with the documents to do. InputError for two inputs with one
    output."""
    from repair.collate.match import FEW

    kept = store.passing / "surveyed.jsonl"
    files: list[tuple[int, Path]] = []
    documents = 0
    with store.draft(kept, lasting=False) as file:
        for number, one in enumerate(looked):
            files.append((number, store.file("survey", one.key)))
            record: dict[str, Any] = {
                "survey": one.key,
                "content": one.content,
                "documents": one.documents,
            }
            file.write(encoded({**one.shard.entry(), **record}))
            documents += one.documents
    left_out: dict[int, set[int]] = {}
    count = 0
    with learn.surveyed(store, files) as base:
        if both := learn.same_output(base):
            raise _same_output(kept, *both)
        shown: list[learn.Repeated] = []
        for count, twice in enumerate(learn.repeated(base), 1):
            left_out.setdefault(twice.shard, set()).add(twice.number)
            if count <= SHOWN:
                shown.append(twice)
        errors += _repeated(store, kept, keys, shown)
        if count > SHOWN:
            errors.append(f"{count - SHOWN} more records whose id stands already elsewhere")
        sample = learn.chosen(base, scope.sample) if scope.sample else None
        tables = tables_record(learn.tables(base, files))
    plan = Plan(store.passing / "shards.jsonl", tables, documents <= FEW)
    setting = named(
        FORMAT, __version__, code_hash(), config.as_dict(), tables["sha256"], plan.small
    )
    with store.draft(plan.path) as file:
        for number, record in enumerate(loads(kept)):
            left = scope.limit - plan.documents if scope.limit else None
            numbers = _numbers(
                store, record, left_out.get(number, set()),
                None if sample is None else sample.get(number, set()), left,
            )  # fmt: skip
            if numbers is not None and not numbers:
                continue
            plan.documents += record["documents"] if numbers is None else len(numbers)
            shard = replace(shard_of(record), rows=numbers)
            names = [(item.name, item.kind) for item in shard.items]
            key = named(
                names, shard.start, shard.rows, record["content"], record["survey"], setting
            )
            entry = Entry(shard, record["survey"], key, record["content"])
            file.write(encoded(entry_record(entry)))
    return plan


def _same_output(kept: Path, one: tuple[int, int], two: tuple[int, int]) -> InputError:
    """The error about two files with one output."""
    shards = {n: shard_of(r) for n, r in enumerate(loads(kept)) if n in (one[0], two[0])}
    first, second = (shards[shard].items[number] for shard, number in (one, two))
    what = f"the same output path as {plain(first.path)}, text/{plain(first.output)}"
    return InputError(second.path, what)


def _repeated(
    store: Store, kept: Path, keys: Keys, shown: Sequence[learn.Repeated]
) -> Iterator[str]:
    """The messages about records whose id stands before them already."""
    wanted = {number for twice in shown for number in (twice.shard, twice.first[0])}
    shards = {n: shard_of(record) for n, record in enumerate(loads(kept)) if n in wanted}
    for number, here in groupby(shown, key=attrgetter("shard")):
        repeated = {twice.number: twice for twice in here}
        for at, place in _places(store, shards[number], keys, repeated):
            twice = repeated[at]
            first = shards[twice.first[0]].path(twice.first[1])
            what = f"id '{plain(twice.doc_id)}' stands already in {plain(first)}"
            yield str(InputError(shards[number].path(at), what, place))


def _places(
    store: Store, shard: Shard, keys: Keys, numbers: Collection[int]
) -> Iterator[tuple[int, int | str]]:
    """Where the documents of these numbers stand in their files."""
    if not shard.records:
        yield from ((number, "") for number in numbers)
        return
    for row in chain.from_iterable(rows(shard, keys, store.state)):
        if isinstance(row, Row) and row.number in numbers:
            yield row.number, row.place


def _numbers(
    store: Store,
    record: dict[str, Any],
    left_out: set[int],
    sample: set[int] | None,
    left: int | None,
) -> tuple[int, ...] | None:
    """The documents of a shard to do; None for all."""
    here = shard_of(record)
    whole = here.records or record["documents"] == len(here.items)
    if whole and not left_out and sample is None and (left is None or left >= record["documents"]):
        return None
    import pyarrow.parquet as pq

    path = store.file("survey", record["survey"])
    numbers = pq.read_table(path, columns=["number"]).column("number").to_pylist()
    wanted = [n for n in numbers if n not in left_out and (sample is None or n in sample)]
    return tuple(wanted if left is None else wanted[: max(0, left)])


def tasks(store: Store, plan: Plan, config: Config, keys: Keys) -> Iterator[Task]:
    """The work in order, what is done already among it."""
    for entry in entries(plan.path):
        yield Task(entry, str(store.out), config, plan.tables["sha256"], keys, plan.small)


@cache
def code_hash() -> str:
    """The hash of the rules: a changed table redoes what it decides."""
    from importlib.resources import files

    digest = hashlib.sha256()
    for package in sorted(p.name for p in files("repair").iterdir() if p.is_dir()):
        folder = files("repair") / package / "rules"
        if folder.is_dir():
            for path in sorted(folder.iterdir(), key=lambda p: p.name):
                digest.update(path.read_bytes())
    return digest.hexdigest()
