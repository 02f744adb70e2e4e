"""What apps call besides the class itself."""

from __future__ import annotations

import time
from typing import Any

from .current import clear, current_session
from .ending import end_session_of, rotate_session

__all__ = ["clear_cookie_state", "commit", "end_session", "rotate"]


def commit() -> None:
    """Stores everything that this session has changed, now rather than at the end of the run.

    Raises:
        PersistError: What could not be stored, and why.
    """
    from .session import PATIENCE

    session = current_session()
    with session.lock:
        errors = session.writing.flush(time.monotonic() + PATIENCE)
    if errors:
        raise errors[0]


def rotate() -> None:
    """Gives the browser's session a new id, and keeps its states. For the moment after a login: who knew the old cookie is out."""
    rotate_session(current_session())


def end_session() -> None:
    """Ends the browser's session, with all its states and its cookie, in every tab. States of the signed-in user stay.

    `AppState()` gives a fresh state afterwards.
    """
    end_session_of(current_session())


def clear_cookie_state(state: Any) -> None:
    """Clears one state, in every tab. The same as the method that the class has."""
    clear(state)
