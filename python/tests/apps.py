"""Runs Streamlit scripts in a test."""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock, patch

from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest

from .waiting import MAX_WAIT

HEAD = """
import streamlit as st
from persist_session import update, commit, rotate, end_session, PersistError
from persist_session import persist
"""

COUNTER = """
@persist("app-state")
class AppState:
    def __init__(self):
        self.count = 0
        self.items = []

state = AppState()
if st.button("add"):
    state.count += 1
    state.items.append(state.count)
if st.button("clear"):
    state.clear_cookie_state()
    st.rerun()
st.write(f"{state.count} {state.items}")
"""


@contextmanager
def runs_at_once() -> Iterator[None]:
    """For pages that run at the same time, which AppTest does not foresee."""
    runtime = MagicMock()
    original = ScriptCache.get_bytecode
    one_by_one = threading.Lock()

    def get_bytecode(self: ScriptCache, path: str) -> Any:
        with one_by_one:
            return original(self, path)

    # AppTest puts a runtime in place for each run, and takes it away. And it translates the script
    # in each run, which two threads cannot do in one process:
    # https://github.com/python/cpython/issues/106905. Streamlit itself does it once and under a
    # lock.
    with patch.object(Runtime, "instance", lambda: runtime), patch.object(ScriptCache, "get_bytecode", get_bytecode):
        yield


def page(script: str) -> AppTest:
    """The page after its first run. Fails if the script does."""
    return fine(AppTest.from_string(HEAD + textwrap.dedent(script), default_timeout=MAX_WAIT).run())


def broken(script: str) -> str:
    """The error that the page shows after its first run."""
    return error(AppTest.from_string(HEAD + textwrap.dedent(script), default_timeout=MAX_WAIT).run())


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
    button: Any = next((button for button in at.button if button.label == label), None)
    assert button is not None, f"There is no button {label} on the page:\n{at}"
    return button.click().run()


def text(at: AppTest) -> str:
    return "\n".join(shown.value for shown in at.markdown)
