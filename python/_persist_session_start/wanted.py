"""Whether an app wants persist-session: by ``PERSIST_SESSION``, by the pyproject.toml beside it, or
because its sources import it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from typing import Any

from .sources import imports_us

_VARIABLE = "PERSIST_SESSION"
_ON = frozenset(("on", "1", "true", "yes"))
_OFF = frozenset(("off", "0", "false", "no"))


class Wish(Enum):
    NONE = "the app has nothing to do with us"
    ON = "the app wants us"
    REFUSED = "the app imports us, and must run without"


def wish(script: str, tell: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> Wish:
    """What an app wants. The variable counts first, then the file, then the sources.

    :param script: the path of the app's main script
    :param tell: gets one line for each setting that cannot be read; such a setting does not count
    """
    chosen = _by_environment(environ, tell)
    if chosen is None:
        chosen = _by_project(os.path.join(os.path.dirname(script), "pyproject.toml"), tell)
    if chosen is True:
        return Wish.ON
    if not imports_us(script):
        return Wish.NONE
    return Wish.ON if chosen is None else Wish.REFUSED


def _by_environment(environ: Mapping[str, str], tell: Callable[[str], None]) -> bool | None:
    value = environ.get(_VARIABLE, "").strip().lower()
    if value in _ON or value in _OFF:
        return value in _ON
    if value:
        tell(f"{_VARIABLE} is neither on nor off, so it does not count. Set it to on or off, or unset it.")
    return None


def _by_project(path: str, tell: Callable[[str], None]) -> bool | None:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    if b"persist-session" not in content:
        return None
    try:
        table = _parse(content.decode()).get("tool", {}).get("persist-session", {})
        enabled = table.get("enabled")
    except Exception as error:
        tell(f"{path} cannot be read as TOML ({error}), so its [tool.persist-session] does not count. Fix the file.")
        return None
    if enabled is None or isinstance(enabled, bool):
        return enabled
    tell(f"enabled in [tool.persist-session] of {path} is neither true nor false, so it does not count.")
    return None


def _parse(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib.loads(text)
    # Streamlit itself brings this one.
    return dict(import_module("toml").loads(text))
