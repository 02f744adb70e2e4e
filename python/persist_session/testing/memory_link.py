"""A `Link` to a service in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from ..service import Push, Reply
from .memory_service import MemoryService


class MemoryLink:
    generation = 1
    most_bytes = 16 * 1024 * 1024

    def __init__(self, service: MemoryService) -> None:
        self.service = service
        self._pushes: dict[int, Push] = {}

    def ready(self, deadline: float) -> int:
        return self.generation

    def send(self, generation: int, op: str, fields: dict[str, Any], blobs: Sequence[bytes] = ()) -> Reply:
        reply = Reply()
        reply.resolve(self.service.handle({"id": 0, "op": op, **fields}, blobs, self._push))
        return reply

    def listen(self, generation: int, handle: int, push: Push | None) -> None:
        if push is None:
            self._pushes.pop(handle, None)
        else:
            self._pushes[handle] = push

    def _push(self, message: dict[str, Any]) -> None:
        push = self._pushes.get(message["handle"])
        if push is not None:
            # As over a socket: not on the thread of the writer.
            threading.Thread(target=push, args=(message,), daemon=True).start()
