"""Stands in for the live state of an instance whose Streamlit session has ended."""

from __future__ import annotations

import weakref
from typing import Any, NoReturn

from ..errors import PersistError


class Ended:
    """Takes the place of the live state, and holds nothing of it."""

    __slots__ = ("_cls", "_name")

    def __init__(self, cls: type) -> None:
        self._cls = weakref.ref(cls)
        self._name = cls.__name__

    def is_of(self, cls: type) -> bool:
        """Whether the instance is of exactly this class, and not of a subclass."""
        return self._cls() is cls

    def refuse(self) -> NoReturn:
        """@raises PersistError `ERR_SCOPE_ENDED`"""
        raise PersistError(
            "ERR_SCOPE_ENDED",
            f"The Streamlit session of this {self._name} has ended. Call {self._name}() in the script where you need it, and do not keep "
            "what it gives in a module or in st.cache_resource.",
        )

    def read(self, instance: Any, name: str) -> Any:
        if name[:2] == "__" and name != "__dict__":
            return object.__getattribute__(instance, name)
        self.refuse()

    def assign(self, instance: Any, name: str, value: Any) -> None:
        self.refuse()

    def delete(self, instance: Any, name: str) -> None:
        self.refuse()
