"""When the changes of a run are stored, however it ends."""

from __future__ import annotations

import textwrap
import unittest
from contextlib import suppress

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session

from .apps import HEAD, click, error, page, text


class Runs(unittest.TestCase):
    def test_changes_are_stored_when_the_run_ends_in_any_way(self) -> None:
        for ending in ("st.stop()", "raise ValueError('x')", "import sys; sys.exit()", "commit()", "pass"):
            script = f"""
            @persist("app-state")
            class AppState:
                def __init__(self):
                    self.items = []
            state = AppState()
            state.items.append(1)
            {ending}
            """
            with self.subTest(ending), test_session() as browser:
                # AppTest itself trips over sys.exit.
                with suppress(KeyError, RuntimeError):
                    AppTest.from_string(HEAD + textwrap.dedent(script)).run()
                self.assertEqual(browser.stored("app-state"), {"items": [1]})

    def test_a_callback_and_a_rerun_store_theirs(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.items = []
            def add(self):
                self.items.append(len(self.items))
        state = AppState()
        st.button("add", on_click=state.add)
        if st.button("rerun"):
            state.items.append("r")
            st.rerun()
        st.write(repr(state.items))
        """
        with test_session():
            at = click(page(script), "add")
            self.assertEqual(text(at), "[0]")
            click(at, "rerun")
            self.assertEqual(text(click(at, "add")), "[0, 'r', 2]")
            self.assertEqual(text(page(script)), "[0, 'r', 2]")

    def test_a_fragment_run_stores_its_own(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.items = []
        @st.fragment
        def part():
            state = AppState()
            if st.button("add"):
                state.items.append(1)
        part()
        """
        with test_session() as browser:
            click(page(script), "add")
            self.assertEqual(browser.stored("app-state"), {"items": [1]})

    def test_an_error_at_the_end_of_a_run_is_on_the_page_once(self) -> None:
        with test_session():
            at = AppTest.from_string(
                HEAD
                + textwrap.dedent(
                    """
                    @persist("app-state")
                    class AppState:
                        def __init__(self):
                            self.items = []
                    AppState().items.append(object())
                    """
                )
            ).run()
            self.assertEqual(len(at.exception), 1)
            self.assertIn("AppState.items[0] is of the class object", error(at))

    def test_an_older_run_never_wins_over_a_newer_one(self) -> None:
        from persist_session.session.session import Session, _run
        from persist_session.testing.memory_link import MemoryLink
        from persist_session.testing.memory_service import MemoryService

        session = Session(object(), "s", MemoryLink(MemoryService()), '{"s":"a","t":null}')
        session.begin_run()
        older = _run.number
        session.begin_run()
        newer = _run.number
        _run.number = older
        self.assertEqual(session.end_run(), [])
        # Nothing was stored by it, since the newer one still works on the same objects.
        self.assertEqual(session._active, {newer})
        _run.number = newer
        session.end_run()
        self.assertEqual(session._active, set())


if __name__ == "__main__":
    unittest.main()
