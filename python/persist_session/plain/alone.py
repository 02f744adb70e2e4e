"""An app without a gateway: Streamlit runs as it would without us, and the app's states live in
memory."""

from __future__ import annotations

from ..errors import PersistError
from ..session import Session, make_sessions
from ..streamlit import install
from ..testing import Browser, MemoryService
from .tell import tell

_OF_STORED_STATE = ("ERR_STORE_", "ERR_SECRET_", "ERR_DIRECTORY_")
"""Prefixes of error codes that mean: stored state exists, or may exist, but cannot be read."""


def alone(reason: str) -> None:
    """From now on a state is kept in memory, as long as its Streamlit session. Nothing that is
    stored is read or written.

    :param reason: what is wrong and how to fix it, in sentences
    """
    _say(reason, "states last only until their page is loaded again.")
    install()
    make_sessions(_in_memory)


def alone_after(error: PersistError) -> None:
    """The same after a start of the gateway that failed. If what is stored cannot be read, the app
    gets the error in place of a state: a visitor whose state is there must not be shown an empty
    one, and work on it."""
    if not error.code.startswith(_OF_STORED_STATE):
        alone(error.message)
        return

    def refuse(key: object, streamlit_id: str) -> Session:
        raise PersistError(error.code, error.message)

    _say(error.message, "a page that uses a persisted class shows this error. Then start the app again.")
    install()
    make_sessions(refuse)


def _say(reason: str, states: str) -> None:
    tell(f"{reason} Until then Streamlit runs without us: {states}")


def _in_memory(key: object, streamlit_id: str) -> Session:
    # Each session has its own service, which ends with it.
    browser = Browser(MemoryService())
    return Session(key, streamlit_id, browser.link, browser.header())
