"""HTML pages through the batch: two layers, metadata from the markup, undo to the byte."""

from __future__ import annotations

import json
from pathlib import Path

from project import Run

PAGE = """<html><head><meta charset="utf-8"><title>某市加强网格化管理_新闻网</title></head><body>
<div><a href="/">首页</a> &gt; <a href="x">新闻</a></div><h1>某市加强网格化管理</h1>
<p>2021-03-04 10:11 来源：某某日报 作者：王小明</p><div>
<p>20209月以来，我们坚持以\u2f08民为中心，深化网格化管理。</p>
<p>会议指出，要健全法治政府建设科技保障体系，提升服务水平，<script>alert(1)</script>办好实事。</p>
</div></body></html>
"""


def test_a_page_becomes_its_article(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(PAGE, encoding="utf-8")
    out = tmp_path / "out"
    assert repair("batch", tmp_path / "in", "-o", out).returncode == 0
    text = (out / "text/a.html.txt").read_text(encoding="utf-8")
    assert text.split("\n")[0] == "2020年9月以来，我们坚持以人民为中心，深化网格化管理。"
    assert "alert" not in text
    assert "首页" not in text
    (article,) = [json.loads(line) for line in (out / "articles.jsonl").read_text().splitlines()]
    assert (article["title"], article["author"]) == ("某市加强网格化管理", "王小明")
    assert (article["source"], article["date"]) == ("某某日报", "2021-03-04")


def test_offsets_count_in_the_extracted_text_that_is_kept(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(PAGE, encoding="utf-8")
    out = tmp_path / "out"
    repair("batch", tmp_path / "in", "-o", out)
    layers = {
        "extracted": (out / "source/a.html.extracted.txt").read_text(encoding="utf-8"),
        "source": PAGE,
    }
    records = [json.loads(line) for line in (out / "edits.jsonl").read_text().splitlines()]
    assert {record["layer"] for record in records} == set(layers)
    for record in records:
        assert layers[record["layer"]][record["start"] : record["end"]] == record["before"]
    assert "-2020年9月以来，我们坚持以\u2f08民" in repair("diff", out).stdout


def test_undo_gives_the_page_back(repair: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(PAGE, encoding="utf-8")
    out = tmp_path / "out"
    repair("batch", tmp_path / "in", "-o", out)
    repair("undo", out, "--all")
    assert (out / "text/a.html.txt").read_bytes() == PAGE.encode()
