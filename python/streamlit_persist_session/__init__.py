"""The import name of the package `streamlit-persist-session`, so that apps written for it run
without a change."""

from persist_session import PersistError, clear_attribute, clear_cookie_state, commit, end_session, rotate, update
from persist_session import persist

__all__ = ["PersistError", "clear_attribute", "clear_cookie_state", "commit", "end_session", "persist", "rotate", "update"]
