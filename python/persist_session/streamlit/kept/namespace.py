"""The app's classes, by bare name: those of its main script's run, then those of its modules."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ...codec import Namespace
from ..callers import callers

_DEFINED = (type, types.FunctionType, TypeVar)
_OTHERS = frozenset(("site-packages", "dist-packages", ".venv", "venv", "node_modules"))


class AppNamespace(Namespace):
    """Finds a class in the main script, or else in a module that the app has imported from beside
    it. Imports nothing."""

    __slots__ = ("_directory", "_modules")

    def __init__(self, scopes: Iterable[Mapping[str, Any]], directory: str | None) -> None:
        super().__init__("__main__", defined(scopes))
        self._directory = directory
        self._modules: list[Namespace] | None = None

    def find(self, name: str) -> type | None:
        found = super().find(name)
        if found is not None:
            return found
        if self._modules is None:
            self._modules = [Namespace(module.__name__, vars(module)) for module in _modules_below(self._directory)]
        for module in self._modules:
            found = module.find(name)
            # A module may have imported it from elsewhere.
            if found is not None and found.__module__ == module.module:
                return found
        return None


class NoClasses(Namespace):
    """Knows no class, and notes whether one was asked for."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        super().__init__("__main__", _Asked(self))
        self.asked = False

    def find(self, name: str) -> type | None:
        self.asked = True
        return None


class _Asked(dict[str, Any]):
    def __init__(self, namespace: NoClasses) -> None:
        super().__init__()
        self._namespace = namespace

    def get(self, key: str, default: Any = None) -> Any:
        self._namespace.asked = True
        return default


def defined(scopes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The classes, functions and type variables of some scopes; the first one that has a name
    counts."""
    found: dict[str, Any] = {}
    for scope in scopes:
        for name, value in list(scope.items()):
            if isinstance(value, _DEFINED):
                found.setdefault(name, value)
    return found


def scopes_of_frames() -> list[Mapping[str, Any]]:
    """The scopes of the scripts that this thread is running: of a page first, then of the main
    script."""
    found: list[Mapping[str, Any]] = []
    for frame in callers():
        scope = frame.f_globals
        if scope.get("__name__") == "__main__" and not any(scope is known for known in found):
            found.append(scope)
    return found


def scopes_of_run() -> list[Mapping[str, Any]]:
    """The scope of the main script's run that has just ended on this thread; none if Streamlit's
    runner has changed."""
    for frame in callers(17):
        module = frame.f_locals.get("module") if frame.f_code.co_name == "_run_script" else None
        if isinstance(module, types.ModuleType):
            return [vars(module)]
    return []


def _modules_below(directory: str | None) -> Iterator[types.ModuleType]:
    if directory is None:
        return
    root = Path(directory)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == "__main__" or not isinstance(file, str) or not isinstance(module, types.ModuleType):
            continue
        try:
            below = Path(file).relative_to(root)
        except ValueError:
            continue
        if _OTHERS.isdisjoint(below.parts):
            yield module
