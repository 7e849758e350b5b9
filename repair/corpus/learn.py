"""What is known only when all documents were surveyed: ids that stand twice, and the tables
of the batch (template lines, lists of contents).

The same as `repair.residue.tables.merge`, from what the survey left on disk.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repair.corpus import disk
from repair.corpus.store import Store
from repair.model import Contents, Tables
from repair.templates import CLUSTERS, SHARE


@dataclass(frozen=True, slots=True)
class Repeated:
    """A record whose id another one has already."""

    shard: int
    number: int  # of the document in its shard
    doc_id: str
    first: tuple[int, int]  # the shard and the number of the one that has the id first


@contextmanager
def surveyed(store: Store, files: Sequence[tuple[int, Path]]) -> Iterator[Any]:
    """A database of what the survey left of the shards, `files` with the shards' numbers."""
    with disk.database(store, "surveyed") as base:
        if files:
            disk.load(base, "docs", "id, output, number, shard, edge, contents", files)
        else:
            columns = "place INT, id TEXT, output TEXT, number INT, shard INT, contents BLOB"
            base.execute(f"CREATE TABLE docs ({columns})")
        yield base


def same_output(base: Any) -> list[tuple[int, int]]:
    """The shards and numbers of two files with one output; none if there are none."""
    query = (
        "WITH twice AS (SELECT output FROM docs WHERE output IS NOT NULL GROUP BY output"
        " HAVING count(*) > 1 ORDER BY output LIMIT 1)"
        " SELECT shard, number FROM docs JOIN twice USING (output) ORDER BY place LIMIT 2"
    )
    return list(base.execute(query).fetchall())


def repeated(base: Any) -> Iterator[Repeated]:
    """The records whose id stands before them already, in order."""
    query = (
        "WITH twice AS (SELECT id, min(place) AS leader FROM docs GROUP BY id"
        " HAVING count(*) > 1)"
        " SELECT d.shard, d.number, id, l.shard, l.number FROM docs d JOIN twice USING (id)"
        " JOIN docs l ON l.place = leader WHERE d.place > leader ORDER BY d.place"
    )
    for shard, number, doc_id, *first in disk.streamed(base, query):
        yield Repeated(shard, number, doc_id, (first[0], first[1]))


def chosen(base: Any, sample: int) -> dict[int, set[int]]:
    """A sample of so many documents, the same for the same ids: by shard the rows."""
    found: dict[int, set[int]] = {}
    query = "SELECT shard, number FROM docs ORDER BY md5(id), place LIMIT $n"
    for shard, row in disk.streamed(base, query, {"n": min(sample, sys.maxsize)}):
        found.setdefault(shard, set()).add(row)
    return found


def tables(base: Any, files: Sequence[tuple[int, Path]]) -> Tables:
    """The tables of the batch."""
    query = "SELECT contents FROM docs WHERE contents IS NOT NULL ORDER BY id"
    said = [json.loads(row[0]) for row in base.execute(query).fetchall()]
    contents = tuple(Contents(**{**one, "titles": tuple(one["titles"])}) for one in said)
    count = base.execute("SELECT count(*) FROM docs").fetchone()[0]
    templates = frozenset[str]() if count < CLUSTERS else _templates(base, files)
    return Tables(templates, contents)


def _templates(base: Any, files: Sequence[tuple[int, Path]]) -> frozenset[str]:
    base.execute(
        "CREATE TABLE edges AS SELECT place, hash(line) AS line"
        " FROM (SELECT place, unnest(edge) AS line FROM docs);"
        "CREATE TABLE often AS SELECT line, count(*) AS times FROM edges GROUP BY line"
        f" HAVING count(*) >= {CLUSTERS}"
    )
    if not _left(base):
        return frozenset()
    _mostly_at_edges(base, files, SHARE)
    if not _left(base):
        return frozenset()
    disk.load(base, "prose", "body", files)
    _clusters(base)
    rows = base.execute(
        """
        WITH found AS (
            SELECT line FROM edges SEMI JOIN often USING (line) LEFT JOIN clusters USING (place)
            GROUP BY line HAVING count(DISTINCT coalesce(cluster, place)) >= $clusters
        )
        SELECT DISTINCT text FROM (SELECT unnest(edge) AS text FROM docs)
        SEMI JOIN found ON hash(text) = found.line
        """,
        {"clusters": CLUSTERS},
    ).fetchall()
    return frozenset(bytes(row[0]).decode("utf-8", "surrogatepass") for row in rows)


def _left(base: Any) -> bool:
    """Whether any line may be a template."""
    return bool(base.execute("SELECT count(*) FROM often").fetchone()[0])


def _mostly_at_edges(base: Any, files: Sequence[tuple[int, Path]], share: float) -> None:
    """Of the lines that are `often` at the edges of documents, leaves those of which this
    share at least stands there. The lines between the edges are most of what the survey left,
    so they are read for it and not kept."""
    base.execute("CREATE TABLE inside (line UBIGINT)")
    for first in range(0, len(files), disk.FILES):
        base.execute(
            "INSERT INTO inside SELECT line FROM (SELECT hash(line) AS line"
            " FROM (SELECT unnest(middle) AS line FROM read_parquet($names)))"
            " SEMI JOIN often USING (line)",
            {"names": [str(path) for _, path in files[first : first + disk.FILES]]},
        )
    base.execute(
        "DELETE FROM often USING (SELECT line, count(*) AS within FROM inside GROUP BY line) i"
        " WHERE often.line = i.line AND times < $share * (times + within)",
        {"share": share},
    )


def _clusters(base: Any) -> None:
    """Documents that share half of their sampled long lines belong together: a table of
    those that belong to an earlier one."""
    base.execute(
        """
        CREATE TABLE bodies AS SELECT place, unnest(body) AS code FROM prose;
        CREATE TABLE shared AS
        WITH holders AS (
            SELECT code, min(place) AS leader FROM bodies GROUP BY code
            HAVING count(*) BETWEEN 2 AND 50
        )
        SELECT leader, b.place AS other FROM bodies b JOIN holders USING (code)
        JOIN prose x ON x.place = leader JOIN prose y ON y.place = b.place WHERE b.place > leader
        GROUP BY leader, b.place, len(x.body), len(y.body)
        HAVING 2 * count(*) >= least(len(x.body), len(y.body));
        CREATE TABLE members AS
        SELECT place, row_number() OVER (ORDER BY place) - 1 AS member
        FROM (SELECT leader AS place FROM shared UNION SELECT other FROM shared);
        """
    )
    query = (
        "SELECT a.member, b.member FROM shared JOIN members a ON a.place = leader"
        " JOIN members b ON b.place = other ORDER BY leader, other"
    )
    disk.cluster(base, query)
