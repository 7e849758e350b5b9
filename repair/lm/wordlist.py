"""jieba's dictionary (MIT) as it lies on disk: to read it takes a tenth of the time in which
jieba makes its own table of the words and all their beginnings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def dictionary() -> bytes:
    """Its lines in UTF-8: a word, how often jieba counted it, its tag."""
    spec = find_spec("jieba")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "dict.txt").read_bytes()
