"""Runs Streamlit scripts in a test."""

from __future__ import annotations

import textwrap
from typing import Any
from unittest.mock import MagicMock, patch

from streamlit.runtime.runtime import Runtime
from streamlit.testing.v1 import AppTest

HEAD = """
import streamlit as st
from persist_session import persist, update, commit, rotate, end_session, PersistError
"""


def runtime_for_all() -> Any:
    """AppTest puts a runtime in place for each of its runs, and takes it away. Runs at the same time need one that stays."""
    runtime = MagicMock()
    return patch.object(Runtime, "instance", lambda: runtime)


def page(script: str) -> AppTest:
    """The page after its first run. Fails where the script does."""
    return fine(AppTest.from_string(HEAD + textwrap.dedent(script), default_timeout=20).run())


def broken(script: str) -> str:
    """The error that the page shows after its first run."""
    return error(AppTest.from_string(HEAD + textwrap.dedent(script), default_timeout=20).run())


def fine(at: AppTest) -> AppTest:
    if at.exception:
        raise AssertionError("\n".join(str(shown.message) + "\n" + "\n".join(shown.stack_trace) for shown in at.exception))
    return at


def error(at: AppTest) -> str:
    assert at.exception, "the page shows no error"
    return str(at.exception[0].message)


def click(at: AppTest, label: str) -> AppTest:
    return fine(press(at, label))


def press(at: AppTest, label: str) -> AppTest:
    button: Any = next(button for button in at.button if button.label == label)
    return button.click().run()


def text(at: AppTest) -> str:
    return "\n".join(shown.value for shown in at.markdown)
