"""Whether pages are loading. While they load, deferrable work waits so that they get the CPU
first."""

from __future__ import annotations

import time

QUIET = 0.25
"""After this many seconds without a request, no page counts as loading: between two requests, a
page runs its scripts."""

# Monitors ask for it all the time.
_HEALTH = "/_stcore/health"


class Loads:
    """Is told about each request to Streamlit's server. Messages over a WebSocket are not
    requests."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def request(self, path: str) -> None:
        if not path.endswith(_HEALTH):
            self._last = time.monotonic()

    def over(self) -> float:
        """When the last load is over if no request follows, by `time.monotonic`. May be in the
        past."""
        return self._last + QUIET


LOADS = Loads()
"""Those of this process."""
