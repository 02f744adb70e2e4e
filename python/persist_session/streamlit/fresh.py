"""A fresh Streamlit session at the next reload."""

from __future__ import annotations

import logging
import time

from ..errors import PersistError
from ..service import Disconnected, shared_client
from ..session import require_context
from .resume import LOGINS, current_session_id

_LOG = logging.getLogger("persist_session")
PATIENCE = 5.0
"""How many seconds a run waits for the gateway's answer."""


def fresh_after_reload() -> None:
    """Lets the next reload of this page begin a new Streamlit session, as without the gateway.

    For apps that read something of the browser once a session, such as its local storage, if
    another page may have changed it. The states of ``@persist`` stay.

    ```python
    import streamlit as st
    from persist_session import fresh_after_reload

    fresh_after_reload()
    st.text("A reload reads the browser's storage anew.")
    ```

    Raises:
        PersistError: `ERR_NO_SESSION` outside of a script run.
    """
    session_id = current_session_id()
    if session_id is None:
        require_context()
    elif LOGINS.fresh(session_id):
        _tell_gateway(session_id)


def _tell_gateway(session_id: str) -> None:
    """The gateway gives a reloaded page a run that is still under way without asking Streamlit."""
    deadline = time.monotonic() + PATIENCE
    try:
        client = shared_client()
        client.send(client.ready(deadline), "fresh", {"streamlit": session_id}).wait(deadline)
    except (Disconnected, PersistError):
        # Without a gateway, there is no page that could join a run.
        _LOG.debug("persist-session: fresh_after_reload() did not reach the gateway", exc_info=True)
