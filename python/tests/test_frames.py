"""Format A: frames, series and arrays come back as they went in, and encode to the same bytes again."""

from __future__ import annotations

import unittest
from typing import Any, cast

import numpy as np
import pandas as pd
from persist_session.codec import decode_arrow, encode_arrow
from persist_session.codec.namespace import Namespace

NAMESPACE = cast(Namespace, None)


def round_trip(value: Any) -> Any:
    content = encode_arrow(value, NAMESPACE)
    back = decode_arrow(content, NAMESPACE)
    if encode_arrow(back, NAMESPACE) != content:
        raise AssertionError("what was read encodes to other bytes")
    return back


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": ["Train", "Hotel"],
            "float": [89.0, 240.0],
            "narrow": np.array([1, 2], dtype="float32"),
            "bool": [True, False],
            "object": pd.Series(["x", None], dtype=object),
            "time": pd.to_datetime(["2024-01-01", "2025-01-01"]),
            "zoned": pd.to_datetime(["2024-01-01", "2025-01-01"]).tz_localize("Europe/Paris"),
            "category": pd.Categorical(["a", "b"], categories=["b", "a"], ordered=True),
            "nullable": pd.array([1, None], dtype="Int64"),
        }
    )


class PandasFrames(unittest.TestCase):
    def test_a_frame_of_every_kind_of_column_comes_back_equal(self) -> None:
        pd.testing.assert_frame_equal(round_trip(frame()), frame())

    def test_index_and_labels_come_back_equal(self) -> None:
        made = frame().set_index(["text", "bool"])
        pd.testing.assert_frame_equal(round_trip(made), made)
        dated = pd.DataFrame({"n": [1, 2]}, index=pd.date_range("2024-01-01", periods=2, freq="D"))
        pd.testing.assert_frame_equal(round_trip(dated), dated)

    def test_an_empty_frame_keeps_its_columns(self) -> None:
        pd.testing.assert_frame_equal(round_trip(frame().iloc[:0]), frame().iloc[:0])

    def test_series_keep_name_and_type(self) -> None:
        for name in frame().columns:
            with self.subTest(name):
                pd.testing.assert_series_equal(round_trip(frame()[name]), frame()[name])


class NumpyArrays(unittest.TestCase):
    def test_shape_and_type_come_back(self) -> None:
        for made in (
            np.arange(6).reshape(2, 3),
            np.zeros((0, 4), dtype="float32"),
            np.array(1.5),
            np.array([True, False]),
            np.array(["2024-01-01"], dtype="datetime64[s]"),
            np.array([1 + 2j]),
        ):
            with self.subTest(str(made.dtype)):
                back = round_trip(made)
                self.assertEqual((back.dtype, back.shape), (made.dtype, made.shape))
                np.testing.assert_array_equal(back, made)


if __name__ == "__main__":
    unittest.main()
