"""Keep, without a browser: a page whose live session is gone begins with what stood in its session state."""

from __future__ import annotations

import json
import logging
import os
import textwrap
import time
import unittest
import uuid
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from persist_session import PersistError, forget, keep
from persist_session.codec import Namespace
from persist_session.streamlit.kept import choose_all, tell_again
from persist_session.streamlit.kept.encoded import KEY, Encoder, Unkept, least_bytes
from persist_session.streamlit.kept.gather import Gathered
from persist_session.streamlit.kept.install import install_hooks
from persist_session.streamlit.kept.namespace import AppNamespace
from persist_session.streamlit.kept.restored import fill
from persist_session.streamlit.kept.settings import KeepSettings
from persist_session.streamlit.resume import LOGINS
from persist_session.streamlit.resume import install as install_resume
from persist_session.testing import Browser, test_session

from . import test_accepted
from .apps import fine

HERE = os.path.dirname(__file__)
RECORD = "st.session_state"
keepers: Any = None


def setUpModule() -> None:
    global keepers
    os.environ["PERSIST_SESSION_SERVICE"] = "unix:/not/used/in/these/tests"
    install_resume({"PERSIST_SESSION_RESUME": '{"for": 600, "max": 8}'})
    if keepers is None:
        keepers = install_hooks(KeepSettings())


class Tab:
    """One tab of a browser. Each page of it is a fresh Streamlit session, as after a restart."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.id = str(uuid.uuid4())

    def open(self, script: str) -> AppTest:
        return fine(self.begin(script))

    def begin(self, script: str) -> AppTest:
        self.browser.header = lambda: json.dumps({"s": self.browser.session, "t": self.id})  # type: ignore[method-assign]
        return AppTest.from_string("import streamlit as st\nimport persist_session\n" + textwrap.dedent(script), default_timeout=20).run()

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
        deadline = time.monotonic() + 30
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain until {what}: {self.content()}")
            time.sleep(0.01)

    def until_settled(self) -> None:
        """Waits until all that has changed is stored."""
        self.until("all is stored", lambda: all(one._unstored_since is None for one in keepers._keepers.values()))

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
        for keeper in keepers._keepers.values():
            keeper.is_off = True
        keepers._keepers.clear()

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


class Coming(Keeping):
    def test_a_fresh_session_begins_with_keys_and_widgets(self) -> None:
        at = self.tab.open("st.markdown(repr(st.session_state.get('city')))\n" + COUNTING)
        at.button[0].click().run()
        at.button[1].click().run()
        at.text_input[0].set_value("Ada").run()
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        again = self.tab.open("st.markdown(repr(st.session_state.get('city')))\n" + COUNTING)
        self.assertEqual(shown(again), ["'Berlin'", "1 [0] Ada Berlin"])
        self.assertEqual([each.value for each in again.text_input], ["Ada", "Berlin"])

    def test_another_tab_and_another_browser_begin_anew(self) -> None:
        at = self.tab.open(COUNTING)
        at.button[0].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(Tab(self.browser).open(COUNTING)), ["0 []"])
        with self.browser.other() as other:
            stranger = Tab(other)
            stranger.id = self.tab.id
            self.assertEqual(shown(stranger.open(COUNTING)), ["0 []"])

    def test_another_user_begins_anew_and_what_was_kept_is_gone(self) -> None:
        at = self.tab.open(COUNTING)
        at.button[0].click().run()
        self.tab.until_settled()
        page = AppTest.from_string("import streamlit as st\nimport persist_session\n" + COUNTING, default_timeout=20)
        from streamlit.testing.v1 import local_script_runner

        original = local_script_runner.LocalScriptRunner.__init__

        def signed_in(runner: Any, *args: Any, **kwargs: Any) -> None:
            original(runner, *args, **kwargs)
            runner._user_info = {"email": "mallory@example.com"}

        local_script_runner.LocalScriptRunner.__init__ = signed_in  # type: ignore[method-assign]
        try:
            self.assertEqual(shown(fine(page.run())), ["0 []"])
            self.tab.until_settled()
        finally:
            local_script_runner.LocalScriptRunner.__init__ = original  # type: ignore[method-assign]
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])

    def test_values_of_classes_in_the_script_and_in_modules(self) -> None:
        script = """
        from dataclasses import dataclass, field
        from enum import Enum

        @dataclass
        class Item:
            name: str
            tags: list[str] = field(default_factory=list)

        class Color(Enum):
            RED = "r"

        if "item" not in st.session_state:
            st.session_state.item = Item("one")
            st.session_state.color = Color.RED
            st.session_state.nested = {"a": [Item("in")]}
        if st.button("tag"):
            st.session_state.item.tags.append("t")
        st.markdown(f"{st.session_state.item} {st.session_state.color} {st.session_state.nested} {isinstance(st.session_state.item, Item)}")
        """
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        kept = "Item(name='one', tags=['t']) Color.RED {'a': [Item(name='in', tags=[])]} True"
        again = self.tab.open(script)
        self.assertEqual(shown(again), [kept])
        again.button[0].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(self.tab.open(script)), [kept.replace("['t']", "['t', 't']")])

    def test_a_value_that_no_run_has_read_is_kept_on(self) -> None:
        script = """
        from dataclasses import dataclass

        @dataclass
        class Item:
            name: str

        if st.session_state.get("begun") is None:
            st.session_state.begun = 1
            st.session_state.item = Item("one")
        if st.button("more"):
            st.session_state.begun += 1
        if st.checkbox("show"):
            st.markdown(str(st.session_state.item))
        st.markdown(str(st.session_state.begun))
        """
        self.tab.open(script)
        self.tab.until_settled()
        second = self.tab.open(script)
        second.button[0].click().run()
        self.tab.until_settled()
        third = self.tab.open(script)
        third.checkbox[0].check().run()
        self.assertEqual(shown(third), ["Item(name='one')", "2"])

    def test_a_class_that_the_new_code_has_no_more_lets_the_tab_begin_anew(self) -> None:
        script = """
        from dataclasses import dataclass

        @dataclass
        class NAME:
            name: str

        st.session_state.setdefault("n", 0)
        if "item" not in st.session_state:
            st.session_state.item = NAME("one")
        if st.button("count"):
            st.session_state.n += 1
        st.markdown(f"{st.session_state.n} {st.session_state.item}")
        """
        at = self.tab.open(script.replace("NAME", "Item"))
        at.button[0].click().run()
        self.tab.until_settled()
        with self.logged() as logs:
            self.assertEqual(shown(self.tab.open(script.replace("NAME", "Renamed"))), ["0 Renamed(name='one')"])
        self.assertRegex(logs.output[0], r"begins anew.*Item")

    def test_widgets_that_the_new_code_does_not_know_are_left_out(self) -> None:
        self.tab.open("st.text_input('old')\nst.text_input('k', key='k')").text_input[0].set_value("x").run()
        self.tab.until_settled()
        new = self.tab.open("st.markdown(st.text_input('new'))\nst.markdown(st.text_input('k', key='other'))")
        self.assertEqual(shown(new), ["", ""])

    def test_passwords_are_never_stored(self) -> None:
        script = "a = st.text_input('a', type='password')\nb = st.text_input('b', type='password', key='b')\nst.markdown(f'{a} {b}')"
        at = self.tab.open(script)
        at.text_input[0].set_value("sesame-one").run()
        at.text_input[1].set_value("sesame-two").run()
        self.assertEqual(shown(at), ["sesame-one sesame-two"])
        self.tab.until_settled()
        self.assertNotIn("sesame", self.tab.content())
        self.assertNotIn("b", self.tab.names())
        self.assertEqual(shown(self.tab.open(script)), [""])


class Storing(Keeping):
    def test_a_run_that_changes_nothing_writes_nothing(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        before = self.tab.version
        at.button[2].click().run()
        self.tab.until_settled()
        self.assertEqual(self.tab.version, before)

    def test_only_changed_keys_are_written_and_changes_in_place_are_found(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertEqual(self.tab.names(), {"n": 1, "rows": 1})
        at.button[1].click().run()
        self.tab.until_settled()
        self.assertEqual(self.tab.names(), {"n": 1, "rows": 2})

    def test_a_session_that_was_restored_writes_nothing_before_it_changes(self) -> None:
        at = self.tab.open(COUNTING)
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        before = self.tab.version
        self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertEqual(self.tab.version, before)

    def test_deleted_keys_are_gone_when_the_run_ends(self) -> None:
        script = COUNTING + "\nif st.button('del'):\n    del st.session_state['rows']\n    st.stop()\n"
        script += "if st.button('clear'):\n    st.session_state.clear()\n    st.stop()\n"
        at = self.tab.open(script)
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertEqual(list(self.tab.names()), ["n"])
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        self.assertIsNotNone(self.widget("city"))
        at.button[4].click().run()
        self.assertEqual(list(self.tab.names()), [])
        self.assertIsNone(self.widget("city"))

    def test_a_first_run_that_is_stopped_early_loses_no_widget_that_it_did_not_draw(self) -> None:
        """as one does whose page has gone before it was drawn, or that ends by st.stop or an error"""
        script = "st.session_state.setdefault('n', 0)\nst.text_input('city', key='city')\nst.checkbox('only')\n"
        script += "st.markdown(f'{st.session_state.city} {st.session_state.n}')\n"
        for name, early in (("stop", "st.stop()\n"), ("error", "raise ValueError('on purpose')\n")):
            with self.subTest(name):
                tab = Tab(self.browser)
                at = tab.open(script)
                at.text_input[0].set_value("Rome").run()
                at.checkbox[0].check().run()
                self.assertEqual(shown(at), ["Rome 0"])
                tab.until_settled()
                tab.begin("st.session_state.setdefault('n', 0)\nst.session_state.n += 1\n" + early + script)
                tab.until_settled()
                self.assertEqual(tab.names().keys(), {"n"})
                again = tab.open(script)
                self.assertEqual(shown(again), ["Rome 1"])
                self.assertTrue(again.checkbox[0].value)

    def test_a_session_that_is_dropped_after_such_a_run_loses_nothing_either(self) -> None:
        script = "st.session_state.setdefault('n', 0)\nst.text_input('city', key='city')\nst.checkbox('only')\n"
        at = self.tab.open(script)
        at.text_input[0].set_value("Rome").run()
        at.checkbox[0].check().run()
        self.tab.until_settled()
        before = set(keepers._keepers)
        self.tab.begin("st.session_state.n = 5\nst.stop()\n" + script)
        (key,) = keepers._keepers.keys() - before
        keepers._keepers[key].drop()
        again = self.tab.open(script)
        self.assertEqual(again.session_state.n, 5)
        self.assertEqual(again.text_input[0].value, "Rome")
        self.assertTrue(again.checkbox[0].value)

    def test_what_is_cleared_in_a_first_run_that_stops_early_does_not_come_back(self) -> None:
        script = "st.text_input('city', key='city')\nst.checkbox('only')\nst.markdown(st.session_state.city)\n"
        for way in ("st.session_state.clear()", "del st.session_state['city']"):
            with self.subTest(way):
                tab = Tab(self.browser)
                at = tab.open(script)
                at.text_input[0].set_value("Rome").run()
                tab.until_settled()
                tab.begin(f"{way}\nst.stop()\n" + script)
                tab.until_settled()
                again = tab.open(script)
                self.assertEqual(again.text_input[0].value, "")

    def test_a_widget_that_is_deleted_by_its_key_is_gone_when_the_run_ends(self) -> None:
        script = "if st.button('del'):\n    del st.session_state['city']\n    st.stop()\n" + COUNTING
        at = self.tab.open(script)
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        self.assertIsNotNone(self.widget("city"))
        at.button[0].click().run()
        self.assertIsNone(self.widget("city"))

    def test_after_end_session_and_clear_the_tab_is_kept_again(self) -> None:
        script = COUNTING + "\nif st.button('end'):\n    persist_session.end_session()\n    st.session_state.clear()\n    st.rerun()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        at.button[3].click().run()
        at.button[0].click().run()
        self.tab.until("it is kept again", lambda: any(state == RECORD for _, state in self.browser.service.records))
        self.tab.until_settled()
        ((owner, _),) = [key for key in self.browser.service.records if key[1] == RECORD]
        self.assertNotIn(self.browser.session, owner)
        self.browser.session = owner.split(":")[1]
        self.assertEqual(shown(self.tab.open(script)), ["1 []"])

    def widget(self, key: str) -> bytes | None:
        (found,) = [blob for name, (_, blob) in self.tab.record.cells.items() if name.endswith(f"-{key}")]
        return found

    def test_what_nobody_set_is_not_stored(self) -> None:
        self.tab.open("st.markdown('nothing')")
        self.tab.until_settled()
        self.assertIsNone(self.tab.record)

    def test_the_older_of_two_sessions_of_a_tab_stores_nothing_more(self) -> None:
        old = self.tab.open(COUNTING)
        self.tab.until_settled()
        (keeper,) = keepers._keepers.values()
        new = self.tab.open(COUNTING)
        new.button[0].click().run()
        self.tab.until_settled()
        # A run of the old one ends late.
        old.session_state["n"] = 99
        keeper._unstored_since = 0.0
        keeper.look()
        self.assertIn(b"J1", [blob for _, blob in self.tab.record.cells.values()])
        # The tab comes back to the old one: then that is what the visitor sees.
        old.button[1].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(self.tab.open(COUNTING)), shown(old))

    def test_nothing_comes_back_after_end_session(self) -> None:
        script = COUNTING + "\nif st.button('end'):\n    persist_session.end_session()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        old = self.tab.record
        at.button[3].click().run()
        at.button[0].click().run()
        time.sleep(0.6)
        self.assertIsNotNone(old)
        self.assertEqual([key for key in self.browser.service.records if key[1] == RECORD], [])

    def test_rotate_takes_it_along(self) -> None:
        script = COUNTING + "\nif st.button('rotate'):\n    persist_session.rotate()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        old = self.browser.session
        at.button[3].click().run()
        at.button[0].click().run()
        self.tab.until_settled()
        (owner,) = [owner for owner, state in self.browser.service.records if state == RECORD]
        self.assertNotIn(old, owner)
        self.browser.session = owner.split(":")[1]
        self.assertEqual(shown(self.tab.open(script)), ["2 []"])


class Logins(Keeping):
    """The page of an AppTest always has this session id."""

    ID = "test session id"

    class Page:
        """What a page is connected to, kept weakly."""

    def connect(self, **cookies: str) -> None:
        self.page = self.Page()
        LOGINS.connected(self.ID, self.page, cookies)

    def setUp(self) -> None:
        super().setUp()
        LOGINS.named("auth")
        self.addCleanup(LOGINS._seen.pop, self.ID, None)
        self.addCleanup(LOGINS._names.discard, "auth")

    def test_a_page_with_another_login_cookie_begins_anew_and_what_was_kept_is_gone(self) -> None:
        self.connect(auth="ada")
        self.tab.open(COUNTING).button[0].click().run()
        self.tab.until_settled()
        self.connect(auth="ada")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["1 []"])
        self.connect(auth="mallory")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])
        self.tab.until_settled()
        self.connect(auth="ada")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])

    def test_nothing_tells_a_reader_of_the_store_who_was_signed_in(self) -> None:
        self.connect(auth="ada-the-first")
        self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertNotIn("ada-the-first", self.tab.content())
        self.assertNotIn("test@example.com", self.tab.content())

    def test_a_logout_by_a_cookie_clears_it_before_the_run_has_ended(self) -> None:
        self.connect(auth="ada")
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertIsNotNone(self.tab.record)
        LOGINS.changed(self.ID, "auth", None)
        at.button[0].click().run()
        self.assertIsNone(self.tab.record)
        # Signed in again within the same page: kept from now on.
        LOGINS.changed(self.ID, "auth", "bob")
        at.button[0].click().run()
        self.tab.until("it is kept again", lambda: self.tab.record is not None)
        self.tab.until_settled()
        self.connect(auth="bob")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["2 []"])

    def test_st_logout_clears_it_before_the_run_has_ended(self) -> None:
        script = COUNTING + "\nif st.button('out'):\n    st.logout()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertIsNone(self.tab.record)
        at.button[0].click().run()
        time.sleep(0.5)
        self.assertIsNone(self.tab.record)
        self.assertEqual(shown(self.tab.open(script)), ["0 []"])

    def test_fresh_after_reload_lets_the_tab_begin_anew(self) -> None:
        self.connect()
        script = COUNTING + "\nif st.button('fresh'):\n    persist_session.fresh_after_reload()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertIsNone(self.tab.record)
        self.connect()
        self.assertEqual(shown(self.tab.open(script)), ["0 []"])


class AllOrNothing(Keeping):
    SCRIPT = """
    import threading
    st.session_state.setdefault("n", 0)
    if "conn" not in st.session_state:
        st.session_state.conn = threading.Lock()
    if st.button("count"):
        st.session_state.n += 1
    st.markdown(str(st.session_state.n))
    """

    def count(self, script: str) -> list[str]:
        at = self.tab.open(script)
        at.button[0].click().run()
        at.button[0].click().run()
        self.tab.until_settled()
        return shown(self.tab.open(script))

    def test_a_tab_with_a_key_that_cannot_be_stored_begins_anew_and_one_line_says_why(self) -> None:
        with self.logged() as logs:
            self.assertEqual(self.count(self.SCRIPT), ["0"])
        self.assertIsNone(self.tab.record)
        self.assertEqual(len(logs.output), 1)
        self.assertRegex(logs.output[0], r'"conn".*_thread\.lock.*forget\("conn"\).*keep\("draft", "filters"\)')

    def test_forget_leaves_one_key_out(self) -> None:
        self.assertEqual(self.count("persist_session.forget('conn')\n" + textwrap.dedent(self.SCRIPT)), ["2"])

    def test_keep_keeps_the_named_keys_alone(self) -> None:
        script = "persist_session.keep('n')\nst.session_state.setdefault('more', 1)\n" + textwrap.dedent(self.SCRIPT)
        self.assertEqual(self.count(script), ["2"])
        self.assertEqual(list(self.tab.names()), ["n"])

    def test_a_persisted_class_in_the_session_state_is_not_in_the_way(self) -> None:
        script = """
        @persist_session.persist("in-session-state")
        class State:
            def __init__(self):
                self.total = 0

        st.session_state.setdefault("n", 0)
        if "state" not in st.session_state:
            st.session_state.state = State()
        if st.button("count"):
            st.session_state.n += 1
            st.session_state.state.total += 1
        st.markdown(f"{st.session_state.n} {st.session_state.state.total}")
        """
        self.assertEqual(self.count(script), ["2 2"])

    def test_keys_are_texts(self) -> None:
        for call in (keep, forget):
            with self.assertRaises(PersistError) as caught:
                call(1)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.code, "ERR_OPTION_INVALID")

    def test_more_than_the_bound_is_not_kept_and_the_line_names_the_largest(self) -> None:
        script = """
        st.session_state.setdefault("n", 0)
        st.session_state.setdefault("big", "x" * 700_000)
        st.session_state.setdefault("also", "y" * 600_000)
        if st.button("count"):
            st.session_state.n += 1
        st.markdown(str(st.session_state.n))
        """
        with self.logged() as logs:
            self.assertEqual(self.count(script), ["0"])
        self.assertEqual(len(logs.output), 1)
        self.assertRegex(logs.output[0], r'"big".*str.*1048576 are kept \(--keep-max\)')
        self.assertEqual(self.count(script.replace("600_000", "300_000")), ["2"])


class Unusual:
    """Not a dataclass."""

    def __init__(self, number: int) -> None:
        self.number = number


class Sizes(unittest.TestCase):
    def test_a_large_frame_is_refused_before_it_is_encoded(self) -> None:
        import numpy as np
        import pandas as pd

        frame = pd.DataFrame({"a": np.zeros(1_300_000)})
        self.assertGreater(least_bytes(frame), 1 << 20)
        with self.assertRaises(Unkept):
            Encoder(KeepSettings()).encode(Gathered({"frame": frame}), Namespace("t", {}))

    def test_what_is_estimated_is_never_more_than_what_is_stored(self) -> None:
        import numpy as np
        import pandas as pd
        import polars as pl

        for value in (
            pd.DataFrame({"a": [True] * 100_000}),
            pd.DataFrame({"a": pd.Categorical(["x"] * 100_000)}),
            pd.Series(["x"] * 100_000),
            pl.DataFrame({"a": [True] * 100_000, "b": ["x"] * 100_000}),
            np.zeros(100_000),
            "x" * 1000,
            [{"a": 1, "b": None}] * 1000,
            [{"a": at, "b": "text"} for at in range(5000)],
            [[1, 2]] * 1000,
            list("abc" * 1000),
            [0] * 100_000,
            {*range(1000)},
        ):
            ((_, one),) = Encoder(KeepSettings(1 << 30)).encode(Gathered({"v": value}), Namespace("t", {})).items()
            self.assertLessEqual(least_bytes(value), one.size)

    def test_a_list_that_grows_above_the_bound_is_not_encoded_each_time(self) -> None:
        rows = [{"id": at} for at in range(300_000)]
        encoder = Encoder(KeepSettings())
        for _ in range(3):
            with self.assertRaises(Unkept):
                encoder.encode(Gathered({"rows": rows}), Namespace("t", {}))
            rows.append({"id": 0})
        del rows[10:]
        self.assertEqual(list(encoder.encode(Gathered({"rows": rows}), Namespace("t", {}))), [KEY + "rows"])

    def test_uploads_are_never_stored_not_even_as_pickle(self) -> None:
        from streamlit.proto.Common_pb2 import FileURLs
        from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

        upload = UploadedFile(UploadedFileRec("id", "a.txt", "text/plain", b"content"), FileURLs())
        for settings_ in (KeepSettings(), KeepSettings(allow_pickle=True)):
            for value in (upload, [upload], {"a": upload}):
                with self.assertRaises(Unkept):
                    Encoder(settings_).encode(Gathered({"file": value}), Namespace("t", {}))

    def test_pickle_only_where_it_is_allowed(self) -> None:
        from persist_session.streamlit.kept.pending import Pending

        value = {"what": Unusual(3)}
        with self.assertRaises(Unkept):
            Encoder(KeepSettings()).encode(Gathered({"v": value}), NAMESPACE)
        allowed = KeepSettings(allow_pickle=True)
        ((name, one),) = Encoder(allowed).encode(Gathered({"v": value}), NAMESPACE).items()
        assert one.content is not None
        self.assertEqual(one.content[:1], b"P")
        state = SessionState()
        with self.assertRaises(PersistError):
            fill(state, {name: one.content}, HERE, KeepSettings())
        self.assertEqual(state._old_state, {})
        fill(state, {name: one.content}, HERE, allowed)
        # Nothing of it runs before the script asks for it.
        self.assertIs(type(state._old_state["v"]), Pending)
        self.assertEqual(state["v"]["what"].number, 3)

    def test_the_same_text_is_not_encoded_again(self) -> None:
        text = "x" * 100_000
        encoder = Encoder(KeepSettings())
        first = encoder.encode(Gathered({"v": text}), Namespace("t", {}))[KEY + "v"]
        second = encoder.encode(Gathered({"v": text}), Namespace("t", {}))[KEY + "v"]
        self.assertIsNone(second.content)
        self.assertEqual(first.fingerprint, second.fingerprint)
        whole = encoder.encode(Gathered({"v": text}), Namespace("t", {}), all_anew=True)[KEY + "v"]
        self.assertEqual(whole.content, first.content)

    def test_settings(self) -> None:
        self.assertIsNone(KeepSettings.from_environment({}))
        self.assertIsNone(KeepSettings.from_environment({"PERSIST_SESSION_KEEP": "off"}))
        self.assertEqual(KeepSettings.from_environment({"PERSIST_SESSION_KEEP": "on"}), KeepSettings(1 << 20, False))
        given = {"PERSIST_SESSION_KEEP": "1", "PERSIST_SESSION_KEEP_MAX": "4m", "PERSIST_SESSION_ALLOW_PICKLE": "on"}
        self.assertEqual(KeepSettings.from_environment(given), KeepSettings(4 << 20, True))


class Hooks(unittest.TestCase):
    def test_keep_is_off_with_one_line_where_streamlit_has_other_insides(self) -> None:
        from persist_session.streamlit import kept

        for name in ("_getitem", "_set_key_widget_mapping", "register_widget"):
            known = getattr(SessionState, name)
            before = {each: getattr(SessionState, each) for each in ("_compact_state", "__delitem__")}
            logging.disable(logging.NOTSET)
            delattr(SessionState, name)
            kept._installed = False
            try:
                with self.assertLogs("persist_session", "WARNING") as logs:
                    kept.install({"PERSIST_SESSION_KEEP": "on"})
            finally:
                setattr(SessionState, name, known)
                kept._installed = True
                logging.disable(logging.CRITICAL)
            self.assertEqual(len(logs.output), 1)
            self.assertRegex(logs.output[0], f"keep is off.*{name}")
            for each, function in before.items():
                self.assertIs(getattr(SessionState, each), function)


NAMESPACE = AppNamespace([vars(test_accepted)], HERE)
EXAMPLES = int(os.environ.get("PERSIST_TEST_EXAMPLES", "300"))


class Property(unittest.TestCase):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(test_accepted.values)
    def test_kept_values_equal_what_was_there(self, value: Any) -> None:
        self.check_value(value)

    @settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(test_accepted.frames())
    def test_kept_frames_equal_what_was_there(self, value: Any) -> None:
        self.check_value(value)

    def check_value(self, value: Any) -> None:
        given = KeepSettings(1 << 24)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = Encoder(given).encode(Gathered({"k": value}), NAMESPACE)
            except Unkept:
                return
            state = SessionState()
            fill(state, {name: one.content or b"" for name, one in found.items()}, HERE, given)
            # Moved as before a run, then read as by the script.
            state._compact_state()
            self.assertEqual(test_accepted.account(state["k"]), test_accepted.account(value))


if __name__ == "__main__":
    unittest.main()
