"""Dates and times: their tags and their text."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from .text import Malformed, Unholdable
from .zones import encode_zone, decode_zone

T = TypeVar("T")
_DATE = re.compile(r"(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3}|\d{6})Z", re.ASCII)
_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PLAIN_TIME = re.compile(r"\d\d:\d\d:\d\d\.\d{6}", re.ASCII)
_PLAIN_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", re.ASCII)


def encode_datetime(value: datetime) -> dict[str, Any]:
    zone = value.tzinfo
    if zone is timezone.utc and not value.fold:
        whole = value.microsecond % 1000 == 0
        return {"$date": value.replace(tzinfo=None).isoformat(timespec="milliseconds" if whole else "microseconds") + "Z"}
    text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
    if zone is None:
        return {"$plaindatetime": [text, value.fold]}
    simple = _simple_zone(zone, value)
    if simple is None:
        return {"$awaredatetime": [text, value.fold, encode_zone(zone)]}
    return {"$zoneddatetime": [text, value.fold, *simple]}


def _simple_zone(zone: tzinfo, value: datetime) -> tuple[int, str | None] | None:
    """Offset and key of the zones that most datetimes are in; None for the others."""
    if type(zone) is not ZoneInfo and type(zone) is not timezone:
        return None
    offset = zone.utcoffset(value)
    if offset is None or offset.microseconds:
        return None
    seconds = offset.days * 86400 + offset.seconds
    if type(zone) is ZoneInfo:
        if not _is_in_table(zone):
            # It was made from a file or past the table of zones: does its key lead back to it?
            encode_zone(zone)
        return seconds, zone.key
    return (seconds, None) if zone is not timezone.utc and repr(zone) == repr(timezone(offset)) else None


def _is_in_table(zone: ZoneInfo) -> bool:
    try:
        return zone.key is not None and ZoneInfo(zone.key) is zone
    except (KeyError, ValueError, OSError):
        return False


def encode_time(value: time) -> dict[str, Any]:
    text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
    if value.tzinfo is not None:
        return {"$awaretime": [text, value.fold, encode_zone(value.tzinfo)]}
    return {"$plaintime": [text, value.fold]}


def decode_date(payload: Any) -> datetime:
    if payload is None:
        raise Unholdable
    found = _DATE.fullmatch(payload) if isinstance(payload, str) else None
    if found is None:
        raise Malformed("is not a moment in UTC")
    sign_year, *rest, fraction = found.groups()
    year = int(sign_year)
    month, day, hour, minute, second = map(int, rest)
    if len(sign_year) > 4 and (0 <= year <= 9999 or sign_year == "-000000"):
        raise Malformed("has a year in the wrong form")
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        raise Malformed("is not a moment in UTC")
    if not 1 <= day <= (29 if month == 2 and calendar.isleap(year) else [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]):
        raise Malformed("is a day that the calendar lacks")
    if not 1 <= year <= 9999:
        raise Unholdable
    return datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")), timezone.utc)


def decode_plaindate(payload: Any) -> date:
    return _iso(date.fromisoformat, _PLAIN_DATE, payload)


def decode_plaintime(payload: Any) -> time:
    text, fold = _parts(payload, 2)
    return _iso(time.fromisoformat, _PLAIN_TIME, text).replace(fold=_fold(fold))


def decode_plaindatetime(payload: Any) -> datetime:
    text, fold = _parts(payload, 2)
    return _iso(datetime.fromisoformat, _PLAIN_DATETIME, text).replace(fold=_fold(fold))


def decode_zoneddatetime(payload: Any) -> datetime:
    text, fold, offset, key = _parts(payload, 4)
    value = _iso(datetime.fromisoformat, _PLAIN_DATETIME, text).replace(fold=_fold(fold))
    if type(offset) is not int or not -86400 < offset < 86400 or not (key is None or isinstance(key, str)):
        raise Malformed("is not a time with a zone")
    if key is None:
        fixed = timezone(timedelta(seconds=offset))
        return value.replace(tzinfo=fixed)
    try:
        return value.replace(tzinfo=ZoneInfo(key))
    except (KeyError, ValueError, OSError):
        raise Unholdable from None


def decode_awaredatetime(payload: Any) -> datetime:
    text, fold, zone = _parts(payload, 3)
    return _iso(datetime.fromisoformat, _PLAIN_DATETIME, text).replace(fold=_fold(fold), tzinfo=decode_zone(zone))


def decode_awaretime(payload: Any) -> time:
    text, fold, zone = _parts(payload, 3)
    return _iso(time.fromisoformat, _PLAIN_TIME, text).replace(fold=_fold(fold), tzinfo=decode_zone(zone))


def decode_timedelta(payload: Any) -> timedelta:
    parts = _parts(payload, 3)
    if any(type(part) is not int for part in parts):
        raise Malformed("is not a timedelta")
    days, seconds, micros = parts
    if not (-999999999 <= days <= 999999999 and 0 <= seconds < 86400 and 0 <= micros < 1_000_000):
        raise Malformed("is not a timedelta")
    return timedelta(days, seconds, micros)


def _iso(read: Callable[[str], T], form: re.Pattern[str], payload: Any) -> T:
    if not isinstance(payload, str) or form.fullmatch(payload) is None:
        raise Malformed("is not a date or time in ISO form")
    try:
        return read(payload)
    except ValueError:
        raise Malformed("is a date or time that the calendar lacks") from None


def _fold(fold: Any) -> int:
    if type(fold) is not int or fold not in (0, 1):
        raise Malformed("has a fold that is not 0 or 1")
    return fold


def _parts(payload: Any, count: int) -> list[Any]:
    if not isinstance(payload, list) or len(payload) != count:
        raise Malformed(f"is not a list of {count}")
    return payload
