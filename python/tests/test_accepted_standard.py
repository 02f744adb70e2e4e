"""Values of the standard library are equal after each reload, to the last bit, or refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import io
import ipaddress
import pathlib
import re
import struct
import types
import unittest
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.tz
import pandas as pd

from persist_session.codec import Namespace, decode_attribute, encode_attribute
from persist_session.errors import PersistError

from . import accepted
from .accepted import NAMESPACE, Accepted, Level, Mode, Order, Slotted, Wide, reload, rows


class Standard(Accepted):
    def test_collections_are_kept_with_what_is_special_about_them(self) -> None:
        for value in (
            collections.deque([1, [2]], maxlen=3),
            collections.deque(),
            collections.Counter("abca"),
            collections.OrderedDict(b=1, a=[2]),
            collections.defaultdict(list, {1: [2]}),
            collections.defaultdict(None, a=1),
            collections.defaultdict(rows, {"$x": 1}),
            collections.defaultdict(Slotted),
            types.SimpleNamespace(a=1, b=[2]),
            slice(1, None, [2]),
            range(10**20, 0, -3),
        ):
            with self.subTest(value):
                self.same(value)
                self.same([value, value])
        self.assertEqual(reload(collections.defaultdict(rows))["new"], [1])

    def test_a_collection_may_hold_itself(self) -> None:
        ring: Any = collections.deque(maxlen=2)
        ring.append({"ring": ring})
        back = reload(ring)
        self.assertIs(back[0]["ring"], back)
        self.assertEqual(back.maxlen, 2)

    def test_a_factory_that_no_name_leads_back_to_is_refused(self) -> None:
        self.refused([collections.defaultdict(lambda: 0)], "S.x[0].default_factory", "top level")
        self.refused(collections.defaultdict(reload), "S.x.default_factory")
        self.refused(collections.defaultdict(dataclasses.dataclass), "S.x.default_factory")

    def test_a_stored_name_calls_no_function_of_a_library(self) -> None:
        spaces = Namespace(accepted.__name__, {**vars(accepted), "gettempdir": __import__("tempfile").gettempdir, "abort": __import__("os").abort})
        for name in ("gettempdir", "abort", "reload"):
            with self.assertRaises(PersistError):
                decode_attribute(b'J{"$defaultdict":["%s",[]]}' % name.encode(), spaces)

    def test_values_of_the_standard_library(self) -> None:
        for value in (
            pathlib.Path("/a/b"),
            pathlib.PurePosixPath("a/../b"),
            pathlib.PureWindowsPath("c:\\x\\y"),
            pathlib.Path("name-\udcff"),
            Fraction(-1, 3),
            Fraction(10**300, 7),
            re.compile("a+(?i:b)", re.IGNORECASE | re.MULTILINE),
            re.compile(rb"\xff", re.DOTALL),
            ZoneInfo("Europe/Berlin"),
            dt.timezone.utc,
            dt.timezone(dt.timedelta(hours=1), "CET"),
            dt.timezone(dt.timedelta(microseconds=1)),
            ipaddress.ip_address("fe80::1%eth0"),
            ipaddress.ip_network("10.0.0.0/8"),
            ipaddress.ip_interface("10.0.0.1/8"),
            Decimal("-0E+3"),
            Decimal("sNaN12"),
            Mode.READ | Mode.WRITE,
            Mode(0),
            Level.LOW,
            Wide(1, 2),
        ):
            with self.subTest(value):
                self.same({"in": [value]})

    def test_a_context_of_the_apps_own_does_not_change_what_is_written_of_decimals(self) -> None:
        import decimal

        with decimal.localcontext() as context:
            context.capitals = 0
            content = encode_attribute([Decimal("1E+30")], NAMESPACE)
        self.assertEqual(decode_attribute(content, NAMESPACE), [Decimal("1E+30")])

    def test_times_are_in_the_zone_that_they_were_in(self) -> None:
        for zone in (
            dt.timezone(dt.timedelta(hours=2), "there"),
            dateutil.tz.tzutc(),
            dateutil.tz.tzlocal(),
            dateutil.tz.tzoffset("x", 3600),
            dateutil.tz.gettz("Europe/Berlin"),
            Order.model_validate_json('{"id":1,"created":"2024-01-01T10:00:00+02:00"}').created.tzinfo,
            ZoneInfo.no_cache("Europe/Berlin"),
        ):
            with self.subTest(zone):
                self.same(dt.datetime(2024, 7, 1, 12, tzinfo=zone))
                self.same(dt.time(12, tzinfo=zone))
        self.same(dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc, fold=1))

    def test_times_of_pytz(self) -> None:
        try:
            import pytz
        except ImportError:
            self.skipTest("pytz is not installed")
        berlin = pytz.timezone("Europe/Berlin")
        for value in (berlin.localize(dt.datetime(2024, 7, 1)), berlin.localize(dt.datetime(1890, 1, 1)), dt.datetime(2024, 1, 1, tzinfo=pytz.utc)):
            self.assertIs(self.same(value).tzinfo, value.tzinfo)
        self.same(pd.DataFrame({"t": pd.date_range("2024-03-30", periods=3, tz=berlin)}))

    def test_a_zone_that_only_a_file_has_is_refused(self) -> None:
        # The format of tzfile(5): no change of time, one kind of time with the offset 0, its name.
        counts = struct.pack(">6i", 0, 0, 0, 0, 1, 4)
        content = b"TZif" + bytes(16) + counts + struct.pack(">iBB", 0, 0, 0) + b"MST\0"
        zone = ZoneInfo.from_file(io.BytesIO(content), key="Mars/Base")
        self.refused([dt.datetime(2024, 1, 1, tzinfo=zone)], "S.x[0] has a zone")
        self.refused(zone, "S.x has a zone")

    def test_two_surrogates_that_would_become_one_character_are_refused(self) -> None:
        pair = "\ud83d" + "\ude00"
        self.refused({"a": [pair]}, "S.x.a[0] holds two surrogates")
        self.refused(pair, "S.x holds two surrogates")
        self.refused(pd.Series([pair], dtype=object), "S.x[0] holds two")
        self.same(["\ud83d", "\ude00"])


if __name__ == "__main__":
    unittest.main()
