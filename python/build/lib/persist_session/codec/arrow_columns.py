"""One column of values with an exact NumPy type, to Arrow and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .text import from_utf8
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
    if dtype.hasobject:
        raise Unsupported("is an array of records that hold objects", "Use columns of their own, or a DataFrame.")
    about = {"type": "numpy", "dtype": np.lib.format.dtype_to_descr(dtype)}
    if dtype.kind in "mM":
        return pa.array(values.view("i8") if dtype.isnative else values.astype(dtype.newbyteorder("=")).view("i8")), about
    if dtype.kind in "biuf" and dtype.isnative and dtype.itemsize <= 8:
        return pa.array(values), about
    if dtype.itemsize == 0:
        return pa.nulls(len(values)), about
    raw = pa.py_buffer(values.tobytes())
    return pa.Array.from_buffers(pa.binary(dtype.itemsize), len(values), [None, raw]), about


def unpack_numpy_column(column: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np

    if about["type"] in ("text", "objects"):
        return _unpack_objects(column, about, namespace)
    dtype = np.lib.format.descr_to_dtype(_descr(about["dtype"]))
    array = column.combine_chunks()
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

    from .lower import lower_to_text

    if all(type(item) is str for item in items):
        try:
            return pa.array(items, pa.large_string()), {"type": "text"}
        except UnicodeEncodeError:
            pass
    texts = []
    for index, item in enumerate(items):
        try:
            texts.append(lower_to_text(item, namespace))
        except Unsupported as error:
            raise error.at(index)
    return pa.array(texts, pa.large_binary()), {"type": "objects"}


def _unpack_objects(column: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np

    from .raising import raise_text

    result: Any = np.empty(len(column), dtype=object)
    items = column.to_pylist()
    for index, item in enumerate(items):
        result[index] = item if about["type"] == "text" else raise_text(from_utf8(item), namespace)
    return result
