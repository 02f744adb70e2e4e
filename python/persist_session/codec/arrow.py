"""Format A: frames, series, arrays and scalars of pandas, polars and NumPy, as an Arrow IPC file.

What Arrow cannot say (labels, index, exact types) stands as JSON in the schema's metadata under the
key `persist_session`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .text import Malformed, Unholdable
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .namespace import Namespace

KEY = b"persist_session"
_FRAMES = frozenset(("DataFrame", "Series"))
_INDEXES = frozenset(
    ("Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex", "IntervalIndex")
)
_ARRAYS = frozenset(
    (
        *("Categorical", "DatetimeArray", "TimedeltaArray", "PeriodArray", "IntervalArray", "IntegerArray", "FloatingArray"),
        *("BooleanArray", "StringArray", "ArrowStringArray", "ArrowExtensionArray", "NumpyExtensionArray", "SparseArray"),
    )
)
_SCALARS = frozenset(("DateOffset", "Timestamp", "Timedelta", "NaTType", "NAType", "Period", "Interval"))
_PANDAS = _FRAMES | _INDEXES | _ARRAYS | _SCALARS
_POLARS = frozenset(("DataFrame", "Series"))


def is_arrow(kind: type) -> bool:
    """Whether values of this type are written in format A. Imports nothing."""
    root = kind.__module__.partition(".")[0]
    if root == "numpy":
        from numpy import generic, ndarray

        return kind is ndarray or issubclass(kind, generic)
    if root == "pandas":
        return kind.__name__ in _PANDAS or kind.__module__ == "pandas._libs.tslibs.offsets"
    return root == "polars" and kind.__name__ in _POLARS


def has_identity(kind: type) -> bool:
    """Whether values of this type can be changed in place, so that it matters which of them are the
    same object."""
    return kind.__name__ in _FRAMES or kind.__name__ in _ARRAYS or kind.__name__ == "ndarray"


def encode_arrow(value: Any, namespace: Namespace) -> bytes:
    """@raises Unsupported also if the value would not come back as it is"""
    from .arrow_safe import is_safe

    payload = _pack_or_refuse(value, namespace)
    if is_safe(value):
        return payload
    from .same import refuse_difference

    try:
        back = decode_arrow(payload, namespace)
    except (Malformed, Unholdable):
        raise Unsupported(
            f"is a {type(value).__name__} that cannot be read again once it is stored",
            "Convert what is special about it: its types, its index, its time zone.",
        ) from None
    refuse_difference(value, back)
    return payload


def _pack_or_refuse(value: Any, namespace: Namespace) -> bytes:
    try:
        return _pack(value, namespace)
    except (Unsupported, RecursionError, MemoryError, RuntimeError):
        # A RuntimeError can mean that another run changes the value meanwhile: it is then written
        # again.
        raise
    except Exception as error:
        raise Unsupported(
            f"is a {type(value).__name__} that cannot be written as Arrow ({type(error).__name__})",
            "Convert what is special about it: its types, its index, its time zone.",
        ) from None


def same_arrow(one: Any, other: Any) -> bool:
    from .arrow_same import same_arrow as same

    return same(one, other)


def _pack(value: Any, namespace: Namespace) -> bytes:
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
    from .arrow_file import read_table

    table = read_table(payload)
    about = (table.schema.metadata or {}).get(KEY)
    if about is None:
        raise Unholdable
    found = json.loads(about)
    if type(found) is not dict:
        raise Malformed("is not a table of this program")
    return table, found
