"""Misuse of the decorator, of keys and of a class is an error that says what to do."""

from __future__ import annotations

import unittest
from dataclasses import dataclass

from persist_session import PersistError, persist
from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import COUNTER, broken, error, page, press, text


class Refusals(unittest.TestCase):
    def refuses(self, code: str, declare: object) -> str:
        with self.assertRaises(PersistError) as caught:
            declare()  # type: ignore[operator]
        self.assertEqual(caught.exception.code, code)
        return str(caught.exception)

    def test_misuse_is_an_error_at_once(self) -> None:
        self.addCleanup(forget_keys)
        self.refuses("ERR_KEY_INVALID", lambda: persist(""))
        self.refuses("ERR_KEY_INVALID", lambda: persist("a\nb"))
        self.refuses("ERR_OPTION_INVALID", lambda: persist("a", version=0))
        self.refuses("ERR_OPTION_INVALID", lambda: persist("a", owner="me"))  # type: ignore[arg-type]
        self.refuses("ERR_OPTION_INVALID", lambda: persist("a", ttl=-1))
        self.refuses("ERR_OPTION_INVALID", lambda: persist("a", ttl="7 days"))
        persist("a", ttl="7d")
        self.refuses("ERR_OPTION_INVALID", lambda: persist("a", transient="cache"))
        self.refuses("ERR_NOT_A_CLASS", lambda: persist("a")(len))  # type: ignore[type-var]

        @dataclass(slots=True)
        class Slotted:
            x: int = 0

        self.refuses("ERR_CLASS_SLOTS", lambda: persist("a")(Slotted))
        self.refuses("ERR_NOT_A_CLASS", lambda: persist("a")(type("Box", (dict,), {})))
        one = persist("taken")(type("One", (), {}))
        self.assertEqual(one.__name__, "One")
        self.refuses("ERR_KEY_TAKEN", lambda: persist("taken")(type("Two", (), {})))

    def test_a_subclass_without_a_key_is_an_error(self) -> None:
        with test_session():
            shown = broken(
                """
                @persist("app-state")
                class AppState:
                    pass
                class Child(AppState):
                    pass
                Child()
                """
            )
            self.assertIn("ERR_NOT_PERSISTED", shown)

    def test_without_a_gateway_the_error_names_the_command(self) -> None:
        shown = broken(COUNTER)
        self.assertIn("npx persist-session run app.py", shown)
        self.assertIn("ERR_NO_GATEWAY", shown)

    def test_outside_of_a_run_the_class_cannot_be_used(self) -> None:
        self.addCleanup(forget_keys)

        @persist("outside")
        class Outside:
            pass

        self.assertIn("script run", self.refuses("ERR_NO_SESSION", Outside))

    def test_a_value_that_cannot_be_stored_names_class_attribute_and_path(self) -> None:
        script = """
        import threading
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.todos = []
                self.count = 0
        state = AppState()
        assign, in_place = st.button("assign"), st.button("in place")
        if assign:
            state.todos = [{"owner": threading.Lock()}]
        if in_place:
            state.count += 1
            state.todos.append({"owner": [object()]})
        """
        with test_session() as browser:
            at = page(script)
            self.assertIn("AppState.todos[0].owner is of the class _thread.lock", error(press(at, "assign")))
            self.assertIsNone(browser.stored("app-state"))
            shown = error(press(at, "in place"))
            self.assertIn("AppState.todos[0].owner[0] is of the class object", shown)
            # The others are kept.
            self.assertEqual((browser.stored("app-state") or {})["count"], 1)


class Keys(unittest.TestCase):
    def test_a_class_may_be_renamed_while_the_app_is_written(self) -> None:
        with test_session():
            script = "\n@persist('same')\nclass One:\n    def __init__(self):\n        self.a = 1\nOne().a = 2\n"
            page(script)
            renamed = script.replace("One", "Two").replace("().a = 2", "()\nst.write(str(Two().a))")
            self.assertEqual(text(page(renamed)), "2")

    def test_a_key_that_two_classes_claim_is_an_error(self) -> None:
        with test_session():
            shown = broken(
                """
                @persist("same")
                class One: ...
                @persist("same")
                class Two: ...
                """
            )
            self.assertIn("ERR_KEY_TAKEN", shown)


if __name__ == "__main__":
    unittest.main()
