"""The phase after the documents: versions are compared, and the findings of all made one.

It reads what the shards left and can run again alone; it changes no text. Memory does not
grow with the batch: the search is a join on disk, the documents of a group of versions are
brought together by a sort on disk, and a worker compares one group at a time.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repair.config import Config
from repair.corpus import disk
from repair.corpus.compare import Group, compare
from repair.corpus.gather import Wanted, gather
from repair.corpus.store import Entry, Store

if TYPE_CHECKING:
    from repair.collate.match import Search

MOST = 256  # documents of a group; what joins larger ones is left out, the weakest first
TOGETHER = 256 << 10  # bytes of gathered documents that one task compares: all processes get some
Run = Callable[..., Iterator[Any]]


@dataclass(slots=True)
class Compared:
    """What came of the comparison."""

    findings: int = 0  # of the whole batch
    share: float = 1.0  # of the times that two texts share a passage that were looked at
    reach: int = 0  # where it is not all, how many of those behind it each text met by a passage
    apart: int = 0  # pairs of documents that were not compared, since their group was too large


def collate_all(
    store: Store,
    reference: frozenset[Path],
    config: Config,
    run: Run,
    errors: list[str],
    progress: Callable[[int, int], None],
) -> Compared:
    """Writes all findings of the batch, those of the collation among them, in the order of
    the documents to `.repair/findings.jsonl`, and where each shard's begin. What failed goes
    to the errors."""
    if "collate" not in config.stages:
        store.write(store.out / "versions.jsonl", b"")
        return Compared(_write(store, iter(())))
    with disk.database(store, "collate") as base:
        base.execute("CREATE TABLE answers (place BIGINT, start BIGINT, size BIGINT)")
        base.execute("CREATE TABLE versions (place BIGINT, number INTEGER, line BLOB)")
        said = _compare_all(base, store, reference, config, run, errors, progress)
        lines = disk.streamed(base, "SELECT line FROM versions ORDER BY place, number, line")
        with store.draft(store.out / "versions.jsonl") as file:
            file.writelines(row[0] for row in lines)
        answers = disk.streamed(base, "SELECT place, start, size FROM answers ORDER BY place")
        said.findings = _write(store, answers)
        return said


def _compare_all(
    base: Any,
    store: Store,
    reference: frozenset[Path],
    config: Config,
    run: Run,
    errors: list[str],
    progress: Callable[[int, int], None],
) -> Compared:
    files = [store.file("samples", entry.key) for entry in store.shards()]
    search = _pairs(base, files, run)
    compared = Compared(share=search.share, reach=search.reach)
    if not search.pairs:
        return compared
    compared.apart = _groups(base)
    folder = store.passing / "gathered"
    folder.mkdir(parents=True, exist_ok=True)
    base.execute("CREATE TABLE gathered (cluster BIGINT, place BIGINT, start BIGINT, size BIGINT)")
    gathered = disk.Inserter(base, "gathered", ("cluster", "place", "start", "size"))
    for places in run(gather, _wanted(base, store, folder, reference)):
        gathered.add((p.group, p.at, p.start, p.size) for p in places)
    gathered.close()
    total = base.execute("SELECT count(*) FROM gathered").fetchone()[0]
    done = 0
    answers = disk.Inserter(base, "answers", ("place", "start", "size"))
    versions = disk.Inserter(base, "versions", ("place", "number", "line"))
    with _answers(store).open("wb") as file:
        for said in run(compare, _tasks(base, folder, config)):
            for at, findings in said.findings:
                answers.add([(at, file.tell(), len(findings))])
                file.write(findings)
            versions.add(said.versions)
            errors += said.errors
            done += said.documents
            progress(done, total)
    answers.close()
    versions.close()
    shutil.rmtree(folder)
    return compared


def _answers(store: Store) -> Path:
    """Where the findings of the documents with versions lie until all are joined."""
    return store.passing / "answers"


def _pairs(base: Any, files: Sequence[Path], run: Run) -> Search:
    """The table of the pairs that are worth a look, and that of their articles. What a pair is
    says `repair.collate.match`."""
    from repair.collate import match
    from repair.corpus import samples

    firsts = np.cumsum([0, *(samples.read(path).texts for path in files)])
    parts = samples.Files(tuple(zip(firsts.tolist(), files, strict=False)))
    search = match.find(base, parts, run)
    base.execute("CREATE TABLE units (place BIGINT, document BIGINT, unit INTEGER)")
    query = "SELECT a FROM pairs UNION SELECT b FROM pairs ORDER BY a"
    wanted = base.execute(query).fetchnumpy()["a"]
    units = disk.Inserter(base, "units", ("place", "document", "unit"))
    for number, path in enumerate(files):
        own = wanted[slice(*np.searchsorted(wanted, firsts[number : number + 2]))]
        documents, numbers = samples.read(path).places[own - firsts[number]].T
        documents = documents + np.int64(number << disk.SHIFT)
        units.add(zip(own.tolist(), documents.tolist(), numbers.tolist(), strict=True))
    units.close()
    return search


def _groups(base: Any) -> int:
    """The table `clusters`: which document belongs to which group. Documents that share
    most come together first, so that a full group only misses its weakest ties, so many."""
    base.execute(
        """
        CREATE TABLE ties AS
        SELECT x.document AS one, y.document AS two, max(part) AS part
        FROM pairs JOIN units x ON x.place = a JOIN units y ON y.place = b GROUP BY one, two;
        DELETE FROM ties WHERE one = two;
        CREATE TABLE members AS SELECT place, row_number() OVER (ORDER BY place) - 1 AS member
        FROM (SELECT one AS place FROM ties UNION SELECT two FROM ties)
        """
    )
    query = (
        "SELECT x.member, y.member FROM ties JOIN members x ON x.place = one"
        " JOIN members y ON y.place = two ORDER BY part DESC, one, two"
    )
    return disk.cluster(base, query, MOST)


def _wanted(base: Any, store: Store, folder: Path, reference: frozenset[Path]) -> Iterator[Wanted]:
    """The documents to bring together, by shard."""
    rows = disk.streamed(
        base.cursor(),
        f"SELECT place >> {disk.SHIFT}, place & {(1 << disk.SHIFT) - 1}, cluster FROM clusters"
        " ORDER BY place",
    )
    wanted = groupby(rows, key=lambda row: row[0])
    here = next(wanted, None)
    for number, entry in enumerate(store.shards()):
        if here is None:
            return
        if here[0] == number:
            groups = {doc: group for _, doc, group in here[1]}
            path = folder / str(number)
            yield Wanted(
                str(store.out), entry, number, groups, str(path), _trusted(entry, reference)
            )
            here = next(wanted, None)


def _trusted(entry: Entry, reference: frozenset[Path]) -> frozenset[str]:
    """The files of a shard that lie below a trusted folder."""
    return frozenset(
        item.doc_id
        for item in entry.shard.items
        if reference and not reference.isdisjoint([(p := Path(item.path).resolve()), *p.parents])
    )


def _tasks(base: Any, folder: Path, config: Config) -> Iterator[Group]:
    """The groups with their documents and pairs, small ones together."""
    base.execute(
        """
        CREATE TABLE close AS
        SELECT c.cluster, x.document AS one, x.unit AS first, y.document AS two, y.unit AS second,
            shared, part, cover, a, b
        FROM pairs JOIN units x ON x.place = a JOIN units y ON y.place = b
        JOIN clusters c ON c.place = x.document JOIN clusters d ON d.place = y.document
        WHERE c.cluster = d.cluster
        """
    )
    documents = disk.streamed(
        base.cursor(),
        "SELECT cluster, place, start, size FROM gathered"
        " WHERE cluster IN (SELECT cluster FROM close) ORDER BY cluster, place",
    )
    pairs = disk.streamed(
        base.cursor(),
        "SELECT cluster, one, first, two, second, shared, part, cover FROM close"
        " ORDER BY cluster, a, b",
    )
    ties = groupby(pairs, key=lambda row: row[0])
    task = Group(config, [], [])
    size = 0
    for cluster, rows in groupby(documents, key=lambda row: row[0]):
        held = [(p, str(folder / str(p >> disk.SHIFT)), start, n) for _, p, start, n in rows]
        near = next([tuple(row[1:]) for row in tied] for found, tied in ties if found == cluster)
        task.documents.extend(held)
        task.pairs.extend(near)
        size += sum(row[3] for row in held)
        if size >= TOGETHER:
            yield task
            task, size = Group(config, [], []), 0
    if task.documents:
        yield task


def _write(store: Store, answers: Iterator[Any]) -> int:
    """The findings of all documents in order, of those with versions where they lie among the
    `answers`; each shard's begin where the index says."""
    next_one = next(answers, None)
    count = 0
    store.passing.mkdir(parents=True, exist_ok=True)
    with (
        _answers(store).open("ab+") as said,
        store.drafts() as draft,
    ):
        file, index = draft(store.findings), draft(store.findings.with_suffix(".index"))
        for number, entry in enumerate(store.shards()):
            index.write(struct.pack("<Q", file.tell()))
            for at, found in enumerate(_own(store, entry), number << disk.SHIFT):
                if next_one is not None and next_one[0] == at:
                    said.seek(next_one[1])
                    found = said.read(next_one[2])
                    next_one = next(answers, None)
                if found:
                    count += found.count(b"\n")
                    file.write(found)
        index.write(struct.pack("<Q", file.tell()))
    return count


def _own(store: Store, entry: Entry) -> Iterator[bytes]:
    """The findings of each document of a shard that could be worked on."""
    for batch in store.results(entry.key, "findings", "problem"):
        found, problems = (batch.column(name).to_pylist() for name in ("findings", "problem"))
        yield from (lines for lines, what in zip(found, problems, strict=True) if what is None)


def findings_of_shard(store: Store, number: int) -> bytes:
    """The findings of a shard, by its number among the completed ones, as lines."""
    with store.findings.with_suffix(".index").open("rb") as index:
        index.seek(8 * number)
        start, end = struct.unpack("<QQ", index.read(16))
    with store.findings.open("rb") as file:
        file.seek(start)
        return file.read(end - start)
