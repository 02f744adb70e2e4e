"""Bytes from a socket, and the first words on it."""

from __future__ import annotations

import os
import platform
import socket
import sys
import time
from typing import Any

from .frames import encode_frame, read_frame
from .reply import Reply

PROTOCOL = 1


def greet(sock: socket.socket, token: str | None) -> dict[str, Any]:
    """Says hello. @raises OSError, EOFError, BrokenStream, PersistError"""
    secret = {"token": token} if token else {}
    hello = {"id": 0, "op": "hello", "protocol": PROTOCOL, "pid": os.getpid(), "python": platform.python_version()}
    sock.sendall(encode_frame({**hello, "streamlit": _streamlit_version(), **secret}))
    reply = Reply()
    reply.resolve(read_frame(lambda count: read_exactly(sock, count, patient=False)))
    return reply.wait(time.monotonic())[0]


def read_exactly(sock: socket.socket, count: int, patient: bool) -> bytes:
    """@param patient: whether silence is no reason to give up"""
    buffer = bytearray(count)
    view = memoryview(buffer)
    have = 0
    while have < count:
        try:
            got = sock.recv_into(view[have:])
        except TimeoutError:
            if patient:
                continue
            raise
        if got == 0:
            raise EOFError("the state service closed the connection")
        have += got
    return bytes(buffer)


def _streamlit_version() -> str:
    streamlit = sys.modules.get("streamlit")
    return str(getattr(streamlit, "__version__", ""))
