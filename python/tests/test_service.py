"""The binding and the real state service, which test/python/service.test.ts starts."""

from __future__ import annotations

import json
import os
import unittest
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from streamlit.testing.v1 import AppTest

from persist_session.service.address import Address
from persist_session.service.client import Client
from persist_session.testing.browser import Browser, _use
from persist_session.testing.memory_service import MemoryService

from .apps import COUNTER, HEAD, click, error, fine, page, press, runs_at_once, text
from .test_client import EXACT
from .waiting import together

ASSERTIONS: list[list[str]] = json.loads(os.environ.get("PERSIST_TEST_ASSERTIONS", "[]"))


class RealBrowser(Browser):
    """Speaks to the service over its socket. Each of its tabs has an assertion of its own."""

    def __init__(self, link: Client, assertions: list[str]) -> None:
        super().__init__(MemoryService())
        self.link: Any = link
        self._assertions = assertions

    def header(self) -> str:
        return self._assertions.pop(0)


@unittest.skipUnless(ASSERTIONS, "needs a state service")
class Service(unittest.TestCase):
    def setUp(self) -> None:
        self.client = Client(Address.from_environment())
        self.addCleanup(self.client.close)
        at_once = ExitStack()
        at_once.enter_context(runs_at_once())
        self.addCleanup(at_once.close)

    @contextmanager
    def browser(self) -> Iterator[RealBrowser]:
        with _use(RealBrowser(self.client, ASSERTIONS.pop())) as browser:
            assert isinstance(browser, RealBrowser)
            yield browser

    def test_a_reload_shows_every_change(self) -> None:
        with self.browser():
            self.assertEqual(text(click(page(COUNTER), "add")), "1 [1]")
            self.assertEqual(text(click(page(COUNTER), "add")), "2 [1, 2]")
            self.assertEqual(text(page(COUNTER)), "2 [1, 2]")

    def test_clear_reaches_every_tab(self) -> None:
        with self.browser():
            one, two = page(COUNTER), page(COUNTER)
            click(one, "add")
            self.assertEqual(text(fine(two.run())), "1 [1]")
            click(two, "clear")
            self.assertEqual(text(fine(one.run())), "0 []")
            self.assertEqual(text(click(one, "add")), "1 [1]")

    def test_updates_of_many_tabs_add_up(self) -> None:
        script = EXACT.replace("    update(", "    for _ in range(5):\n        update(")
        with self.browser():
            tabs = [page(script) for _ in range(4)]
            together([lambda tab=tab: click(tab, "add") for tab in tabs])
            self.assertEqual(text(page(script)), "20")

    def test_eight_visitors_at_once_keep_their_own(self) -> None:
        script = """
        from dataclasses import dataclass
        @dataclass
        class Item:
            name: str
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.items = []
        state = AppState()
        name = st.text_input("name")
        if st.button("add"):
            state.items.append(Item(name))
        st.write(",".join(item.name for item in state.items))
        assert all(isinstance(item, Item) for item in state.items)
        """
        visitors: list[AppTest] = []
        browsers = ExitStack()
        self.addCleanup(browsers.close)
        for index in range(8):
            browsers.enter_context(self.browser())
            at = page(script)
            at.text_input[0].set_value(f"v{index}")
            visitors.append(at)
        for round_ in range(1, 4):
            together([lambda at=at: press(at, "add") for at in visitors])
            for index, at in enumerate(visitors):
                self.assertEqual(text(fine(at)), ",".join([f"v{index}"] * round_))

    def test_rotate_keeps_the_state_and_end_ends_it(self) -> None:
        script = (
            COUNTER
            + """
if st.button("rotate"):
    before = state._cookie_uuid
    rotate()
    assert state._cookie_uuid != before
if st.button("end"):
    end_session()
    assert AppState().count == 0
"""
        )
        with self.browser():
            at = page(script)
            click(at, "add")
            click(at, "rotate")
            self.assertEqual(text(click(at, "add")), "2 [1, 2]")
            other = AppTest.from_string(HEAD + script).run()
            self.assertIn("ERR_SESSION_ENDED", error(other))
            click(at, "end")
            self.assertEqual(text(fine(at.run())), "0 []")

    def test_pickle_is_sealed_and_comes_back(self) -> None:
        script = """
        from statistics import NormalDist
        @persist("pickled", allow_pickle=True)
        class Pickled:
            def __init__(self):
                self.value = None
        state = Pickled()
        if st.button("set"):
            state.value = NormalDist(1, 3)
        st.write(repr(state.value))
        """
        with self.browser():
            click(page(script), "set")
            self.assertEqual(text(page(script)), "NormalDist(mu=1.0, sigma=3.0)")

    def test_pickle_comes_back_after_changes_a_migration_and_a_rotation(self) -> None:
        script = """
        from statistics import NormalDist
        from persist_session import rotate
        @persist("repickled", allow_pickle=True)
        class Pickled:
            def __init__(self):
                self.value = None
                self.other = NormalDist(7)
                self.count = 0
        state = Pickled()
        if st.button("set"):
            state.count += 1
            state.value = NormalDist(state.count)
        if st.button("plain"):
            state.value = "plain"
        if st.button("rotate"):
            rotate()
        st.write(f"{getattr(state.value, 'mean', state.value)} {state.other.mean}")
        """
        migrated = script.replace(
            "allow_pickle=True", "allow_pickle=True, version=2, migrate=lambda old, _: {**old, 'count': 100}"
        )
        with self.browser():
            at = click(page(script), "set")
            self.assertEqual(text(click(at, "set")), "2.0 7.0")
            self.assertEqual(text(page(script)), "2.0 7.0")
            self.assertEqual(text(click(at, "plain")), "plain 7.0")
            self.assertEqual(text(page(script)), "plain 7.0")
            click(at, "set")
            self.assertEqual(text(page(migrated)), "3.0 7.0")
            at = page(migrated)
            self.assertEqual(text(at), "3.0 7.0")
            click(at, "rotate")
            self.assertEqual(text(click(at, "set")), "101.0 7.0")

    def test_a_new_connection_goes_on_where_the_old_one_broke(self) -> None:
        with self.browser():
            at = page(COUNTER)
            click(at, "add")
            sock = self.client._socket
            assert sock is not None
            self.client._drop(sock)
            self.assertEqual(text(click(at, "add")), "2 [1, 2]")
            self.assertEqual(text(page(COUNTER)), "2 [1, 2]")


if __name__ == "__main__":
    unittest.main()
