"""The connection to the state service: one for each Python process, shared by all script threads.

A thread connects, reads the answers, and connects again with growing pauses. Each caller writes its
own requests, one after the other and without waiting for answers.
"""

from __future__ import annotations

import logging
import random
import socket
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any

from .address import Address
from ..errors import PersistError
from .frames import BrokenStream, Frame, encode_frame, read_frame
from .link import Push
from .reply import Disconnected, Reply, too_slow
from .wire import greet, read_exactly

# The most bytes of requests without an answer. If the service is slower than the app, the app
# waits, and then fails.
MAX_PENDING_BYTES = 64 * 1024 * 1024
SEND_TIMEOUT = 5.0
CONNECT_TIMEOUT = 5.0
FIRST_PAUSE = 0.02
MAX_PAUSE = 1.0
_LOG = logging.getLogger("persist_session")
clients: weakref.WeakSet[Client] = weakref.WeakSet()


class Client:
    """A `Link` over a socket."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.reset()
        clients.add(self)

    def reset(self) -> None:
        """Also runs in the child after a fork: threads that do not exist there may hold the
        parent's locks."""
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._socket: socket.socket | None = None
        self._generation = 0
        self._thread: threading.Thread | None = None
        self._replies: dict[int, Reply] = {}
        self._pending_bytes = 0
        self._next_id = 0
        self._pushes: dict[int, Push] = {}
        self._problem: Exception | None = None
        self._wake = threading.Event()
        self._closed = False
        self.most_bytes = 16 * 1024 * 1024

    @property
    def generation(self) -> int:
        return self._generation

    def start(self) -> None:
        """Starts to connect, without waiting."""
        with self._changed:
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            thread = threading.Thread(target=self._run, name="persist-session", daemon=True)
            # If the system refuses a thread now, the next caller tries again.
            thread.start()
            self._thread = thread

    def ready(self, deadline: float) -> int:
        with self._changed:
            if self._closed:
                raise self._unavailable()
            if self._socket is not None:
                return self._generation
            self._start()
            while self._socket is None:
                if isinstance(self._problem, PersistError):
                    raise self._problem
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self._closed:
                    raise self._unavailable()
                # Woken again after each failed attempt: a caller must not wait for the long pauses
                # of an idle connection.
                self._wake.set()
                self._changed.wait(remaining)
            return self._generation

    def _unavailable(self) -> PersistError:
        reason = f" ({self._problem})" if self._problem is not None else ""
        return PersistError(
            "ERR_SERVICE_UNAVAILABLE",
            f"The state service of persist-session cannot be reached{reason}. Nothing stored is lost. "
            "Check that the gateway is running; this page can be used again when it is.",
        )

    def send(self, generation: int, op: str, fields: dict[str, Any], blobs: Sequence[bytes] = ()) -> Reply:
        reply = Reply(sum(map(len, blobs)))
        with self._changed:
            self._wait_for_room(reply.size)
            if self._socket is None or self._generation != generation:
                raise Disconnected
            self._next_id += 1
            number = self._next_id
            sock = self._socket
            self._replies[number] = reply
            self._pending_bytes += reply.size
        try:
            frame = encode_frame({"id": number, "op": op, **fields}, blobs)
        except BrokenStream as error:
            self._take(number)
            raise PersistError("ERR_ATTRIBUTE_TOO_LARGE", f"One write is {error}. Change less at a time.") from None
        try:
            with self._writing:
                if self._socket is not sock:
                    raise Disconnected
                sock.sendall(frame)
        except OSError:
            # Half a frame may have been sent, so this connection is useless.
            self._drop(sock)
            raise Disconnected from None
        return reply

    def _wait_for_room(self, size: int) -> None:
        deadline = time.monotonic() + SEND_TIMEOUT
        while self._pending_bytes > 0 and self._pending_bytes + size > MAX_PENDING_BYTES:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise too_slow()
            self._changed.wait(remaining)

    def listen(self, generation: int, handle: int, push: Push | None) -> None:
        with self._changed:
            if generation != self._generation:
                return
            if push is None:
                self._pushes.pop(handle, None)
            else:
                self._pushes[handle] = push

    @property
    def address(self) -> Address:
        return self._address

    def leave(self) -> None:
        """Runs in the child after a fork: closes this process's copy of the parent's connection."""
        sock = self._socket
        self.reset()
        if sock is not None:
            sock.close()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            sock = self._socket
            self._wake.set()
            self._changed.notify_all()
        if sock is not None:
            self._drop(sock)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed:
            sock = self._connect()
            if sock is not None:
                pause = FIRST_PAUSE
                try:
                    self._read_all(sock)
                except EOFError:
                    pass
                except Exception as error:
                    # Whatever the error was, the next connection starts fresh, and only this thread
                    # makes it.
                    self._problem = error
                self._drop(sock)
                # Closed only here, and never during a write: once a socket is closed, its number
                # may belong to another file by the time another thread uses it.
                with self._writing:
                    sock.close()
            # A waiting caller cuts a long pause short, but never the first one: a service that
            # hangs up at once must not be called all the time.
            time.sleep(FIRST_PAUSE)
            self._wake.wait(pause * random.uniform(0.5, 1.0))
            self._wake.clear()
            pause = min(2 * pause, MAX_PAUSE)

    def _connect(self) -> socket.socket | None:
        try:
            sock = self._address.connect(CONNECT_TIMEOUT)
        except Exception as error:
            self._failed(error)
            return None
        try:
            header = greet(sock, self._address.token)
        except Exception as error:
            # Whatever the error was, this thread is the only one that connects.
            sock.close()
            self._failed(error)
            return None
        sock.settimeout(SEND_TIMEOUT)
        with self._changed:
            if self._closed:
                sock.close()
                return None
            limit = (header.get("limits") or {}).get("attribute")
            if isinstance(limit, int):
                self.most_bytes = limit
            self._socket = sock
            self._generation += 1
            self._pushes = {}
            self._problem = None
            self._changed.notify_all()
        return sock

    def _failed(self, error: Exception) -> None:
        with self._changed:
            if type(error) is not type(self._problem):
                _LOG.warning("The state service cannot be reached: %s", error)
            self._problem = error
            self._changed.notify_all()

    def _read_all(self, sock: socket.socket) -> None:
        while True:
            header, blobs = read_frame(lambda count: read_exactly(sock, count, patient=True))
            if "push" in header:
                self._push(header)
                continue
            reply = self._take(header.get("id"))
            if reply is not None:
                reply.resolve((header, blobs))

    def _take(self, number: Any) -> Reply | None:
        with self._changed:
            reply = self._replies.pop(number, None)
            if reply is not None:
                self._pending_bytes -= reply.size
                self._changed.notify_all()
            return reply

    def _push(self, header: Frame | dict[str, Any]) -> None:
        assert isinstance(header, dict)
        push = self._pushes.get(header.get("handle", -1))
        if push is None:
            return
        try:
            push(header)
        except Exception:
            _LOG.exception("A message of the state service could not be handled")

    def _drop(self, sock: socket.socket) -> None:
        """Ends a connection. That wakes the thread that reads from it, which closes it."""
        with self._changed:
            if self._socket is not sock:
                return
            self._socket = None
            replies, self._replies = self._replies, {}
            self._pending_bytes = 0
            self._changed.notify_all()
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for reply in replies.values():
            reply.fail(Disconnected())
