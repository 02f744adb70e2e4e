"""How tests wait: for a condition or for threads, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

MAX_WAIT = 120.0
"""Seconds. Long, since a machine may be busy: what comes true ends the wait at once."""


def until(what: str, condition: Callable[[], Any]) -> None:
    """Waits until the condition holds, and fails with its name after MAX_WAIT."""
    deadline = time.monotonic() + MAX_WAIT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.005)


def together(tasks: Sequence[Callable[[], object]]) -> None:
    """Does all at the same time, each in a thread. Fails as the first that failed, or if one does not end."""
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as failure:
            failures.append(failure)

    # One that hangs must not keep the process from its end, too.
    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + MAX_WAIT
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if failures:
        raise failures[0]
    hanging = sum(thread.is_alive() for thread in threads)
    if hanging > 0:
        raise AssertionError(f"{hanging} of {len(threads)} threads have not ended")
