"""pandas frames, series, indexes and scalars in format A."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .arrow import decode_arrow, encode_arrow
from .arrow_extension import pack_column, unpack_column
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
        about["attrs"] = _text(value.attrs, namespace)
    elif kind is pd.Series:
        about["index"] = _pack_index(value.index, columns, namespace)
        about["values"] = _pack(value.array, columns, namespace)
        about["name"] = _text(value.name, namespace)
        about["attrs"] = _text(value.attrs, namespace)
    elif isinstance(value, pd.Index):
        about["kind"] = "Index"
        about["index"] = _pack_index(value, columns, namespace)
    elif kind is pd.Categorical:
        about["values"] = _pack(value, columns, namespace)
    elif value is pd.NaT or value is pd.NA:
        about["kind"] = "NaT" if value is pd.NaT else "NA"
    else:
        about["unit"] = getattr(value, "unit", "ns")
        about["values"] = _pack(pd.Index([value]).array, columns, namespace)
    return columns, about


def unpack_pandas(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import pandas as pd

    kind = about["kind"]
    if kind == "NaT":
        return pd.NaT
    if kind == "NA":
        return pd.NA
    if kind == "Index":
        return _unpack_index(table, about["index"], namespace)
    if kind == "Categorical":
        return unpack_column(table, about["values"], namespace)
    if kind in ("Timestamp", "Timedelta"):
        scalar = pd.Index(unpack_column(table, about["values"], namespace))[0]
        return scalar.as_unit(about["unit"]) if hasattr(scalar, "as_unit") else scalar
    index = _unpack_index(table, about["index"], namespace)
    if kind == "Series":
        result = _series(unpack_column(table, about["values"], namespace), index, pd)
        result.name = _value(about["name"], namespace)
    else:
        parts = [_series(unpack_column(table, column, namespace), index, pd) for column in about["columns"]]
        result = pd.DataFrame(dict(enumerate(parts)), index=index)
        result.columns = decode_arrow(base64.b64decode(about["labels"]), namespace)
    result.attrs = _value(about["attrs"], namespace)
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
    import pandas as pd

    names = _text(list(index.names), namespace)
    if type(index) is pd.RangeIndex:
        return {"kind": "range", "range": [index.start, index.stop, index.step], "names": names}
    if isinstance(index, pd.MultiIndex):
        levels = [_pack(index.get_level_values(level).array, columns, namespace) for level in range(index.nlevels)]
        return {"kind": "multi", "levels": levels, "names": names}
    about = {"kind": "plain", "values": _pack(index.array, columns, namespace), "names": names}
    freq = getattr(index, "freqstr", None)
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)) and freq is not None:
        about["freq"] = freq
    return about


def _unpack_index(table: Any, about: dict[str, Any], namespace: Namespace) -> Any:
    import pandas as pd

    names = _value(about["names"], namespace)
    if about["kind"] == "range":
        return pd.RangeIndex(*about["range"], name=names[0])
    if about["kind"] == "multi":
        levels = [_index(unpack_column(table, level, namespace), pd) for level in about["levels"]]
        return pd.MultiIndex.from_arrays(levels, names=names)
    index = _index(unpack_column(table, about["values"], namespace), pd)
    if "freq" in about:
        index = type(index)(index, freq=about["freq"])
    index.names = names
    return index


def _index(values: Any, pd: Any) -> Any:
    return pd.Index(values, dtype=values.dtype)


def _text(value: Any, namespace: Namespace) -> str:
    from .lower import lower_to_text

    return lower_to_text(value, namespace).decode("utf-8")


def _value(text: str, namespace: Namespace) -> Any:
    from .raising import raise_text

    return raise_text(from_utf8(text.encode("utf-8")), namespace)
