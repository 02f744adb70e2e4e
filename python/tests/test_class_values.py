"""What stands on a class itself."""

from __future__ import annotations

import sys
import types
import unittest
from typing import Any

from persist_session.testing import test_session

from .apps import click, fine, page, text

MODULE = """
import enum, functools, logging, threading
from dataclasses import dataclass, field
from typing import ClassVar
import numpy as np, pandas as pd, polars as pl
from pydantic import BaseModel
from persist_session import persist

@dataclass
class Prefs:
    dark: bool = False
    names: list = field(default_factory=list)

class Model(BaseModel):
    tags: list[str] = []

class Plain:
    n = 0

class Color(enum.Enum):
    RED = 1

@persist("class-values")
class State:
    prefs = Prefs()
    frame = pd.DataFrame({"n": [1, 2]})
    table = pl.DataFrame({"n": [1, 2]})
    array = np.zeros(2)
    model = Model()
    pair = ([], 1)
    rows = []
    log = logging.getLogger("app")
    lock = threading.Lock()
    plain = Plain()
    shape = Prefs
    color = Color.RED
    limits: ClassVar[Prefs] = Prefs()
    twice = staticmethod(lambda n: 2 * n)
    def __init__(self):
        self.count = 0
    @property
    def view(self):
        return [self.count]
    @functools.lru_cache
    def cached(self):
        return 7
    def __getattr__(self, name):
        if name == "made":
            return [self.count]
        raise AttributeError(name)
"""

SCRIPT = """
import class_values
from class_values import State
state = State()
if st.button("change"):
    state.prefs.names.append("me")
    state.prefs.dark = True
    state.frame.loc[0, "n"] = 10
    state.table[0, "n"] = 10
    state.array[1] = 5
    state.model.tags.append("t")
    state.pair[0].append(1)
    state.rows.append(1)
if st.button("remove"):
    del state.prefs
if st.button("count"):
    state.count += 1
st.write(f"{state.prefs.names} {state.prefs.dark} {list(state.frame.n)} {state.table['n'].to_list()} {list(map(float, state.array))}")
st.write(f"{state.model.tags} {state.pair[0]} {state.rows}")
"""
FRESH = "[] False [1, 2] [1, 2] [0.0, 0.0]\n[] [] []"
CHANGED = "['me'] True [10, 2] [10, 2] [0.0, 5.0]\n['t'] [1] [1]"


class ClassValues(unittest.TestCase):
    def setUp(self) -> None:
        self.module: Any = types.ModuleType("class_values")
        sys.modules["class_values"] = self.module
        self.addCleanup(sys.modules.pop, "class_values")
        exec(MODULE, self.module.__dict__)

    def test_a_change_of_an_object_on_the_class_is_stored_and_no_other_visitor_sees_it(self) -> None:
        with test_session() as browser:
            self.assertEqual(text(click(page(SCRIPT), "change")), CHANGED)
            with browser.other():
                self.assertEqual(text(page(SCRIPT)), FRESH)
            self.assertEqual(text(page(SCRIPT)), CHANGED)
            self.assertEqual(self.module.State.prefs, self.module.Prefs())

    def test_objects_on_the_class_are_not_stored_where_nobody_changes_them(self) -> None:
        with test_session() as browser:
            at = page(SCRIPT)
            fine(at.run())
            self.assertIsNone(browser.stored("class-values"))
            click(at, "count")
            self.assertEqual(browser.stored("class-values"), {"count": 1})

    def test_after_a_deletion_the_state_has_a_copy_of_its_own_again(self) -> None:
        with test_session() as browser:
            at = click(page(SCRIPT), "change")
            self.assertIn("[] False", text(click(at, "remove")))
            fine(at.run())
            record = browser.service.records[(f"b:{browser.session}", "class-values")]
            self.assertIsNone(record.cells["prefs"][1])
            self.assertIn("[] False", text(page(SCRIPT)))
            self.assertIn("['me'] True", text(click(at, "change")))
            self.assertIn("['me'] True", text(page(SCRIPT)))
            with browser.other():
                self.assertEqual(text(page(SCRIPT)), FRESH)

    def test_what_can_only_be_the_classs_stays_the_classs(self) -> None:
        script = """
        from class_values import Color, Plain, Prefs, State
        state = State()
        for name in ("log", "lock", "plain", "shape", "color", "limits"):
            assert getattr(state, name) is getattr(State, name), name
        with state.lock:
            state.log.info("fine")
        assert state.twice(2) == 4 and state.cached() == 7 and state.shape is Prefs
        assert state.view == [0] and state.made == [0]
        state.count = 3
        assert state.view == [3] and state.made == [3]
        assert sorted(vars(state)) == ["count"]
        """
        with test_session() as browser:
            page(script)
            self.assertEqual(browser.stored("class-values"), {"count": 3})

    def test_the_main_scripts_next_run_keeps_what_was_changed(self) -> None:
        script = """
        from dataclasses import dataclass, field
        @dataclass
        class Prefs:
            names: list = field(default_factory=list)
        @persist("main-values")
        class State:
            prefs = Prefs()
        state = State()
        if st.button("add"):
            state.prefs.names.append(len(state.prefs.names))
        assert type(state.prefs) is Prefs
        st.write(repr(state.prefs.names))
        """
        with test_session():
            at = click(page(script), "add")
            self.assertEqual(text(fine(at.run())), "[0]")
            self.assertEqual(text(click(at, "add")), "[0, 1]")
            self.assertEqual(text(page(script)), "[0, 1]")

    def test_an_update_works_on_a_copy_too(self) -> None:
        script = """
        from class_values import State
        state = State()
        if st.button("update"):
            update(state, lambda draft: draft.prefs.names.append("u"))
        st.write(repr(state.prefs.names))
        """
        with test_session():
            self.assertEqual(text(click(page(script), "update")), "['u']")
            self.assertEqual(text(page(script)), "['u']")
            self.assertEqual(self.module.State.prefs.names, [])

    def test_transient_objects_on_the_class_are_each_visitors_own_and_are_not_stored(self) -> None:
        source = "@persist('transient-values', transient=('prefs',))\nclass Passing:\n    prefs = Prefs()\n    rows = []\n"
        exec(source, vars(self.module))
        script = """
        from class_values import Passing
        state = Passing()
        if st.button("change"):
            state.prefs.names.append("me")
            state.rows.append(1)
        st.write(f"{state.prefs.names} {state.rows}")
        """
        with test_session() as browser:
            at = click(page(script), "change")
            self.assertEqual(text(fine(at.run())), "['me'] [1]")
            self.assertEqual(browser.stored("transient-values"), {"rows": [1]})
            self.assertEqual(text(page(script)), "[] [1]")


if __name__ == "__main__":
    unittest.main()
