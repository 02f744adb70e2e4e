"""Widgets whose options are of classes that the script defines: each run makes those anew."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any

from persist_session.streamlit.renewed import can_be_told, renewed

SCRIPT = """
from dataclasses import dataclass

@dataclass
class Region:
    name: str

REGIONS = [Region("north"), Region("south")]
"""


def run() -> list[Any]:
    """The options of one run of a script."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(SCRIPT, scope)
    return list(scope["REGIONS"])


class Serde:
    """As older versions have it: what is among no options is taken for a text."""

    def __init__(self, options: list[Any]) -> None:
        self.options = options

    def one(self, value: Any) -> Any:
        return value.name if value in self.options else value

    def several(self, values: list[Any]) -> list[Any]:
        return [self.one(value) for value in values]

    def position(self, value: Any) -> int:
        return self.options.index(value)


def metadata(serializer: Any, value_type: str) -> Any:
    return SimpleNamespace(serializer=serializer, value_type=value_type)


class Renewed(unittest.TestCase):
    def setUp(self) -> None:
        self.old, self.new = run(), run()
        self.serde = Serde(self.new)

    def test_one(self) -> None:
        """an option of an earlier run becomes the same option of this run"""
        for serializer, kind in ((self.serde.one, "string_value"), (self.serde.position, "int_value")):
            with self.subTest(kind):
                widget = metadata(serializer, kind)
                self.assertFalse(can_be_told(widget, self.old[1]))
                self.assertIs(renewed(widget, self.old[1]), self.new[1])

    def test_several(self) -> None:
        """each option of a list does"""
        widget = metadata(self.serde.several, "string_array_value")
        found = renewed(widget, [self.old[1], self.new[0]])
        self.assertIs(found[0], self.new[1])
        self.assertIs(found[1], self.new[0])

    def test_told(self) -> None:
        """what a page can be told stays the same object"""
        widget = metadata(self.serde.one, "string_value")
        self.assertIs(renewed(widget, self.new[1]), self.new[1])
        self.assertIsNone(renewed(widget, None))

    def test_unknown(self) -> None:
        """what is none of the options stays as it is, and cannot be told"""
        widget = metadata(self.serde.one, "string_value")
        other = type(self.old[0])("west")
        self.assertIs(renewed(widget, other), other)
        self.assertFalse(can_be_told(widget, other))

    def test_no_options(self) -> None:
        """a widget without options is left alone"""

        def refuse(value: Any) -> Any:
            raise ValueError(value)

        self.assertEqual(renewed(metadata(refuse, "string_value"), 3), 3)
