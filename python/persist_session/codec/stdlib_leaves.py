"""Values of the standard library that hold no others: each with its tag, both ways."""

from __future__ import annotations

import base64
import ipaddress
import pathlib
import re
from collections.abc import Callable
from datetime import timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from .text import Malformed, Unholdable
from .unsupported import Unsupported
from .zones import encode_zone, decode_zone

# A decimal integer; the interpreter converts no longer ones.
MAX_DIGITS = 4300
# A pattern is compiled when it is read, which takes long for a long one.
MAX_PATTERN = 4096
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,4299}", re.ASCII)
_PATHS: dict[str, Any] = {
    kind.__name__: kind for kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath)
}
_ADDRESSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        ipaddress.IPv4Address,
        ipaddress.IPv6Address,
        ipaddress.IPv4Network,
        ipaddress.IPv6Network,
        ipaddress.IPv4Interface,
        ipaddress.IPv6Interface,
    )
}


def digits_of(value: int) -> str:
    """@raises Unsupported"""
    try:
        text = str(value)
    except ValueError:
        text = ""
    if not text or len(text.lstrip("-")) > MAX_DIGITS:
        raise Unsupported(f"holds an int of more than {MAX_DIGITS} digits")
    return text


def read_digits(text: Any) -> int:
    if not isinstance(text, str) or _INTEGER.fullmatch(text) is None:
        raise Malformed("is not a decimal integer")
    return int(text)


def _encode_pattern(value: re.Pattern[Any]) -> dict[str, Any]:
    source = value.pattern
    if len(source) > MAX_PATTERN:
        raise Unsupported(f"is a regular expression of more than {MAX_PATTERN} characters", "Store a shorter one, or its parts.")
    flags = value.flags
    written: Any = source if isinstance(source, str) else {"$bytes": base64.b64encode(source).decode("ascii")}
    if flags & re.DEBUG:
        raise Unsupported("is a regular expression with the flag DEBUG", "Compile it without.")
    try:
        same = re.compile(source, flags) == value
    except (re.error, ValueError):
        same = False
    if not same:
        raise Unsupported("is a regular expression that cannot be compiled again from its pattern and flags")
    return {"$pattern": [written, int(flags)]}


def _decode_pattern(payload: Any) -> re.Pattern[Any]:
    source, flags = _list(payload, 2, "a regular expression")
    if type(source) is dict and set(source) == {"$bytes"}:
        from .leaf_tags import read_base64

        source = read_base64(source["$bytes"])
    if not isinstance(source, (str, bytes)) or type(flags) is not int or len(source) > MAX_PATTERN or flags & re.DEBUG:
        raise Malformed("is not a regular expression")
    try:
        return re.compile(source, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        raise Malformed("is not a regular expression") from None


def _encode_named(tag: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {tag: [type(value).__name__, str(value)]}


def _decode_path(payload: Any) -> Any:
    kind, text = _list(payload, 2, "a path")
    if not isinstance(kind, str) or kind not in _PATHS or not isinstance(text, str):
        raise Malformed("is not a path")
    try:
        return _PATHS[kind](text)
    except NotImplementedError:
        # One of another system.
        raise Unholdable from None


def _decode_address(payload: Any) -> Any:
    kind, text = _list(payload, 2, "an address")
    if not isinstance(kind, str) or kind not in _ADDRESSES or not isinstance(text, str):
        raise Malformed("is not an address")
    try:
        return _ADDRESSES[kind](text)
    except ValueError:
        raise Malformed("is not an address") from None


def _decode_fraction(payload: Any) -> Fraction:
    above, below = map(read_digits, _list(payload, 2, "a fraction"))
    if below <= 0:
        raise Malformed("is not a fraction")
    made = Fraction(above, below)
    if made.denominator != below:
        raise Malformed("is not a fraction in lowest terms")
    return made


def _decode_range(payload: Any) -> range:
    start, stop, step = map(read_digits, _list(payload, 3, "a range"))
    if step == 0:
        raise Malformed("is not a range")
    return range(start, stop, step)


def _list(payload: Any, count: int, what: str) -> list[Any]:
    if type(payload) is not list or len(payload) != count or any(type(item) is list for item in payload):
        raise Malformed(f"is not {what}")
    return payload


STDLIB_LEAVES: dict[type, Callable[[Any], Any]] = {
    Fraction: lambda value: {"$fraction": [digits_of(value.numerator), digits_of(value.denominator)]},
    range: lambda value: {"$range": [digits_of(value.start), digits_of(value.stop), digits_of(value.step)]},
    re.Pattern: _encode_pattern,
    ZoneInfo: lambda value: {"$zone": encode_zone(value)},
    timezone: lambda value: {"$zone": encode_zone(value)},
    **dict.fromkeys(_PATHS.values(), _encode_named("$path")),
    **dict.fromkeys(_ADDRESSES.values(), _encode_named("$ipaddress")),
}
STDLIB_TAGS: dict[str, Callable[[Any], Any]] = {
    "$fraction": _decode_fraction,
    "$range": _decode_range,
    "$pattern": _decode_pattern,
    "$path": _decode_path,
    "$ipaddress": _decode_address,
    "$zone": decode_zone,
}
