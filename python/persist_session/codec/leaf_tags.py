"""The tags that hold no other values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from .leaves import decimal_text
from .models import decode_pydantic_value
from .stdlib_leaves import STDLIB_TAGS
from .text import Malformed, Unholdable
from .times import (
    decode_awaredatetime,
    decode_awaretime,
    decode_date,
    decode_plaindate,
    decode_plaindatetime,
    decode_plaintime,
    decode_timedelta,
    decode_zoneddatetime,
)

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf"), "-0": -0.0}
_BIGINT = re.compile(r"0|-?[1-9][0-9]{0,4299}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read_base64(payload: Any) -> bytes:
    """Strictly RFC 4648 section 4."""
    if isinstance(payload, str):
        try:
            content = base64.b64decode(payload.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            content = None
        if content is not None and base64.b64encode(content).decode("ascii") == payload:
            return content
    raise Malformed("is not base64")


def _number(payload: Any) -> float:
    if not isinstance(payload, str) or payload not in _NUMBERS:
        raise Malformed("is not one of the numbers that JSON lacks")
    return _NUMBERS[payload] if payload != "NaN" else float("nan")


def _bigint(payload: Any) -> int:
    if not isinstance(payload, str) or _BIGINT.fullmatch(payload) is None:
        raise Malformed("is not a decimal integer")
    return int(payload)


def _decimal(payload: Any) -> Decimal:
    try:
        value = Decimal(payload) if isinstance(payload, str) else None
    except InvalidOperation:
        value = None
    if value is None or decimal_text(value) != payload:
        raise Malformed("is not a decimal")
    return value


def _uuid(payload: Any) -> UUID:
    if not isinstance(payload, str) or _UUID.fullmatch(payload) is None:
        raise Malformed("is not a UUID in small letters")
    return UUID(payload)


def _complex(payload: Any) -> complex:
    if type(payload) is not list or len(payload) != 2:
        raise Malformed("is not a list of two floats")
    parts = [_number(part["$number"]) if type(part) is dict and set(part) == {"$number"} else part for part in payload]
    if any(type(part) is not float for part in parts):
        raise Malformed("is not a list of two floats")
    return complex(*parts)


def _pydantic(payload: Any) -> Any:
    try:
        return decode_pydantic_value(payload)
    except ImportError:
        raise Unholdable from None


LEAF_TAGS: dict[str, Callable[[Any], Any]] = {
    "$number": _number,
    "$bigint": _bigint,
    "$date": decode_date,
    "$bytes": read_base64,
    "$decimal": _decimal,
    "$uuid": _uuid,
    "$plaindate": decode_plaindate,
    "$plaintime": decode_plaintime,
    "$plaindatetime": decode_plaindatetime,
    "$zoneddatetime": decode_zoneddatetime,
    "$timedelta": decode_timedelta,
    "$complex": _complex,
    "$awaredatetime": decode_awaredatetime,
    "$awaretime": decode_awaretime,
    "$pydantic": _pydantic,
    **STDLIB_TAGS,
}
