"""Finds the live state behind an instance. Nothing is added to the instance itself."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from .ended import Ended
from .live_state import LiveState

_live: dict[int, tuple[weakref.ref[Any], LiveState | Ended]] = {}
_binding = threading.Lock()


def live_state_of(instance: Any) -> LiveState | Ended | None:
    """The live state behind an instance; None for a plain one."""
    entry = _live.get(id(instance))
    return entry[1] if entry is not None else None


def bind(instance: Any, state: LiveState) -> None:
    key = id(instance)

    # Bound early: when the interpreter exits, the module's names vanish before the instances.
    def forget(_: weakref.ref[Any], pop: Any = _live.pop) -> None:
        pop(key, None)

    with _binding:
        _live[key] = (weakref.ref(instance, forget), state)
    state.instance = instance


def unbind(state: LiveState) -> None:
    """Unbinds a state whose session has ended: code that still holds the instance gets an error
    from it. Holds no reference to the session: through the class it would lead back to the
    instance, which would then live forever."""
    instance = state.instance
    if instance is None:
        return
    with _binding:
        entry = _live.get(id(instance))
        if entry is not None:
            _live[id(instance)] = (entry[0], Ended(state.registration.cls))
    state.instance = None
