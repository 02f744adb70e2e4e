"""What is found, what is written, and when."""

from __future__ import annotations

import textwrap
import unittest
from contextlib import suppress

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session

from .apps import HEAD, broken, click, error, fine, page, press, text


class InPlace(unittest.TestCase):
    def test_every_kind_of_change_within_a_value_is_stored(self) -> None:
        script = """
        from dataclasses import dataclass, field
        import numpy as np, pandas as pd
        @dataclass
        class Todo:
            name: str
            tags: list = field(default_factory=list)
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.list = [[1]]
                self.dict = {"a": {"b": 1}}
                self.set = {1}
                self.todo = Todo("x")
                self.frame = pd.DataFrame({"n": [1, 2]})
                self.array = np.zeros(3)
                self.bytes = bytearray(b"a")
                self.pair = ([1], 2)
        state = AppState()
        if st.button("change"):
            state.list[0].append(2)
            state.dict["a"]["b"] = 2
            state.set.add(2)
            state.todo.tags.append("t")
            state.frame.loc[0, "n"] = 10
            state.array[1] = 5
            state.bytes += b"b"
            state.pair[0].append(9)
        st.write(f"{state.list} {state.dict} {state.set} {state.todo} {list(state.frame.n)} {list(map(float, state.array))}")
        st.write(f"{bytes(state.bytes)} {state.pair}")
        """
        with test_session():
            changed = text(click(page(script), "change"))
            self.assertIn("[[1, 2]] {'a': {'b': 2}} {1, 2} Todo(name='x', tags=['t']) [10, 2] [0.0, 5.0, 0.0]", changed)
            self.assertIn("b'ab' ([1, 9], 2)", changed)
            self.assertEqual(text(page(script)), changed)

    def test_names_that_appear_vanish_or_are_set_around_the_state_are_noticed(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.a = 1
                self.b = 2
        state = AppState()
        if st.button("change"):
            del state.a
            state.c = 3
            object.__setattr__(state, "d", 4)
            state.__dict__["e"] = 5
            vars(state)["b"] = 20
        if st.button("back"):
            state.a = 1
        st.write(repr(sorted(vars(state).items())))
        """
        with test_session() as browser:
            at = click(page(script), "change")
            self.assertEqual(browser.stored("app-state"), {"b": 20, "c": 3, "d": 4, "e": 5})
            self.assertEqual(text(page(script)), "[('b', 20), ('c', 3), ('d', 4), ('e', 5)]")
            click(at, "back")
            self.assertEqual(text(page(script)), "[('a', 1), ('b', 20), ('c', 3), ('d', 4), ('e', 5)]")

    def test_an_assignment_of_the_same_value_writes_nothing(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.name = "a"
                self.items = [1]
        state = AppState()
        if st.button("set"):
            state.name = "b"
        state.name = state.name
        state.items = [1]
        """
        with test_session() as browser:
            at = page(script)
            self.assertIsNone(browser.stored("app-state"))
            click(at, "set")
            before = browser.service.requests.count("write")
            fine(at.run())
            self.assertEqual(browser.service.requests.count("write"), before)

    def test_the_cost_follows_the_change(self) -> None:
        script = """
        from persist_session.codec import encode_value as lower
        import persist_session.state.values as live
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.big = ["x" * 100] * 1000
                self.small = 0
        state = AppState()
        original = live.encode_attribute
        st.session_state.encoded = []
        def counting(value, *a, **k):
            st.session_state.encoded.append(k["owner"])
            return original(value, *a, **k)
        if st.button("small"):
            live.encode_attribute = counting
            state.small += 1
            live.encode_attribute = original
        """
        with test_session() as browser:
            at = page(script)
            click(at, "small")
            click(at, "small")
            self.assertEqual(at.session_state["encoded"], ["AppState.small"])
            self.assertEqual((browser.stored("app-state") or {})["small"], 2)

    def test_a_value_of_another_language_in_other_bytes_is_no_change(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.items = []
                self.added = 0
        state = AppState()
        if st.button("add"):
            state.added += 1
        st.write(f"{state.items}")
        """
        with test_session() as browser:
            at = click(page(script), "add")
            record = browser.service.records[(f"b:{browser.session}", "app-state")]
            record.version += 1
            # As JavaScript writes it: keys like an index first, a set in its own order.
            record.cells["items"] = (record.version, b'J[{"$set":[1,2,"a"]},1152921504606847000]')
            fine(at.run())
            # Text has an order of its own in each process, and so has a set that holds it.
            self.assertEqual(eval(text(at)), [{1, 2, "a"}, 1.152921504606847e18])
            self.assertEqual(record.cells["items"][1], b'J[{"$set":[1,2,"a"]},1152921504606847000]')


class Classes(unittest.TestCase):
    def test_objects_within_are_instances_of_each_runs_classes_and_stay_the_same_objects(self) -> None:
        script = """
        import enum
        from dataclasses import dataclass
        from collections import namedtuple
        class Color(enum.Enum):
            RED = 1
        Pair = namedtuple("Pair", "a b")
        @dataclass
        class Todo:
            name: str
            done: bool = False
        @dataclass(slots=True)
        class Slim:
            todo: Todo
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.todos = [Todo("x")]
                self.color = Color.RED
                self.mixed = {"pair": Pair(Color.RED, Slim(Todo("y")))}
        state = AppState()
        kept = st.session_state.setdefault("kept", state.todos[0])
        if st.button("done"):
            kept.done = True
        assert kept is state.todos[0] and isinstance(kept, Todo)
        assert state.color is Color.RED
        pair = state.mixed["pair"]
        assert isinstance(pair, Pair) and pair.a is Color.RED and isinstance(pair.b, Slim) and isinstance(pair.b.todo, Todo)
        if st.button("color"):
            state.color = Color.RED
        st.write(repr(state.todos))
        """
        with test_session() as browser:
            at = page(script)
            fine(at.run())
            self.assertIsNone(browser.stored("app-state"))
            self.assertEqual(text(click(at, "done")), "[Todo(name='x', done=True)]")
            click(at, "color")
            self.assertEqual(text(page(script)), "[Todo(name='x', done=True)]")

    def test_pickled_objects_are_instances_of_each_runs_classes_and_lose_no_change(self) -> None:
        script = """
        import collections
        from dataclasses import dataclass, field
        class Thing:
            def __init__(self):
                self.n = 0
        @dataclass
        class Todo:
            name: str = "x"
        @persist("app-state", allow_pickle=True)
        class AppState:
            def __init__(self):
                self.thing = Thing()
                self.things = [Todo(), {"a": Thing()}]
                self.counts = collections.Counter("a")
        state = AppState()
        if st.button("change"):
            state.thing.n += 1
            state.things[1]["a"].n += 1
            state.counts["b"] += 1
        if st.button("spoil"):
            state.thing.n += 1
            state.thing.made = (x for x in ())
        assert isinstance(state.thing, Thing) or hasattr(state.thing, "made")
        if st.button("mend"):
            del state.thing.made
        assert isinstance(state.things[0], Todo) and isinstance(state.things[1]["a"], Thing)
        kept = st.session_state.setdefault("kept", state.counts)
        assert kept is state.counts
        st.write(f"{state.thing.n} {state.things[1]['a'].n} {dict(state.counts)}")
        """
        with test_session():
            at = page(script)
            fine(at.run())
            self.assertEqual(text(click(at, "change")), "1 1 {'a': 1, 'b': 1}")
            self.assertEqual(text(click(at, "change")), "2 2 {'a': 1, 'b': 2}")
            self.assertEqual(text(fine(at.run())), "2 2 {'a': 1, 'b': 2}")
            # A change that could not be stored yet is not lost with the class of its run.
            self.assertIn("AppState.thing cannot be pickled", error(press(at, "spoil")))
            self.assertIn("AppState.thing cannot be pickled", error(at.run()))
            self.assertEqual(text(click(at, "mend")), "3 2 {'a': 1, 'b': 2}")
            self.assertEqual(text(fine(at.run())), "3 2 {'a': 1, 'b': 2}")
            self.assertEqual(text(page(script)), "3 2 {'a': 1, 'b': 2}")

    def test_what_is_worked_out_is_not_stored(self) -> None:
        script = """
        from functools import cached_property
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.count = 1
            @cached_property
            def double(self):
                return self.count * 2
            def __getattr__(self, name):
                if name == "magic":
                    return 5
                raise AttributeError(name)
        state = AppState()
        state.count = 2
        st.write(f"{state.double} {state.magic} {hasattr(state, 'nothing')}")
        """
        with test_session() as browser:
            self.assertEqual(text(page(script)), "4 5 False")
            self.assertEqual(browser.stored("app-state"), {"count": 2})


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
                    AppTest.from_string(HEAD + _dedent(script)).run()
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
                + _dedent(
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


class Threads(unittest.TestCase):
    SCRIPT = """
    import threading
    from streamlit.runtime.scriptrunner import add_script_run_ctx
    @persist("app-state")
    class AppState:
        def __init__(self):
            self.items = []
    state = AppState()
    seen = []
    def work():
        try:
            state.items.append(1)
        except PersistError as error:
            seen.append(error.code)
    thread = threading.Thread(target=work)
    {attach}
    thread.start()
    thread.join()
    st.write(repr(seen))
    """

    def test_a_thread_without_a_context_gets_an_error(self) -> None:
        with test_session():
            self.assertEqual(text(page(self.SCRIPT.format(attach=""))), "['ERR_NO_SESSION']")

    def test_a_thread_with_the_context_works_on_the_state(self) -> None:
        with test_session() as browser:
            self.assertEqual(text(page(self.SCRIPT.format(attach="add_script_run_ctx(thread)"))), "[]")
            self.assertEqual(browser.stored("app-state"), {"items": [1]})


class Isolation(unittest.TestCase):
    def test_an_object_in_a_cache_refuses_to_be_used_by_another_visitor(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.secret = st.session_state.get("secret", "none")
            def tell(self):
                return self.secret
        @st.cache_resource
        def shared():
            return AppState()
        try:
            st.write(shared().tell())
        except PersistError as error:
            st.write(error.code)
        """
        import streamlit

        streamlit.cache_resource.clear()
        with test_session() as browser:
            self.assertEqual(text(page(script)), "none")
            with browser.other():
                self.assertEqual(text(page(script)), "ERR_FOREIGN_STATE")

    def test_a_list_on_the_class_is_not_shared(self) -> None:
        script = """
        import sys, types
        if "shared_class" not in sys.modules:
            module = types.ModuleType("shared_class")
            sys.modules["shared_class"] = module
            source = "from persist_session import persist\\n@persist('shared-class')\\nclass Shared:\\n    items: list = []\\n"
            exec(source, module.__dict__)
        from shared_class import Shared
        state = Shared()
        if st.button("add"):
            state.items.append(1)
        st.write(repr(state.items))
        """
        with test_session() as browser:
            self.assertEqual(text(click(page(script), "add")), "[1]")
            with browser.other():
                self.assertEqual(text(page(script)), "[]")


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


def _dedent(script: str) -> str:
    return textwrap.dedent(script)


if __name__ == "__main__":
    unittest.main()
