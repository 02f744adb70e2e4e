"""Classes whose constructor takes arguments, and copies with other ones."""

from __future__ import annotations

import copy
import logging
import unittest

from persist_session.testing import test_session

from .apps import broken, click, fine, page, text


class Constructors(unittest.TestCase):
    SCRIPT = """
    @persist("app-state")
    class AppState:
        def __init__(self, n, *, step=1):
            self.n = n
            self.step = step
    state = AppState({given})
    if st.button("add"):
        state.n += state.step
    if st.button("clear"):
        state.clear_cookie_state()
        state = AppState(40)
    st.write(f"{{state.n}} {{state.step}}")
    """

    def hear(self) -> None:
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)

    def script(self, given: str) -> str:
        return self.SCRIPT.format(given=given)

    def test_arguments_make_a_new_state(self) -> None:
        self.hear()
        with test_session() as browser, self.assertNoLogs("persist_session", logging.WARNING):
            self.assertEqual(text(page(self.script("7, step=3"))), "7 3")
            with browser.other():
                self.assertEqual(text(page(self.script("8"))), "8 1")

    def test_arguments_are_ignored_with_one_warning_where_there_is_a_state_already(self) -> None:
        self.hear()
        with test_session() as browser:
            first = page(self.script("7"))
            with self.assertLogs("persist_session", logging.WARNING) as logs:
                self.assertEqual(text(click(first, "add")), "8 1")
                self.assertEqual(text(page(self.script("9, step=2"))), "8 1")
                self.assertEqual(text(page(self.script("10"))), "8 1")
                fine(first.run())
            self.assertEqual(len(logs.output), 1)
            self.assertIn("ignored", logs.output[0])
            self.assertEqual(browser.stored("app-state"), {"n": 8, "step": 1})
            # After a clear it is a new one.
            self.assertEqual(text(click(first, "clear")), "40 1")

    def test_a_stored_state_needs_no_arguments_and_a_new_one_fails_as_any_class_does(self) -> None:
        with test_session() as browser:
            click(page(self.script("7")), "add")
            self.assertEqual(text(page(self.script(""))), "8 1")
            with browser.other():
                self.assertIn("missing 1 required positional argument: 'n'", broken(self.script("")))

    def test_update_and_a_new_attribute_have_the_arguments_too(self) -> None:
        with test_session() as browser:
            click(page(self.script("7")), "add")
            new = """
            from persist_session import clear_attribute
            @persist("app-state")
            class AppState:
                def __init__(self, n):
                    self.n = n
                    self.limit = n * 10
            state = AppState({given})
            if st.button("update"):
                update(state, lambda draft: setattr(draft, "n", draft.n + draft.limit))
            if st.button("reset"):
                clear_attribute(state, "n")
            st.write(f"{{state.n}} {{state.limit}}")
            """
            shown = broken(new.format(given=""))
            self.assertIn("ERR_CLASS_ARGUMENTS", shown)
            self.assertIn("Call AppState(n) first", shown)
            self.assertEqual(browser.stored("app-state"), {"n": 8, "step": 1})
            at = page(new.format(given="5"))
            self.assertEqual(text(at), "8 50")
            self.assertEqual(text(click(at, "update")), "58 50")
            self.assertEqual(text(click(at, "reset")), "5 50")

    def test_a_class_with_arguments_in_new(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __new__(cls, n):
                made = object.__new__(cls)
                made.n = n
                return made
            def __init__(self, n):
                self.double = 2 * n
        state = AppState(7)
        if st.button("add"):
            state.n += 1
        st.write(f"{state.n} {state.double}")
        """
        with test_session():
            self.assertEqual(text(click(page(script), "add")), "8 14")
            self.assertEqual(text(page(script)), "8 14")


class Replaced(unittest.TestCase):
    SCRIPT = """
    import copy, dataclasses
    @persist("app-state")
    @dataclasses.dataclass
    class AppState:
        n: int
        names: list = dataclasses.field(default_factory=list)
        made: list = dataclasses.field(default_factory=list, init=False)
        def double(self):
            return 2 * self.n
    state = AppState(7)
    if st.button("store"):
        state.names.append("a")
    {replace}
    other.n += 1
    st.write(f"{{other.n}} {{other.double()}} {{other.names}} {{state.n}} {{other is state}} {{type(other) is AppState}}")
    try:
        other.clear_cookie_state()
    except PersistError as error:
        st.write(error.code)
    """

    def shows(self, replace: str) -> None:
        with test_session() as browser:
            at = click(page(self.SCRIPT.format(replace=replace)), "store")
            self.assertEqual(text(at), "71 142 ['a'] 7 False True\nERR_NOT_PERSISTED")
            self.assertEqual(browser.stored("app-state"), {"n": 7, "names": ["a"], "made": []})

    def test_dataclasses_replace_gives_an_ordinary_copy_with_the_change(self) -> None:
        self.shows("other = dataclasses.replace(state, n=70)")

    @unittest.skipUnless(hasattr(copy, "replace"), "Python 3.13 has copy.replace")
    def test_copy_replace_does_so_too(self) -> None:
        self.shows("other = copy.replace(state, n=70)")


if __name__ == "__main__":
    unittest.main()
