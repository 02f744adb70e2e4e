"""The settings for keep, from the command line or the environment."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

_LOG = logging.getLogger("persist_session")

MAX_BYTES = 1 << 20
"""This much of one tab is kept, unless the operator says otherwise."""

_ON = frozenset(("on", "1", "true", "yes"))
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}


@dataclass(frozen=True)
class KeepSettings:
    """What of a tab is kept over restarts."""

    max_bytes: int = MAX_BYTES
    """Of all values of a tab together, as they are stored."""
    allow_pickle: bool = False
    """Whether values that have no other form are stored as pickle."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> KeepSettings | None:
        """The settings; ``None`` if keep is off."""
        if not _is_on(environment.get("PERSIST_SESSION_KEEP")):
            return None
        allow_pickle = _is_on(environment.get("PERSIST_SESSION_ALLOW_PICKLE"))
        text = environment.get("PERSIST_SESSION_KEEP_MAX")
        most = None if not text else size(text)
        if text and most is None:
            _LOG.warning("persist-session: PERSIST_SESSION_KEEP_MAX takes a size such as 500k or 4m; 1m is used.")
        return cls(most or MAX_BYTES, allow_pickle)


def _is_on(text: str | None) -> bool:
    return (text or "").strip().lower() in _ON


def size(text: str) -> int | None:
    """The bytes of a size such as "4m" or "500k"; ``None`` if it is no size."""
    match = re.fullmatch(r"([1-9][0-9]{0,8})([km]?)", text.strip().lower())
    return None if match is None else int(match[1]) * _UNITS[match[2]]
