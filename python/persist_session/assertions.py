"""What the gateway says about a page's connection, once it has been taken out of the headers: the
app does not see it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

HEADER = "x-persist-session"

arriving: ContextVar[str | None] = ContextVar("persist_session_assertion", default=None)
"""Of the WebSocket that is being served by this task (ASGI)."""

_of: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def keep(holder: Any, assertion: str) -> None:
    """@param holder: a Streamlit session client, or the request of Tornado that it came with"""
    _of[holder] = assertion


def assertion_of(client: Any) -> str | None:
    """The assertion of a session client; ``None`` if nothing was taken from its headers."""
    if client is None:
        return None
    for holder in (client, getattr(client, "request", None)):
        try:
            found = None if holder is None else _of.get(holder)
        except TypeError:
            # It cannot be held weakly, so nothing was kept for it.
            found = None
        if found is not None:
            return found
    return None
