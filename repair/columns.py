"""Arrow arrays of Python values, made of their bytes: `pyarrow.array` asks each time whether
what it gets is of pandas, and imports that for it, which takes a process 0.4 s. And tables of
DuckDB's that they are put into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def numbers(values: Iterable[int], kind: str) -> pa.Array:
    """Integers of a kind of numpy."""
    return array(np.fromiter(values, kind))


def array(values: NDArray[Any]) -> pa.Array:
    """The numbers of an array of numpy."""
    import pyarrow as pa

    kind, data = pa.from_numpy_dtype(values.dtype), pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None, data])


def binary(values: Sequence[bytes | None], large: bool = False) -> pa.Array:
    """Bytes; None is null."""
    import pyarrow as pa

    return _array(pa.large_binary() if large else pa.binary(), values, large)


def strings(values: Sequence[str | None]) -> pa.Array:
    """Texts that UTF-8 can hold; None is null."""
    import pyarrow as pa

    return _array(pa.string(), [v if v is None else v.encode() for v in values], large=False)


def lists(sizes: Iterable[int], inner: pa.Array) -> pa.Array:
    """Lists of so many elements each, which `inner` has."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(array(_offsets(sizes, "int32")), inner)


def insert(connection: Any, table: str, columns: Mapping[str, pa.Array]) -> None:
    """Adds rows to a table of DuckDB's that has these columns in this order."""
    import pyarrow as pa

    connection.register("held", pa.Table.from_arrays(list(columns.values()), list(columns)))
    connection.execute(f"INSERT INTO {table} SELECT * FROM held")
    connection.unregister("held")


def flat(values: Iterable[Iterable[Any]]) -> list[Any]:
    """The elements of lists, one list after the other."""
    return list(chain.from_iterable(values))


def _array(kind: Any, values: Sequence[bytes | None], large: bool) -> pa.Array:
    import pyarrow as pa

    size, valid = len(values), None
    if missing := values.count(None):
        if missing == size:
            return pa.nulls(size, kind)
        bits = np.fromiter((value is not None for value in values), np.bool_, size)
        valid = pa.py_buffer(np.packbits(bits, bitorder="little").tobytes())
        values = [value or b"" for value in values]
    present: Any = values
    offsets = _offsets(map(len, present), "int64" if large else "int32")
    parts = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(present))]
    return pa.Array.from_buffers(kind, size, parts)


def _offsets(sizes: Iterable[int], kind: str) -> Any:
    ends = np.cumsum(np.fromiter(sizes, kind), dtype=kind)
    return np.concatenate((np.zeros(1, kind), ends))
