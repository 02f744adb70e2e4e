"""Format A: frames, series, arrays and scalars of pandas, polars and NumPy, as an Arrow IPC file.

What Arrow cannot say (labels, index, exact types) stands as JSON in the schema's metadata under the key `persist_session`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .text import Malformed
from .times import Unholdable

if TYPE_CHECKING:
    from .namespace import Namespace

KEY = b"persist_session"
_PANDAS = frozenset(
    ("DataFrame", "Series", "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex")
) | frozenset(("CategoricalIndex", "IntervalIndex", "Timestamp", "Timedelta", "NaTType", "NAType", "Categorical"))
_POLARS = frozenset(("DataFrame", "Series"))


def is_arrow(kind: type) -> bool:
    """Whether values of this type are written in format A. Imports nothing."""
    root = kind.__module__.partition(".")[0]
    if root == "numpy":
        from numpy import generic, ndarray

        return kind is ndarray or issubclass(kind, generic)
    if root == "pandas":
        return kind.__name__ in _PANDAS
    return root == "polars" and kind.__name__ in _POLARS


def encode_arrow(value: Any, namespace: Namespace) -> bytes:
    """@raises Unsupported"""
    root = type(value).__module__.partition(".")[0]
    if root == "numpy":
        from .arrow_numpy import pack_numpy

        return _write(*pack_numpy(value, namespace))
    if root == "pandas":
        from .arrow_pandas import pack_pandas

        return _write(*pack_pandas(value, namespace))
    from .arrow_polars import pack_polars

    return _write(*pack_polars(value))


def decode_arrow(payload: bytes, namespace: Namespace) -> Any:
    """@raises Unholdable (it is none of ours, or the library is not installed), Malformed"""
    try:
        table, about = _read(payload)
        return _unpack(table, about, namespace)
    except ImportError:
        raise Unholdable from None
    except (Unholdable, Malformed):
        raise
    except Exception as error:
        raise Malformed(f"is not a table that this program understands ({type(error).__name__})") from None


def _unpack(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    library = about.get("library")
    if library == "numpy":
        from .arrow_numpy import unpack_numpy

        return unpack_numpy(table, about, namespace)
    if library == "pandas":
        from .arrow_pandas import unpack_pandas

        return unpack_pandas(table, about, namespace)
    if library == "polars":
        from .arrow_polars import unpack_polars

        return unpack_polars(table, about)
    raise Unholdable


def _write(columns: list[Any], about: dict[str, Any]) -> bytes:
    import pyarrow as pa

    names = [str(index) for index in range(len(columns))]
    table = pa.Table.from_arrays(columns, names=names)
    table = table.replace_schema_metadata({KEY: json.dumps(about, separators=(",", ":")).encode("utf-8")})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _read(payload: bytes) -> tuple[Any, dict[str, Any]]:
    import pyarrow as pa

    try:
        reader = pa.ipc.open_file(pa.py_buffer(payload))
        about = (reader.schema.metadata or {}).get(KEY)
    except (pa.ArrowException, OSError):
        raise Unholdable from None
    if about is None:
        raise Unholdable
    return reader.read_all(), json.loads(about)
