"""One pandas array to Arrow and back, with its exact type."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .arrow import decode_arrow, encode_arrow
from .arrow_columns import pack_numpy_column, unpack_numpy_column
from .arrow_freq import pack_freq, unpack_freq
from .text import Malformed
from .unsupported import Unsupported
from .zones import encode_zone, decode_zone

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
        return pa.array(array.asi8), {"type": "zoned", "unit": dtype.unit, "zone": encode_zone(dtype.tz)}
    if isinstance(dtype, pd.PeriodDtype):
        return pa.array(array.asi8), {"type": "period", "freq": pack_freq(dtype.freq, namespace)}
    if isinstance(dtype, pd.IntervalDtype):
        ends = [base64.b64encode(encode_arrow(end, namespace)).decode("ascii") for end in (array.left, array.right)]
        return pa.nulls(len(array)), {"type": "interval", "closed": dtype.closed, "ends": ends}
    if isinstance(dtype, pd.SparseDtype):
        return _pack_sparse(array, namespace)
    if isinstance(dtype, pd.StringDtype):
        missing = "nan" if dtype.na_value is np.nan else "NA"
        about = {"type": "string", "storage": dtype.storage, "missing": missing}
        # By way of objects, since the buffers of a part of a column are not those of the same
        # column by itself.
        return pa.array(array.to_numpy(dtype=object, na_value=None), type=pa.large_string()), about
    if isinstance(dtype, pd.ArrowDtype):
        if _has_views(dtype.pyarrow_dtype):
            raise Unsupported(f"has the type {dtype}, whose values may overlap", "Convert the column with astype() first.")
        return _chunk(pa.chunked_array(array.__arrow_array__())), {"type": "arrow"}
    return _pack_by_name(array, pa, pd)


def _pack_sparse(array: Any, namespace: Namespace) -> tuple[Any, dict[str, Any]]:
    import numpy as np
    import pyarrow as pa

    values = base64.b64encode(encode_arrow(np.asarray(array.sp_values), namespace)).decode("ascii")
    fill: Any = np.empty(1, dtype=object)
    fill[0] = array.fill_value
    index = array.sp_index.to_int_index()
    about = {
        "type": "sparse",
        "kind": array.kind,
        "values": values,
        "places": base64.b64encode(encode_arrow(np.asarray(index.indices), namespace)).decode("ascii"),
        "fill": base64.b64encode(encode_arrow(fill, namespace)).decode("ascii"),
        "subtype": np.lib.format.dtype_to_descr(array.dtype.subtype),
    }
    return pa.nulls(len(array)), about


def _unpack_sparse(length: int, about: dict[str, Any], namespace: Namespace) -> Any:
    import numpy as np
    import pandas as pd
    from pandas._libs.sparse import IntIndex

    values, places, fill = (decode_arrow(base64.b64decode(about[part]), namespace) for part in ("values", "places", "fill"))
    index: Any = IntIndex(length, places.astype("i4"), check_integrity=True)
    index = index.to_block_index() if about["kind"] == "block" else index
    dtype = pd.SparseDtype(np.lib.format.descr_to_dtype(about["subtype"]), fill[0])
    return pd.arrays.SparseArray(values, sparse_index=index, dtype=dtype, kind=about["kind"])


def _has_views(kind: Any) -> bool:
    """Types whose values may lie over each other, or stand for many: a few bytes of them can mean
    all of the memory."""
    import pyarrow as pa

    types: Any = pa.types
    tests = ("is_string_view", "is_binary_view", "is_list_view", "is_large_list_view", "is_run_end_encoded")
    if any(getattr(types, test)(kind) for test in tests if hasattr(types, test)):
        return True
    return any(_has_views(kind.field(at).type) for at in range(kind.num_fields))


def _pack_by_name(array: Any, pa: Any, pd: Any) -> tuple[Any, dict[str, Any]]:
    """Any other type, if pandas gets the same out that went in."""
    name = str(array.dtype)
    advice = "Convert the column with astype() first."
    try:
        column = pa.array(array)
        back = pd.api.types.pandas_dtype(name).__from_arrow__(pa.chunked_array([column]))
    except Exception:
        raise Unsupported(f"has the type {name}, which cannot be written as Arrow", advice) from None
    if type(back) is not type(array) or back.dtype != array.dtype or not pd.Series(back).equals(pd.Series(array)):
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
    import pyarrow as pa

    column = table.column(about["at"])
    kind = about["type"]
    if kind == "category":
        if not pa.types.is_integer(column.type):
            raise Malformed("has a column of another type than it says")
        categories = decode_arrow(base64.b64decode(about["categories"]), namespace)
        dtype = pd.CategoricalDtype(categories, ordered=about["ordered"])
        return pd.Categorical.from_codes(_integers(column), dtype=dtype)
    if kind == "zoned":
        moments = pd.DatetimeIndex(_wide_integers(column).view(f"M8[{about['unit']}]"))
        return moments.tz_localize("UTC").tz_convert(decode_zone(about["zone"])).array
    if kind == "period":
        return pd.arrays.PeriodArray(_wide_integers(column), dtype=pd.PeriodDtype(unpack_freq(about["freq"], namespace)))
    if kind == "interval":
        left, right = (decode_arrow(base64.b64decode(end), namespace) for end in about["ends"])
        if len(left) != len(column):
            raise Malformed("has a column of another length than it says")
        return pd.arrays.IntervalArray.from_arrays(left, right, closed=about["closed"])
    if kind == "sparse":
        return _unpack_sparse(len(column), about, namespace)
    if kind == "string":
        if column.type != pa.large_string():
            raise Malformed("has a column of another type than it says")
        dtype = _string_dtype(about, np, pd)
        return pd.array(column.to_pylist(), dtype=dtype)
    if kind == "arrow":
        if _has_views(column.type):
            raise Malformed("has a column of a type that is not stored")
        return pd.arrays.ArrowExtensionArray(column)
    if kind == "named":
        return _unpack_by_name(column, about["name"], pd)
    return unpack_numpy_column(column, about, namespace)


def _unpack_by_name(column: Any, name: Any, pd: Any) -> Any:
    dtype = pd.api.types.pandas_dtype(str(name))
    if len(column) and (str(column.type) == "null" or _has_views(column.type)):
        raise Malformed("has a column of another type than it says")
    return dtype.__from_arrow__(column)


def _wide_integers(column: Any) -> Any:
    if str(column.type) != "int64":
        raise Malformed("has a column of another type than it says")
    return _integers(column)


def _integers(column: Any) -> Any:
    if column.null_count:
        raise Malformed("has a gap where no gap may be")
    if column.num_chunks == 0:
        return column.to_numpy().copy()
    return column.combine_chunks().to_numpy(zero_copy_only=False).copy()


def _string_dtype(about: dict[str, Any], np: Any, pd: Any) -> Any:
    if about["missing"] == "nan":
        return pd.StringDtype(about["storage"], na_value=np.nan)
    return pd.StringDtype(about["storage"])
