"""The docstrings of the public names: each has an example, and the examples run as Streamlit apps."""

from __future__ import annotations

import inspect
import re
import textwrap
import unittest

from streamlit.testing.v1 import AppTest

import persist_session
from persist_session.streamlit.kept import choose_all
from persist_session.testing import test_session

FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"st\.text\(.*\)  # (.*)$", re.MULTILINE)


def examples() -> list[tuple[str, list[str]]]:
    return [(name, FENCE.findall(inspect.cleandoc(getattr(persist_session, name).__doc__ or ""))) for name in persist_session.__all__]


class Docstrings(unittest.TestCase):
    def test_every_public_name_has_a_summary_and_one_example(self) -> None:
        for name, found in examples():
            with self.subTest(name):
                first = inspect.cleandoc(getattr(persist_session, name).__doc__ or "").split("\n", 1)[0]
                self.assertRegex(first, r"^[A-Z].*[.:]")
                self.assertEqual(len(found), 1)

    def test_every_option_is_explained(self) -> None:
        for name in persist_session.__all__:
            value = getattr(persist_session, name)
            parameters = inspect.signature(value).parameters.values() if inspect.isfunction(value) else ()
            for parameter in parameters:
                if parameter.kind is parameter.KEYWORD_ONLY:
                    with self.subTest(f"{name}({parameter.name})"):
                        self.assertRegex(value.__doc__ or "", rf"\n +{parameter.name}: \w")

    def test_every_example_runs_and_shows_what_it_says(self) -> None:
        self.addCleanup(choose_all)
        for name, found in examples():
            for example in found:
                with self.subTest(name), test_session():
                    page = AppTest.from_string(textwrap.dedent(example)).run()
                    self.assertEqual([error.message for error in page.exception], [])
                    if shown := SHOWN.findall(example):
                        self.assertEqual([text.value for text in page.text], shown)
                    for button in page.button:
                        button.click().run()
                        self.assertEqual([error.message for error in page.exception], [])


if __name__ == "__main__":
    unittest.main()
