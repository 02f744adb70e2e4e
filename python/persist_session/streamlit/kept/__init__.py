"""Keep: the session state of each tab survives restarts, with no code.

After each run, the content of ``st.session_state`` and the widget values are stored as a record of
the tab, beside the runs. A tab whose live session is gone starts with it. Every hook into Streamlit
is looked for first. If one is missing, keep is off, with one line in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ..resume import LOGINS
from ..resume import is_installed as is_resume_installed
from .chosen import choose_all, forget, keep
from .encoded import tell_again
from .install import Keepers, install_hooks
from .settings import KeepSettings

__all__ = ["Keepers", "choose_all", "forget", "install", "keep", "tell_again"]

_LOG = logging.getLogger("persist_session")
_installed = False


def install(environment: Mapping[str, str]) -> None:
    """Installs the hooks once, if the environment turns keep on."""
    global _installed
    settings = KeepSettings.from_environment(environment)
    if settings is None or _installed:
        return
    _installed = True
    if not is_resume_installed():
        _LOG.warning("persist-session: keep is off, because it needs resume, and resume is off.")
        return
    for name in environment.get("PERSIST_SESSION_LOGIN_COOKIE", "").split(","):
        LOGINS.named(name.strip())
    try:
        install_hooks(settings)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        _LOG.warning("persist-session: keep is off, because this version of Streamlit works differently inside (%s).", error)
