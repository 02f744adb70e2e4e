"""The decorator, and what `AppState()` gives."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import types
import unittest
from dataclasses import dataclass

from persist_session import PersistError
from persist_session import persist
from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import broken, click, error, fine, page, press, text

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


class Instances(unittest.TestCase):
    def test_one_object_stays_over_all_runs_and_is_an_instance_of_each_runs_class(self) -> None:
        with test_session():
            at = page(
                """
                @persist("app-state")
                class AppState:
                    def __init__(self):
                        self.count = 0
                state = AppState()
                before = st.session_state.setdefault("before", state)
                assert before is state is AppState()
                assert isinstance(before, AppState) and type(before) is AppState
                st.write(str(id(AppState)))
                """
            )
            one = text(at)
            self.assertNotEqual(one, text(fine(at.run())))

    def test_init_runs_once_for_a_new_state_and_not_for_a_stored_one(self) -> None:
        script = """
        import sys
        @persist("app-state")
        class AppState:
            def __init__(self):
                sys.modules["streamlit"].made = getattr(st, "made", 0) + 1
                self.count = 0
        state = AppState()
        if st.button("add"):
            state.count += 1
        st.write(f"{st.made}")
        """
        import streamlit

        streamlit.made = 0  # type: ignore[attr-defined]
        with test_session():
            at = page(script)
            self.assertEqual(text(at), "1")
            self.assertEqual(text(click(at, "add")), "1")
            self.assertEqual(text(page(script)), "1")

    def test_all_kinds_of_classes_work(self) -> None:
        script = """
        from dataclasses import dataclass, field
        class Base:
            def __init__(self):
                self.base = 1
            def grow(self):
                self.base += 1
        @persist("plain")
        class Plain(Base):
            limit: int = 10
            names: list = []
            def __init__(self):
                super().__init__()
                self.own = [0]
            @property
            def total(self):
                return self.base + self.own[0]
            @total.setter
            def total(self, value):
                self.own[0] = value - self.base
        @persist("data")
        @dataclass
        class Data:
            x: int = 0
            rows: list = field(default_factory=list)
        @persist("child")
        class Child(Plain):
            def __init__(self):
                super().__init__()
                self.child = True
        plain, data, child = Plain(), Data(), Child()
        if st.button("change"):
            plain.grow()
            plain.total = 50
            plain.names.append("a")
            plain.limit += 1
            data.rows.append(data.x)
            child.grow()
        st.write(f"{plain.base} {plain.total} {plain.names} {plain.limit} {data} {child.base} {child.child}")
        """
        with test_session() as browser:
            at = page(script)
            self.assertEqual(text(at), "1 1 [] 10 Data(x=0, rows=[]) 1 True")
            changed = text(click(at, "change"))
            self.assertEqual(changed, "2 50 ['a'] 11 Data(x=0, rows=[0]) 2 True")
            self.assertEqual(text(page(script)), changed)
            self.assertEqual(browser.stored("plain"), {"base": 2, "own": [48], "names": ["a"], "limit": 11})
            with browser.other():
                self.assertEqual(text(page(script)), "1 1 [] 10 Data(x=0, rows=[]) 1 True")

    def test_nothing_but_clear_cookie_state_is_seen_on_the_class(self) -> None:
        class Bare:
            def __init__(self, start: int = 0) -> None:
                self.count = start

        before = set(dir(Bare))
        signature = inspect.signature(Bare)
        kept = persist("bare-class")(Bare)
        self.assertIs(kept, Bare)
        self.assertEqual(set(dir(Bare)) - before, {"clear_cookie_state"})
        self.assertEqual(inspect.signature(Bare), signature)
        self.assertIs(type(Bare), type)
        forget_keys()

    def test_a_constructor_of_another_name_is_the_constructor(self) -> None:
        script = """
        def counting(init):
            def wrapper(self):
                init(self)
                self.counted = True
            return wrapper
        @persist("app-state")
        class AppState:
            @counting
            def __init__(self):
                self.count = 1
        state = AppState()
        st.write(f"{state.count} {state.counted} {AppState.__init__.__name__}")
        """
        with test_session():
            self.assertEqual(text(page(script)), "1 True __init__")

    def test_the_seed_packages_marks_can_be_read(self) -> None:
        with test_session() as browser:
            at = page(
                """
                @persist("app-state")
                class AppState:
                    pass
                state = AppState()
                assert getattr(state, "_is_temp_placeholder", False) is False
                st.write(f"{state._cookie_uuid} {state._cookie_key}")
                """
            )
            self.assertEqual(text(at), f"{browser.session} app-state")

    def test_copies_are_plain_objects_of_their_own(self) -> None:
        with test_session():
            at = page(
                """
                import copy, pickle
                @persist("app-state")
                class AppState:
                    def __init__(self):
                        self.items = [1]
                state = AppState()
                shallow, deep = copy.copy(state), copy.deepcopy(state)
                assert type(deep) is AppState and deep is not state and deep.items == [1]
                deep.items.append(2)
                deep.other = 3
                assert state.items == [1] and shallow.items is state.items
                loaded = pickle.loads(pickle.dumps(state))
                assert type(loaded) is AppState and loaded.items == [1] and loaded is not state
                assert vars(state) == {"items": [1]}
                """
            )
            fine(at)

    def test_transient_attributes_and_functions_are_not_kept(self) -> None:
        script = """
        import threading
        @persist("app-state", transient=("lock",))
        class AppState:
            def __init__(self):
                self.count = 0
                self.lock = threading.Lock()
                self.double = lambda: self.count * 2
        state = AppState()
        with state.lock:
            if st.button("add"):
                state.count += 1
        st.write(str(state.double()))
        """
        with test_session() as browser:
            self.assertEqual(text(click(page(script), "add")), "2")
            self.assertEqual(browser.stored("app-state"), {"count": 1})
            # The function is the new object's own, and works on what was stored.
            self.assertEqual(text(page(script)), "2")

    def test_an_alias_of_the_package_is_the_package(self) -> None:
        import persist_session
        import streamlit_persist_session

        self.assertIs(streamlit_persist_session.persist, persist_session.persist)
        self.assertIs(streamlit_persist_session.update, persist_session.update)


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


class Modules(unittest.TestCase):
    def test_a_class_in_a_module_is_one_class_for_all_visitors_and_gives_each_their_own(self) -> None:
        module = types.ModuleType("state_of_app")
        sys.modules["state_of_app"] = module
        self.addCleanup(sys.modules.pop, "state_of_app")
        source = (
            "from persist_session import persist\n"
            "@persist('module-state')\n"
            "class ModuleState:\n"
            "    def __init__(self):\n"
            "        self.count = 0\n"
            "kept = []\n"
        )
        exec(source, module.__dict__)
        script = """
        from state_of_app import ModuleState, kept
        state = ModuleState()
        if st.button("add"):
            state.count += 1
            kept.append(state)
        if st.button("leak"):
            try:
                st.write(str(kept[0].count))
            except PersistError as error:
                st.write(error.code)
            try:
                kept[0].count = 9
            except PersistError as error:
                st.write(error.code)
        st.write(str(state.count))
        """
        with test_session() as browser:
            self.assertEqual(text(click(page(script), "add")), "1")
            with browser.other():
                other = page(script)
                self.assertEqual(text(other), "0")
                self.assertEqual(text(click(other, "leak")), "ERR_FOREIGN_STATE\nERR_FOREIGN_STATE\n0")

    def test_pickle_and_copy_of_a_module_class(self) -> None:
        module = types.ModuleType("copied_state")
        sys.modules["copied_state"] = module
        self.addCleanup(sys.modules.pop, "copied_state")
        exec(
            "from persist_session import persist\n@persist('copied')\nclass Copied:\n    def __init__(self):\n        self.a = 1\n",
            module.__dict__,
        )
        plain = copy.copy(object.__new__(module.Copied))
        plain.a = 4
        self.assertEqual(pickle.loads(pickle.dumps(plain)).a, 4)
        forget_keys()


if __name__ == "__main__":
    unittest.main()
