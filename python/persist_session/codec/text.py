"""JSON text as docs/codec.md wants it, and the limits of it."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

MAX_DEPTH = 1000
SAFE_INTEGER = 2**53 - 1
# If a literal may be minus zero or beyond the safe integers, integers are read one by one.
_LONG = re.compile(r"[0-9]{16}")
_MINUS_ZERO = re.compile(r"-0(?![.\deE])")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_QUICK_LEVELS = 32
_LONE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPED_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\\u0024")
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)
T = TypeVar("T")


class Malformed(Exception):
    """Bytes that are not what docs/codec.md says. `position` is shown to people."""

    def __init__(self, problem: str, position: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


class Unholdable(Exception):
    """A payload of the right form for a value that Python does not have."""


class MissingClass(Malformed):
    """Bytes that name a class which the module does not have, or has no more."""

    def __init__(self, kind: str, name: str, module: str) -> None:
        super().__init__(f"needs {kind} {name}, which the module {module} does not have")
        self.name = name
        self.module = module


def write_json(value: Any) -> str:
    """`value` holds what JSON has, with keys escaped already. NaN and infinities are a
    ValueError."""
    return _encoder.encode(value)


class SurrogatePair(ValueError):
    """Two characters of a str that mean one: it would come back as that."""


def has_pair(text: str) -> bool:
    return _PAIR.search(text) is not None


def to_utf8(text: str) -> bytes:
    """@raises SurrogatePair"""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        if has_pair(text):
            raise SurrogatePair from None
        return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8")


def from_utf8(payload: bytes | memoryview) -> str:
    try:
        return bytes(payload).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("is not UTF-8", f"byte {error.start + 1}") from None


def read_json(text: str) -> Any:
    """Strictly: no words beyond JSON's, at most 1000 deep, integers beyond the safe ones as
    floats."""
    if "\\u0024" in text and _ESCAPED_DOLLAR.search(text):
        raise Malformed("has the character $ written as an escape", "the text")
    odd = _LONG.search(text) or ("-0" in text and _MINUS_ZERO.search(text))
    integer: Callable[[str], Any] | None = _read_integer if odd else None
    if text.startswith("\ufeff"):
        raise Malformed("begins with a byte order mark", "byte 1")
    check_depth(text)
    try:
        return with_deep_stack(lambda: json.loads(text, parse_int=integer, parse_constant=_refuse_word))
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode("utf-8", "surrogatepass")) + 1
        raise Malformed("is not JSON", f"byte {at}") from None
    except RecursionError:
        raise Malformed(f"nests deeper than {MAX_DEPTH} brackets", "the text") from None


def check_depth(text: str) -> None:
    """Brackets nest at most 1000 deep. The text need not be JSON."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = _NO_BRACKETS.sub("", _STRING.sub("", text)).replace("{", "[").replace("}", "]")
    # Most texts have few levels: they are taken away from the inside, each at the speed of C.
    levels = 0
    while levels < _QUICK_LEVELS and "[]" in brackets:
        brackets = brackets.replace("[]", "")
        levels += 1
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket == "[" else -1
        if depth + levels > MAX_DEPTH:
            raise Malformed(f"nests deeper than {MAX_DEPTH} brackets", "the text")


def _read_integer(literal: str) -> int | float:
    if literal == "-0":
        return -0.0
    if len(literal) > 17:
        return float(literal)
    value = int(literal)
    return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else float(literal)


def _refuse_word(word: str) -> NoReturn:
    raise Malformed(f"has the word {word}, which JSON does not have", "the text")


_deep = threading.Lock()
_deep_users = 0
_usual_limit = 0


def with_deep_stack(work: Callable[[], T]) -> T:
    """Runs `work`, and once more with room for a thousand levels if the usual stack was not
    enough."""
    try:
        return work()
    except RecursionError:
        with deep_stack():
            return work()


@contextmanager
def deep_stack() -> Iterator[None]:
    """Raises the interpreter's recursion limit for a moment. Only values nested hundreds deep come
    here."""
    global _deep_users, _usual_limit
    with _deep:
        if _deep_users == 0:
            _usual_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(_usual_limit + 12 * MAX_DEPTH)
        _deep_users += 1
    try:
        yield
    finally:
        with _deep:
            _deep_users -= 1
            if _deep_users == 0:
                sys.setrecursionlimit(_usual_limit)
