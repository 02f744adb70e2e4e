"""The variables that are meant for this package. What an app starts must not inherit them, so they
are taken out of the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_PREFIX = "PERSIST_SESSION_"
_KEPT = "_persist_session_environment"
"""They are kept on `sys`, where they outlive a module that is imported anew."""


def take_own_variables() -> None:
    """Takes our variables out of the environment: the app and its subprocesses have the environment
    that Streamlit alone has."""
    kept = dict(own_variables())
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        kept[name] = os.environ.pop(name)
    setattr(sys, _KEPT, kept)


def add_own_variables(variables: Mapping[str, str]) -> None:
    """Adds variables that the environment never had: what a gateway says that this process has
    started itself."""
    setattr(sys, _KEPT, {**getattr(sys, _KEPT, {}), **variables})


def forget_taken_variables() -> None:
    """Forgets what `take_own_variables` took: it was for the gateway, and the secret is no business
    of the app's process."""
    setattr(sys, _KEPT, {})


def own_variables() -> Mapping[str, str]:
    """Our variables: those that were taken, and what the environment holds now, which comes
    first."""
    taken: dict[str, str] = getattr(sys, _KEPT, {})
    return {**taken, **{name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}}
