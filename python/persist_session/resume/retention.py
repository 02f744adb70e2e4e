"""How long, and how many, sessions without an open page are kept: longer than Streamlit does, and still bounded."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
from functools import wraps
from typing import Any

from .memory import shortage
from .settings import ResumeSettings

_LOG = logging.getLogger("persist_session")

_INTERVAL = 10.0
"""Seconds between two looks at what is kept."""
_INTERVAL_SHORT = 1.0
"""The same while memory is short."""


def install_retention(settings: ResumeSettings) -> None:
    """Gives Streamlit's storage of disconnected sessions our limits, and watches it while it holds any.

    The oldest go first: when a new one would be one too many, when their time is over, and, a quarter at a
    time, while memory or file descriptors are short (see ``memory``).
    """
    from streamlit.runtime.memory_session_storage import MemorySessionStorage as Storage

    make, save = Storage.__init__, Storage.save

    @wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        # Streamlit passes what its own options say.
        own = kwargs.get("ttl_seconds", 0) if settings.at_least else 0
        make(self, maxsize=settings.keep_max, ttl_seconds=math.ceil(max(settings.keep_for, own)))

    @wraps(save)
    def save_session(self: Any, session_info: Any) -> None:
        save(self, session_info)
        _watch(self)

    Storage.__init__ = __init__  # type: ignore[method-assign]
    if callable(getattr(Storage(), "_cache", {}).__class__.__dict__.get("expire")):
        Storage.save = save_session  # type: ignore[method-assign]
    else:
        _LOG.warning("persist-session: sessions without a page are not let go early when memory is short.")


def _watch(storage: Any) -> None:
    """Called on the event loop, as everything in the storage is."""
    if getattr(storage, "_persist_session_watch", None) is not None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return

    def look() -> None:
        storage._persist_session_watch = None
        cache = storage._cache
        # Streamlit's cache lets go of what is over only when it is used again, which on a quiet server may be never.
        cache.expire()
        short = shortage() if cache else None
        if short is not None:
            _let_go(cache, short)
        if cache:
            delay = _INTERVAL if short is None else _INTERVAL_SHORT
            storage._persist_session_watch = loop.call_later(delay, look)

    storage._persist_session_watch = loop.call_later(_INTERVAL, look)


def _let_go(cache: Any, short: str) -> None:
    count = max(1, len(cache) // 4)
    _LOG.warning("persist-session: %s, so the oldest %d sessions without a page are let go.", short, count)
    for _ in range(count):
        try:
            # The oldest: each was put in when its page went, and taken out when it came back.
            cache.popitem()
        except KeyError:
            break
    gc.collect()
