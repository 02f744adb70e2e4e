"""What is said to the person who started the app."""

from __future__ import annotations

import sys


def tell(line: str) -> None:
    """Never throws: a terminal that is gone, or a log that is full, must not end what goes on to
    work."""
    try:
        print(f"persist-session: {line}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        pass
