"""What the gateway says when it starts Streamlit."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

_VARIABLE = "PERSIST_SESSION_LAUNCH"


@dataclass(frozen=True)
class Launch:
    """Where Streamlit has to listen, and where it reports what its configuration says."""

    port: int
    """The port on 127.0.0.1."""
    base_path: str | None
    """What ``server.baseUrlPath`` is to be; ``None`` leaves it to the app's configuration."""
    report: int
    """A file descriptor: one line of JSON is written to it as soon as the configuration is known."""
    parent: int
    """A file descriptor that ends when the gateway does."""

    @classmethod
    def from_environment(cls) -> Launch | None:
        """Reads the launch and takes it out of the environment: it concerns no process that the app starts."""
        text = os.environ.pop(_VARIABLE, None)
        if text is None:
            return None
        fields = json.loads(text)
        return cls(port=fields["port"], base_path=fields.get("basePath"), report=fields["report"], parent=fields["parent"])
