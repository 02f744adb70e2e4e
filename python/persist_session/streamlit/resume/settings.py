"""The settings for resume, from the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = "PERSIST_SESSION_RESUME"


@dataclass(frozen=True)
class ResumeSettings:
    """How many sessions without an open page are kept, and for how long."""

    keep_for: float
    """Seconds."""
    keep_max: int
    at_least: bool = False
    """Whether the time is only a default. Then a longer one in Streamlit's own configuration
    counts."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ResumeSettings | None:
        """The settings; ``None`` if resume is off."""
        text = environment.get(_VARIABLE)
        if not text:
            return None
        fields = json.loads(text)
        return cls(keep_for=float(fields["for"]), keep_max=int(fields["max"]), at_least=bool(fields.get("atLeast", False)))
