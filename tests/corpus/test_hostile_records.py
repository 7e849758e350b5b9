"""Records and pages that are well formed enough to be read and say what no program expects:
each costs itself and nothing else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repair.config import Config
from repair.corpus import reading, survey
from repair.corpus.batch import Options, Summary, batch

ALTO = (
    '<alto><Layout><Page><TextBlock><TextLine><String CONTENT="我们\u200b坚持" WC="%s"'
    ' HPOS="1" VPOS="1" WIDTH="2" HEIGHT="%s"/></TextLine></TextBlock></Page></Layout></alto>'
)
HOCR = (
    '<div class="ocr_page"><span class="ocr_line"><span class="ocrx_word" title="bbox 1 2 %s 4;'
    ' x_wconf %s">我们坚持</span></span></div>'
)
PAGE = (
    '<PcGts><Page><TextRegion><TextLine><Coords points="%s"/><TextEquiv conf="%s" index="nan">'
    "<Unicode>我们坚持</Unicode></TextEquiv></TextLine></TextRegion></Page></PcGts>"
)
LONG = "1" * 5000  # digits: no integer of Python's


def run(folder: Path, **options: Any) -> Summary:
    """A batch over the folder `in`, beside what is in it a sound file."""
    (folder / "in/good.txt").write_text("我们\u200b坚持以人民为中心。\n")
    config = Config(stages=("characters",))
    said = batch([folder / "in"], folder / "out", config, Options(jobs=1, **options))
    assert (folder / "out/text/good.txt").read_text() == "我们坚持以人民为中心。\n"
    assert not any("\n" in error for error in said.errors)
    return said


@pytest.fixture
def put(tmp_path: Path) -> Any:
    (tmp_path / "in").mkdir()
    return lambda name, data: (tmp_path / "in" / name).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xml", ALTO % ("nan", "1e400")),
        ("a.xml", ALTO % ("1e308", "1e308")),
        ("a.hocr", HOCR % (LONG, "9.9.9")),
        ("a.xml", PAGE % (f"{LONG},1 2,{LONG} 3,4", "inf")),
    ],
)
def test_numbers_of_an_ocr_engine_that_are_none(
    tmp_path: Path, put: Any, name: str, data: str
) -> None:
    put(name, data.encode())
    assert not run(tmp_path).errors
    assert "我们坚持" in (tmp_path / "out/text" / f"{name}.txt").read_text()


def test_a_table_of_old_line_ends_is_named(tmp_path: Path, put: Any) -> None:
    put("a.csv", "id,text\r1,中文\r".encode())
    (error,) = run(tmp_path).errors
    assert "a.csv:1: broken table" in error


def test_two_columns_of_text_are_refused(tmp_path: Path, put: Any) -> None:
    """The one was read and written over the other."""
    put("a.csv", "id,text,text\n1,我们\u200b坚持,2\n".encode())
    put("b.tsv", b"id\tid\ttext\n1\t2\t3\n")
    table = pa.table([["1"], ["2"], ["3"]], names=["id", "text", "text"])
    pq.write_table(table, tmp_path / "in/c.parquet")
    said = run(tmp_path).errors
    assert [error.rpartition("/")[2] for error in sorted(said)] == [
        "a.csv:1: several columns 'text'",
        "b.tsv:1: several columns 'id'",
        "c.parquet: several columns 'text'",
    ]


def test_a_table_without_its_columns_costs_no_other(tmp_path: Path, put: Any) -> None:
    """Its columns were taken for those that all tables have to have."""
    put("a.csv", b"name,text\n1,2\n")
    put("b.csv", "id,text\n1,我们\u200b坚持\n".encode())
    pq.write_table(pa.table({"text": ["1"]}), tmp_path / "in/c.parquet")
    pq.write_table(pa.table({"id": ["2"], "text": ["中文"]}), tmp_path / "in/d.parquet")
    put("e.tsv", b"\n")
    said = run(tmp_path).errors
    assert [error.rpartition("/")[2] for error in sorted(said)] == [
        "a.csv:1: no column 'id'",
        "c.parquet: no column 'id'",
        "e.tsv:1: no column 'id', no column 'text'",
    ]
    assert (tmp_path / "out/documents.csv").read_text() == "id,text\n1,我们坚持\n"
    assert pq.read_table(tmp_path / "out/documents.parquet").num_rows == 1


@pytest.mark.parametrize("texts", [[], [1, 2]])
def test_parquet_without_a_document_is_parquet(tmp_path: Path, put: Any, texts: list[Any]) -> None:
    table = pa.table([[str(n) for n in texts], texts], names=["id", "text"])
    pq.write_table(table, tmp_path / "in/c.parquet")
    run(tmp_path)
    assert pq.read_table(tmp_path / "out/documents.parquet").schema.equals(table.schema)


def test_other_columns_may_have_one_name(tmp_path: Path, put: Any) -> None:
    put("a.csv", "id,x,text,x\n1,2,我们\u200b坚持,3\n".encode())
    assert not run(tmp_path).errors
    assert (tmp_path / "out/documents.csv").read_text() == "id,x,text,x\n1,2,我们坚持,3\n"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_table_in_utf_16_without_its_mark(tmp_path: Path, put: Any, codec: str) -> None:
    put("a.csv", "id,text\n1,我们\u200b坚持\n".encode(codec))
    assert not run(tmp_path).errors
    assert (tmp_path / "out/documents.csv").read_text() == "id,text\n1,我们坚持\n"


def page(name: str, body: bytes, head: str = "") -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{head}\r\n".encode() + body
    return (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: {name}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    ).encode() + http + b"\r\n\r\n"  # fmt: skip


def test_a_web_archive_names_each_record_that_is_none(tmp_path: Path, put: Any) -> None:
    packed = "Content-Encoding: gzip\r\n"
    large = gzip.compress("我们坚持。".encode() * 200_000)
    records = [
        page("<a>", "我们坚持。".encode()),
        page("", "我们坚持。".encode()),
        page("<b>", large, packed),
        page("<c>", b"\xff\xff", "Content-Encoding: br\r\n"),
    ]
    put("a.warc", b"".join(records))
    said = run(tmp_path, largest=1 << 20)
    assert said.documents == 2
    at = [sum(map(len, records[:n])) for n in range(4)]
    assert [error.rpartition("/")[2] for error in said.errors] == [
        f"a.warc:byte {at[1]}: record without an id",
        f"a.warc:byte {at[2]}: longer than 1 MB; see --largest",
        f"a.warc:byte {at[3]}: broken content (Invalid Data)",
    ]


def test_what_a_reader_cannot_cope_with_costs_that_document(
    tmp_path: Path, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    extracted = reading._extracted

    def broken(document: Any, path: str, config: Config) -> Any:
        if document.doc_id == "b.html":
            raise RecursionError("too deep")
        return extracted(document, path, config)

    for name in ("a.html", "b.html", "c.html"):
        put(name, "<p>我们坚持以人民为中心。</p>".encode())
    monkeypatch.setattr(reading, "_extracted", broken)
    said = run(tmp_path)
    assert said.errors == (f"{tmp_path}/in/b.html: RecursionError: too deep",)
    assert said.documents == 3


def test_what_a_reader_cannot_cope_with_costs_that_file(
    tmp_path: Path, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("x")

    put("a.jsonl", (json.dumps({"id": "1", "text": "我们坚持"}) + "\n").encode())
    monkeypatch.setattr("repair.corpus.rows._jsonl", broken)
    (error,) = run(tmp_path).errors
    assert error.endswith("a.jsonl: KeyError: 'x'")


def test_an_id_that_repeats_is_named_where_it_stands(tmp_path: Path, put: Any) -> None:
    put("a.csv", 'id,text\n1,"我们\n坚持"\n2,中文\n1,中文\n'.encode())
    put("z.jsonl", b'\n{"id": "good.txt", "text": "x"}\n{"id": 2, "text": "x"}\n')
    put("c.warc", page("<a>", b"x") * 2)
    table = pa.table([["p", "q", "p"], ["x", "y", "z"]], names=["id", "text"])
    pq.write_table(table, tmp_path / "in/d.parquet")
    put("first.txt", "还有一份。".encode())
    said = [error.removeprefix(f"{tmp_path}/in/") for error in run(tmp_path).errors]
    here = f"stands already in {tmp_path}/in"
    assert said == [
        f"a.csv:5: id '1' {here}/a.csv",
        f"c.warc:byte {len(page('<a>', b'x'))}: id 'a' {here}/c.warc",
        f"d.parquet:row 3: id 'p' {here}/d.parquet",
        f"z.jsonl:2: id 'good.txt' {here}/good.txt",
        f"z.jsonl:3: id '2' {here}/a.csv",
    ]


def test_a_row_group_with_more_text_than_a_sample_has_places_is_refused(
    tmp_path: Path, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "ROOM", 2_000_000)
    for name, size in (("large", 201), ("small", 200)):
        table = pa.table(
            [[f"{name}{n}" for n in range(size)], ["一" * 10_000] * size], ["id", "text"]
        )
        pq.write_table(table, tmp_path / f"in/{name}.parquet")
    said = run(tmp_path)
    (error,) = said.errors
    assert error.endswith(
        "large.parquet: a row group of more than 2,000,000 characters; write smaller ones"
    )
    assert said.documents == 201
