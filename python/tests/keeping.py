"""What the tests of keep share: tabs whose pages begin anew, as after a restart, and the hooks."""

from __future__ import annotations

import json
import logging
import os
import textwrap
import time
import unittest
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from streamlit.testing.v1 import AppTest

from persist_session.streamlit.kept import choose_all, tell_again
from persist_session.streamlit.kept.encoded import KEY
from persist_session.streamlit.kept.install import install_hooks
from persist_session.streamlit.kept.settings import KeepSettings
from persist_session.streamlit.resume import install as install_resume
from persist_session.testing import Browser, test_session

from .apps import fine
from .waiting import MAX_WAIT

HERE = os.path.dirname(__file__)
RECORD = "st.session_state"
_keepers: Any = None


def install_keep() -> None:
    """The hooks, once in a process. Each module of these tests has it as its setUpModule."""
    global _keepers
    os.environ["PERSIST_SESSION_SERVICE"] = "unix:/not/used/in/these/tests"
    install_resume({"PERSIST_SESSION_RESUME": '{"for": 600, "max": 8}'})
    if _keepers is None:
        _keepers = install_hooks(KeepSettings())


def keepers() -> dict[Any, Any]:
    """One for each session whose page is kept."""
    return _keepers._keepers


class Tab:
    """One tab of a browser. Each page of it is a fresh Streamlit session, as after a restart."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.id = str(uuid.uuid4())

    def open(self, script: str) -> AppTest:
        return fine(self.begin(script))

    def begin(self, script: str) -> AppTest:
        self.browser.header = lambda: json.dumps({"s": self.browser.session, "t": self.id})  # type: ignore[method-assign]
        return AppTest.from_string("import streamlit as st\nimport persist_session\n" + textwrap.dedent(script), default_timeout=MAX_WAIT).run()

    @property
    def record(self) -> Any:
        return self.browser.service.records.get((f"t:{self.browser.session}:{self.id}", RECORD))

    def names(self) -> dict[str, int]:
        """The stored keys with their versions."""
        cells = {} if self.record is None else self.record.cells
        return {name.removeprefix(KEY): version for name, (version, blob) in cells.items() if name.startswith(KEY) and blob is not None}

    def content(self) -> str:
        return "" if self.record is None else str(self.record.cells)

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + MAX_WAIT
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain until {what}: {self.content()}")
            time.sleep(0.01)

    def until_settled(self) -> None:
        """Waits until all that has changed is stored."""
        self.until("all is stored", lambda: all(one._unstored_since is None for one in keepers().values()))

    def until_idle(self) -> None:
        """Waits until the worker has done all that it was given, whether or not that stored anything."""
        worker = _keepers._worker

        def is_idle() -> bool:
            with worker._changed:
                return not worker._due and not worker._called

        self.until("nothing is left to be stored", is_idle)

    @property
    def version(self) -> int:
        return 0 if self.record is None else int(self.record.version)


def shown(at: AppTest) -> list[str]:
    return [each.value for each in at.markdown]


class Keeping(unittest.TestCase):
    def setUp(self) -> None:
        session = test_session()
        self.browser = session.__enter__()
        self.addCleanup(session.__exit__, None, None, None)
        self.addCleanup(self.let_go)
        choose_all()
        tell_again()
        self.tab = Tab(self.browser)

    def let_go(self) -> None:
        for keeper in keepers().values():
            keeper.is_off = True
        keepers().clear()

    @contextmanager
    def logged(self) -> Any:
        logging.disable(logging.NOTSET)
        try:
            with self.assertLogs("persist_session", "WARNING") as logs:
                yield logs
        finally:
            logging.disable(logging.CRITICAL)


COUNTING = """
st.session_state.setdefault("n", 0)
st.session_state.setdefault("rows", [])
if st.button("add"):
    st.session_state.n += 1
if st.button("push"):
    st.session_state["rows"].append(len(st.session_state["rows"]))
if st.button("nothing"):
    pass
name = st.text_input("name")
city = st.text_input("city", key="city")
st.markdown(f"{st.session_state.n} {st.session_state['rows']} {name} {city}")
"""
