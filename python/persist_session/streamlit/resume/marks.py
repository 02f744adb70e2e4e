"""Which sessions have a page that knows nothing about its widgets yet."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from typing import Any

from .current import current_session_id


@dataclass
class Mark:
    """One session between the reload of its page and the end of the first whole run after it."""

    session: weakref.ref[Any]
    thread: int | None = field(default=None)
    """The script thread of the latest run that the page asked for."""


class Marks:
    """The marks, by session id. Kept here because Streamlit's own session state has slots and takes
    no attribute."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self._lock = threading.Lock()

    def add(self, session_id: str, session: Any) -> None:
        """Marks a session whose page has been reloaded."""
        with self._lock:
            # A page that went away before its first run has left its mark behind.
            self._marks = {key: mark for key, mark in self._marks.items() if mark.session() is not None}
            self._marks[session_id] = Mark(weakref.ref(session))

    def find(self) -> Mark | None:
        """The mark of the session whose script runs on this thread."""
        session_id = current_session_id() if self._marks else None
        return None if session_id is None else self._marks.get(session_id)

    def begin(self) -> bool:
        """Notes that a run that the page asked for begins on this thread. Gives whether it is the
        first since the reload."""
        mark = self.find()
        if mark is None:
            return False
        is_first = mark.thread is None
        mark.thread = threading.get_ident()
        return is_first

    def end(self) -> None:
        """Notes that a whole run has ended on this thread, so the page has every widget. Older runs
        do not count."""
        mark = self.find()
        if mark is None or mark.thread != threading.get_ident():
            return
        with self._lock:
            session_id = current_session_id()
            if session_id is not None and self._marks.get(session_id) is mark:
                del self._marks[session_id]
