"""Finds the session of the running code, and makes it at the first use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ..state import Arguments, Ended, LiveState, Registration, live_state_of
from .context import require_context, script_context, session_key
from .end import clear_state
from .host import host
from ..errors import PersistError
from .session import Session
from ..service import shared_client
from .running_updates import is_updating

_sessions: dict[int, Session] = {}
_opening = threading.Lock()


def _make_served(key: object, streamlit_id: str) -> Session:
    client = shared_client()
    client.start()
    return Session(key, streamlit_id, client)


_make: Callable[[object, str], Session] = _make_served


def make_sessions(make: Callable[[object, str], Session] | None) -> None:
    """For tests: sessions come from there from now on; None: from the gateway's state service."""
    global _make
    _make = make or _make_served


def current_session() -> Session:
    """@raises PersistError `ERR_NO_SESSION`, `ERR_NO_GATEWAY`"""
    context = require_context()
    key = session_key(context)
    session = _sessions.get(id(key))
    if session is not None:
        return session
    return _open(context, key)


def session_if_any() -> Session | None:
    """The session of the running code, if it has one already."""
    context = script_context()
    return None if context is None else _sessions.get(id(session_key(context)))


def _open(context: Any, key: object) -> Session:
    host().attach(context)
    with _opening:
        session = _sessions.get(id(key))
        if session is None:
            session = _make(key, context.session_id)
            _sessions[id(key)] = session
            session.begin_run()
        return session


def drop_session(key: object) -> None:
    """Drops the session of a key, because Streamlit has dropped its own. A run under way keeps it
    until its end."""
    session = _sessions.get(id(key))
    if session is None or session.key is not key:
        return
    session.retire()
    if session.closed:
        _sessions.pop(id(key), None)


def drop_all_of(test: object) -> None:
    """For tests: their sessions end with them."""
    for session in [session for session in _sessions.values() if session.test is test]:
        drop_session(session.key)


def instance_of(registration: Registration, arguments: Arguments) -> Any:
    return current_session().instance_of(registration, arguments)


def state_behind(instance: Any) -> LiveState:
    """@raises PersistError `ERR_NOT_PERSISTED`"""
    state = live_state_of(instance)
    if state is None:
        raise PersistError(
            "ERR_NOT_PERSISTED",
            f"This {type(instance).__name__} is no persisted state: it is a copy, or an instance of a class without @persist. "
            "Pass what the class gives when it is called, as AppState().",
        )
    if isinstance(state, Ended):
        state.refuse()
    return state


def clear(instance: Any) -> None:
    state = state_behind(instance)
    holder = state.holder
    if isinstance(holder, Session):
        holder.check(state, False)
    if not isinstance(holder, Session) or is_updating(holder, state):
        raise PersistError("ERR_NESTED_UPDATE", "A state cannot be cleared inside its own update. Clear it before or after.")
    clear_state(holder, state)
