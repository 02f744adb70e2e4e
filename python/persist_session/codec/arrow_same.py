"""Whether a frame, series, index, array or scalar is the same after it has been read back: to the
type, the zone, the freq, the bit."""

from __future__ import annotations

from typing import Any

from .zones import same_zone


def same_arrow(one: Any, other: Any) -> bool:
    root = type(one).__module__.partition(".")[0]
    if root == "numpy":
        return _same_numpy(one, other)
    if root == "polars":
        return _same_polars(one, other)
    return _same_pandas(one, other)


def _same_polars(one: Any, other: Any) -> bool:
    import polars as pl

    if isinstance(one, pl.Series):
        return one.name == other.name and one.dtype == other.dtype and bool(one.equals(other, check_dtypes=True, null_equal=True))
    return bool(one.schema == other.schema and one.shape == other.shape and one.equals(other, null_equal=True))


def _same_numpy(one: Any, other: Any) -> bool:
    import numpy as np

    if not isinstance(one, np.ndarray):
        if one.dtype != other.dtype:
            return False
        if one.dtype.kind in "SU":
            return bool(one[:] == other[:])
        return _same_values(np.asarray(one).reshape(-1), np.asarray(other).reshape(-1))
    if one.dtype != other.dtype or one.shape != other.shape or one.dtype.metadata != other.dtype.metadata:
        return False
    return _same_values(one.reshape(-1), other.reshape(-1))


def _same_values(one: Any, other: Any) -> bool:
    import numpy as np

    kind = one.dtype.kind
    if one.dtype.names is not None:
        alike = one.dtype.isalignedstruct == other.dtype.isalignedstruct and len(one) == len(other)
        return alike and all(_same_values(one[name].reshape(-1), other[name].reshape(-1)) for name in one.dtype.names)
    if kind == "O":
        from .same import difference

        return len(one) == len(other) and difference(one.tolist(), other.tolist()) is None
    if kind == "T":
        return _texts(one) == _texts(other) and str(one.dtype) == str(other.dtype)
    if kind in "fc":
        parts = ((one.real, other.real), (one.imag, other.imag)) if kind == "c" else ((one, other),)
        return all(
            bool(np.array_equal(a, b, equal_nan=True)) and bool(np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)])))
            for a, b in parts
        )
    return one.tobytes() == other.tobytes() if one.dtype.itemsize else len(one) == len(other)


def _texts(array: Any) -> list[Any]:
    return [item if isinstance(item, str) else None for item in array.tolist()]


def _same_pandas(one: Any, other: Any) -> bool:
    import pandas as pd

    if one is other:
        return True
    if isinstance(one, pd.DataFrame):
        if one.shape != other.shape or not _same_labels(one, other):
            return False
        same_columns = _same_index(one.columns, other.columns)
        pairs = range(one.shape[1])
        return same_columns and all(_same_column(one.iloc[:, at].array, other.iloc[:, at].array) for at in pairs)
    if isinstance(one, pd.Series):
        from .same import difference

        return (
            len(one) == len(other)
            and _same_labels(one, other)
            and difference(one.name, other.name) is None
            and _same_column(one.array, other.array)
        )
    if isinstance(one, pd.Index):
        return _same_index(one, other)
    if isinstance(one, pd.api.extensions.ExtensionArray):
        return _same_column(one, other)
    return _same_scalar(one, other)


def _same_scalar(one: Any, other: Any) -> bool:
    import pandas as pd

    from .same import difference

    if isinstance(one, (pd.Timestamp, pd.Timedelta)):
        zones = same_zone(getattr(one, "tzinfo", None), getattr(other, "tzinfo", None))
        return bool(one == other) and one.unit == other.unit and zones and getattr(one, "fold", 0) == getattr(other, "fold", 0)
    if isinstance(one, pd.Interval):
        ends = difference([one.left, one.right], [other.left, other.right])
        return one.closed == other.closed and ends is None
    if isinstance(one, pd.Period):
        return one.ordinal == other.ordinal and _same_freq(one.freq, other.freq)
    return _same_freq(one, other)


def _same_labels(one: Any, other: Any) -> bool:
    from .same import difference

    flags = one.flags.allows_duplicate_labels == other.flags.allows_duplicate_labels
    return flags and difference(one.attrs, other.attrs) is None and _same_index(one.index, other.index)


def _same_index(one: Any, other: Any) -> bool:
    import pandas as pd

    from .same import difference

    if type(one) is not type(other) or len(one) != len(other) or difference(list(one.names), list(other.names)) is not None:
        return False
    if isinstance(one, pd.RangeIndex):
        return (one.start, one.stop, one.step) == (other.start, other.stop, other.step)
    if isinstance(one, pd.MultiIndex):
        levels = zip(one.levels, other.levels, strict=True)
        codes = zip(one.codes, other.codes, strict=True)
        return all(_same_index(a, b) for a, b in levels) and all(_same_values_of_codes(a, b) for a, b in codes)
    if not _same_freq(getattr(one, "freq", None), getattr(other, "freq", None)):
        return False
    return _same_column(one.array, other.array)


def _same_values_of_codes(one: Any, other: Any) -> bool:
    return list(one) == list(other)


def _same_freq(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return type(one) is type(other) and bool(one == other) and one.n == other.n and one.normalize == other.normalize


def _same_column(one: Any, other: Any) -> bool:
    import numpy as np
    import pandas as pd

    dtype = one.dtype
    if type(one) is not type(other) or type(dtype) is not type(other.dtype) or dtype != other.dtype or len(one) != len(other):
        return False
    if isinstance(dtype, np.dtype) or type(one) is pd.arrays.NumpyExtensionArray:
        return _same_values(np.asarray(one), np.asarray(other))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return same_zone(dtype.tz, other.dtype.tz) and one.asi8.tobytes() == other.asi8.tobytes()
    if isinstance(dtype, pd.CategoricalDtype):
        return (
            bool(dtype.ordered) == bool(other.dtype.ordered)
            and _same_index(dtype.categories, other.dtype.categories)
            and np.asarray(one.codes).tobytes() == np.asarray(other.codes).tobytes()
        )
    if isinstance(dtype, pd.PeriodDtype):
        return bool(one.asi8.tobytes() == other.asi8.tobytes())
    if isinstance(dtype, pd.IntervalDtype):
        return dtype.closed == other.dtype.closed and _same_index(one.left, other.left) and _same_index(one.right, other.right)
    if isinstance(dtype, pd.SparseDtype):
        return _same_sparse(one, other)
    return _same_masked(one, other)


def _same_sparse(one: Any, other: Any) -> bool:
    import numpy as np

    from .same import difference

    values = _same_values(np.asarray(one.sp_values), np.asarray(other.sp_values))
    places = list(one.sp_index.indices) == list(other.sp_index.indices)
    return values and places and difference(one.dtype.fill_value, other.dtype.fill_value) is None


def _same_masked(one: Any, other: Any) -> bool:
    """Nullable, text and Arrow types. Missing ones are missing in both; what stands under a mask
    does not count."""
    import numpy as np

    from .same import difference

    gone = np.asarray(one.isna())
    if gone.tobytes() != np.asarray(other.isna()).tobytes():
        return False
    return difference(one[~gone].tolist(), other[~gone].tolist()) is None
