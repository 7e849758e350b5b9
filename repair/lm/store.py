"""The model file: a header in JSON and raw arrays, each on a 64-byte boundary.

    0   8 bytes   b"repairLM"
    8   u32       version of the format
    12  u32       length of the header
    16  u32       CRC-32 of the header
    20  header    JSON: {"meta": {…}, "arrays": {name: [dtype, shape, offset]}, "size": bytes}
    …   arrays    little-endian

The file is memory-mapped and no array is copied, so that loading costs the header only.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"repairLM"
VERSION = 1
_HEAD = struct.Struct("<8sIII")
_ALIGN = 64


class ModelFileError(ValueError):
    """A file that is no language model of ours, or is damaged."""


def write(path: str | Path, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the file; the same content gives the same bytes."""
    offset = 0
    index: dict[str, list[Any]] = {}
    body: list[bytes] = []
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        raw += b"\0" * (-len(raw) % _ALIGN)
        index[name] = [array.dtype.str, list(array.shape), offset]
        body.append(raw)
        offset += len(raw)
    header = json.dumps(
        {"meta": meta, "arrays": index, "size": offset}, ensure_ascii=False, sort_keys=True
    ).encode()
    header += b" " * (-(_HEAD.size + len(header)) % _ALIGN)
    head = _HEAD.pack(MAGIC, VERSION, len(header), zlib.crc32(header))
    Path(path).write_bytes(b"".join([head, header, *body]))


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The meta data and the arrays, mapped read-only. Raises ModelFileError."""
    path = Path(path)
    try:
        whole = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot read the language model {path}: {error}") from error
    try:
        magic, version, length, check = _HEAD.unpack(whole[: _HEAD.size].tobytes())
    except struct.error as error:
        raise ModelFileError(f"{path} is too short to be a language model") from error
    if magic != MAGIC:
        raise ModelFileError(f"{path} is not a language model of repair")
    if version != VERSION:
        raise ModelFileError(f"{path} has format {version}; this program reads {VERSION}")
    header = whole[_HEAD.size : _HEAD.size + length].tobytes()
    if len(header) != length or zlib.crc32(header) != check:
        raise ModelFileError(f"{path} is damaged: its header does not fit its checksum")
    index = json.loads(header)
    base = _HEAD.size + length
    if len(whole) != base + index["size"]:
        raise ModelFileError(
            f"{path} is damaged: {len(whole)} bytes where {base + index['size']} should be"
        )
    arrays = {}
    for name, (kind, shape, offset) in index["arrays"].items():
        dtype = np.dtype(kind)
        end = base + offset + int(np.prod(shape)) * dtype.itemsize
        arrays[name] = whole[base + offset : end].view(np.ndarray).view(dtype).reshape(shape)
    return index["meta"], arrays
