"""The interface to the state service for the rest of the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .reply import Reply

Push = Callable[[dict[str, Any]], None]


class Link(Protocol):
    """One connection after the other. `generation` counts them: handles and lives of an older one
    are gone."""

    @property
    def generation(self) -> int: ...

    @property
    def most_bytes(self) -> int:
        """The most bytes of one attribute."""
        ...

    def ready(self, deadline: float) -> int:
        """Waits for a connection, and gives its generation.

        @raises PersistError `ERR_SERVICE_UNAVAILABLE`, or the reason why the service refuses us
        """
        ...

    def send(self, generation: int, op: str, fields: dict[str, Any], blobs: Sequence[bytes] = ()) -> Reply:
        """Sends a request without waiting for the answer.

        @raises Disconnected if that generation is over
        """
        ...

    def listen(self, generation: int, handle: int, push: Push | None) -> None:
        """Calls `push` with the service's messages for this handle, on a thread of the link. None
        ends it."""
        ...
