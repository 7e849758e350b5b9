"""Records as a batch would write them, made here so that the queue is tested alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repair.review.queue import Queue

Make = Callable[..., dict[str, Any]]


def make_record(text: str, start: int, end: int, after: str, **fields: Any) -> dict[str, Any]:
    """A record over `text[start:end]`, as DESIGN.md's table has it."""
    before = text[start:end]
    sha = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    rule = fields.get("rule", "COL001")
    doc_id = fields.get("doc_id", "a.txt")
    name = f"{doc_id}|{sha}|{start}|{end}|{rule}|{after}"
    record: dict[str, Any] = {
        "id": hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "doc_id": doc_id,
        "doc_sha256": sha,
        "path": doc_id,
        "layer": "source",
        "start": start,
        "end": end,
        "line": text.count("\n", 0, start) + 1,
        "column": start - (text.rfind("\n", 0, start) + 1) + 1,
        "before": before,
        "after": after,
        "rule": rule,
        "kind": "substitution",
        "stage": "collate",
        "confidence": 0.9,
        "candidates": [{"text": after, "confidence": 0.9, "source": "b.txt"}],
        "witnesses": [],
        "error_side": "this",
        "pattern": f"{before}→{after}",
        "replaces": None,
        "evidence": "the born-digital version reads so",
        "status": "pending",
        "move_to": None,
        "context": {
            "before": text[max(0, start - 60) : start],
            "after": text[end : end + 60],
        },
    }
    return record | fields


@pytest.fixture(scope="session")
def make() -> Make:
    return make_record


def _postgres(folder: Path) -> Iterator[str]:
    """The URL of a server of our own, stopped afterwards."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb") or (str(binaries[-1] / "initdb") if binaries else None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    where = Path(found).parent
    data = folder / "data"
    run: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        run = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [*run, str(where / "initdb"), "-A", "trust", "-U", "repair", "-D", str(data)], **quiet
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = [*run, str(where / "pg_ctl"), "-D", str(data), "-w"]
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"], **quiet)
    try:
        yield f"postgresql://repair@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="repair-pg-", dir="/tmp"))  # a socket's path is short
    try:
        yield from _postgres(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty queue's address, on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "queue.db")
    address: str = request.getfixturevalue("postgres")
    from repair.review.schema import metadata, open_engine

    engine = open_engine(address)
    metadata.drop_all(engine)
    engine.dispose()
    return address


@pytest.fixture
def queue(url: str) -> Iterator[Queue]:
    opened = Queue(url)
    yield opened
    opened.close()
