"""What is said to the person who started the app."""

from __future__ import annotations

import sys


def tell(line: str) -> None:
    print(f"persist-session: {line}", file=sys.stderr, flush=True)
