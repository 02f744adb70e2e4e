"""Objects whose class the main script's new run has made anew."""

from __future__ import annotations

from typing import Any

from .codec import Namespace
from .codec.namespace import is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type


def reclass(value: Any, namespace: Namespace) -> bool:
    """Gives the instances within a value the classes of now, in place: the app may still hold them, and `isinstance` is to be
    true. False where that cannot be (members of an Enum, named tuples): then the value has to be decoded anew."""
    waiting = [value]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind in (list, tuple, set, frozenset, dict):
            if id(item) not in seen:
                seen.add(id(item))
                waiting.extend(item)
                if kind is dict:
                    waiting.extend(item.values())
        elif is_dataclass_type(kind) or is_model_type(kind):
            if id(item) not in seen:
                seen.add(id(item))
                if not _give(item, kind, namespace):
                    return False
                waiting.extend(getattr(item, "__dict__", {}).values())
                waiting.extend(getattr(item, name, None) for name in getattr(kind, "__slots__", ()) if name != "__dict__")
        elif is_enum_type(kind) or is_named_tuple_type(kind):
            if namespace.find(kind.__name__) is not kind:
                return False
            if is_named_tuple_type(kind):
                waiting.extend(item)
    return True


def _give(item: Any, kind: type, namespace: Namespace) -> bool:
    newer = namespace.find(kind.__name__)
    if newer is None or newer is kind or not namespace.holds(kind):
        return newer is kind
    try:
        object.__setattr__(item, "__class__", newer)
    except TypeError:
        # The class has other slots now.
        return False
    return True
