"""The Streamlit session of the running code. Reads Streamlit's context and nothing else."""

from __future__ import annotations

import sys
from typing import Any

from ..assertions import assertion_of
from ..errors import PersistError

_get: Any = None


def script_context() -> Any:
    """The ScriptRunContext of this thread, or None. Imports nothing: without Streamlit there is no
    context."""
    global _get
    if _get is None:
        module = sys.modules.get("streamlit.runtime.scriptrunner")
        if module is None:
            return None
        _get = module.get_script_run_ctx
    return _get(suppress_warning=True)


def session_key(context: Any) -> object:
    """The identity of a Streamlit session over all its runs: its SessionState.

    (Its id would not do: every AppTest has the same one.)
    """
    return getattr(context.session_state, "_state", context.session_state)


def require_context() -> Any:
    context = script_context()
    if context is None:
        raise PersistError(
            "ERR_NO_SESSION",
            "A persisted state was used outside of a Streamlit script run, so nothing says whose it is. In a thread of your own, "
            "call streamlit.runtime.scriptrunner.add_script_run_ctx(thread) before you start it; elsewhere, pass values along "
            "instead of the state.",
        )
    return context


def assertion_header() -> str | None:
    """What the gateway says about this page's connection. None while the page is not connected, and
    in AppTest."""
    import streamlit as st
    from streamlit import runtime

    try:
        context = script_context()
        taken = None if context is None else assertion_of(runtime.get_instance().get_client(context.session_id))
        if taken is not None:
            return taken
        # Without our start module nothing was taken out of the headers.
        value = st.context.headers.get("X-Persist-Session")
    except Exception:
        # AppTest has no runtime to ask.
        return None
    return value if isinstance(value, str) and value else None


def signed_in_user(context: Any) -> dict[str, str] | None:
    """Issuer and subject of the user signed in by `st.login`, or None."""
    info = getattr(context, "user_info", None) or {}
    subject = info.get("sub")
    if not isinstance(subject, str) or not subject or info.get("is_logged_in") is False:
        return None
    issuer = info.get("iss")
    return {"issuer": issuer, "subject": subject} if isinstance(issuer, str) else {"subject": subject}


def is_known_without_subject(context: Any) -> bool:
    """Whether Streamlit knows a user, for example by a trusted header, but not their `sub`."""
    info = getattr(context, "user_info", None) or {}
    told = {name for name, value in info.items() if value and name != "is_logged_in"}
    return bool(told) and "sub" not in told and info.get("is_logged_in") is not False
