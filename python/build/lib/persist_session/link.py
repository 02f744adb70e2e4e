"""What the rest of the package knows of the state service: something that takes requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .reply import Reply

Push = Callable[[dict[str, Any]], None]


class Link(Protocol):
    """One connection after the other. `generation` counts them: handles and lives of an older one are gone."""

    @property
    def generation(self) -> int: ...

    @property
    def most_bytes(self) -> int:
        """Most bytes of one attribute."""
        ...

    def ready(self, deadline: float) -> int:
        """Waits until there is a connection, and gives its generation.

        @raises PersistError `ERR_SERVICE_UNAVAILABLE`, or why the service does not want us
        """
        ...

    def send(self, generation: int, op: str, fields: dict[str, Any], blobs: Sequence[bytes] = ()) -> Reply:
        """Sends a request and does not wait for the answer.

        @raises Disconnected where that generation is over
        """
        ...

    def listen(self, generation: int, handle: int, push: Push | None) -> None:
        """What the service pushes for this handle goes to `push`, on a thread of the link's own. None ends it."""
        ...
