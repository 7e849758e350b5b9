"""The tables of the review queue and the engine that opens them.

One schema for SQLite (WAL) and PostgreSQL. Text from documents may hold NUL and lone
surrogates, which neither database stores: `Text` escapes them (and the backslash), and
because a query's parameters go through the same escape, equality still holds. A pattern or
a document's name can be longer than an index entry may be, so both are indexed by a hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import TypeDecorator

from repair.corpus.lines import value

_UNSTORABLE = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


class Text(TypeDecorator[str]):
    """Any Python string, whatever code points it holds."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        return _stored

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return _restored


def _stored(value: str | None) -> str | None:
    if value is None or not _UNSTORABLE.search(value):
        return value
    return _UNSTORABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", value)


def _restored(value: str | None) -> str | None:
    if value is None or "\\" not in value:
        return value
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), value)


class Json(TypeDecorator[Any]):
    """A JSON value as text: the same on every database."""

    impl = sa.Text
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Any:
        return _json

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return _value


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # lone surrogates
        return json.dumps(value)


def _value(text: str | None) -> Any:
    return None if text is None else value(text)


metadata = sa.MetaData()

# The fields of a record, as in DESIGN.md's table, plus move_to and context.
_FIELDS: tuple[tuple[str, Any], ...] = (
    ("doc_id", Text), ("doc_sha256", sa.String(64)), ("path", Text), ("layer", sa.String(16)),
    ("start", sa.BigInteger), ("end", sa.BigInteger), ("line", sa.Integer),
    ("column", sa.Integer), ("before", Text), ("after", Text), ("rule", Text), ("kind", Text),
    ("stage", sa.String(32)), ("confidence", sa.Double), ("candidates", Json),
    ("witnesses", Json), ("error_side", sa.String(16)), ("pattern", Text),
    ("replaces", sa.String(64)), ("evidence", Text), ("status", sa.String(16)),
    ("move_to", sa.BigInteger), ("context", Json),
)  # fmt: skip
FIELDS = ("id", *(name for name, _ in _FIELDS))

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    *(sa.Column(name, kind) for name, kind in _FIELDS),
    sa.Column("pattern_key", sa.String(16), nullable=False),
    sa.Column("doc_key", sa.String(16), nullable=False),
    sa.Column("applied", sa.Boolean, nullable=False),  # an edit of the journal, not a question
    sa.Column("run", sa.Integer, nullable=False),  # the last load that had it
    sa.Column("lease_by", Text),
    sa.Column("lease_until", sa.Double),
    # Groups, counts and every filter but the file's are answered from this index alone.
    sa.Index("findings_groups", "status", "pattern_key", "confidence", "stage", "rule", "kind"),
    sa.Index("findings_pattern", "pattern_key", "status", "doc_key", "start", "id"),
    sa.Index("findings_files", "status", "doc_key"),
    sa.Index("findings_leases", "lease_by"),
    sa.Index("findings_document", "doc_key", "start"),
)

MANY = 1000  # findings written at once that a count by index would notice
# PostgreSQL cleans up after single decisions by itself, but by default only once a fifth of
# the table has changed, which takes weeks.
_TRICKLE = sa.DDL(  # type: ignore[no-untyped-call]
    "ALTER TABLE findings SET "
    f"(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = {MANY})"
)
event.listen(findings, "after_create", _TRICKLE.execute_if(dialect="postgresql"))

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("finding_id", sa.String(64), nullable=False, index=True),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("replacement", Text),
    sa.Column("reviewer", Text, nullable=False),
    sa.Column("time", sa.Double, nullable=False),  # seconds since 1970, UTC
    sa.Column("scope", sa.String(16), nullable=False),  # one, pattern, carried, …
    sa.Column("action", sa.String(32), nullable=False, index=True),  # what one key press wrote
    sqlite_autoincrement=True,
)

# What holds for everyone who works on this queue: "two" (whether two people must agree).
settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", Json, nullable=False),
)


def key(text: str) -> str:
    """The indexable name of a pattern or a document."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def open_engine(url: str) -> Engine:
    """The engine of a queue; a plain path is a SQLite file. Makes the tables if need be."""
    if "://" not in url:
        url = f"sqlite:///{url}"
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune)
        event.listen(engine, "begin", _begin)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":  # two first starts at once
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7258)"))
        metadata.create_all(connection)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; on SQLite it takes the write lock at its start, so
    that what it reads cannot change before it writes."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def unindexed(connection: Connection) -> Iterator[None]:
    """Findings that are written meanwhile are indexed at the end, which takes half as long."""
    for index in findings.indexes:
        index.drop(connection)
    yield
    for index in findings.indexes:
        index.create(connection)


def settle(engine: Engine, written: int) -> None:
    """Tells PostgreSQL that so many findings were written. Until VACUUM has marked what is
    visible, an index answers no count by itself: after a decision about 16,000 of 200,000
    findings the groups took 500 ms instead of 60. Few rows are left to autovacuum. SQLite
    needs neither: there ANALYZE makes decisions slower."""
    if written >= MANY and engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as direct:
            direct.execute(sa.text("VACUUM ANALYZE findings"))


def _tune(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's
    for pragma in (
        "busy_timeout=60000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "temp_store=MEMORY",
        "cache_size=-16384",  # 16 MB a connection; 64 are no faster, and ten people have ten
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
