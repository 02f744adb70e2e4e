"""Objects of the app's own classes inside attributes: of each run's classes, and none of their changes lost."""

from __future__ import annotations

import unittest

from persist_session.testing import test_session

from .apps import click, error, fine, page, press, text


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


if __name__ == "__main__":
    unittest.main()
