"""Compressed files, and tables that are no UTF-8, as plain files that can be read from any
place on. A text is unpacked in memory; a file of records once, into OUT, for as long as a
batch or an `apply` works on it.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from repair.corpus.inputs import Input, InputError, read_bytes

CHUNK = 1 << 20
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Where the zeros stand in the first two characters of ASCII, or the first one.
WIDE = {
    b"\0\1\0\1": "utf-16-be",
    b"\1\0\1\0": "utf-16-le",
    b"\0\0\0\1": "utf-32-be",
    b"\1\0\0\0": "utf-32-le",
}
LINES = ("jsonl", "csv", "tsv")


@contextmanager
def opened(item: Input) -> Iterator[BinaryIO]:
    """The input's bytes, unpacked, as a stream from its start.

    InputError where it cannot be read or its compression is broken."""
    try:
        with Path(item.path).open("rb") as file:
            if not item.packed:
                yield file
                return
            if not os.fstat(file.fileno()).st_size:
                raise InputError(item.path, f"broken {item.packed} (empty)")
            import pyarrow as pa

            with pa.CompressedInputStream(file, item.packed) as stream:
                try:
                    yield stream
                except OSError as error:
                    if error.errno:
                        raise
                    what = f"broken {item.packed} ({str(error).splitlines()[0]})"
                    raise InputError(item.path, what, f"byte {file.tell()}") from None
    except OSError as error:
        raise InputError(item.path, error.strerror or str(error)) from None


def whole(item: Input, largest: int) -> bytes:
    """All bytes of an input of one document. InputError where they are more than `largest`."""
    if not item.packed:
        try:
            size = Path(item.path).stat().st_size
        except OSError as error:
            raise InputError(item.path, error.strerror or str(error)) from None
        _small(item.path, size, largest)
        return read_bytes(item.path)
    with opened(item) as stream:
        data = stream.read(largest + 1)
        _small(item.path, len(data), largest)
    return data


def _small(path: str, size: int, largest: int) -> None:
    if size > largest:
        raise InputError(path, f"larger than {largest >> 20} MB; see --largest")


def plain_file(item: Input, state: Path) -> Path:
    """A file that can be read from any place on: the input, or what was unpacked of it below
    `state`. InputError where it cannot be unpacked."""
    codec = _codec(item)
    if not item.packed and not codec:
        return Path(item.path)
    try:
        about = Path(item.path).stat()
    except OSError as error:
        raise InputError(item.path, error.strerror or str(error)) from None
    name = f"{Path(item.path).absolute()}\0{about.st_size}\0{about.st_mtime_ns}"
    target = state / "unpacked" / hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        with opened(item) as stream, draft.open("wb") as file:
            for data in _recoded(item, stream, codec):
                file.write(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _codec(item: Input) -> str:
    """The codec of a table or of JSON lines that are no UTF-8; empty where they are."""
    if item.kind not in LINES:
        return ""
    with opened(item) as stream:
        head = stream.read(1 << 16)
    for mark, codec in MARKS:
        if head.startswith(mark):
            return codec
    if wide := WIDE.get(bytes(map(bool, head[:4]))):
        return wide
    if item.kind == "jsonl":
        return ""
    from repair.encoding.decode import decode

    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        found = decode(head[: head.rfind(b"\n") + 1 or None]).codec
        return "" if found in ("utf-8", "mixed") else found
    return ""


def _recoded(item: Input, stream: BinaryIO, codec: str) -> Iterator[bytes]:
    """The stream in UTF-8."""
    reader = codecs.getincrementaldecoder(codec)() if codec else None
    done = 0
    while data := stream.read(CHUNK):
        try:
            yield reader.decode(data).encode("utf-8") if reader else data
        except UnicodeError as error:
            place = f"byte {done + getattr(error, 'start', 0)}"
            raise InputError(item.path, f"broken {codec}", place) from None
        done += len(data)
    if reader:
        try:
            yield reader.decode(b"", final=True).encode("utf-8")
        except UnicodeError:
            raise InputError(item.path, f"broken {codec} (cut off)", f"byte {done}") from None
