"""The classes whose instances may stand inside attributes."""

from __future__ import annotations

import dataclasses
import enum
import sys
from collections.abc import Mapping
from typing import Any


class Namespace:
    """Classes by bare name, among those in the module of the state's class; never imported by a
    name from the bytes.

    `scope` is that module's own dictionary, taken when the class was declared: Streamlit swaps the
    module `__main__` under runs that are going on at the same time, so a look at `sys.modules` can
    find another visitor's.
    """

    __slots__ = ("_found", "module", "scope")

    def __init__(self, module: str, scope: Mapping[str, Any]) -> None:
        self.module = module
        self.scope = scope
        self._found: dict[str, type] = {}

    def find(self, name: str) -> type | None:
        """The class of this name, or None."""
        value = self.scope.get(name)
        if isinstance(value, type) and value.__name__ == name:
            return value
        found = self._found.get(name)
        if found is not None:
            return found
        for value in list(self.scope.values()):
            if isinstance(value, type) and value.__name__ == name:
                self._found[name] = value
                return value
        return value if isinstance(value := self.scope.get(name), type) else None

    def holds(self, cls: type) -> bool:
        """Whether `cls` will be found again by its name. A class that the main script's last run
        made counts as this run's."""
        found = self.find(cls.__name__)
        if found is None:
            return False
        return found is cls or (found.__module__ == cls.__module__ and found.__qualname__ == cls.__qualname__)


def is_dataclass_type(cls: type) -> bool:
    return dataclasses.is_dataclass(cls)


def is_named_tuple_type(cls: type) -> bool:
    return issubclass(cls, tuple) and cls.__new__ is not tuple.__new__ and isinstance(getattr(cls, "_fields", None), tuple)


def is_enum_type(cls: type) -> bool:
    return issubclass(cls, enum.Enum)


def is_model_type(cls: type) -> bool:
    """Whether it is a pydantic model. Looks only if pydantic has been imported: otherwise there can
    be none."""
    pydantic = sys.modules.get("pydantic")
    base = getattr(pydantic, "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base)


def is_persisted_type(cls: type) -> bool:
    """Whether `persist` has put its own functions on the class."""
    return hasattr(cls.__new__, "_persist_original")
