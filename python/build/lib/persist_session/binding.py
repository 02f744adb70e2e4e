"""What stands behind an instance, found by the instance alone and seen by nobody else."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from .live_state import LiveState

_live: dict[int, tuple[weakref.ref[Any], LiveState]] = {}
_binding = threading.Lock()


def live_state_of(instance: Any) -> LiveState | None:
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
