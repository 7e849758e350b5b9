"""Whether a file has changed since it was surveyed: told by the file system where that cannot
err, by its bytes else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from repair.corpus import reading
from repair.corpus.inputs import made
from repair.corpus.shards import Shard


def _shard(path: Path) -> Shard:
    return Shard((made(str(path), path.name),), 0, path.stat().st_size)


def test_a_file_that_was_left_alone_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "text": "一"}\n')
    monkeypatch.setattr(reading, "YOUNG", -1)  # as if that were long ago
    said = reading.seen(_shard(path), tmp_path)
    assert reading.unchanged(_shard(path), tmp_path, said, "")


def test_a_file_that_was_written_to_is_read_again_whatever_its_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "text": "一"}\n')
    monkeypatch.setattr(reading, "YOUNG", -1)
    shard, about = _shard(path), path.stat()
    said, was = reading.seen(shard, tmp_path), reading.content(shard, tmp_path)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert reading.unchanged(shard, tmp_path, said, was)
    time.sleep(0.05)  # file systems count time in steps
    path.write_text('{"id": "1", "text": "二"}\n')
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert not reading.unchanged(shard, tmp_path, said, was)


def test_of_a_file_that_was_just_written_the_bytes_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "text": "一"}\n')
    shard = _shard(path)
    said = reading.seen(shard, tmp_path)
    assert reading.unchanged(shard, tmp_path, said, reading.content(shard, tmp_path))
    assert not reading.unchanged(shard, tmp_path, said, "")


def test_several_files_are_always_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("一")
    monkeypatch.setattr(reading, "YOUNG", -1)
    assert reading.seen(_shard(path), tmp_path) == ""
