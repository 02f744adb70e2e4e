"""The threads that store what has changed, after the runs and beside them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_LOG = logging.getLogger("persist_session")

MAX_THREADS = 32
_STUCK = 0.05
"""After this many seconds a function is taken to wait for a store, and no other one waits for
it."""


class Worker:
    """Calls functions at their time. A function that is given again before its time is called once,
    and never twice at a time.

    They are called one after the other, so that they leave the interpreter to the scripts; but a
    part of the store that hangs must not delay the tabs whose part works.
    """

    def __init__(self) -> None:
        self._due: dict[Callable[[], None], float] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._called: dict[threading.Thread, tuple[Callable[[], None], float]] = {}
        """What each busy thread has called, and when."""

    def at(self, moment: float, task: Callable[[], None]) -> None:
        """@param moment: by `time.monotonic`"""
        with self._changed:
            self._due[task] = moment
            self._have_one_wait()
            self._changed.notify_all()

    def drop(self, task: Callable[[], None]) -> None:
        with self._changed:
            self._due.pop(task, None)

    def _have_one_wait(self) -> None:
        """Starts a thread if all are busy. After a fork there is none."""
        self._threads = [one for one in self._threads if one.is_alive()]
        self._called = {one: called for one, called in self._called.items() if one.is_alive()}
        if len(self._called) < len(self._threads) or len(self._threads) >= MAX_THREADS:
            return
        thread = threading.Thread(target=self._run, name="persist-session-keep", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system refuses threads. Those that run go on.
            if not self._threads:
                raise
            return
        self._threads.append(thread)

    def _run(self) -> None:
        me = threading.current_thread()
        while (task := self._next(me)) is not None:
            try:
                task()
            except Exception:
                _LOG.exception("persist-session failed to store a tab's session state")
            with self._changed:
                self._called.pop(me, None)
                self._changed.notify_all()

    def _next(self, me: threading.Thread) -> Callable[[], None] | None:
        """What this thread must call now. None: enough others wait, so it ends."""
        with self._changed:
            while True:
                if len(self._threads) - len(self._called) > 2:
                    self._threads.remove(me)
                    return None
                called = {task for task, _ in self._called.values()}
                free = [task for task in self._due if task not in called]
                if not free:
                    self._changed.wait()
                    continue
                task = min(free, key=lambda one: self._due[one])
                moment = max([self._due[task], *(since + _STUCK for _, since in self._called.values())])
                now = time.monotonic()
                if moment <= now:
                    del self._due[task]
                    self._called[me] = task, now
                    self._have_one_wait()
                    return task
                self._changed.wait(moment - now)
