"""What apps call besides the class itself."""

from __future__ import annotations

import time
from typing import Any

from .context import require_context
from .current import clear, current_session
from .ending import end_session_of, rotate_session

__all__ = ["clear_cookie_state", "commit", "end_session", "fresh_after_reload", "rotate"]


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


def rotate(*, login: bool = False) -> None:
    """Gives the browser's session a new id, and keeps its states: who knew the old cookie is out.

    Args:
        login: Somebody has just signed in by the app's own means, so an absolute lifetime (``--max-lifetime``) begins anew. A login by
            ``st.login`` needs no call: the gateway sees it.
    """
    rotate_session(current_session(), login)


def fresh_after_reload() -> None:
    """The next reload of this page begins a new Streamlit session, as it does without the gateway.

    For apps that read something of the browser once a session, such as its local storage, when another page may have changed it. What is kept by
    ``@persist`` stays.
    """
    from .resume.current import current_session_id
    from .resume.logins import LOGINS

    session_id = current_session_id()
    if session_id is None:
        require_context()
    else:
        LOGINS.fresh(session_id)


def end_session() -> None:
    """Ends the browser's session, with all its states and its cookie, in every tab. States of the signed-in user stay.

    `AppState()` gives a fresh state afterwards.
    """
    end_session_of(current_session())


def clear_cookie_state(state: Any) -> None:
    """Clears one state, in every tab. The same as the method that the class has."""
    clear(state)
