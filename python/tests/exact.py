"""An account of a value that leaves nothing out: two values are equal, for these tests, where their accounts are.

Written apart from what the codec itself compares with.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import functools
import types
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pydantic


def account(value: Any) -> Any:
    """Types, order, signs, NaN, zones, freq, names; which mutable objects are the same one."""
    return _Account().of(value)


class _Account:
    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []

    def of(self, value: Any) -> Any:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        if isinstance(value, enum.Enum):
            return (kind, value.name, repr(value.value))
        if isinstance(value, (list, dict, set, collections.deque, bytearray, types.SimpleNamespace, pd.DataFrame, pd.Series, np.ndarray)):
            if id(value) in self.seen:
                return ("again", self.seen[id(value)])
            self.seen[id(value)] = len(self.seen)
            self.kept.append(value)
        return (kind, self.content(value))

    def content(self, value: Any) -> Any:
        if isinstance(value, pydantic.BaseModel):
            parts = (value.__dict__, value.__pydantic_extra__, value.__pydantic_private__)
            return [*(self.of(part) for part in parts), sorted(value.__pydantic_fields_set__)]
        if dataclasses.is_dataclass(value):
            names = {field.name for field in dataclasses.fields(value)} | set(getattr(value, "__dict__", {}))
            skipped = {name for name in names if isinstance(getattr(type(value), name, None), functools.cached_property)}
            return {name: self.of(getattr(value, name)) for name in sorted(names - skipped) if hasattr(value, name)}
        if isinstance(value, (list, tuple, collections.deque)):
            return [getattr(value, "maxlen", None), *(self.of(item) for item in value)]
        if isinstance(value, dict):
            return [repr(getattr(value, "default_factory", None)), *((self.of(key), self.of(item)) for key, item in value.items())]
        if isinstance(value, (set, frozenset)):
            return sorted(repr(account(item)) for item in value)
        if isinstance(value, types.SimpleNamespace):
            return self.of(vars(value))
        if isinstance(value, (pd.Timestamp, pd.Timedelta)):
            return (repr(value), value.unit, self.zone(getattr(value, "tzinfo", None)), getattr(value, "fold", 0))
        if isinstance(value, (dt.datetime, dt.time)):
            return (value.replace(tzinfo=None).isoformat(), value.fold, self.zone(value.tzinfo))
        if isinstance(value, dt.tzinfo):
            return self.zone(value)
        return self.table(value)

    def zone(self, zone: Any) -> Any:
        return None if zone is None else (type(zone).__qualname__, repr(zone), getattr(zone, "key", None))

    def table(self, value: Any) -> Any:
        if isinstance(value, pd.DataFrame):
            columns = [self.column(value.iloc[:, at].array) for at in range(value.shape[1])]
            return [self.index(value.index), self.index(value.columns), columns, self.of(value.attrs), value.flags.allows_duplicate_labels]
        if isinstance(value, pd.Series):
            return [self.index(value.index), self.of(value.name), self.column(value.array), self.of(value.attrs)]
        if isinstance(value, pd.Index):
            return self.index(value)
        if isinstance(value, pd.api.extensions.ExtensionArray):
            return self.column(value)
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, np.generic):
            return (str(value.dtype), repr(value), np.asarray(value).tobytes() if value.dtype.kind != "f" else repr(value))
        if isinstance(value, pl.DataFrame):
            return [(series.name, self.of(series)) for series in value.get_columns()]
        if isinstance(value, pl.Series):
            return (value.name, repr(value.dtype), [repr(item) for item in value.to_list()])
        if isinstance(value, pd.Interval):
            return (self.of(value.left), self.of(value.right), value.closed)
        return repr(value)

    def array(self, value: Any) -> Any:
        if value.dtype.kind in "OT":
            return (str(value.dtype), value.shape, [self.of(item) for item in value.ravel().tolist()])
        items = value.ravel()
        return (str(value.dtype), value.shape, [repr(item) for item in items] if value.dtype.kind in "fc" else items.tobytes())

    def index(self, value: Any) -> Any:
        names = self.of(list(value.names))
        if isinstance(value, pd.MultiIndex):
            codes = [list(map(int, part)) for part in value.codes]
            return ("multi", names, [self.index(level) for level in value.levels], codes)
        if isinstance(value, pd.RangeIndex):
            return ("range", names, value.start, value.stop, value.step)
        freq = getattr(value, "freq", None)
        return (type(value).__name__, names, self.freq(freq), self.column(value.array))

    def freq(self, freq: Any) -> Any:
        if freq is None:
            return None
        options = {name: repr(item) for name, item in freq.kwds.items() if name != "calendar"}
        return (type(freq).__name__, freq.n, freq.normalize, options)

    def column(self, value: Any) -> Any:
        dtype = value.dtype
        kind = (type(value).__name__, str(dtype), self.zone(getattr(dtype, "tz", None)))
        if isinstance(dtype, pd.CategoricalDtype):
            return (kind, dtype.ordered, self.index(dtype.categories), list(map(int, value.codes)))
        if isinstance(dtype, pd.PeriodDtype):
            return (kind, self.freq(dtype.freq), value.asi8.tolist())
        return (kind, [self.of(item) for item in value])
