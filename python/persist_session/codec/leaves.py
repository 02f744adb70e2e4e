"""The values that hold no others, to what JSON has."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from .stdlib_leaves import STDLIB_LEAVES
from .text import SAFE_INTEGER
from .times import encode_datetime, encode_time
from .unsupported import Unsupported


def _same(value: Any) -> Any:
    return value


def _encode_int(value: int) -> Any:
    if -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return value
    try:
        text = str(value)
    except ValueError:
        text = ""
    if not text or len(text.lstrip("-")) > 4300:
        raise Unsupported("is an int of more than 4300 digits")
    return {"$bigint": text}


def _encode_float(value: float) -> Any:
    if value == 0:
        return value if math.copysign(1, value) > 0 else {"$number": "-0"}
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return {"$number": "NaN"}
    return {"$number": "Infinity" if value > 0 else "-Infinity"}


def to_base64(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode("ascii")


# The app may have another context, which would write small letters.
_DECIMAL = Context(prec=28, capitals=1)


def decimal_text(value: Decimal) -> str:
    return _DECIMAL.to_sci_string(value)


LEAVES: dict[type, Callable[[Any], Any]] = {
    str: _same,
    bool: _same,
    type(None): _same,
    int: _encode_int,
    float: _encode_float,
    bytes: lambda value: {"$bytes": to_base64(value)},
    complex: lambda value: {"$complex": [_encode_float(value.real), _encode_float(value.imag)]},
    Decimal: lambda value: {"$decimal": decimal_text(value)},
    UUID: lambda value: {"$uuid": str(value)},
    datetime: encode_datetime,
    date: lambda value: {"$plaindate": value.isoformat()},
    time: encode_time,
    timedelta: lambda value: {"$timedelta": [value.days, value.seconds, value.microseconds]},
    **STDLIB_LEAVES,
}
