"""Which Python runs the app, if the console script of the wheel was called."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_UV_CACHE = re.compile(r"(archive|environments)-v\d+")
"""Directories of uv's cache that hold environments; the number is that of their layout."""


@dataclass(frozen=True)
class AppPython:
    """What the gateway is told about this Python."""

    python: str
    """The program of this Python."""
    isolated: bool
    """Whether this Python holds a command alone, as uvx and pipx install it: an app's packages are
    in another environment, if it has one."""

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def app_python() -> AppPython:
    """What the gateway has to know of the Python that runs this."""
    return AppPython(sys.executable, _is_isolated(Path(sys.prefix)))


def _is_isolated(prefix: Path) -> bool:
    """Whether pipx or uv made this environment for one command.

    Installed tools and what `pipx run` makes have a file of theirs at the root. What `uvx` makes
    for once lies in uv's cache. `uv run --with` makes an environment there too, but on top of the
    project's, whose packages it sees.
    """
    if (prefix / "pipx_metadata.json").is_file() or (prefix / "uv-receipt.toml").is_file():
        return True
    packages = Path(__file__).resolve().parents[2]
    if (packages / "_uv_ephemeral_overlay.pth").is_file():
        return False
    return any(_UV_CACHE.fullmatch(part) for part in prefix.parts)
