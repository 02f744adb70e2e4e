"""One Streamlit session: its states, its runs, and the functions for apps."""

from .current import clear, current_session, drop_all_of, drop_session, instance_of, make_sessions, session_if_any
from .context import require_context
from .functions import clear_attribute, clear_cookie_state, commit, end_session, rotate
from .host import Host, set_host
from .session import Session
from .exact_update import update

__all__ = [
    "Host",
    "Session",
    "clear",
    "clear_attribute",
    "clear_cookie_state",
    "commit",
    "current_session",
    "drop_all_of",
    "drop_session",
    "end_session",
    "instance_of",
    "make_sessions",
    "require_context",
    "rotate",
    "session_if_any",
    "set_host",
    "update",
]
