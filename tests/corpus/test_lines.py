"""Lines of JSON read many at once say what each says by itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.corpus import rows as reading
from repair.corpus.inputs import Input
from repair.corpus.rows import Keys, Row
from repair.corpus.shards import Shard

KEYS = Keys(largest=60)
SHARD = Shard((Input("in.jsonl", "in.jsonl", "jsonl"),), first=7)
plain = st.builds(
    lambda name, text, rest: json.dumps(
        {"id": name, "text": text, **rest}, ensure_ascii=False
    ).encode("utf-8", "surrogatepass"),
    st.one_of(st.sampled_from(["a", "", "甲", 3, -1, 2.5, True, None, 10**30])),
    st.one_of(st.text(max_size=3), st.sampled_from(["长" * 20, None, 1])),
    st.dictionaries(st.sampled_from(["text", "x"]), st.just("后"), max_size=1),
)
odd = st.sampled_from(
    [
        b"",
        b"  ",
        b"[1]",
        b"1",
        b'"id"',
        b"{",
        b"\xff",
        b'{"id":"a"}',
        b"null",
        b'{"id":"a","text":"b"},{"id":"c","text":"d"}',
        b'{"id":1,"text":"\r"}\r',
    ]
)
sound = st.builds(lambda n: json.dumps({"id": n, "text": "文"}).encode(), st.integers(0, 9))


def told(items: list[object]) -> list[object]:
    return [tuple(item) if isinstance(item, Row) else str(item) for item in items]


@given(st.one_of(st.lists(sound, min_size=1), st.lists(st.one_of(plain, odd, sound), min_size=1)))
def test_the_look_at_many_says_what_each_line_says(lines: list[bytes]) -> None:
    together = reading._plain(SHARD, KEYS, 2, lines)
    if together:
        assert told(together) == told(reading._one_by_one(SHARD, KEYS, 2, lines))


def test_sound_lines_are_read_together() -> None:
    assert reading._plain(SHARD, KEYS, 0, [b'{"id":"a","text":"b"}', b'{"text":"c","id":2}'])


@pytest.mark.parametrize("size", [1, 7, 20, 1000])
def test_lines_are_cut_where_they_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(reading, "LINES", size)
    path = tmp_path / "in.jsonl"
    lines = [b'{"id":1,"text":"a"}', b"", b'{"id":2,"text":"' + b"b" * 80 + b'"}', b'{"id":3,']
    path.write_bytes(b"\n".join([*lines, b'{"id":4,"text":"c"}']))
    shard = Shard((Input(str(path), "in.jsonl", "jsonl"),), 0, path.stat().st_size)
    found = [item for part in reading.rows(shard, KEYS, tmp_path) for item in part]
    assert [item.number for item in found if isinstance(item, Row)] == [0, 4]
    assert [str(item).split(":")[1] for item in found if not isinstance(item, Row)] == ["3", "4"]


def test_a_disk_may_give_less_at_once_than_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n".join(b'{"id":%d,"text":"a"}' % n for n in range(9)))
    shard = Shard((Input(str(path), "in.jsonl", "jsonl"),), 0, path.stat().st_size)
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda file, size, at: pread(file, min(size, 7), at))
    found = [item for part in reading.rows(shard, KEYS, tmp_path) for item in part]
    assert [item.doc_id for item in found if isinstance(item, Row)] == [str(n) for n in range(9)]
