"""Where instances of an app's classes keep what they hold."""

from __future__ import annotations

import functools
import types
from typing import Any

from .unsupported import Unsupported


def check_layout(cls: type) -> None:
    """Everything an instance holds must stand in its fields: one that is a list at heart holds
    more.

    @raises Unsupported
    """
    try:
        object.__new__(cls)
    except TypeError:
        base = next((base for base in cls.__mro__[1:] if base.__module__ == "builtins" or not is_ours(base)), object)
        raise Unsupported(
            f"is of the class {cls.__qualname__}, a subclass of {base.__name__}, whose content is not in its fields",
            f"Give the class a field that holds the {base.__name__}.",
        ) from None


def is_ours(base: type) -> bool:
    """Whether it was made by a class statement, and not in C."""
    heap_type = 1 << 9
    return bool(base.__flags__ & heap_type)


def slots_of(cls: type) -> dict[str, Any]:
    """The slots of a class and of its bases, by the names that they are found under."""
    return {
        name: value
        for base in reversed(cls.__mro__)
        for name, value in vars(base).items()
        if type(value) is types.MemberDescriptorType
    }


def slot_values(slots: dict[str, Any], value: Any) -> dict[str, Any]:
    result = {}
    for name, slot in slots.items():
        try:
            result[name] = slot.__get__(value)
        except AttributeError:
            # Empty.
            pass
    return result


def static_attribute(cls: type, name: str) -> Any:
    """What stands on the class under this name, without asking a descriptor for its value."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def is_filled_by_class(cls: type, name: str) -> bool:
    """Whether a property or another descriptor stands for this field: then the instance has no
    value under its name."""
    found = static_attribute(cls, name)
    return type(found) is not types.MemberDescriptorType and hasattr(type(found), "__set__")


def is_cached_property(cls: type, name: str) -> bool:
    """Whether what stands under this name was worked out from the rest."""
    return isinstance(getattr(cls, name, None), functools.cached_property)
