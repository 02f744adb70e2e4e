"""An attribute that cannot be read: the others can, and there is a way out that keeps them."""

from __future__ import annotations

import textwrap
import unittest
from typing import Any

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session
from persist_session.testing.browser import Browser

from .apps import HEAD, click, error, page, press, text
from .waiting import MAX_WAIT

APP = """
from persist_session import clear_attribute
@persist("app-state")
class AppState:
    def __init__(self):
        self.count = 0
        self.todos = ["default"]
state = AppState()
if st.button("fill"):
    state.count, state.todos, state.extra = 7, ["mine"], 1
if st.button("clear"):
    clear_attribute(state, "todos")
if st.button("clear by class"):
    clear_attribute(AppState, "todos")
if st.button("clear extra"):
    clear_attribute(state, "extra")
if st.button("clear nothing"):
    clear_attribute(state, "nothing")
if st.button("assign"):
    state.todos = ["new"]
if st.button("add"):
    state.todos.append("more")
st.write(f"count {state.count}")
if st.button("look") or st.query_params.get("look"):
    st.write(f"todos {state.todos}")
"""


def damage(browser: Browser, name: str, content: bytes) -> None:
    record = browser.service.records[(f"b:{browser.session}", "app-state")]
    record.version += 1
    record.cells[name] = (record.version, content)


def stored(browser: Browser) -> dict[str, Any]:
    record = browser.service.records[(f"b:{browser.session}", "app-state")]
    return {name: blob for name, (_, blob) in record.cells.items()}


class Damaged(unittest.TestCase):
    def test_the_error_names_the_attribute_and_the_way_out_and_the_others_can_be_read(self) -> None:
        with test_session() as browser:
            click(page(APP), "fill")
            damage(browser, "todos", b'J["secret')
            at = page(APP)
            self.assertEqual(text(at), "count 7")
            said = error(press(at, "look"))
            self.assertIn("AppState.todos", said)
            self.assertIn('clear_attribute(AppState, "todos")', said)
            self.assertNotIn("secret", said)
            self.assertEqual(stored(browser)["todos"], b'J["secret')

    def test_clearing_it_gives_the_default_and_keeps_the_others(self) -> None:
        for button in ("clear", "clear by class"):
            with self.subTest(button), test_session() as browser:
                click(page(APP), "fill")
                damage(browser, "todos", b'J{"$dataclass":["Gone",{}]}')
                at = click(page(APP), button)
                self.assertEqual(text(at), "count 7")
                self.assertIn("todos ['default']", text(click(page(APP), "look")))
                self.assertEqual(text(page(APP)), "count 7")

    def test_assigning_it_replaces_it_without_reading_it(self) -> None:
        with test_session() as browser:
            click(page(APP), "fill")
            damage(browser, "todos", b"Anonsense")
            click(page(APP), "assign")
            self.assertIn("count 7\ntodos ['new']", text(click(page(APP), "look")))

    def test_one_without_a_default_is_gone_and_an_unknown_one_is_an_error(self) -> None:
        with test_session() as browser:
            click(page(APP), "fill")
            damage(browser, "extra", b"?")
            at = click(page(APP), "clear extra")
            self.assertIsNone(stored(browser)["extra"])
            self.assertIn('no attribute "nothing"', error(press(at, "clear nothing")))

    def test_the_mark_of_the_command_line_is_the_default_and_stays_unwritten_until_it_changes(self) -> None:
        mark = b'J{"$default":null}'
        with test_session() as browser:
            at = click(page(APP), "fill")
            damage(browser, "todos", mark)
            damage(browser, "extra", mark)
            self.assertIn("todos ['default']", text(click(at, "look")))
            self.assertEqual(stored(browser)["todos"], mark)
            self.assertIn("todos ['default']", text(click(page(APP), "look")))
            click(page(APP), "add")
            self.assertEqual(stored(browser)["todos"], b'J["default","more"]')
            gone = page(APP + "\nst.write(hasattr(state, 'extra'))")
            self.assertIn("False", text(gone))

    def test_a_record_that_cannot_be_migrated_can_be_once_the_attribute_is_cleared(self) -> None:
        newer = APP.replace('@persist("app-state")', "@persist('app-state', version=2, migrate=lambda old, version: {**old, 'added': 1})")
        way_out = newer.replace("state = AppState()", 'clear_attribute(AppState, "todos")\nstate = AppState()')
        with test_session() as browser:
            click(page(APP), "fill")
            damage(browser, "todos", b"J[")
            at = AppTest.from_string(HEAD + textwrap.dedent(newer), default_timeout=MAX_WAIT).run()
            self.assertIn("AppState.todos", error(at))
            page(way_out)
            self.assertIn("count 7\ntodos ['default']", text(click(page(newer), "look")))
            self.assertEqual(stored(browser)["added"], b"J1")


KINDS = """
import collections, dataclasses, datetime as dt, pathlib, types, pydantic
from typing import Any, Generic, TypeVar
T = TypeVar("T")
class Color(__import__("enum").Flag):
    RED = 1
    BLUE = 2
@dataclasses.dataclass
class Box(Generic[T]):
    value: Any
class Model(pydantic.BaseModel):
    name: str = "m"
    log: list = []
    _seen: list = pydantic.PrivateAttr(default_factory=list)
    def model_post_init(self, context):
        self.log.append("made")
def start():
    return [0]
@persist("app-state")
class AppState(Generic[T]):
    def __init__(self):
        self.deque = collections.deque([1], maxlen=3)
        self.counter = collections.Counter("a")
        self.ordered = collections.OrderedDict(a=1)
        self.default = collections.defaultdict(start)
        self.space = types.SimpleNamespace(a=[1])
        self.box = Box[int]([1])
        self.model = Model()
        self.flag = Color.RED
state = AppState[int]()
if st.button("change"):
    state.deque.append(2)
    state.counter["b"] += 1
    state.ordered.move_to_end("a")
    state.ordered["b"] = 2
    state.default["x"].append(1)
    state.space.a.append(2)
    state.box.value.append(2)
    state.model._seen.append("x")
    state.flag |= Color.BLUE
if st.button("change again"):
    state.deque.popleft()
    state.default["x"].append(2)
    state.model._seen.append("y")
st.write(repr((state.deque, state.counter, state.ordered, dict(state.default), state.space, state.box, state.model.log, state.model._seen, state.flag)))
st.write(f"{isinstance(state.box, Box)} {isinstance(state.model, Model)} {state.box.__orig_class__ == Box[int]} {state.default.default_factory is start} {isinstance(state.flag, Color)}")
"""


class Changes(unittest.TestCase):
    def test_changes_in_place_of_all_kinds_are_found_and_classes_are_those_of_the_run(self) -> None:
        with test_session() as browser:
            at = page(KINDS)
            self.assertEqual(browser.stored("app-state"), None)
            at = click(at, "change")
            shown = text(at)
            self.assertIn("deque([1, 2], maxlen=3), Counter({'a': 1, 'b': 1}), OrderedDict({'a': 1, 'b': 2})", shown.replace("[('a', 1), ('b', 2)]", "{'a': 1, 'b': 2}"))
            self.assertIn("{'x': [0, 1]}, namespace(a=[1, 2])", shown)
            self.assertIn("['made'], ['x']", shown)
            self.assertTrue(shown.endswith("True True True True True"), shown)
            again = page(KINDS)
            self.assertEqual(text(again), shown)
            changed = text(click(again, "change again"))
            self.assertIn("deque([2], maxlen=3)", changed)
            self.assertIn("['made'], ['x', 'y']", changed)
            self.assertTrue(changed.endswith("True True True True True"), changed)
            self.assertEqual(text(page(KINDS)), changed)

    def test_another_tab_sees_the_change_in_the_object_that_it_holds(self) -> None:
        with test_session():
            one, other = page(KINDS), page(KINDS)
            click(one, "change")
            click(one, "change again")
            self.assertIn("deque([2], maxlen=3)", text(other.run()))
            click(other, "change")
            self.assertIn("deque([2, 2], maxlen=3)", text(one.run()))


REPLACED = """
import copy, dataclasses
@persist("app-state")
@dataclasses.dataclass
class AppState:
    n: int = 1
    items: list = dataclasses.field(default_factory=list)
state = AppState()
state.items.append(1)
other = dataclasses.replace(state, n=70)
st.write(f"{other.n} {other.items} {state.n} {other is state} {AppState() is state} {AppState(n=3) is state}")
other.n = 80
st.write(f"{state.n} {other.n} {isinstance(other, AppState)}")
"""


class Copies(unittest.TestCase):
    def test_replace_gives_a_copy_with_the_changes_and_leaves_the_state(self) -> None:
        with test_session() as browser:
            self.assertEqual(text(page(REPLACED)), "70 [1] 1 False True True\n1 80 True")
            self.assertEqual((browser.stored("app-state") or {}).get("n"), 1)


if __name__ == "__main__":
    unittest.main()
