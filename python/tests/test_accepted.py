"""Accepted means equal, for generated values: whatever an attribute takes is there after two reloads, to the last bit."""

from __future__ import annotations

import collections
import datetime as dt
import os
import pathlib
import pickle
import re
import types
import unittest
import warnings
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.tz
import numpy as np
import pandas as pd
import polars as pl
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from persist_session.codec import Opaque, decode_attribute, encode_attribute
from persist_session.errors import PersistError

from .accepted import NAMESPACE, Accepted, Box, Color, Frozen, Level, Mode, Of, Open, Pair, Slotted, reload
from .exact import account

# More values with PERSIST_TEST_EXAMPLES=5000.
EXAMPLES = int(os.environ.get("PERSIST_TEST_EXAMPLES", "300"))
zones = st.sampled_from(
    [dt.timezone.utc, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), dt.timezone(dt.timedelta(minutes=-90), "x"), dateutil.tz.tzutc(), dateutil.tz.gettz("America/New_York")]
)


def moment_of(value: pd.Timestamp) -> pd.Timestamp:
    """The same moment, as pandas shows it. One that was made of an hour which the zone's clocks leave out
    shows that hour until it is copied by pickle, or put into a Series."""
    shown: pd.Timestamp = pickle.loads(pickle.dumps(value))
    assert shown == value
    return shown


moments = st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1), timezones=st.none() | zones)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(),
    st.text("$\"\\/\x00\x7f\ud800é{[,"),
    st.binary(max_size=8),
    st.complex_numbers(),
    st.decimals(),
    st.fractions(),
    st.uuids(),
    moments,
    st.dates(),
    st.times(timezones=st.none() | st.just(dt.timezone.utc)),
    st.timedeltas(),
    st.sampled_from([*Color, *Level, Mode.READ | Mode.WRITE, re.compile("a", re.I), pathlib.Path("/a"), range(3)]),
    st.ip_addresses(),
    st.integers(0, 2**64 - 1).map(np.uint64),
    st.floats(width=32).map(np.float32),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1), timezones=st.none() | zones).map(lambda moment: moment_of(pd.Timestamp(moment))),
)
keys = st.one_of(st.text(), st.integers(), st.tuples(st.text(), st.integers()), st.dates(), st.builds(Frozen, st.text(), st.integers()))


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    pairs = st.lists(st.tuples(keys, inner), max_size=4)
    return st.one_of(
        lists,
        lists.map(tuple),
        st.dictionaries(st.text(), inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4),
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        st.builds(lambda items, more: collections.deque(items, maxlen=len(items) + more), lists, st.integers(0, 2)),
        pairs.map(collections.OrderedDict),
        pairs.map(lambda items: collections.defaultdict(list, items)),
        st.dictionaries(keys, st.integers(), max_size=4).map(collections.Counter),
        st.builds(Slotted, inner, inner),
        st.builds(lambda item: Box[int](item), inner),
        st.builds(Pair, inner, inner),
        st.builds(lambda item, more: Open(X=item, more=more), inner, inner),
        st.builds(lambda item: Of[Any].model_construct(value=item), inner),
        st.builds(lambda item: types.SimpleNamespace(a=item, b=item), lists),
        lists.map(lambda part: [part, {"again": part}]),
    )


def columns(length: int) -> st.SearchStrategy[Any]:
    def many(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(items, min_size=length, max_size=length)

    times = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)) | st.just(pd.NaT)
    small = st.integers(0, 200)
    return st.one_of(
        many(st.floats()).map(lambda items: np.array(items, "f8")),
        many(st.integers(-(2**63), 2**63 - 1)).map(lambda items: np.array(items, "i8")),
        many(st.text("ab\x00é") | st.none()).map(lambda items: pd.array(items, "string")),
        many(st.text("ab\x00é")).map(lambda items: pd.Series(items, dtype="str").array),
        many(small | st.none()).map(lambda items: pd.array(items, "UInt8")),
        many(st.booleans() | st.none()).map(lambda items: pd.array(items, "boolean")),
        many(st.sampled_from(["x", "y", None])).map(lambda items: pd.Categorical(items, categories=["y", "z", "x"], ordered=True)),
        st.builds(lambda items, zone: pd.DatetimeIndex(items, dtype="M8[us]").tz_localize("UTC").tz_convert(zone).array, many(times), zones),
        many(times).map(lambda items: pd.DatetimeIndex(items, dtype="M8[ns]").array),
        many(small).map(lambda items: pd.PeriodIndex.from_ordinals(items, freq="W").array),
        many(small).map(lambda items: pd.IntervalIndex.from_breaks([*sorted(items), 1000]).array),
        many(small).map(lambda items: pd.arrays.SparseArray(np.array(items) % 3)),
        many(leaves).map(lambda items: pd.Series(items, dtype=object).array),
    )


def frame_of(draw: Any) -> pd.DataFrame:
    length = draw(st.integers(0, 3))
    count = draw(st.integers(0, 3))
    parts = {at: pd.Series(draw(columns(length))) for at in range(count)}
    made = pd.DataFrame(parts, index=range(length))
    made.columns = pd.Index([draw(st.text("ab") | st.integers(0, 2)) for _ in range(count)], dtype=object)
    index = draw(st.integers(0, 3))
    if index == 1:
        made.index = pd.Index(draw(columns(length)), name=draw(st.none() | st.text()))
    elif index == 2:
        made.index = pd.date_range("2024-03-30", periods=length, freq=draw(st.sampled_from(["D", "h", "MS", "W-MON", "C"])), tz=draw(st.none() | zones))
    elif index == 3:
        made.index = pd.MultiIndex.from_arrays([pd.Index(draw(columns(length))), list(range(length))], names=["a", draw(st.none() | st.text())])
    if draw(st.booleans()):
        made.attrs["about"] = draw(leaves)
    return made


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    try:
        return frame_of(draw)
    except UnicodeEncodeError:
        # pandas makes a text column of objects that are all texts, and takes no lone surrogate into
        # one.
        reject()


def polars_series() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(st.floats() | st.none()).map(lambda items: pl.Series("f", items, dtype=pl.Float64)),
        st.lists(st.text() | st.none()).map(lambda items: pl.Series("s", items, dtype=pl.String)),
        st.lists(st.lists(st.integers(0, 9)) | st.none()).map(lambda items: pl.Series("l", items, dtype=pl.List(pl.Int8))),
        st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)) | st.none()).map(lambda items: pl.Series("t", items, dtype=pl.Datetime("us", "Europe/Berlin"))),
    )


values = st.recursive(leaves | frames() | polars_series(), containers, max_leaves=8)


class Property(Accepted):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(values)
    def test_accepted_means_equal(self, value: Any) -> None:
        self.check_value(value)

    @settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(frames())
    def test_accepted_frames_are_equal(self, value: Any) -> None:
        self.check_value(value)

    def check_value(self, value: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                content = encode_attribute(value, NAMESPACE, owner="S.x")
            except PersistError as error:
                self.assertEqual(error.code, "ERR_VALUE_UNSUPPORTED")
                return
            once = decode_attribute(content, NAMESPACE)
            self.assertNotIsInstance(once, Opaque)
            self.assertEqual(account(once), account(value))
            self.assertEqual(account(reload(once)), account(value))


if __name__ == "__main__":
    unittest.main()
