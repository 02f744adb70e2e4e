"""The arguments of a persisted class's constructor: `AppState(7)`."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import PersistError
from .registration import Registration

_LOG = logging.getLogger("persist_session")
# By key and code: each run of the main script makes the class anew.
_warned: set[tuple[str, bytes]] = set()


@dataclass(frozen=True)
class Arguments:
    """What the app gave when it last called the class with arguments."""

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.positional or self.named)


def check_arguments(registration: Registration, arguments: Arguments) -> None:
    """The class's defaults are needed, and the app has not called the class with what its
    constructor needs.

    @raises PersistError `ERR_CLASS_ARGUMENTS`
    """
    try:
        parameters = list(inspect.signature(registration.init).parameters.values())[1:]
    except (TypeError, ValueError):
        return
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    by_position = [p for p in parameters if p.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    given = {p.name for p in by_position[: len(arguments.positional)]} | set(arguments.named)
    needed = [p.name for p in parameters if p.default is inspect.Parameter.empty and p.kind not in variable and p.name not in given]
    if needed:
        name = registration.name
        raise PersistError(
            "ERR_CLASS_ARGUMENTS",
            f"{name}() needs {', '.join(needed)}: without that there are no defaults for attributes that the stored state lacks. "
            f"Call {name}({', '.join(needed)}) first, or give each parameter a default.",
        )


def warn_of_ignored(registration: Registration) -> None:
    """Logs once that the state existed already, so the constructor did not get the arguments."""
    seen = (registration.key, registration.code)
    if seen in _warned:
        return
    _warned.add(seen)
    _LOG.warning(
        "%s(…) was called with arguments, and there is a state already, so they were ignored. They only count for a new state. "
        "Assign attributes to change the one that is there, or call its clear_cookie_state() first to begin anew.",
        registration.name,
    )


def forget_warnings() -> None:
    """For tests: each of them must see the warnings of its own classes."""
    _warned.clear()
