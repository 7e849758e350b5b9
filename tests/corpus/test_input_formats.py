"""Every format that a batch reads, plain and compressed: what comes out of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import Run

from repair.config import Config
from repair.corpus.batch import Options, Summary, batch
from repair.corpus.inputs import Input
from repair.corpus.shards import SIZE, Shard, cut, grouped
from repair.corpus.store import Store

DAMAGED = "我们\u200b坚持以人民为中心。\n"
CLEAN = "我们坚持以人民为中心。\n"
ROWS = [
    {"id": "一", "url": "x", "text": DAMAGED},
    {"id": "b", "url": "含“引号”,逗号\n和换行", "text": CLEAN},
]


def run(tmp_path: Path, *paths: Path, **options: object) -> Summary:
    given = Options(jobs=1, **options)  # type: ignore[arg-type]
    return batch(list(paths), tmp_path / "out", Config(), given)


def jsonl(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: list[dict[str, str]], separator: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def read_table(data: bytes, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=separator))


def zstd(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


PACKINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("", bytes),
    (".gz", gzip.compress),
    (".zst", zstd),
]
CLEAN_ROWS = [{**ROWS[0], "text": CLEAN}, ROWS[1]]


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_json_lines(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    source = tmp_path / f"rows.jsonl{ending}"
    source.write_bytes(pack(jsonl(ROWS)))
    assert not run(tmp_path, source).errors
    assert (tmp_path / "out/documents.jsonl").read_bytes() == jsonl(CLEAN_ROWS)


@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_text(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / f"in/a.md{ending}").write_bytes(pack(DAMAGED.encode("gb18030")))
    assert not run(tmp_path, tmp_path / "in").errors
    assert (tmp_path / "out/text/a.md.txt").read_text(encoding="utf-8") == CLEAN


@pytest.mark.parametrize("kind", ["csv", "tsv"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_tables_in_any_encoding(tmp_path: Path, kind: str, codec: str) -> None:
    separator = "," if kind == "csv" else "\t"
    source = tmp_path / f"rows.{kind}"
    source.write_bytes(table(ROWS, separator).decode().encode(codec))
    assert not run(tmp_path, source).errors
    data = (tmp_path / f"out/documents.{kind}").read_bytes()
    assert read_table(data, separator) == CLEAN_ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_records_of_a_table_are_quoted_as_they_were(tmp_path: Path, end: str) -> None:
    """But for the one whose text is another, which is quoted where it has to be."""
    damaged = DAMAGED.strip()
    lines = [
        '"id",text,"x"',
        '"1",坚持,',
        '2,"人民\n""中心""",""',
        f'"3","{damaged}","y,z"',
        '4,"",',
    ]
    source = tmp_path / "rows.csv"
    source.write_bytes("".join(line.replace("\n", end) + end for line in lines).encode())
    assert not run(tmp_path, source).errors
    lines[3] = f'3,{CLEAN.strip()},"y,z"'
    expected = "".join(line.replace("\n", end) + end for line in lines).encode()
    assert (tmp_path / "out/documents.csv").read_bytes() == expected


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-32"])
def test_json_lines_in_utf_16(tmp_path: Path, codec: str) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_bytes(jsonl(ROWS).decode().encode(codec))
    assert not run(tmp_path, source).errors
    assert (tmp_path / "out/documents.jsonl").read_bytes() == jsonl(CLEAN_ROWS)


def test_parquet_of_several_row_groups(tmp_path: Path) -> None:
    rows = pa.Table.from_pylist(
        [{**row, "id": f"{n}{row['id']}"} for n in range(9) for row in ROWS]
    )
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=4)
    assert not run(tmp_path, tmp_path / "rows.parquet").errors
    written = pq.read_table(tmp_path / "out/documents.parquet")
    assert written.column("text").to_pylist() == [CLEAN] * 18
    assert written.drop_columns("text").equals(rows.drop_columns("text"))


PAGE = """<html><head><title>某市加强网格化管理</title></head><body><div><a href="/">首页</a></div>
<h1>某市加强网格化管理</h1><p>近年来，我们坚持以\u2f08民为中心，深化网格化管理，不断提升服务水平。</p>
<p>会议指出，要健全法治政府建设科技保障体系，提升服务水平，办好实事，让群众满意。</p></body></html>"""


def archive(pages: list[bytes]) -> bytes:
    parts = []
    for number, page in enumerate(pages):
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
        parts.append(
            b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:%d>\r\n"
            b"WARC-Target-URI: https://example.org/%d\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
            b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
            % (number, number, len(http)) + http + b"\r\n\r\n"
        )  # fmt: skip
    return b"".join(parts)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize(("ending", "pack"), PACKINGS)
def test_web_archives(
    tmp_path: Path, codec: str, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    source = tmp_path / f"crawl.warc{ending}"
    source.write_bytes(pack(archive([PAGE.encode(codec), b"\0\1\2\3" * 99])))
    summary = run(tmp_path, source)
    assert len(summary.errors) == 1
    assert "is no text" in summary.errors[0]
    (row,) = [json.loads(x) for x in (tmp_path / "out/documents.jsonl").read_text().splitlines()]
    assert (row["id"], row["url"]) == ("urn:uuid:0", "https://example.org/0")
    assert row["text"].startswith("近年来，我们坚持以人民为中心")
    assert "首页" not in row["text"]


HOCR = """<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><body>
<div class='ocr_page' title='image "p"; bbox 0 0 100 100'><p class='ocr_par'>
<span class='ocr_line'><span class='ocrx_word' title='bbox 10 20 30 40; x_wconf 96'>三、</span>
<span class='ocrx_word' title='bbox 40 20 90 44; x_wconf 43'>坚持用法治树理念筑信仰仰精神。</span>
</span></p></div></body></html>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#"><Layout><Page><PrintSpace><TextBlock>
<TextLine><String CONTENT="三、" WC="0.96" HPOS="10" VPOS="20" WIDTH="20" HEIGHT="20"/><SP/>
<String CONTENT="坚持用法治树理念筑信仰仰精神。" WC="0.43" HPOS="40" VPOS="20"
WIDTH="50" HEIGHT="24"/>
</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""
PAGEXML = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page>
<TextRegion><TextLine><Word><Coords points="10,20 30,20 30,40 10,40"/><TextEquiv conf="0.96">
<Unicode>三、</Unicode></TextEquiv></Word><Word><Coords points="40,20 90,20 90,44 40,44"/>
<TextEquiv conf="0.43"><Unicode>坚持用法治树理念筑信仰仰精神。</Unicode></TextEquiv></Word>
<TextEquiv><Unicode>三、坚持用法治树理念筑信仰仰精神。</Unicode></TextEquiv></TextLine></TextRegion>
</Page></PcGts>"""


@pytest.mark.parametrize(
    ("name", "data"), [("a.hocr", HOCR), ("a.html", HOCR), ("a.xml", ALTO), ("a.xml", PAGEXML)]
)
def test_ocr_with_confidence_and_box(tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(data)
    summary = run(tmp_path, tmp_path / "in")
    assert not summary.errors
    out = tmp_path / "out"
    assert (out / f"text/{name}.txt").read_text() == "三、坚持用法治树理念筑信仰仰精神。\n"
    lines = (out / ".repair/findings.jsonl").read_text().splitlines()
    (finding,) = [f for f in map(json.loads, lines) if "仰仰" in f["before"]]
    assert finding["layer"] == "extracted"
    assert finding["evidence"].endswith("OCR confidence 43 %, page 1, box 40,20,50,24")


def test_xml_loads_and_expands_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("秘密")
    entity = f'<!DOCTYPE alto [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    data = entity + ALTO.replace('"三、"', '"三、"').replace("<SP/>", "&x;<SP/>")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.xml").write_text(data)
    (tmp_path / "in/b.xml").write_text("<alto><broken")
    summary = run(tmp_path, tmp_path / "in")
    assert [e for e in summary.errors if "b.xml" in e and "broken XML" in e]
    assert "秘密" not in (tmp_path / "out/text/a.xml.txt").read_text()


def test_standard_input(repair: Run, tmp_path: Path) -> None:
    done = repair("batch", "-", "-o", tmp_path / "out", stdin=DAMAGED.encode())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/text/stdin.txt").read_text() == CLEAN
    repair("undo", tmp_path / "out", "--all")
    assert (tmp_path / "out/text/stdin.txt").read_text() == DAMAGED


def test_a_dry_run_of_standard_input_writes_nothing(repair: Run, tmp_path: Path) -> None:
    given = ("batch", "-", "--kind", "jsonl", "-o", tmp_path / "out")
    one, two = (json.dumps({"id": str(n), "text": DAMAGED}).encode() for n in range(2))
    done = repair(*given, "--dry-run", stdin=one)
    assert (done.returncode, list(tmp_path.iterdir())) == (0, [])
    assert done.stderr == "1 documents, 0 of them done before: 1 to do; nothing was written\n"
    repair(*given, stdin=one)
    assert "1 of them done" in repair(*given, "--dry-run", stdin=one).stderr
    assert "0 of them done" in repair(*given, "--dry-run", stdin=two).stderr
    assert (tmp_path / "out/source/stdin.jsonl").read_bytes() == one


def test_standard_input_of_a_batch_that_is_refused_replaces_nothing(
    repair: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    repair("batch", "-", "-o", out, stdin=DAMAGED.encode())
    with Store(out).locked():
        done = repair("batch", "-", "-o", out, stdin=b"another")
    assert done.returncode == 2 and "another repair process" in done.stderr
    assert (out / "source/stdin").read_text() == DAMAGED


@pytest.mark.parametrize("between", ["\n", "\0"])
def test_a_list_of_files(repair: Run, tmp_path: Path, between: str) -> None:
    names = [f"{folder}/x.txt" for folder in "ab"]
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(DAMAGED)
    listed = between.join([*names, "none.txt"]).encode()
    done = repair("batch", "--files-from", "-", "-o", "out", stdin=listed, cwd=tmp_path)
    assert done.returncode == 2
    assert "none.txt: no such file" in done.stderr
    assert [(tmp_path / "out/text" / name).read_text() for name in names] == [CLEAN] * 2


# ---- stretches


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_stretches_cover_a_file_and_cut_no_record(tmp_path: Path, kind: str) -> None:
    long = "长" * 300_000
    rows = [{"id": str(n), "text": f'{long}\n“{n}"\n' if n % 3 else ""} for n in range(20)]
    path = tmp_path / f"rows.{kind}"
    path.write_bytes(jsonl(rows) if kind == "jsonl" else table(rows))
    parts = cut(Shard((Input(str(path), path.name, kind),)), tmp_path)
    assert len(parts) > 2
    assert [p.start for p in parts] == [0, *[p.end for p in parts[:-1]]]
    assert parts[-1].end == path.stat().st_size
    data = path.read_bytes()
    assert all(p.end - p.start >= SIZE for p in parts[:-1])
    assert [p.first for p in parts] == [data[: p.start].count(b"\n") for p in parts]
    pieces = [data[p.start : p.end] for p in parts]
    found: list[str] = []
    for piece in pieces:
        if kind == "jsonl":
            found += [json.loads(line)["id"] for line in piece.splitlines()]
        else:
            found += [row[0] for row in csv.reader(io.StringIO(piece.decode(), newline=""))]
    assert [n for n in found if n != "id"] == [row["id"] for row in rows]


def test_a_new_file_changes_the_groups_beside_it_only() -> None:
    items = [Input(f"/none/{n:04}", f"{n:04}", "text") for n in range(300)]
    before = set(grouped(items))
    after = set(grouped([*items[:100], Input("/none/0099x", "0099x", "text"), *items[100:]]))
    assert len(after - before) <= 2
