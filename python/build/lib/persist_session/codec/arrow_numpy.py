"""NumPy arrays and scalars in format A."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arrow_columns import pack_numpy_column, unpack_numpy_column

if TYPE_CHECKING:
    from .namespace import Namespace


def pack_numpy(value: Any, namespace: Namespace) -> tuple[list[Any], dict[str, Any]]:
    import numpy as np

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

    flat = unpack_numpy_column(table.column(0), about["column"], namespace)
    if about["kind"] == "scalar":
        return flat[0]
    array = flat.reshape(about["shape"])
    return np.asfortranarray(array) if about["fortran"] else array
