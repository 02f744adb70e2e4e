"""Frames, arrays and what belongs to them are equal after each reload, or refused."""

from __future__ import annotations

import datetime as dt
import unittest
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.parser
import dateutil.tz
import numpy as np
import pandas as pd
import polars as pl

from .accepted import Accepted, Frozen, reload
from .exact import account


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


class Tables(Accepted):
    def test_indexes_keep_their_freq(self) -> None:
        for freq in ("D", "h", "MS", "QE-FEB", "W-TUE", "3D", "B", "BME", pd.offsets.CustomBusinessHour(start="10:00"), pd.DateOffset(months=2)):
            with self.subTest(freq):
                self.same(frame(v=[1, 2, 3]).set_index(pd.date_range("2024-07-01", periods=3, freq=freq)))
        holidays = pd.bdate_range("2024-07-03", periods=3, freq="C", holidays=["2024-07-04"])
        self.assertEqual(self.same(frame(v=[1, 2, 3]).set_index(holidays)).index.freq, holidays.freq)
        self.same(pd.timedelta_range("1D", periods=3))
        self.same(pd.period_range("2024", periods=3, freq="Q-FEB"))

    def test_zones_of_frames(self) -> None:
        self.same(frame(t=[dateutil.parser.isoparse("2024-01-01T00:00:00Z")]))
        for zone in (ZoneInfo("Europe/Berlin"), dt.timezone.utc, "UTC", dt.timezone(dt.timedelta(hours=3), "x"), dateutil.tz.gettz("Europe/Berlin"), dateutil.tz.tzoffset("x", 60)):
            with self.subTest(zone):
                self.same(frame(t=pd.date_range("2024-03-30", periods=3, tz=zone)).set_index("t", drop=False))
                self.same(pd.Timestamp("2024-03-30", tz=zone))

    def test_types_of_columns(self) -> None:
        pa = __import__("pyarrow")
        ordered = pd.CategoricalDtype(["b", "a", "never"], ordered=True)
        for values in (
            pd.Categorical(["b", "a", None], dtype=ordered),
            pd.Categorical([pd.Period("2024", "Y"), pd.Period("2025", "Y"), None]),
            pd.Categorical.from_codes([0, -1, 1], pd.interval_range(0, 2)),
            pd.interval_range(0, 3, closed="both").array,
            pd.interval_range(pd.Timestamp("2024", tz="Europe/Berlin"), periods=3).array,
            pd.period_range("2024", periods=3, freq="2W").array,
            pd.arrays.SparseArray([0, 0, 1]),
            pd.arrays.SparseArray([np.nan, -0.0, 1.5], kind="block"),
            pd.arrays.SparseArray(["a", None, "a"], fill_value="a", dtype=pd.SparseDtype(object, "a")),
            pd.array([1, None, 3], "UInt8"),
            pd.array([1.5, None, -0.0], "Float64"),
            pd.array([True, None, False], "boolean"),
            pd.array(["a", None, "c"], "string"),
            pd.array([1, None, 3], pd.ArrowDtype(pa.int8())),
            pd.array([[1], None, []], pd.ArrowDtype(pa.list_(pa.int8()))),
            pd.array([Decimal("1.1"), None, Decimal(2)], pd.ArrowDtype(pa.decimal128(5, 2))),
            np.array([1 + 2j, complex("nan"), -0.0]),
            np.array(["2024", "NaT", "2025"], "M8[s]"),
            [{"a": [1]}, (1,), Frozen("x")],
        ):
            with self.subTest(getattr(values, "dtype", "object")):
                self.same(frame(v=values))
                if not isinstance(values, (list, np.ndarray)):
                    self.same(values)

    def test_labels_attrs_and_flags(self) -> None:
        product = pd.MultiIndex.from_product([["x", None], pd.date_range("2024", periods=2)], names=["q", ("r", 1)])
        table = frame(a=range(4), b=list("abcd")).set_index(product)
        self.same(table)
        self.same(table[:1])
        self.same(table.T)
        self.same(pd.DataFrame([[1, 2]], columns=["a", "a"]))
        self.same(pd.DataFrame([[1, 2]], columns=[1, "1"]))
        self.same(table.set_flags(allows_duplicate_labels=False))
        table.attrs["made"] = {"by": (1, dt.date(2024, 1, 1))}
        self.same(table)
        table.attrs["bad"] = object()
        self.refused({"t": table}, "S.x.t.attrs.bad is of the class object")
        self.same(pd.Series([1], name=("a", 1.0)))

    def test_scalars_and_offsets(self) -> None:
        for value in (
            pd.Period("2024-01", "M"),
            pd.Interval(1, 2.5, "neither"),
            pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025")),
            pd.Timestamp("2024-10-27 01:30", tz="UTC").tz_convert("Europe/Berlin"),
            pd.Timedelta(1, unit="s").as_unit("s"),
            pd.DateOffset(months=1, days=2),
            pd.offsets.BMonthEnd(2, normalize=True),
            pd.offsets.FY5253Quarter(weekday=3, startingMonth=2, variation="last", qtr_with_extra_week=1),
            pd.date_range("2024", periods=2).array,
            np.bytes_(b"a\0"),
            np.str_("a\0"),
            np.void(b"ab"),
            np.datetime64("2024", "25s"),
        ):
            with self.subTest(repr(value)):
                self.same([value])

    def test_what_does_not_come_back_is_refused(self) -> None:
        self.refused(np.ma.masked_array([1], mask=[1]))
        self.refused(pl.Series("o", [object()], dtype=pl.Object))
        self.refused(frame(v=pd.array(["a"], pd.ArrowDtype(__import__("pyarrow").string_view()))), "S.x[<column 0>]")

        class Local:
            pass

        self.refused([frame(v=[Local()])], "S.x[0][<column 0>][0]")

    def test_numpy_and_polars(self) -> None:
        text = np.dtypes.StringDType(na_object=np.nan)
        self.assertTrue(self.same(np.zeros(2, np.dtype([("a", "i1"), ("b", "i4")], align=True))).dtype.isalignedstruct)
        record = np.array([(1, 2.5)], dtype=[("i", "i4"), ("f", ">f8")])
        for array in (np.array(["a", np.nan], dtype=text), np.array(["a", ""], dtype=np.dtypes.StringDType()), record, np.array([np.nan, -0.0], "f2"), np.array([1], ">i4"), np.array(["a\0"]), np.zeros((0, 3), "S2")):
            with self.subTest(array.dtype):
                self.same(array)
        table = pl.DataFrame(
            {"i": [2**100, None], "c": ["a", "b"], "l": [["a"], None], "f": [float("nan"), -0.0], "d": [Decimal("1.1"), None]},
            schema_overrides={"i": pl.Int128, "c": pl.Categorical, "l": pl.List(pl.Enum(["a"]))},
        )
        # What polars has under a missing value is anything, so the bytes may differ.
        self.assertEqual(account(reload(reload(table))), account(table))
        self.same([table["c"], table["f"]])

    def test_a_frame_that_stands_in_two_places_is_one_frame(self) -> None:
        table = frame(v=[1])
        back = self.same([table, {"again": table}])
        self.assertIs(back[0], back[1]["again"])


if __name__ == "__main__":
    unittest.main()
