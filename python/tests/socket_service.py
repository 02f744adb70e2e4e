"""The service in memory behind a real socket, with faults."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from persist_session.service.frames import encode_frame, read_frame
from persist_session.testing.memory_service import MemoryService


class SocketService:
    """Answers over a Unix socket. Can be stopped and started again at the same place, with what was stored."""

    def __init__(self) -> None:
        self.service = MemoryService()
        self._directory = tempfile.mkdtemp(prefix="service-")
        self.path = os.path.join(self._directory, "s.sock")
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        # Called with each request's operation before it is handled ("before") and before it is
        # answered ("after").
        self.fault: Callable[[str, str], None] = lambda when, op: None
        self.start()

    @property
    def address(self) -> str:
        return f"unix:{self.path}"

    def start(self) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.path)
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        """As a process that is killed: nothing that is under way is answered."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.hang_up()

    def hang_up(self) -> None:
        connections, self._connections = self._connections, []
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        writing = threading.Lock()

        def read(count: int) -> bytes:
            content = stream.read(count)
            if len(content) < count:
                raise EOFError
            return content

        def push(message: dict[str, Any]) -> None:
            with writing:
                connection.sendall(encode_frame(message))

        try:
            while True:
                header, blobs = read_frame(read)
                self.fault("before", header["op"])
                answer, content = self.service.handle(header, blobs, push)
                self.fault("after", header["op"])
                with writing:
                    connection.sendall(encode_frame(answer, content))
        except (OSError, EOFError):
            pass
        finally:
            self.service.forget(push)
            stream.close()
            connection.close()
