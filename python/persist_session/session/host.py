"""The program around a session. The package ``streamlit`` sets it when it is imported; without it
there is none."""

from __future__ import annotations

from typing import Any


class Host:
    """What a session needs from the program that runs the scripts."""

    def attach(self, context: Any) -> None:
        """Makes sure that this package is told about the runs of a script, even about one that has
        already begun."""

    def rerun(self, streamlit_id: str) -> None:
        """Runs the script of a page again, from any thread."""


_host = Host()


def host() -> Host:
    return _host


def set_host(new: Host) -> None:
    global _host
    _host = new
