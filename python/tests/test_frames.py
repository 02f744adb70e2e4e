"""Format A: what goes in comes out, with type, dtype, index and shape."""

from __future__ import annotations

import unittest
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from persist_session.codec import Namespace, decode_attribute, encode_attribute
from persist_session.errors import PersistError

NAMESPACE = Namespace(__name__, globals())


def back(value: Any) -> Any:
    content = encode_attribute(value, NAMESPACE)
    result = decode_attribute(content, NAMESPACE)
    assert type(result) is type(value), (type(result), type(value))
    # Canonical: an unchanged value gives the same bytes.
    assert encode_attribute(result, NAMESPACE) == content
    return result


class Pandas(unittest.TestCase):
    def frames(self) -> dict[str, pd.DataFrame]:
        days = pd.date_range("2024-01-01", periods=3, freq="D", name="day")
        berlin = pd.date_range("2024-10-26", periods=3, freq="D", tz="Europe/Berlin")
        return {
            "numbers": pd.DataFrame({"i": [1, 2, 3], "f": [1.5, np.nan, np.inf], "b": [True, False, True]}),
            "small": pd.DataFrame({"i8": np.array([1, -2], "i1"), "u": np.array([1, 2], "u4"), "f2": np.array([1, 2], "f2")}),
            "text": pd.DataFrame({"s": ["a", None, "ü\U0001f600"]}),
            "objects": pd.DataFrame({"o": pd.Series(["a", None, 1, 2.5, [1, {"k": (1, 2)}], Decimal("1.10")], dtype=object)}),
            "text as objects": pd.DataFrame({"o": pd.Series(["a", "b"], dtype=object)}),
            "dates": pd.DataFrame({"d": days, "z": berlin, "t": pd.to_timedelta([1, 2, None], unit="s")}),
            "date index": pd.DataFrame({"x": [1, 2, 3]}, index=days),
            "zoned index": pd.DataFrame({"x": [1, 2, 3]}, index=berlin),
            "categories": pd.DataFrame({"c": pd.Categorical(["b", "a", None], categories=["b", "a", "z"], ordered=True)}),
            "nullable": pd.DataFrame({"i": pd.array([1, None], "Int64"), "b": pd.array([True, None], "boolean")}),
            "string dtype": pd.DataFrame({"s": pd.array(["a", None], "string")}),
            "arrow dtype": pd.DataFrame({"a": pd.array([1, None], "int32[pyarrow]")}),
            "period": pd.DataFrame({"p": pd.period_range("2024-01", periods=2, freq="M")}),
            "multi": pd.DataFrame({"x": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
            "multi columns": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
            "labels of other types": pd.DataFrame([[1, 2, 3]], columns=[1, "x", date(2024, 1, 1)], index=[5]),
            "same labels": pd.DataFrame([[1, "a"]], columns=["x", "x"]),
            "empty": pd.DataFrame(),
            "no rows": pd.DataFrame({"a": pd.Series([], dtype="i8"), "s": pd.Series([], dtype=object)}),
            "no columns": pd.DataFrame(index=[1, 2, 3]),
            "range": pd.DataFrame({"x": [1, 2]}, index=pd.RangeIndex(2, 6, 2, name="r")),
            "complex": pd.DataFrame({"c": [1 + 2j, 3j]}),
            "a part": pd.DataFrame({"x": range(10), "s": list("abcdefghij")}).iloc[3:7],
        }

    def test_frames(self) -> None:
        for name, frame in self.frames().items():
            with self.subTest(name):
                result = back(frame)
                pd.testing.assert_frame_equal(result, frame, check_freq=True)
                self.assertEqual(list(result.dtypes), list(frame.dtypes))
                self.assertIs(type(result.index), type(frame.index))
                if result.columns.nlevels == 1:
                    result["new"] = 1

    def test_attrs_are_kept(self) -> None:
        frame = pd.DataFrame({"x": [1]})
        frame.attrs["source"] = {"year": 2024}
        self.assertEqual(back(frame).attrs, frame.attrs)

    def test_series(self) -> None:
        for series in (
            pd.Series([1, 2], name="n"),
            pd.Series([1.5, None], index=["a", "b"], name=("a", 1)),
            pd.Series(["x", None]),
            pd.Series(pd.Categorical(["a", "b"])),
            pd.Series([], dtype="f8"),
        ):
            pd.testing.assert_series_equal(back(series), series)

    def test_indexes_and_scalars(self) -> None:
        for index in (pd.Index([1, 2], name="i"), pd.RangeIndex(3), pd.Index(["a", "b"]), pd.DatetimeIndex(["2024-01-01"])):
            pd.testing.assert_index_equal(back(index), index)
        for scalar in (
            pd.Timestamp("2024-01-01 12:00:00.123456789"),
            pd.Timestamp("2024-07-01", tz="Europe/Berlin"),
            pd.Timedelta("1 days 00:00:00.000000001"),
        ):
            self.assertEqual(back(scalar), scalar)
            self.assertEqual(back(scalar).unit, scalar.unit)
        self.assertIs(back(pd.NaT), pd.NaT)
        self.assertIs(back(pd.NA), pd.NA)

    def test_frames_may_stand_inside_other_values(self) -> None:
        value = {"frames": [pd.DataFrame({"x": [1]})], "mean": np.float64(1.5), "at": pd.Timestamp("2024-01-01")}
        result = back(value)
        pd.testing.assert_frame_equal(result["frames"][0], value["frames"][0])
        self.assertIs(type(result["mean"]), np.float64)
        self.assertEqual(result["at"], value["at"])

    def test_what_cannot_be_kept_names_the_column(self) -> None:
        with self.assertRaises(PersistError) as caught:
            encode_attribute(pd.DataFrame({"ok": [1], "bad": [object()]}), NAMESPACE, owner="AppState.table")
        self.assertIn("AppState.table[<column 1>][0] is of the class object", str(caught.exception))

    def test_a_subclass_of_a_frame_is_refused(self) -> None:
        class Special(pd.DataFrame):
            pass

        with self.assertRaises(PersistError):
            encode_attribute(Special({"x": [1]}), NAMESPACE)


class NumPy(unittest.TestCase):
    def test_arrays(self) -> None:
        record = np.array([(1, 2.5, "a")], dtype=[("i", "i4"), ("f", "f8", (2,)), ("s", "U3")])
        for array in (
            np.arange(6).reshape(2, 3),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.arange(24).reshape(2, 3, 4)[:, ::2, 1],
            np.array(5),
            np.array([]),
            np.zeros((0, 3)),
            np.array([True, False]),
            np.array([1 + 2j]),
            np.array(["a", "bcd"]),
            np.array([b"a", b"bc"]),
            np.array(["2024-01-01", "NaT"], "datetime64[D]"),
            np.array([1, 2], "timedelta64[s]"),
            np.array([1, 2], ">i4"),
            np.array([1.5], "f2"),
            np.array([1, "a", None, [2]], dtype=object),
            np.array(["", ""], dtype="U1")[:0],
            record,
        ):
            with self.subTest(str(array.dtype), shape=array.shape):
                result = back(array)
                self.assertEqual(result.dtype, array.dtype)
                self.assertEqual(result.shape, array.shape)
                np.testing.assert_array_equal(result, array)
                self.assertTrue(result.flags.writeable)
                self.assertEqual(result.flags.f_contiguous, array.flags.f_contiguous or result.flags.f_contiguous)

    def test_scalars(self) -> None:
        for scalar in (np.int64(5), np.float32(1.5), np.bool_(True), np.datetime64("2024-01-01"), np.str_("a"), np.float64(2)):
            result = back(scalar)
            self.assertEqual(result, scalar)
            self.assertEqual(result.dtype, scalar.dtype)


class Polars(unittest.TestCase):
    def test_frames_and_series(self) -> None:
        frame = pl.DataFrame(
            {
                "i": [1, None],
                "s": ["a", "b"],
                "d": [date(2024, 1, 1), None],
                "l": [[1], [2, 3]],
                "t": [timedelta(seconds=1), None],
                "n": [{"a": 1}, {"a": 2}],
            },
            schema_overrides={"i": pl.UInt8},
        ).with_columns(pl.col("s").cast(pl.Enum(["b", "a"])).alias("e"), pl.col("s").cast(pl.Categorical).alias("c"))
        result = back(frame)
        self.assertEqual(result.schema, frame.schema)
        self.assertTrue(result.equals(frame))
        self.assertTrue(back(frame["i"]).equals(frame["i"]))
        self.assertEqual(back(frame["i"]).name, "i")
        self.assertEqual(back(pl.DataFrame()).shape, (0, 0))

    def test_objects_are_refused(self) -> None:
        with self.assertRaises(PersistError):
            encode_attribute(pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}), NAMESPACE)


if __name__ == "__main__":
    unittest.main()
