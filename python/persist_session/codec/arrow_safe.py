"""Values that are known to come back as they are: the common case is not read again when it is
written."""

from __future__ import annotations

from typing import Any

_NUMBERS = "biufcmM"


def is_safe(value: Any) -> bool:
    """Whether nothing about the value is of a kind that could come back otherwise. A quick look:
    types, and no content."""
    kind = type(value)
    root = kind.__module__.partition(".")[0]
    if root == "numpy":
        return _is_safe_type(value.dtype) and value.dtype.kind != "T"
    if root != "pandas":
        return False
    name = kind.__name__
    if name == "DataFrame":
        return _is_safe_frame(value)
    if name == "Series":
        return _is_safe_dtype(value.dtype) and _is_safe_name(value.name) and _is_bare(value) and _is_safe_index(value.index)
    return name in ("Index", "RangeIndex", "DatetimeIndex") and _is_safe_index(value)


def _is_safe_frame(value: Any) -> bool:
    if not _is_bare(value) or not _is_safe_index(value.index) or not _is_safe_index(value.columns):
        return False
    # Each type once: a frame of a thousand columns has few.
    return all(_is_safe_dtype(dtype) for dtype in set(value.dtypes))


def _is_bare(value: Any) -> bool:
    return not value.attrs and bool(value.flags.allows_duplicate_labels)


def _is_safe_name(name: Any) -> bool:
    return name is None or type(name) in (str, int)


def _is_safe_index(index: Any) -> bool:
    name = type(index).__name__
    if name not in ("Index", "RangeIndex") and not (name == "DatetimeIndex" and index.freq is None):
        return False
    return _is_safe_name(index.name) and _is_safe_dtype(index.dtype)


def _is_safe_dtype(dtype: Any) -> bool:
    import numpy as np

    if isinstance(dtype, np.dtype):
        return _is_safe_type(dtype)
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        return dtype.categories is not None and _is_safe_index(dtype.categories)
    # The encoder of a zone makes sure by itself that its name leads back to it.
    return name == "DatetimeTZDtype" or name in ("StringDtype", "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "BooleanDtype")


def _is_safe_type(dtype: Any) -> bool:
    if dtype.metadata is not None or not dtype.isnative:
        return False
    return dtype.kind in "OU" or (dtype.kind in _NUMBERS and dtype.itemsize <= 16)
