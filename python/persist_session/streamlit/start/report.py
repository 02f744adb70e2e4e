"""What the start module tells the gateway through a pipe, each in a line of JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from .mount import find_mount, name_of


class Report:
    """The configuration first, then what is served. After that the pipe is closed."""

    def __init__(self, pipe: int) -> None:
        self._pipe: int | None = pipe

    def write(self, fields: dict[str, Any]) -> None:
        if self._pipe is not None:
            os.write(self._pipe, (json.dumps(fields) + "\n").encode())

    def serves_script(self) -> None:
        """Streamlit runs a script, with a server of its own."""
        self._serves({"mount": ""})

    def serves(self, application: Any) -> None:
        """Streamlit has imported the ASGI application that it found in the app's module."""
        if self._pipe is None:
            return
        mount = find_mount(application)
        name = Path(sys.argv[0]).name
        if mount is None:
            self._serves({"mount": None, "instead": f"{name} serves a {name_of(application)} in which no st.App is mounted."})
        elif "{" in mount:
            self._serves({"mount": None, "instead": f"{name} mounts st.App below {mount}, a path with parameters."})
        else:
            self._serves({"mount": mount})

    def _serves(self, fields: dict[str, Any]) -> None:
        self.write(fields)
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def tell_what_is_served(report: Report) -> None:
    """Tells it as soon as Streamlit knows."""
    from streamlit.web import bootstrap

    original = bootstrap.run

    def run(*args: Any, **kwargs: Any) -> Any:
        report.serves_script()
        return original(*args, **kwargs)

    bootstrap.run = run
