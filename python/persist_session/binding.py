"""What stands behind an instance, found by the instance alone and seen by nobody else."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from .ended import Ended
from .live_state import LiveState

_live: dict[int, tuple[weakref.ref[Any], LiveState | Ended]] = {}
_binding = threading.Lock()


def live_state_of(instance: Any) -> LiveState | Ended | None:
    """What stands behind this instance; None for a plain one."""
    entry = _live.get(id(instance))
    return entry[1] if entry is not None else None


def bind(instance: Any, state: LiveState) -> None:
    key = id(instance)

    # Bound early: at the interpreter's end the module's names are gone before the instances are.
    def forget(_: weakref.ref[Any], pop: Any = _live.pop) -> None:
        pop(key, None)

    with _binding:
        _live[key] = (weakref.ref(instance, forget), state)
    state.instance = instance


def unbind(state: LiveState) -> None:
    """The state's session has ended: whoever has kept the instance gets an error from it. Nothing of the session is held for
    that, since by way of the class it all leads back to the instance, which then would stay for ever."""
    instance = state.instance
    if instance is None:
        return
    with _binding:
        entry = _live.get(id(instance))
        if entry is not None:
            _live[id(instance)] = (entry[0], Ended(state.registration.cls))
    state.instance = None
