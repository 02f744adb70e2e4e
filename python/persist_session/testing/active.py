"""The running test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..session import Session, make_sessions

if TYPE_CHECKING:
    from .browser import Browser

_active: list[Browser] = []


def _make(key: object, streamlit_id: str) -> Session:
    test = _active[-1]
    return Session(key, streamlit_id, test.link, test.header(), test)


def enter(browser: Browser) -> None:
    _active.append(browser)
    make_sessions(_make)


def leave(browser: Browser) -> None:
    _active.remove(browser)
    if not _active:
        make_sessions(None)
