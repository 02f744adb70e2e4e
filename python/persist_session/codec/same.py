"""Whether a value that was read back is the one that was written: of the same types, in the same
order, to the last bit."""

from __future__ import annotations

import math
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, time, tzinfo
from enum import Enum
from fractions import Fraction
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

from .class_layout import is_cached_property, is_ours, slot_values, slots_of
from .namespace import Namespace, is_dataclass_type, is_model_type
from .path import Step
from .unsupported import Unsupported
from .zones import same_zone

_NOTHING: Any = object()
_SEQUENCES = (list, tuple, deque)
_MAPPINGS = (dict, OrderedDict, Counter, defaultdict)


def check_text(text: str, value: Any, namespace: Namespace) -> None:
    """Reads what has just been written. @raises Unsupported if it is not the value"""
    from .decode_value import decode_text

    try:
        back = decode_text(text, namespace)
    except Exception as error:
        raise Unsupported(f"cannot be read again once it is stored ({type(error).__name__})", "Store its parts.") from None
    refuse_difference(value, back)


def refuse_difference(value: Any, back: Any) -> None:
    """@raises Unsupported at the path of the first difference"""
    steps = difference(value, back)
    if steps is None:
        return
    error = Unsupported("does not come back from its stored form as it is", "Store it in another form.")
    error.steps = steps
    raise error


def difference(one: Any, other: Any) -> list[Step] | None:
    """The path to the first place where the two differ; None if they are the same."""
    return _Comparison().difference(one, other)


class _Comparison:
    def __init__(self) -> None:
        # Pairs that are being compared or have been: cycles end here.
        self._met: dict[int, int] = {}

    def difference(self, one: Any, other: Any) -> list[Step] | None:
        kind = type(one)
        if not _is_same_class(kind, type(other)):
            return []
        if one is other and kind is not float:
            return None
        if id(one) in self._met and not isinstance(one, (int, float, str, bytes)):
            return None if self._met[id(one)] == id(other) else []
        if kind in _SEQUENCES or isinstance(one, tuple):
            return self._sequence(one, other)
        if kind in _MAPPINGS:
            return self._mapping(one, other)
        if kind in (set, frozenset):
            return self._members(one, other)
        if kind is slice:
            return self._sequence([one.start, one.stop, one.step], [other.start, other.stop, other.step])
        if isinstance(one, Enum):
            return None if one.name == other.name and one.value == other.value else []
        if is_model_type(kind) or is_dataclass_type(kind) or kind is SimpleNamespace:
            return self._instance(one, other)
        return None if same_leaf(one, other) else []

    def _meet(self, one: Any, other: Any) -> None:
        self._met[id(one)] = id(other)

    def _sequence(self, one: Any, other: Any) -> list[Step] | None:
        self._meet(one, other)
        if type(one) is deque and one.maxlen != other.maxlen:
            return []
        return self._items(one, other)

    def _items(self, one: Iterable[Any], other: Iterable[Any]) -> list[Step] | None:
        for index, (left, right) in enumerate(zip_longest(one, other, fillvalue=_NOTHING)):
            found = self.difference(left, right)
            if found is not None:
                return [index, *found]
        return None

    def _mapping(self, one: Any, other: Any) -> list[Step] | None:
        self._meet(one, other)
        if type(one) is defaultdict and not _is_same_factory(one.default_factory, other.default_factory):
            return ["default_factory"]
        if (found := self._items(one, other)) is not None:
            return [f"<key {found[0]}>"]
        for (key, left), right in zip(one.items(), other.values(), strict=True):
            if (found := self.difference(left, right)) is not None:
                return [key if type(key) is str else "<value>", *found]
        return None

    def _members(self, one: Any, other: Any) -> list[Step] | None:
        self._meet(one, other)
        left = list(other)
        for item in one:
            match = next((index for index, candidate in enumerate(left) if self._matches(item, candidate)), None)
            if match is None:
                return ["<item>"]
            del left[match]
        return ["<item>"] if left else None

    def _matches(self, one: Any, other: Any) -> bool:
        met = dict(self._met)
        if self.difference(one, other) is None:
            return True
        self._met = met
        return False

    def _instance(self, one: Any, other: Any) -> list[Step] | None:
        self._meet(one, other)
        for left, right in zip(_parts(one), _parts(other), strict=True):
            if left is None or right is None or isinstance(left, set):
                if left != right:
                    return []
                continue
            for name in (*left, *(name for name in right if name not in left)):
                found = self.difference(left.get(name, _NOTHING), right.get(name, _NOTHING))
                if found is not None:
                    return [name, *found]
        return None


def _parts(value: Any) -> list[Any]:
    kind = type(value)
    content = {name: item for name, item in getattr(value, "__dict__", {}).items() if not is_cached_property(kind, name)}
    if is_model_type(kind):
        return [content, value.__pydantic_extra__, value.__pydantic_private__, value.__pydantic_fields_set__]
    return [{**slot_values(slots_of(kind), value), **content}]


def _is_same_class(one: type, other: type) -> bool:
    """The main script makes its classes anew on each run."""
    return one is other or (
        one.__module__ == other.__module__ and one.__qualname__ == other.__qualname__ and is_ours(one) and is_ours(other)
    )


def _is_same_factory(one: Any, other: Any) -> bool:
    return one is other or getattr(one, "__qualname__", one) == getattr(other, "__qualname__", other)


def same_leaf(one: Any, other: Any) -> bool:
    """For values of one type that hold no others."""
    kind = type(one)
    if kind is float:
        return struct.pack("<d", one) == struct.pack("<d", other) or (math.isnan(one) and math.isnan(other))
    if kind is complex:
        return same_leaf(one.real, other.real) and same_leaf(one.imag, other.imag)
    if kind in (datetime, time):
        same = one.replace(tzinfo=None) == other.replace(tzinfo=None) and one.fold == other.fold
        return same and same_zone(one.tzinfo, other.tzinfo)
    if isinstance(one, tzinfo):
        return same_zone(one, other)
    root = kind.__module__.partition(".")[0]
    if root in ("numpy", "pandas", "polars"):
        from .arrow import same_arrow

        return same_arrow(one, other)
    if kind.__name__ == "Decimal":
        return str(one) == str(other)
    if isinstance(one, (int, str, bytes, bytearray, Fraction)):
        return bool(one == other)
    # An alias such as Box[int]: its class may be another run's.
    return bool(one == other) or (kind.__module__ == "typing" and repr(one) == repr(other))
