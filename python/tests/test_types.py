"""What a type checker says about the binding, and of an app that uses it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What mypy has found out about Streamlit and its packages is the same in the next run.
CACHE = ROOT.parent / ".cache" / "mypy"

# Under `strict`, an "ignore" with nothing to ignore is an error: each one here says what must not
# pass.
APP = """
from __future__ import annotations

from dataclasses import dataclass, field

import streamlit_persist_session
from persist_session import PersistError, clear_cookie_state, commit, update
from persist_session import persist
from persist_session.testing import test_session
from typing_extensions import assert_type


@dataclass
class Todo:
    text: str
    done: bool = False


def migrate(old: dict[str, object], version: int) -> dict[str, object]:
    return {**old, "count": version}


@persist("app-state", version=2, migrate=migrate, ttl="30d", transient=("draft",), owner="user", allow_pickle=True)
class AppState:
    limit: int = 10

    def __init__(self, start: int = 0, *, name: str = "") -> None:
        self.count = start
        self.todos: list[Todo] = []
        self.draft: str | None = None

    def add(self, by: int) -> int:
        self.count += by
        return self.count

    @property
    def open(self) -> list[Todo]:
        return [todo for todo in self.todos if not todo.done]


state = AppState()
assert_type(state, AppState)
assert_type(AppState(1, name="a"), AppState)
assert_type(state.count, int)
assert_type(state.limit, int)
assert_type(state.todos, list[Todo])
assert_type(state.draft, "str | None")
assert_type(state.open, list[Todo])
assert_type(state.add(1), int)
AppState("1")  # type: ignore[arg-type]
AppState(wrong=1)  # type: ignore[call-arg]
state.count = "1"  # type: ignore[assignment]
state.nothing  # type: ignore[attr-defined]


def rename(draft: AppState) -> str:
    draft.draft = "x"
    return "x"


assert_type(update(state, rename), str)
assert_type(update(state, lambda draft: draft.add(1)), int)
assert_type(update(state, lambda draft: draft.todos), list[Todo])
update(state, lambda draft: draft.nothing)  # type: ignore[attr-defined]
update(state, lambda draft: setattr(draft, "count", 1))
clear_cookie_state(state)
state.clear_cookie_state()  # type: ignore[attr-defined]
commit()


@persist("data")
@dataclass
class Data:
    x: int = 0
    rows: list[str] = field(default_factory=list)


assert_type(Data(x=1).rows, list[str])


@streamlit_persist_session.persist("child")
class Child(AppState):
    def __init__(self) -> None:
        super().__init__(1)
        self.extra = 1.5


assert_type(Child().extra, float)
assert_type(Child().add(1), int)

persist("a", owner="me")  # type: ignore[arg-type]
persist("a", version="1")  # type: ignore[arg-type]
persist("a")(len)  # type: ignore[type-var]

with test_session() as browser:
    assert_type(browser.session, str)
try:
    commit()
except PersistError as error:
    assert_type(error.code, str)
"""


@unittest.skipUnless(importlib.util.find_spec("mypy"), "needs mypy")
class Types(unittest.TestCase):
    def check(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir", str(CACHE), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=220, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless(importlib.util.find_spec("uvicorn"), "the code for uvicorn cannot be checked without it")
    def test_the_binding_passes_with_the_projects_configuration(self) -> None:
        self.check()

    def test_an_app_sees_its_classes_as_they_were(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            app = Path(directory, "typed_app.py")
            app.write_text(APP)
            self.check(str(app))


if __name__ == "__main__":
    unittest.main()
