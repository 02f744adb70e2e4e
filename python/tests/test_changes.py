"""Which changes within a value are found and stored, and what that costs."""

from __future__ import annotations

import unittest

from persist_session.testing import test_session

from .apps import click, fine, page, text


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


if __name__ == "__main__":
    unittest.main()
