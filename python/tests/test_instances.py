"""The one object that `AppState()` gives, for every kind of class."""

from __future__ import annotations

import inspect
import unittest

from persist_session import persist
from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import click, fine, page, text


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


if __name__ == "__main__":
    unittest.main()
