"""What stands for the gateway, and a process that is short of descriptors, in tests of plain ``streamlit run``."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

GATEWAY = """
import json, os, socket
handover = json.loads(os.environ["PERSIST_SESSION_HANDOVER"])
os.write(handover["report"], b'{"environment": {}}\\n')
os.close(handover["report"])
def serve():
    listener = socket.socket(fileno=handover["listen"][0])
    listener.setblocking(True)
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"gateway")
        connection.close()
import threading
threading.Thread(target=serve, daemon=True).start()
os.read(handover["parent"], 1)
"""
COMMAND = [sys.executable, "-S", "-c", GATEWAY]


@contextmanager
def no_descriptors() -> Iterator[None]:
    """This process gets no more descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd")) if sys.platform == "linux" else set()
