"""The thread that stores what has changed, after the runs and beside them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_LOG = logging.getLogger("persist_session")


class Worker:
    """Calls functions at their time, one after the other. A function that is given again before its time is called once."""

    def __init__(self) -> None:
        self._due: dict[Callable[[], None], float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def at(self, moment: float, task: Callable[[], None]) -> None:
        """@param moment: by `time.monotonic`"""
        with self._changed:
            self._due[task] = moment
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="persist-session-keep", daemon=True)
                self._thread.start()
            self._changed.notify()

    def drop(self, task: Callable[[], None]) -> None:
        with self._changed:
            self._due.pop(task, None)

    def _run(self) -> None:
        while True:
            task = self._next()
            try:
                task()
            except Exception:
                _LOG.exception("persist-session failed to store a tab's session state")

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while True:
                if not self._due:
                    self._changed.wait()
                    continue
                task = min(self._due, key=lambda one: self._due[one])
                remaining = self._due[task] - time.monotonic()
                if remaining <= 0:
                    del self._due[task]
                    return task
                self._changed.wait(remaining)
