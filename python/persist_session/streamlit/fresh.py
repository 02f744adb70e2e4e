"""A fresh Streamlit session at the next reload."""

from __future__ import annotations

from ..session import require_context
from .resume import LOGINS, current_session_id


def fresh_after_reload() -> None:
    """Lets the next reload of this page begin a new Streamlit session, as it does without the gateway.

    For apps that read something of the browser once a session, such as its local storage, if another page may have changed it.
    The states of ``@persist`` stay.

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
    else:
        LOGINS.fresh(session_id)
