"""pandas frames, series, indexes and scalars in format A."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .arrow import decode_arrow, encode_arrow
from .arrow_extension import pack_column, unpack_column
from .arrow_freq import pack_freq, unpack_freq
from .text import from_utf8
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .namespace import Namespace


def pack_pandas(value: Any, namespace: Namespace) -> tuple[list[Any], dict[str, Any]]:
    import pandas as pd

    kind = type(value)
    about: dict[str, Any] = {"library": "pandas", "kind": kind.__name__}
    columns: list[Any] = []
    if kind is pd.DataFrame:
        about["index"] = _pack_index(value.index, columns, namespace)
        about["columns"] = []
        for place in range(value.shape[1]):
            try:
                about["columns"].append(_pack(value.iloc[:, place].array, columns, namespace))
            except Unsupported as error:
                raise error.at(f"<column {place}>")
        about["labels"] = base64.b64encode(encode_arrow(value.columns, namespace)).decode("ascii")
        about["attrs"] = _attrs(value, namespace)
    elif kind is pd.Series:
        about["index"] = _pack_index(value.index, columns, namespace)
        about["values"] = _pack(value.array, columns, namespace)
        about["name"] = _text(value.name, namespace)
        about["attrs"] = _attrs(value, namespace)
    elif isinstance(value, pd.Index):
        about["kind"] = "Index"
        about["index"] = _pack_index(value, columns, namespace)
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        about["kind"] = "Array"
        about["values"] = _pack(value, columns, namespace)
        # pandas wraps an array of NumPy's, which alone is written.
        about["wrapped"] = type(value) is pd.arrays.NumpyExtensionArray
        freq = getattr(value, "freq", None)
        if freq is not None and kind is not pd.arrays.PeriodArray:
            about["freq"] = pack_freq(freq, namespace)
    elif isinstance(value, pd.tseries.offsets.BaseOffset):
        about.update(kind="Offset", freq=pack_freq(value, namespace))
    elif kind is pd.Interval:
        about["ends"] = _text([value.left, value.right], namespace)
        about["closed"] = value.closed
    elif kind is pd.Period:
        about["ordinal"] = value.ordinal
        about["freq"] = pack_freq(value.freq, namespace)
    elif value is pd.NaT or value is pd.NA:
        about["kind"] = "NaT" if value is pd.NaT else "NA"
    else:
        about["unit"] = getattr(value, "unit", "ns")
        about["fold"] = getattr(value, "fold", 0)
        about["values"] = _pack(pd.Index([value]).array, columns, namespace)
    if kind in (pd.DataFrame, pd.Series) and not value.flags.allows_duplicate_labels:
        about["unique"] = True
    return columns, about


def _attrs(value: Any, namespace: Namespace) -> str:
    try:
        return _text(value.attrs, namespace)
    except Unsupported as error:
        raise error.at("attrs")


def unpack_pandas(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import pandas as pd

    kind = about["kind"]
    if kind == "NaT":
        return pd.NaT
    if kind == "NA":
        return pd.NA
    if kind == "Index":
        return _unpack_index(table, about["index"], namespace)
    if kind == "Array":
        array = unpack_column(table, about["values"], namespace)
        if about["wrapped"]:
            return pd.arrays.NumpyExtensionArray(array)
        if not isinstance(array, pd.api.extensions.ExtensionArray):
            array = pd.Index(array).array
        return array if "freq" not in about else type(pd.Index(array))(array, freq=unpack_freq(about["freq"], namespace)).array
    if kind == "Offset":
        return unpack_freq(about["freq"], namespace)
    if kind == "Interval":
        left, right = _value(about["ends"], namespace)
        return pd.Interval(left, right, closed=about["closed"])
    if kind == "Period":
        return pd.Period(ordinal=about["ordinal"], freq=unpack_freq(about["freq"], namespace))
    if kind in ("Timestamp", "Timedelta"):
        scalar = pd.Index(unpack_column(table, about["values"], namespace))[0]
        scalar = scalar.as_unit(about["unit"]) if hasattr(scalar, "as_unit") else scalar
        return scalar.replace(fold=about["fold"]) if about["fold"] else scalar
    index = _unpack_index(table, about["index"], namespace)
    if kind == "Series":
        result = _series(unpack_column(table, about["values"], namespace), index, pd)
        result.name = _value(about["name"], namespace)
    else:
        parts = [_series(unpack_column(table, column, namespace), index, pd) for column in about["columns"]]
        result = pd.DataFrame(dict(enumerate(parts)), index=index)
        result.columns = decode_arrow(base64.b64decode(about["labels"]), namespace)
    result.attrs = _value(about["attrs"], namespace)
    if about.get("unique"):
        result.flags.allows_duplicate_labels = False
    return result


def _series(values: Any, index: Any, pd: Any) -> Any:
    # The type is named: pandas would make text of objects that happen to be text.
    return pd.Series(values, index=index, dtype=values.dtype)


def _pack(array: Any, columns: list[Any], namespace: Namespace) -> dict[str, Any]:
    column, about = pack_column(array, namespace)
    about["at"] = len(columns)
    columns.append(column)
    return about


def _pack_index(index: Any, columns: list[Any], namespace: Namespace) -> dict[str, Any]:
    import numpy as np
    import pandas as pd

    names = _text(list(index.names), namespace)
    if type(index) is pd.RangeIndex:
        return {"kind": "range", "range": [index.start, index.stop, index.step], "names": names}
    if isinstance(index, pd.MultiIndex):
        # Its levels as they are, with their freq and with values that no row has any more.
        levels = [base64.b64encode(encode_arrow(level, namespace)).decode("ascii") for level in index.levels]
        codes = [_pack(np.asarray(part), columns, namespace) for part in index.codes]
        return {"kind": "multi", "levels": levels, "codes": codes, "names": names}
    about = {"kind": "plain", "values": _pack(index.array, columns, namespace), "names": names}
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)) and index.freq is not None:
        about["freq"] = pack_freq(index.freq, namespace)
    return about


def _unpack_index(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import pandas as pd

    names = _value(about["names"], namespace)
    if about["kind"] == "range":
        return pd.RangeIndex(*about["range"], name=names[0])
    if about["kind"] == "multi":
        levels = [decode_arrow(base64.b64decode(level), namespace) for level in about["levels"]]
        codes = [unpack_column(table, part, namespace) for part in about["codes"]]
        return pd.MultiIndex(levels=levels, codes=codes, names=names)
    index = _index(unpack_column(table, about["values"], namespace), pd)
    if "freq" in about:
        index = type(index)(index, freq=unpack_freq(about["freq"], namespace))
    index.names = names
    return index


def _index(values: Any, pd: Any) -> Any:
    return pd.Index(values, dtype=values.dtype)


def _text(value: Any, namespace: Namespace) -> str:
    from .encode_value import encode_to_text

    return encode_to_text(value, namespace).decode("utf-8")


def _value(text: str, namespace: Namespace) -> Any:
    from .decode_value import decode_text

    return decode_text(from_utf8(text.encode("utf-8")), namespace)
