"""Time zones, by what names them: `$zone`, and the zone of an aware datetime or time."""

from __future__ import annotations

import pickle
import re
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from .text import Malformed, Unholdable
from .unsupported import Unsupported

_ADVICE = "Use zoneinfo.ZoneInfo or datetime.timezone."
# A zone is looked up in files by its name: it never begins with a slash and never has a dot at the
# start of a part.
_NAME = re.compile(r"[A-Za-z0-9_+\-][A-Za-z0-9_+.\-]*(/[A-Za-z0-9_+\-][A-Za-z0-9_+.\-]*)*")
MAX_NAME = 200


def encode_zone(zone: tzinfo) -> list[Any]:
    """The payload of `$zone`. @raises Unsupported if the zone would not come back as it is"""
    payload = _payload(zone)
    if payload is None:
        raise Unsupported(f"has a zone of the kind {_kind(zone)}", _ADVICE)
    try:
        same = same_zone(decode_zone(payload), zone)
    except (Malformed, Unholdable):
        same = False
    if not same:
        raise Unsupported(f"has a zone of the kind {_kind(zone)} that no name leads back to", _ADVICE)
    return payload


def _kind(zone: tzinfo) -> str:
    return f"{type(zone).__module__}.{type(zone).__qualname__}"


def _payload(zone: tzinfo) -> list[Any] | None:
    kind = type(zone)
    if kind is timezone:
        arguments = zone.__getinitargs__()  # type: ignore[attr-defined]
        return ["fixed", *_offset(arguments[0]), arguments[1] if len(arguments) > 1 else None]
    if kind is ZoneInfo:
        return None if zone.key is None or _is_of_file(zone) else ["zoneinfo", zone.key]  # type: ignore[attr-defined]
    root = kind.__module__.partition(".")[0]
    if root in ("pydantic_core", "builtins", "pydantic") and kind.__name__ == "TzInfo":
        offset = zone.utcoffset(None)
        return None if offset is None else ["pydantic", *_offset(offset)]
    if root == "dateutil":
        return _dateutil(zone, kind.__name__)
    if root == "pytz":
        return _pytz(zone, kind.__name__)
    return None


def _is_of_file(zone: tzinfo) -> bool:
    """Whether it was read from a file that the app gave: its key can be that of another zone. Such
    a zone refuses to be pickled."""
    try:
        zone.__reduce__()
    except pickle.PicklingError:
        return True
    return False


def _offset(offset: timedelta) -> tuple[int, int]:
    return offset.days * 86400 + offset.seconds, offset.microseconds


def _dateutil(zone: Any, name: str) -> list[Any] | None:
    if name == "tzutc":
        return ["dateutil", "utc"]
    if name == "tzlocal":
        return ["dateutil", "local"]
    if name == "tzoffset":
        return ["dateutil", "offset", *_offset(zone.utcoffset(None)), zone._name]
    if name == "tzfile":
        key = str(getattr(zone, "_filename", "")).rpartition("zoneinfo/")[2]
        return ["dateutil", "file", key]
    return None


def _pytz(zone: Any, name: str) -> list[Any] | None:
    if name == "_FixedOffset":
        return ["pytz", "offset", zone._minutes]
    key = getattr(zone, "zone", None)
    if not isinstance(key, str):
        return None
    if not hasattr(zone, "_tzinfos"):
        return ["pytz", "zone", key]
    # A zone that stands in a datetime is one of many objects: one for each offset that the zone has
    # had.
    for part, known in zone._tzinfos.items():
        if known is zone:
            return ["pytz", "part", key, *(_offset(part[0])), *(_offset(part[1])), part[2]]
    return ["pytz", "zone", key]


def decode_zone(payload: Any) -> tzinfo:
    """@raises Malformed, Unholdable (the zone or the library is not there)"""
    kind, *rest = payload if type(payload) is list and payload and type(payload[0]) is str else [""]
    try:
        if kind == "fixed" and len(rest) == 3:
            return _fixed(rest)
        if kind == "zoneinfo" and len(rest) == 1 and type(rest[0]) is str:
            return ZoneInfo(rest[0])
        if kind == "pydantic" and len(rest) == 2:
            return _of_pydantic(rest)
        if kind == "dateutil" and rest and type(rest[0]) is str:
            return _of_dateutil(rest)
        if kind == "pytz" and len(rest) > 1:
            return _of_pytz(rest)
    except (KeyError, ValueError, OSError, OverflowError, ImportError):
        raise Unholdable from None
    raise Malformed("is not a time zone")


def _delta(seconds: Any, micros: Any) -> timedelta:
    if type(seconds) is not int or type(micros) is not int or not -86400 <= seconds <= 86400 or not 0 <= micros < 1_000_000:
        raise Malformed("is not a time zone")
    return timedelta(seconds=seconds, microseconds=micros)


def _named(name: Any) -> str:
    if type(name) is not str or len(name) > MAX_NAME or _NAME.fullmatch(name) is None:
        raise Malformed("is not a time zone")
    return name


def _fixed(rest: list[Any]) -> tzinfo:
    offset = _delta(rest[0], rest[1])
    if not (rest[2] is None or type(rest[2]) is str) or abs(offset) >= timedelta(days=1):
        raise Malformed("is not a time zone")
    return timezone(offset) if rest[2] is None else timezone(offset, rest[2])


def _of_pydantic(rest: list[Any]) -> tzinfo:
    from pydantic_core import TzInfo

    offset = _delta(*rest)
    made: tzinfo = TzInfo(offset.days * 86400 + offset.seconds)
    return made


def _of_dateutil(rest: list[Any]) -> tzinfo:
    from dateutil import tz

    made: Any = None
    if rest == ["utc"]:
        made = tz.tzutc()
    elif rest == ["local"]:
        made = tz.tzlocal()
    elif rest[0] == "offset" and len(rest) == 4 and (rest[3] is None or type(rest[3]) is str):
        made = tz.tzoffset(rest[3], _delta(rest[1], rest[2]))
    elif rest[0] == "file" and len(rest) == 2:
        made = tz.gettz(_named(rest[1]))
        if made is None:
            raise Unholdable
    else:
        raise Malformed("is not a time zone")
    zone: tzinfo = made
    return zone


def _of_pytz(rest: list[Any]) -> tzinfo:
    import pytz

    made: Any
    if rest[0] == "offset" and len(rest) == 2 and type(rest[1]) is int:
        made = pytz.FixedOffset(rest[1])
    elif rest[0] == "zone" and len(rest) == 2:
        made = pytz.timezone(_named(rest[1]))
    elif rest[0] == "part" and len(rest) == 7:
        parts = (_delta(*rest[2:4]), _delta(*rest[4:6]), rest[6])
        made = pytz.timezone(_named(rest[1]))._tzinfos[parts]
    else:
        raise Malformed("is not a time zone")
    zone: tzinfo = made
    return zone


def same_zone(one: tzinfo | None, other: tzinfo | None) -> bool:
    """Whether the two are of one kind and stand for one zone, by its name too."""
    if one is other:
        return True
    if one is None or other is None or type(one) is not type(other):
        return False
    kind = type(one)
    if kind is ZoneInfo:
        return one.key is not None and one.key == other.key  # type: ignore[attr-defined]
    if kind is timezone:
        return repr(one) == repr(other)
    if kind.__name__ == "tzoffset":
        return one == other and one._name == other._name  # type: ignore[attr-defined]
    if kind.__name__ == "tzfile":
        # pandas shows a zone by its key or by its file, and takes two types with another name as
        # two.
        return one == other and _file_names(one) == _file_names(other)
    if kind.__module__.partition(".")[0] == "pytz":
        # Its objects are kept in a table of the library: another object is another zone.
        return kind.__name__ == "_FixedOffset" and one._minutes == other._minutes  # type: ignore[attr-defined]
    return bool(one == other)


def _file_names(zone: Any) -> tuple[Any, Any]:
    return getattr(zone, "_filename", None), getattr(zone, "_key", None)
