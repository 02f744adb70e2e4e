"""One pandas array to Arrow and back, with its exact type."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .arrow import decode_arrow, encode_arrow
from .arrow_columns import pack_numpy_column, unpack_numpy_column
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .namespace import Namespace


def pack_column(array: Any, namespace: Namespace) -> tuple[Any, dict[str, Any]]:
    """`array` is what `.array` of a Series or Index gives."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    dtype = array.dtype
    # pandas gives the arrays of NumPy's types a type of their own around NumPy's.
    if isinstance(dtype, np.dtype) or type(array) is pd.arrays.NumpyExtensionArray:
        return pack_numpy_column(np.asarray(array), namespace)
    if isinstance(dtype, pd.CategoricalDtype):
        categories = base64.b64encode(encode_arrow(dtype.categories, namespace)).decode("ascii")
        about = {"type": "category", "categories": categories, "ordered": bool(dtype.ordered)}
        return pa.array(np.asarray(array.codes)), about
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pa.array(array.asi8), {"type": "zoned", "unit": dtype.unit, "zone": str(dtype.tz)}
    if isinstance(dtype, pd.PeriodDtype):
        return pa.array(array.asi8), {"type": "period", "freq": str(dtype)[len("period[") : -1]}
    if isinstance(dtype, pd.StringDtype):
        missing = "nan" if dtype.na_value is np.nan else "NA"
        about = {"type": "string", "storage": dtype.storage, "missing": missing}
        # By way of objects, since the buffers of a part of a column are not those of the same column by itself.
        return pa.array(array.to_numpy(dtype=object, na_value=None), type=pa.large_string()), about
    if isinstance(dtype, pd.ArrowDtype):
        return _chunk(pa.chunked_array(array.__arrow_array__())), {"type": "arrow"}
    return _pack_by_name(array, pa, pd)


def _pack_by_name(array: Any, pa: Any, pd: Any) -> tuple[Any, dict[str, Any]]:
    """Any other type, if pandas gets the same out that went in."""
    name = str(array.dtype)
    advice = "Convert the column with astype() first."
    try:
        column = pa.array(array)
        back = pd.api.types.pandas_dtype(name).__from_arrow__(pa.chunked_array([column]))
    except Exception:
        raise Unsupported(f"has the type {name}, which cannot be written as Arrow", advice) from None
    if back.dtype != array.dtype or not pd.Series(back).equals(pd.Series(array)):
        raise Unsupported(f"has the type {name}, which Arrow does not keep", advice)
    return _alone(column), {"type": "named", "name": name}


def _chunk(column: Any) -> Any:
    import pyarrow as pa

    combined = column.combine_chunks()
    return _alone(combined if isinstance(combined, pa.Array) else combined.chunk(0))


def _alone(column: Any) -> Any:
    """Without what stands around it in its buffers: equal columns have equal bytes."""
    import numpy as np
    import pyarrow as pa

    return column if column.offset == 0 else column.take(pa.array(np.arange(len(column))))


def unpack_column(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    """An ndarray or a pandas array."""
    import numpy as np
    import pandas as pd

    column = table.column(about["at"])
    kind = about["type"]
    if kind == "category":
        categories = decode_arrow(base64.b64decode(about["categories"]), namespace)
        dtype = pd.CategoricalDtype(categories, ordered=about["ordered"])
        return pd.Categorical.from_codes(_integers(column), dtype=dtype)
    if kind == "zoned":
        moments = pd.DatetimeIndex(_integers(column).view(f"M8[{about['unit']}]"))
        return moments.tz_localize("UTC").tz_convert(about["zone"]).array
    if kind == "period":
        return pd.arrays.PeriodArray(_integers(column), dtype=pd.PeriodDtype(about["freq"]))
    if kind == "string":
        dtype = _string_dtype(about, np, pd)
        return pd.array(column.to_pylist(), dtype=dtype)
    if kind == "arrow":
        return pd.arrays.ArrowExtensionArray(column)
    if kind == "named":
        return pd.api.types.pandas_dtype(about["name"]).__from_arrow__(column)
    return unpack_numpy_column(column, about, namespace)


def _integers(column: Any) -> Any:
    return column.combine_chunks().to_numpy(zero_copy_only=False).copy()


def _string_dtype(about: dict[str, Any], np: Any, pd: Any) -> Any:
    if about["missing"] == "nan":
        return pd.StringDtype(about["storage"], na_value=np.nan)
    return pd.StringDtype(about["storage"])
