"""A reload shows every change, in all tabs, until the state is cleared."""

from __future__ import annotations

import unittest

from persist_session.testing import test_session

from .apps import COUNTER, click, fine, page, text


class Reloading(unittest.TestCase):
    def test_a_reload_shows_every_change_when_the_run_has_ended(self) -> None:
        with test_session() as browser:
            first = click(page(COUNTER), "add")
            self.assertEqual(text(first), "1 [1]")
            self.assertEqual(browser.stored("app-state"), {"count": 1, "items": [1]})
            self.assertEqual(text(page(COUNTER)), "1 [1]")

    def test_a_run_that_only_reads_writes_nothing(self) -> None:
        with test_session() as browser:
            at = page(COUNTER)
            fine(at.run())
            self.assertIsNone(browser.stored("app-state"))
            click(at, "add")
            before = browser.service.requests.count("write")
            fine(at.run())
            page(COUNTER)
            self.assertEqual(browser.service.requests.count("write"), before)

    def test_two_tabs_keep_both_changes_when_they_change_different_attributes(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.a = 0
                self.b = 0
        state = AppState()
        if st.button("a"):
            state.a += 1
        if st.button("b"):
            state.b += 1
        st.write(f"{state.a} {state.b}")
        """
        with test_session():
            one, two = page(script), page(script)
            for _ in range(3):
                click(one, "a")
                click(two, "b")
            self.assertEqual(text(click(one, "a")), "4 3")
            self.assertEqual(text(fine(two.run())), "4 3")

    def test_clear_reaches_the_other_tab_and_is_final(self) -> None:
        with test_session() as browser:
            one, two = page(COUNTER), page(COUNTER)
            click(one, "add")
            fine(two.run())
            self.assertEqual(text(click(one, "clear")), "0 []")
            self.assertIsNone(browser.stored("app-state"))
            self.assertEqual(text(fine(two.run())), "0 []")
            self.assertEqual(text(click(two, "add")), "1 [1]")

    def test_a_late_write_of_another_tab_does_not_bring_the_state_back(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.count = 0
        state = AppState()
        if st.button("add"):
            state.count += 1
            if "late" in st.session_state:
                st.session_state.late()
                state.count += 1
        if st.button("clear"):
            state.clear_cookie_state()
        """
        with test_session() as browser:
            one, two = page(script), page(script)
            click(two, "add")
            # The clear happens in the middle of the other tab's run.
            two.session_state["late"] = lambda: browser.service.records.clear()
            click(two, "add")
            self.assertIsNone(browser.stored("app-state"))
            self.assertFalse(one.exception)

    def test_a_clear_that_follows_a_rotate_is_final_in_the_tab_that_rotated(self) -> None:
        script = COUNTER.replace("if st.button", "if st.button('rotate'): rotate()\nif st.button", 1)
        with test_session() as browser:
            at = click(page(script), "add")
            at = click(at, "rotate")
            # Another tab of the session has cleared it.
            browser.service.records.clear()
            self.assertEqual(text(fine(at.run())), "0 []")
            self.assertEqual(text(click(at, "add")), "1 [1]")

    def test_assigning_after_a_clear_is_an_error_until_the_class_is_called_again(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.count = 0
        state = AppState()
        state.count = 5
        state.clear_cookie_state()
        try:
            state.count = 1
        except PersistError as error:
            st.write(error.code)
        assert state.count == 5
        assert AppState() is state and state.count == 0
        state.count = 2
        """
        with test_session() as browser:
            self.assertEqual(text(page(script)), "ERR_STATE_CLEARED")
            self.assertEqual(browser.stored("app-state"), {"count": 2})


if __name__ == "__main__":
    unittest.main()
