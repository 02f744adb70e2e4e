"""Objects whose class a new run of the main script has defined again."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from types import SimpleNamespace
from typing import Any

from ..codec import Namespace, is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type, slot_values, slots_of


def reclass(value: Any, namespace: Namespace) -> bool:
    """Gives the instances within a value the present classes, in place: the app may still hold
    them, and `isinstance` must be true. False if that is impossible (members of an Enum, named
    tuples): then the value must be decoded again."""
    waiting = [value]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind in _COLLECTIONS:
            if id(item) not in seen:
                seen.add(id(item))
                waiting.extend(item)
                if isinstance(item, dict):
                    waiting.extend(item.values())
                if kind is defaultdict and not _is_factory_of_now(item.default_factory, namespace):
                    return False
        elif kind is SimpleNamespace:
            if id(item) not in seen:
                seen.add(id(item))
                waiting.extend(vars(item).values())
        elif is_dataclass_type(kind) or is_model_type(kind):
            if id(item) not in seen:
                seen.add(id(item))
                # A generic class's arguments may be of the last run too.
                if "__orig_class__" in getattr(item, "__dict__", {}) or not _give(item, kind, namespace):
                    return False
                waiting.extend(getattr(item, "__dict__", {}).values())
                for part in slot_values(slots_of(type(item)), item).values():
                    waiting.extend(part.values() if isinstance(part, dict) else [part])
        elif is_enum_type(kind) or is_named_tuple_type(kind):
            if namespace.find(kind.__name__) is not kind:
                return False
            if is_named_tuple_type(kind):
                waiting.extend(item)
    return True


_COLLECTIONS = frozenset((list, tuple, set, frozenset, dict, deque, Counter, OrderedDict, defaultdict))


def _is_factory_of_now(factory: Any, namespace: Namespace) -> bool:
    name = getattr(factory, "__name__", "")
    return getattr(factory, "__module__", None) != namespace.module or namespace.scope.get(name) is factory


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
