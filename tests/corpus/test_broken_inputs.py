"""Archives and tables that are broken in the middle or cut off: what is wrong is named with its
place, and all records that are whole are done."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from project import Run

from repair.config import Config
from repair.corpus import disk
from repair.corpus.batch import Options, batch
from repair.corpus.store import Store, StoreError

LINES = "".join(
    json.dumps({"id": f"r{n}", "text": f"第{n}份，我们坚持以人民为中心。"}) + "\n"
    for n in range(2000)
).encode()


def page(number: int, length: int = 0) -> bytes:
    """A record of a web archive, its length as it is or as told."""
    body = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n第{number}页的正文。".encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def packed(coding: str, cut: int = 0) -> bytes:
    """A record whose page is compressed; of that so many of the last bytes are lost."""
    data = {"gzip": gzip.compress, "deflate": zlib.compress}[coding](LINES)
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: {coding}\r\n\r\n"
    body = http.encode() + data[: len(data) - cut]
    head = page(9).partition(b"Content-Length: ")[0]
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body + b"\r\n\r\n"


PAGES = [page(n) for n in range(3)]
ASKS = PAGES[1].replace(b"response", b"request", 1)
BROKEN = {
    "junk.warc": (PAGES[0] + ASKS + b"junk\r\n" + PAGES[1], [0, 1], "no record"),
    "cut.warc": (b"".join(PAGES)[:-30], [0, 1], "cut short"),
    "long.warc": (PAGES[0] + page(1, 99_999) + PAGES[2], [0], "cut short"),
    "gzip.warc": (PAGES[0] + packed("gzip", 99) + PAGES[2], [0, 2], "content (cut short)"),
    "last.warc": (PAGES[0] + packed("gzip", 1) + PAGES[2], [0, 2], "content (cut short)"),
    "zlib.warc": (PAGES[0] + packed("deflate", 99) + PAGES[2], [0, 2], "content (cut short)"),
    "open.csv": (b'id,text\n0,a\n1,"b\n2,c\n', [0], "open.csv:3: a quote that nothing closes"),
    "cut.jsonl.zst": (pa.compress(LINES, "zstd", asbytes=True)[:-9], [], "broken zstd (Truncated"),
    "more.jsonl.gz": (gzip.compress(LINES) + b"more", [], "broken gzip"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_the_rest_is_done(tmp_path: Path, name: str) -> None:
    data, whole, what = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    config = Config(stages=("characters",))
    said = batch([tmp_path / name], tmp_path / "out", config, Options(jobs=1))
    (error,) = said.errors
    assert name in error and what in error
    assert said.documents == len(whole)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_page_that_is_packed_is_read_whole(tmp_path: Path, coding: str) -> None:
    (tmp_path / "a.warc").write_bytes(packed(coding))
    said = batch([tmp_path / "a.warc"], tmp_path / "out", Config(stages=()), Options(jobs=1))
    assert (said.errors, said.characters) == ((), len(LINES.decode()))


def test_packed_in_several_parts_is_one_file(tmp_path: Path) -> None:
    first, rest = LINES[:999], LINES[999:]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(first) + gzip.compress(rest))
    said = batch([tmp_path / "a.jsonl.gz"], tmp_path / "out", Config(stages=()), Options(jobs=1))
    assert (said.errors, said.documents) == ((), 2000)


def test_quotes_over_lines_at_the_end_of_a_table_are_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\n0,"a\nb"\n1,"c ""d""\ne"')
    said = batch([tmp_path / "a.csv"], tmp_path / "out", Config(stages=()), Options(jobs=1))
    assert (said.errors, said.documents) == ((), 2)


def test_a_disk_that_is_full_while_versions_are_sought_is_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path)
    what = "Could not write file: No space left on device"
    with pytest.raises(StoreError, match=what), disk.database(store, "collate"):
        raise duckdb.TransactionException(f"{what}\nand more")
    assert not (store.passing / "collate").exists()


def test_a_name_that_is_too_long_is_one_line(repair: Run, tmp_path: Path) -> None:
    done = repair("batch", "字" * 200, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("repair: 字") and done.stderr.count("\n") == 1
