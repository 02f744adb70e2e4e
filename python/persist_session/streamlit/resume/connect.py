"""Hooks into the moment when a WebSocket gets its session."""

from __future__ import annotations

import logging
from functools import wraps
from inspect import signature
from typing import Any

from .late import LateMessages
from .marks import Marks
from .purpose import purpose_of
from .visitors import Visitors

_LOG = logging.getLogger("persist_session")


def install_connect(marks: Marks, late: LateMessages, visitors: Visitors) -> None:
    """Marks the sessions that a reloaded page gets back, notes whose they are, and separates
    identities if Streamlit does not."""
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager as Manager

    original = Manager.connect_session
    arguments = signature(original)
    if not {"client", "user_info", "existing_session_id"} <= arguments.parameters.keys():
        raise TypeError("connect_session has other arguments")
    compares = hasattr(AppSession, "matches_user_info")

    @wraps(original)
    def connect_session(self: Any, *args: Any, **kwargs: Any) -> str:
        call = arguments.bind(self, *args, **kwargs)
        wanted = call.arguments.get("existing_session_id")
        if wanted is not None and not compares and not _same_identity(self, wanted, call.arguments["user_info"]):
            call.arguments["existing_session_id"] = None
        session_id = original(*call.args, **call.kwargs)
        active = self.get_active_session_info(session_id)
        if active is None:
            return session_id
        client = call.arguments["client"]
        visitors.note(active.session, client)
        purpose = purpose_of(client) if session_id == wanted else None
        if purpose == "resume":
            marks.add(session_id, active.session)
        if purpose in ("resume", "reconnect"):
            late.begin(active.session, is_new=purpose == "resume")
        return session_id

    Manager.connect_session = connect_session  # type: ignore[method-assign]


def _same_identity(manager: Any, session_id: str, user_info: Any) -> bool:
    """Whether the session belongs to the requesting user. Versions up to 1.61 do not check
    that."""
    found = manager.get_session_info(session_id)
    if found is None or getattr(found.session, "_user_info", None) == user_info:
        return True
    _LOG.warning("persist-session: a session was not resumed, because another user is signed in now.")
    return False
