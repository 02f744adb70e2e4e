"""The vectors that both languages share: test/vectors/codec.json."""

from __future__ import annotations

import base64
import enum
import json
import pathlib
import re
import unittest
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_network
from pathlib import PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pydantic
from pydantic import HttpUrl

from persist_session.codec import Namespace, Opaque, decode_attribute, encode_attribute
from persist_session.codec.text import deep_stack
from persist_session.errors import PersistError

VECTORS = pathlib.Path(__file__).parents[2] / "test" / "vectors" / "codec.json"


T = TypeVar("T")


@dataclass
class Spot:
    x: object
    y: object


class Color(enum.Enum):
    RED = 1


class Mode(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Box(Generic[T]):
    value: T


class Item(pydantic.BaseModel):
    name: str
    size: int = 1


def made() -> list[int]:
    return [1]


Pair = namedtuple("Pair", ["a", "b"])
NAMES = dict(globals())
NAMESPACE = Namespace(__name__, NAMES)
COLLECTIONS = (deque, Counter, OrderedDict, defaultdict, SimpleNamespace)
KNOWN = (re, Fraction, PurePosixPath, PureWindowsPath, ip_network, HttpUrl, date, time, datetime, timedelta, timezone, Decimal, UUID, ZoneInfo)


def shape(value: Any) -> list[Any]:
    """The value with its types, its order and which objects are the same one: flat, since Python compares no deep ones."""
    tokens: list[Any] = []
    seen: dict[int, int] = {}

    def walk(value: Any) -> None:
        if type(value) in (list, dict, set, bytearray, Spot, *COLLECTIONS):
            if id(value) in seen:
                tokens.append(("again", seen[id(value)]))
                return
            seen[id(value)] = len(seen)
        tokens.append(type(value).__name__)
        if isinstance(value, (list, tuple, deque)):
            tokens.append(getattr(value, "maxlen", None))
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            tokens.append(getattr(value, "default_factory", None))
            for key, item in value.items():
                walk(key)
                walk(item)
        elif isinstance(value, (set, frozenset)):
            tokens.append(sorted(repr(shape(item)) for item in value))
        elif isinstance(value, Spot):
            walk(value.x)
            walk(value.y)
        elif isinstance(value, datetime):
            tokens.append((repr(value), value.fold))
        else:
            tokens.append(repr(value))
        tokens.append("end")

    walk(value)
    return tokens


def evaluate(text: str) -> Any:
    with deep_stack():
        return eval(text, dict(NAMES))


class Vectors(unittest.TestCase):
    def test_vectors(self) -> None:
        cases = [case for case in json.loads(VECTORS.read_text("utf-8"))["cases"] if "python" in case.get("languages", ["python"])]
        self.assertGreater(len(cases), 200)
        for case in cases:
            with self.subTest(case["name"]):
                self.check(case)

    def check(self, case: dict[str, Any]) -> None:
        content = case["text"].encode("utf-8") if "text" in case else base64.b64decode(case["base64"])
        if "error" in case:
            with self.assertRaises(PersistError) as caught:
                decode_attribute(content, NAMESPACE)
            self.assertEqual(caught.exception.code, case["error"])
            return
        value = decode_attribute(content, NAMESPACE)
        if "pythonOpaque" in case:
            self.assertIsInstance(value, Opaque)
            self.assertEqual(value.tag, case["pythonOpaque"])
            self.assertEqual(encode_attribute(value, NAMESPACE), content)
            return
        if "python" in case:
            wanted = evaluate(case["python"])
            # Some cases nest a thousand levels, and comparing them needs more.
            with deep_stack():
                self.assertEqual(shape(value), shape(wanted))
            if "python" not in case.get("decodeOnly", []):
                self.assertEqual(encode_attribute(wanted, NAMESPACE), content)
        if "python" not in case.get("decodeOnly", []):
            self.assertEqual(encode_attribute(value, NAMESPACE), content)


if __name__ == "__main__":
    unittest.main()
