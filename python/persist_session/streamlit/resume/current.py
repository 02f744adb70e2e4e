"""The Streamlit session whose script runs on this thread."""

from __future__ import annotations


def current_session_id() -> str | None:
    """The id of the Streamlit session; ``None`` outside a script."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id
