"""The answer to a request, which may still be under way."""

from __future__ import annotations

import threading
import time

from ..errors import PersistError
from .frames import Frame


class Disconnected(Exception):
    """The connection was lost before the answer came, so the outcome is unknown."""


class Reply:
    """The reading thread fills it in, and the asking thread waits for it."""

    __slots__ = ("_done", "_error", "_frame", "size")

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self._done = threading.Event()
        self._frame: Frame | None = None
        self._error: Exception | None = None

    def resolve(self, frame: Frame) -> None:
        header = frame[0]
        if header.get("ok") is True:
            self._frame = frame
        else:
            error = header.get("error") or {}
            self._error = PersistError(
                str(error.get("code", "ERR_SERVICE_PROTOCOL")), str(error.get("message", "The state service refused."))
            )
        self._done.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._done.set()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    def wait(self, deadline: float) -> Frame:
        """@raises PersistError (the service's error, or a timeout), Disconnected"""
        if not self._done.wait(max(0.0, deadline - time.monotonic())):
            raise too_slow()
        if self._error is not None:
            raise self._error
        assert self._frame is not None
        return self._frame


def too_slow() -> PersistError:
    return PersistError(
        "ERR_SERVICE_UNAVAILABLE",
        "The state service did not answer in time. Changes of this run may not be stored; they are kept and sent again with the "
        "next run. See the log of persist-session.",
    )
