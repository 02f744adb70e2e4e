"""The docstrings of the public names: each has an example, and the examples run."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import runpy
import tempfile
import textwrap
import unittest
from collections.abc import Iterator
from pathlib import Path

from streamlit.testing.v1 import AppTest

import persist_session
from persist_session import testing
from persist_session.streamlit.kept import choose_all
from persist_session.testing import test_session

FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"st\.text\(.*\)  # (.*)$", re.MULTILINE)
PRINTED = re.compile(r"print\(.*\)  # (.*)$", re.MULTILINE)
CODE = re.compile(r"\bERR_[A-Z_]+")

PACKAGE = Path(persist_session.__file__).parent
ROOT = PACKAGE.parents[1]


def doc_of(value: object) -> str:
    return inspect.cleandoc(getattr(value, "__doc__", None) or "")


def examples_of(module: object, names: list[str]) -> list[tuple[str, list[str]]]:
    return [(name, FENCE.findall(doc_of(getattr(module, name)))) for name in names]


def callables() -> Iterator[tuple[str, object]]:
    """The public functions, and the public methods of what tests use."""
    for module in (persist_session, testing):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value):
                yield name, value
    for name in ("stored", "other"):
        yield f"Browser.{name}", getattr(testing.Browser, name)


def sections_of(text: str) -> dict[str, str]:
    """The sections of a docstring by their names: "Args", "Returns", "Raises"."""
    parts = re.split(r"^(Args|Returns|Raises):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


class Docstrings(unittest.TestCase):
    def test_every_public_name_has_a_summary(self) -> None:
        for module in (persist_session, testing):
            for name in module.__all__:
                with self.subTest(name):
                    first = doc_of(getattr(module, name)).split("\n", 1)[0]
                    self.assertRegex(first, r"^[A-Z].*[.:]")

    def test_every_public_name_has_one_example(self) -> None:
        # The service is made by test_session(), whose example is its own.
        names = [name for name in testing.__all__ if name != "MemoryService"]
        for name, found in examples_of(persist_session, persist_session.__all__) + examples_of(testing, names):
            with self.subTest(name):
                self.assertEqual(len(found), 1)

    def test_every_parameter_is_explained(self) -> None:
        for name, value in callables():
            explained = sections_of(doc_of(value)).get("Args", "")
            for parameter in inspect.signature(value).parameters.values():  # type: ignore[arg-type]
                if parameter.name != "self":
                    with self.subTest(f"{name}({parameter.name})"):
                        self.assertRegex(explained, rf"(?m)^ +{parameter.name}: \w")

    def test_every_function_of_apps_says_what_it_raises(self) -> None:
        for name in persist_session.__all__:
            value = getattr(persist_session, name)
            if inspect.isfunction(value):
                with self.subTest(name):
                    self.assertRegex(sections_of(doc_of(value)).get("Raises", ""), r"^ +PersistError: .*`ERR_[A-Z]")

    def test_docstrings_name_only_codes_that_there_are(self) -> None:
        sources = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
        known = set(re.findall(r'"(ERR_[A-Z_]+)"', sources + (ROOT / "src/errors.ts").read_text("utf-8")))
        for name, value in callables():
            for code in CODE.findall(doc_of(value)):
                with self.subTest(f"{name}: {code}"):
                    # "ERR_STORE_…" stands for all that begin so.
                    self.assertTrue(code in known or any(one.startswith(code) for one in known if code.endswith("_")))

    def test_every_example_runs_and_shows_what_it_says(self) -> None:
        self.addCleanup(choose_all)
        for name, found in examples_of(persist_session, persist_session.__all__):
            for example in found:
                with self.subTest(name), test_session():
                    page = AppTest.from_string(textwrap.dedent(example)).run()
                    self.assertEqual([error.message for error in page.exception], [])
                    if shown := SHOWN.findall(example):
                        self.assertEqual([text.value for text in page.text], shown)
                    for button in page.button:
                        button.click().run()
                        self.assertEqual([error.message for error in page.exception], [])

    def test_every_example_of_a_test_runs_and_prints_what_it_says(self) -> None:
        for name, found in examples_of(testing, testing.__all__):
            for example in found:
                # AppTest reads the source of the example's app.
                with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                    script = Path(directory) / "example.py"
                    script.write_text(example, "utf-8")
                    printed = io.StringIO()
                    with contextlib.redirect_stdout(printed):
                        runpy.run_path(str(script))
                    self.assertEqual(printed.getvalue().splitlines(), PRINTED.findall(example))


if __name__ == "__main__":
    unittest.main()
