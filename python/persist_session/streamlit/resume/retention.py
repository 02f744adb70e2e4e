"""Bounds how long and how many sessions without an open page are kept: longer than Streamlit keeps
them, but not forever."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
from functools import wraps
from typing import Any

from .memory import shortage
from .quota import Quota
from .settings import ResumeSettings
from .visitors import Visitors

_LOG = logging.getLogger("persist_session")

_INTERVAL = 10.0
"""Seconds between two checks of the kept sessions."""
_INTERVAL_SHORT = 1.0
"""The same while memory is short."""


def install_retention(settings: ResumeSettings, visitors: Visitors | None = None) -> None:
    """Gives Streamlit's storage of disconnected sessions our limits, and watches it while it holds
    any.

    The oldest go first: when a new one would be one too many (of all, or of one visitor: see
    ``quota``), when their time is over, and, a quarter at a time, while memory or file descriptors
    are short (see ``memory``). A session that never ran a script is not kept at all: it has nothing
    to restore.
    """
    from streamlit.runtime.memory_session_storage import MemorySessionStorage as Storage

    known = visitors or Visitors()
    make, save, delete = Storage.__init__, Storage.save, Storage.delete

    @wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        # Streamlit passes what its own options say.
        own = kwargs.get("ttl_seconds", 0) if settings.at_least else 0
        make(self, maxsize=settings.keep_max, ttl_seconds=math.ceil(max(settings.keep_for, own)))
        self._persist_session_quota = Quota(settings.keep_max, lambda session_id: session_id in self._cache)

    @wraps(save)
    def save_session(self: Any, session_info: Any) -> None:
        if getattr(session_info, "script_run_count", 1) == 0:
            return
        session = session_info.session
        visitor = known.of(session)
        quota: Quota = self._persist_session_quota
        quota.remove(session.id)
        for session_id in quota.make_room(visitor):
            self._cache.pop(session_id, None)
        save(self, session_info)
        quota.add(session.id, visitor)
        if expires:
            _watch(self)

    @wraps(delete)
    def delete_session(self: Any, session_id: str) -> None:
        self._persist_session_quota.remove(session_id)
        # A session that was not kept, or that has expired, is gone already.
        if session_id in self._cache:
            delete(self, session_id)

    expires = callable(getattr(Storage()._cache, "expire", None))
    Storage.__init__ = __init__  # type: ignore[method-assign]
    Storage.save = save_session  # type: ignore[method-assign]
    Storage.delete = delete_session  # type: ignore[method-assign]
    _apply_to_running(Storage)
    if not expires:
        _LOG.warning("persist-session: sessions without a page are not let go early when memory is short.")


def _apply_to_running(storage_class: Any) -> None:
    """Gives our limits to the storage of a Streamlit that has made it already, as long as nothing
    is in it."""
    from streamlit import runtime

    manager = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None
    storage: Any = getattr(manager, "_session_storage", None)
    if type(storage) is storage_class and not storage._cache:
        storage_class.__init__(storage, ttl_seconds=getattr(storage._cache, "ttl", 0))


def _watch(storage: Any) -> None:
    """Called on the event loop, as everything in the storage is."""
    if getattr(storage, "_persist_session_watch", None) is not None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return

    def check() -> None:
        storage._persist_session_watch = None
        cache = storage._cache
        # Streamlit's cache drops expired sessions only when it is used again, which may never
        # happen on a quiet server.
        cache.expire()
        short = shortage() if cache else None
        if short is not None:
            _let_go(storage, short)
        if cache:
            delay = _INTERVAL if short is None else _INTERVAL_SHORT
            storage._persist_session_watch = loop.call_later(delay, check)

    storage._persist_session_watch = loop.call_later(_INTERVAL, check)


def _let_go(storage: Any, short: str) -> None:
    quota: Quota = storage._persist_session_quota
    ids = quota.oldest(max(1, len(storage._cache) // 4))
    _LOG.warning("persist-session: %s, so the oldest %d sessions without a page are let go.", short, len(ids))
    for session_id in ids:
        quota.remove(session_id)
        storage._cache.pop(session_id, None)
    gc.collect()
