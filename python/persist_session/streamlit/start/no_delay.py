"""Sends small packets at once."""

from __future__ import annotations

import socket
import sys
from functools import wraps
from typing import Any


def send_at_once() -> None:
    """Switches Nagle's algorithm off (TCP_NODELAY, RFC 9293 section 3.7.4) for what this process
    serves.

    Streamlit sends the head and the body of an answer, and each message of a run, apart. With the
    algorithm the second one waits for the client's acknowledgement of the first, which the system
    holds back for 40 ms. asyncio would switch it off, but not for one whose protocol is 0, as it is
    for the socket that Streamlit makes: https://github.com/python/cpython/issues/148783.
    """
    original = socket.socket.listen

    @wraps(original)
    def listen(self: socket.socket, *args: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM:
            # Accepted connections inherit it.
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _keep_in_tornado()
        original(self, *args)

    socket.socket.listen = listen  # type: ignore[method-assign, assignment]


def _keep_in_tornado() -> None:
    """Tornado, with which Streamlit served up to 1.56, switches the algorithm on again after each
    answer, WebSockets' first one too."""
    tornado = sys.modules.get("tornado.iostream")
    if tornado is None:
        return
    original = tornado.IOStream.set_nodelay

    @wraps(original)
    def set_nodelay(self: Any, value: bool) -> None:
        if value:
            original(self, value)

    tornado.IOStream.set_nodelay = set_nodelay
