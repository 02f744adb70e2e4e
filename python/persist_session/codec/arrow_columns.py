"""One column of values with an exact NumPy type, to Arrow and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .text import Malformed, from_utf8
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .namespace import Namespace


def pack_numpy_column(values: Any, namespace: Namespace) -> tuple[Any, dict[str, Any]]:
    """An Arrow array of a flat ndarray, and what else has to be known to get it back."""
    import numpy as np
    import pyarrow as pa

    dtype = values.dtype
    if dtype == object:
        return _pack_objects(values.tolist() if values.ndim else [values.item()], namespace)
    if dtype.kind == "T":
        return _pack_text(values, dtype)
    if dtype.hasobject:
        raise Unsupported("is an array of records that hold objects", "Use columns of their own, or a DataFrame.")
    if dtype.metadata is not None:
        raise Unsupported("is an array whose type has metadata of its own", "Keep them beside the array.")
    if _has_records(dtype):
        raise Unsupported("is an array of the type numpy.record", "Take a plain one: array.astype(array.dtype.descr).")
    about: dict[str, Any] = {"type": "numpy", "dtype": np.lib.format.dtype_to_descr(dtype)}
    if dtype.kind in "mM":
        return pa.array(values.view("i8") if dtype.isnative else values.astype(dtype.newbyteorder("=")).view("i8")), about
    if dtype.kind in "biuf" and dtype.isnative and dtype.itemsize <= 8:
        return pa.array(values), about
    if dtype.itemsize == 0:
        return pa.nulls(len(values)), about
    if dtype.names is not None:
        if dtype.isalignedstruct:
            about["aligned"] = True
        values = _without_padding(values)
    raw = pa.py_buffer(values.tobytes())
    return pa.Array.from_buffers(pa.binary(dtype.itemsize), len(values), [None, raw]), about


def unpack_numpy_column(column: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np

    if about["type"] in ("text", "objects"):
        return _unpack_objects(column, about, namespace)
    if about["type"] == "npstring":
        return _unpack_text(column, about)
    dtype: Any = np.lib.format.descr_to_dtype(_descr(about["dtype"]))
    if about.get("aligned") and dtype.names is not None:
        fields: Any = dtype.fields
        formats = [fields[name][0] for name in dtype.names]
        offsets = [fields[name][1] for name in dtype.names]
        parts = {"names": dtype.names, "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize}
        dtype = np.dtype(parts, align=True)
    _expect(column, dtype)
    array = _joined(column)
    if dtype.itemsize == 0:
        return np.zeros(len(array), dtype)
    if dtype.kind in "mM":
        # The integers are this machine's, whatever the order of bytes that the type asks for.
        native = array.to_numpy(zero_copy_only=False).view(dtype.newbyteorder("="))
        return native.astype(dtype)
    if dtype.kind in "biuf" and dtype.isnative and dtype.itemsize <= 8:
        return np.array(array.to_numpy(zero_copy_only=False), dtype=dtype)
    if len(array) == 0:
        return np.zeros(0, dtype)
    raw = array.buffers()[1]
    return np.frombuffer(raw, dtype=dtype, count=len(array), offset=array.offset * dtype.itemsize).copy()


def _has_records(dtype: Any) -> bool:
    """Whether its items are of a class of their own beside the fields. NumPy takes such a type as
    equal to the plain one."""
    import numpy as np

    if dtype.subdtype is not None:
        return _has_records(dtype.subdtype[0])
    if dtype.names is None:
        return False
    return dtype.type is not np.void or any(_has_records(dtype.fields[name][0]) for name in dtype.names)


def _without_padding(values: Any) -> Any:
    """The padding between the fields of a record is undefined, but equal arrays must have equal
    bytes."""
    import numpy as np

    clean: Any = np.zeros(len(values), values.dtype)
    for name in values.dtype.names:
        clean[name] = values[name]
    return clean


def _expect(column: Any, dtype: Any) -> None:
    """A forged type could request any amount of memory.
    @raises Malformed"""
    import pyarrow as pa

    if dtype.itemsize == 0:
        wanted = pa.null()
    elif dtype.kind in "mM":
        wanted = pa.int64()
    elif dtype.kind in "biuf" and dtype.isnative and dtype.itemsize <= 8:
        wanted = pa.from_numpy_dtype(dtype)
    else:
        wanted = pa.binary(dtype.itemsize)
    if column.type != wanted or (dtype.itemsize and column.null_count):
        raise Malformed("has a column of another type than it says")


def _joined(column: Any) -> Any:
    import pyarrow as pa

    combined = column.combine_chunks()
    if isinstance(combined, pa.Array):
        return combined
    return combined.chunk(0) if combined.num_chunks else pa.array([], column.type)


def _pack_text(values: Any, dtype: Any) -> tuple[Any, dict[str, Any]]:
    """NumPy's StringDType."""
    import numpy as np
    import pyarrow as pa

    about: dict[str, Any] = {"type": "npstring", "coerce": bool(dtype.coerce)}
    if hasattr(dtype, "na_object"):
        missing = dtype.na_object
        if missing is None:
            about["missing"] = ["None"]
        elif isinstance(missing, float) and np.isnan(missing):
            about["missing"] = ["nan"]
        elif isinstance(missing, str):
            about["missing"] = ["text", missing]
        else:
            raise Unsupported("is an array of text with a missing value that is neither nan, None nor a text", "Use one of these.")
    items = [item if isinstance(item, str) else None for item in values.tolist()]
    return pa.array(items, pa.large_string()), about


def _unpack_text(column: Any, about: dict[str, Any]) -> Any:
    import numpy as np
    import pyarrow as pa

    missing = about.get("missing")
    options: dict[str, Any] = {"coerce": about["coerce"] is True}
    if missing is not None:
        options["na_object"] = {"None": None, "nan": np.nan}[missing[0]] if len(missing) == 1 else str(missing[1])
    dtype: Any = np.dtypes.StringDType(**options)
    if column.type != pa.large_string() or (missing is None and column.null_count):
        raise Malformed("has a column of another type than it says")
    items = [options.get("na_object") if item is None else item for item in column.to_pylist()]
    result: Any = np.empty(len(items), dtype=dtype)
    for index, item in enumerate(items):
        result[index] = item
    return result


def _descr(descr: Any) -> Any:
    """JSON has made lists of tuples."""
    if isinstance(descr, list):
        return [tuple(_descr(part) if at == 1 else _shape(part) for at, part in enumerate(field)) for field in descr]
    return descr


def _shape(part: Any) -> Any:
    return tuple(part) if isinstance(part, list) else part


def _pack_objects(items: list[Any], namespace: Namespace) -> tuple[Any, dict[str, Any]]:
    """Objects are written one by one, as attributes are."""
    import pyarrow as pa

    from .encode_value import encode_to_text

    if all(type(item) is str for item in items):
        try:
            return pa.array(items, pa.large_string()), {"type": "text"}
        except UnicodeEncodeError:
            pass
    texts = []
    for index, item in enumerate(items):
        try:
            texts.append(encode_to_text(item, namespace))
        except Unsupported as error:
            raise error.at(index)
    return pa.array(texts, pa.large_binary()), {"type": "objects"}


def _unpack_objects(column: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np
    import pyarrow as pa

    from .decode_value import decode_text

    if column.type != (pa.large_string() if about["type"] == "text" else pa.large_binary()) or column.null_count:
        raise Malformed("has a column of another type than it says")
    result: Any = np.empty(len(column), dtype=object)
    items = column.to_pylist()
    for index, item in enumerate(items):
        result[index] = item if about["type"] == "text" else decode_text(from_utf8(item), namespace)
    return result
