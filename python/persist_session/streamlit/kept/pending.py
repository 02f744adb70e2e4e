"""Kept values of the app's own classes: they can be made only when the script has defined or
imported the class.

So the session begins with their bytes, and the first read makes the value.
"""

from __future__ import annotations

import logging
import threading
from functools import wraps
from typing import Any

from ...codec import Namespace, Opaque, decode_attribute
from ...errors import PersistError
from .namespace import AppNamespace, NoClasses, scopes_of_frames
from .settings import KeepSettings

_LOG = logging.getLogger("persist_session")
_here = threading.local()


class Pending:
    """Stands in for a value that has not been read since it was restored."""

    __slots__ = ("content", "directory", "name", "settings")

    def __init__(self, name: str, content: bytes, directory: str | None, settings: KeepSettings) -> None:
        self.name = name
        self.content = content
        self.directory = directory
        self.settings = settings

    def __reduce__(self) -> Any:
        return Pending, (self.name, self.content, self.directory, self.settings)

    def value(self) -> Any:
        """@raises PersistError `ERR_DECODE`"""
        return _decode(self.name, self.content, AppNamespace(scopes_of_frames(), self.directory), self.settings)


def restored(name: str, content: bytes, directory: str | None, settings: KeepSettings) -> Any:
    """A stored value, or what stands for it until it is read. @raises PersistError `ERR_DECODE`"""
    if content[:1] != b"P":
        classless = NoClasses()
        try:
            value = _decode(name, content, classless, settings)
        except PersistError:
            if not classless.asked:
                raise
        else:
            if not classless.asked:
                return value
    elif not settings.allow_pickle:
        raise _unreadable(name, "is pickle, and --allow-pickle is not set")
    return Pending(name, content, directory, settings)


def _decode(name: str, content: bytes, namespace: Namespace, settings: KeepSettings) -> Any:
    value = decode_attribute(content, namespace, owner=name, allow_pickle=settings.allow_pickle)
    if type(value) is Opaque:
        raise _unreadable(name, "is of a kind that this version of persist-session does not know")
    return value


def _unreadable(name: str, why: str) -> PersistError:
    return PersistError("ERR_DECODE", f"What is stored for {name} {why}.")


def install_pending(SessionState: Any, on_failure: Any) -> None:
    """Makes values when they are read.

    @param on_failure: called with the session state and the error if a value cannot be made
    """
    getitem, compact = SessionState._getitem, SessionState._compact_state

    @wraps(getitem)
    def _getitem(self: Any, widget_id: str | None, user_key: str | None) -> Any:
        found = getitem(self, widget_id, user_key)
        if type(found) is not Pending or getattr(_here, "compacting", False):
            return found
        try:
            value = found.value()
        except PersistError as error:
            on_failure(self, error)
            raise KeyError(user_key) from None
        for values in (self._old_state, self._new_session_state):
            for key in (widget_id, user_key):
                if values.get(key) is found:
                    values[key] = value
        return value

    @wraps(compact)
    def _compact_state(self: Any) -> Any:
        # Streamlit moves all values here before a run, when the script has defined nothing yet.
        _here.compacting = True
        try:
            return compact(self)
        finally:
            _here.compacting = False

    SessionState._getitem = _getitem
    SessionState._compact_state = _compact_state
