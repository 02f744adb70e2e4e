"""An app that imports us, without a gateway: its states live in memory, each as long as its Streamlit session."""

from __future__ import annotations

from ..session import Session, make_sessions
from ..streamlit import install
from ..testing import Browser, MemoryService
from .tell import tell

_is_alone = False


def alone(reason: str) -> None:
    """From now on states are kept in memory. Nothing that is stored is read or written. Idempotent.

    :param reason: what is wrong and how to mend it, in sentences
    """
    global _is_alone
    tell(f"{reason} Until then Streamlit runs without us: states last only until their page is loaded again.")
    if not _is_alone:
        _is_alone = True
        install()
        make_sessions(_make)


def _make(key: object, streamlit_id: str) -> Session:
    # A service of its own: what is in it goes with the session.
    browser = Browser(MemoryService())
    return Session(key, streamlit_id, browser.link, browser.header())
