"""The test that is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .browser import Browser

_active: list[Browser] = []


def active_test() -> Browser | None:
    return _active[-1] if _active else None


def enter(browser: Browser) -> None:
    _active.append(browser)


def leave(browser: Browser) -> None:
    _active.remove(browser)
