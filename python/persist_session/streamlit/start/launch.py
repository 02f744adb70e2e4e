"""The gateway's instructions for starting Streamlit."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

_VARIABLE = "PERSIST_SESSION_LAUNCH"


@dataclass(frozen=True)
class Launch:
    """Where Streamlit must listen, and where it must report its configuration."""

    port: int
    """The port on 127.0.0.1."""
    base_path: str | None
    """The value for ``server.baseUrlPath``; ``None`` leaves it to the app's configuration."""
    public_host: str | None
    """What the app reads as ``server.address``; ``None`` leaves it to the app's configuration. The
    gateway listens there."""
    public_port: int | None
    """The same of ``server.port``."""
    python_path: str | None
    """``PYTHONPATH`` as it was before the gateway added this package to it."""
    report: int
    """A file descriptor: a line of JSON is written to it as soon as the configuration is known,
    another once the app was imported."""
    parent: int
    """A file descriptor that ends when the gateway does."""

    @classmethod
    def from_environment(cls) -> Launch | None:
        """Reads the launch and removes it from the environment: it concerns no process that the app
        starts."""
        text = os.environ.pop(_VARIABLE, None)
        if text is None:
            return None
        fields = json.loads(text)
        return cls(
            port=fields["port"],
            base_path=fields.get("basePath"),
            public_host=fields.get("publicHost"),
            public_port=fields.get("publicPort"),
            python_path=fields.get("pythonPath"),
            report=fields["report"],
            parent=fields["parent"],
        )

    def restore_python_path(self) -> None:
        """Subprocesses of the app look for modules where Streamlit alone would have them look."""
        if self.python_path is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = self.python_path
