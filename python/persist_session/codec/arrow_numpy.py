"""NumPy arrays and scalars in format A."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .arrow_columns import pack_numpy_column, unpack_numpy_column
from .text import Malformed

if TYPE_CHECKING:
    from .namespace import Namespace


def pack_numpy(value: Any, namespace: Namespace) -> tuple[list[Any], dict[str, Any]]:
    import numpy as np

    if type(value) is np.str_:
        # Within an array it would lose the zeros at its end.
        return [], {"library": "numpy", "kind": "str", "text": value[:]}
    if type(value) is np.bytes_:
        return [], {"library": "numpy", "kind": "bytes", "text": base64.b64encode(value).decode("ascii")}
    scalar = not isinstance(value, np.ndarray)
    array = np.asarray(value)
    # Written as C order; the array gets its own order of memory back.
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    flat = np.ascontiguousarray(array).reshape(-1)
    column, about = pack_numpy_column(flat, namespace)
    return [column], {
        "library": "numpy",
        "kind": "scalar" if scalar else "array",
        "shape": list(array.shape),
        "fortran": bool(fortran),
        "column": about,
    }


def unpack_numpy(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np

    if about["kind"] == "str":
        return np.str_(about["text"])
    if about["kind"] == "bytes":
        return np.bytes_(base64.b64decode(about["text"]))
    if table.num_columns != 1 or type(about["shape"]) is not list or any(type(side) is not int or side < 0 for side in about["shape"]):
        raise Malformed("is not an array with its shape")
    flat = unpack_numpy_column(table.column(0), about["column"], namespace)
    if about["kind"] == "scalar":
        if len(flat) != 1:
            raise Malformed("is not one scalar")
        return flat[0]
    array = flat.reshape(about["shape"])
    return np.asfortranarray(array) if about["fortran"] else array
