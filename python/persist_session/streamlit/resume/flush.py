"""Sends a session's messages to the page that has it now.

Streamlit sends the waiting messages of all pages in one round, and lets other work in between. It
lists the connections before the round. If a reloaded page gets its session back in the middle of
it, the round would give the beginning of the new run to the connection that has gone, and the page
would wait for it in vain. The more pages are open, the longer the round is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any


class PresentConnections(list[Any]):
    """Streamlit's list of connections. Iterating over it skips connections that have been replaced
    meanwhile."""

    def __init__(self, manager: Any, connections: list[Any]) -> None:
        super().__init__(connections)
        self._manager = manager

    def __iter__(self) -> Iterator[Any]:
        return (connection for connection in super().__iter__() if is_present(self._manager, connection))


def is_present(manager: Any, connection: Any) -> bool:
    """Whether the session still has this connection."""
    return manager.get_active_session_info(connection.session.id) is connection


def install_flush() -> None:
    from streamlit.runtime.runtime import Runtime
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager as Manager

    listed, sent = Manager.list_active_sessions, Runtime._send_message

    @wraps(listed)
    def list_active_sessions(self: Any) -> list[Any]:
        return PresentConnections(self, listed(self))

    @wraps(sent)
    def send_message(self: Any, session_info: Any, msg: Any) -> None:
        # If it has been replaced between two of its messages, older versions of Streamlit would
        # take the failure to send the next one for the end of the page that has the session now.
        if is_present(self._session_mgr, session_info):
            sent(self, session_info, msg)

    Manager.list_active_sessions = list_active_sessions  # type: ignore[method-assign]
    Runtime._send_message = send_message  # type: ignore[method-assign]
