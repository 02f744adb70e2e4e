"""Accepted means equal: whatever an attribute takes is there after the reload, and after the second one, to the last bit."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import ipaddress
import os
import pathlib
import re
import types
import unittest
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import dateutil.parser
import dateutil.tz
import numpy as np
import pandas as pd
import polars as pl
import pydantic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persist_session.codec import Namespace, Opaque, decode_attribute, encode_attribute
from persist_session.errors import PersistError

from .exact import account

T = TypeVar("T")


class Color(enum.Enum):
    RED = 1
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.Flag):
    READ = 1
    WRITE = 2


class Pair(NamedTuple):
    a: Any
    b: Any = 0


class Wide(Pair):
    pass


@dataclasses.dataclass
class Box(Generic[T]):
    value: T


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str
    size: Any = 0


@dataclasses.dataclass(slots=True)
class Slotted:
    a: Any
    b: Any = dataclasses.field(default_factory=list)


class Hidden:
    __slots__ = ("secret",)


@dataclasses.dataclass
class OnSlots(Hidden):
    a: int


@dataclasses.dataclass(kw_only=True)
class Unusual:
    a: int
    start: dataclasses.InitVar[int] = 3
    later: int = dataclasses.field(init=False)
    fixed: int = dataclasses.field(init=False, default=4)


class Half:
    """A descriptor that stands for a field, and keeps half of what it was given under another name."""

    def __get__(self, instance: Any, owner: Any) -> Any:
        return 100 if instance is None else instance.__dict__["_half"] * 2

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__["_half"] = value / 2


@dataclasses.dataclass
class Described:
    size: Any = Half()  # noqa: RUF009


@dataclasses.dataclass
class Rows(list):  # type: ignore[type-arg]
    title: str = ""


@dataclasses.dataclass
class Failure(Exception):
    title: str = ""


@pydantic.dataclasses.dataclass
class Checked:
    a: int


class Model(pydantic.BaseModel):
    a: int = 1
    b: int = 2
    log: list[str] = []
    _seen: list[Any] = pydantic.PrivateAttr(default_factory=list)

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        self.log.append("made")


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", frozen=True)
    x: Any = pydantic.Field(1, alias="X")

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> Any:
        return [self.x, self.x]


class Root(pydantic.RootModel[list[int]]):
    pass


class Of(pydantic.BaseModel, Generic[T]):
    value: T


class Order(pydantic.BaseModel):
    id: int
    created: dt.datetime
    where: pydantic.HttpUrl | None = None
    password: pydantic.SecretStr | None = None


def rows() -> list[int]:
    return [1]


NAMESPACE = Namespace(__name__, globals())


def reload(value: Any) -> Any:
    return decode_attribute(encode_attribute(value, NAMESPACE, owner="S.x"), NAMESPACE)


class Accepted(unittest.TestCase):
    def same(self, value: Any) -> Any:
        """The value after the second reload, equal after each."""
        content = encode_attribute(value, NAMESPACE, owner="S.x")
        once = decode_attribute(content, NAMESPACE)
        self.assertEqual(account(once), account(value))
        self.assertEqual(encode_attribute(once, NAMESPACE), content)
        twice = reload(once)
        self.assertEqual(account(twice), account(value))
        return twice

    def refused(self, value: Any, *parts: str, **options: Any) -> None:
        with self.assertRaises(PersistError) as caught:
            encode_attribute(value, NAMESPACE, owner="S.x", **options)
        self.assertEqual(caught.exception.code, "ERR_VALUE_UNSUPPORTED")
        for part in parts:
            self.assertIn(part, str(caught.exception))


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
        spaces = Namespace(__name__, {**globals(), "gettempdir": __import__("tempfile").gettempdir, "abort": __import__("os").abort})
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
        with open(next(pathlib.Path(path) / "UTC" for path in ("/usr/share/zoneinfo",) if (pathlib.Path(path) / "UTC").exists()), "rb") as file:
            zone = ZoneInfo.from_file(file, key="Mars/Base")
        self.refused([dt.datetime(2024, 1, 1, tzinfo=zone)], "S.x[0] has a zone")
        self.refused(zone, "S.x has a zone")

    def test_two_surrogates_that_would_become_one_character_are_refused(self) -> None:
        pair = "\ud83d" + "\ude00"
        self.refused({"a": [pair]}, "S.x.a[0] holds two surrogates")
        self.refused(pair, "S.x holds two surrogates")
        self.refused(pd.Series([pair], dtype=object), "S.x[0] holds two")
        self.same(["\ud83d", "\ude00"])


class Classes(Accepted):
    def test_dataclasses_of_all_forms(self) -> None:
        hidden = OnSlots(1)
        hidden.secret = [2]  # type: ignore[attr-defined]
        self.assertEqual(self.same(hidden).secret, [2])
        unusual = self.same(Unusual(a=1))
        self.assertFalse("later" in vars(unusual) or "fixed" in vars(unusual))
        self.assertEqual(vars(self.same(Described(6))), {"_half": 3.0})
        for value in (Frozen("a", (1,)), Slotted(1), Checked(1), {Frozen("a"): 1}, {Frozen("a"), Frozen("b")}):
            with self.subTest(value):
                self.same(value)

    def test_what_is_a_builtin_at_heart_is_refused(self) -> None:
        value = Rows("t")
        value.append(7)
        self.refused({"rows": value}, "S.x.rows is of the class Rows, a subclass of list")
        self.refused(Failure("t"), "S.x is of the class Failure, a subclass of Exception")
        with self.assertRaises(PersistError) as caught:
            decode_attribute(b'J{"$dataclass":["Rows",{"title":"t"}]}', NAMESPACE)
        self.assertEqual(caught.exception.code, "ERR_DECODE")

    def test_a_field_that_was_deleted_is_refused(self) -> None:
        value = Frozen("a")
        object.__delattr__(value, "name")
        self.refused([value], "S.x[0] lacks the field name")
        slotted = Slotted(1)
        del slotted.b
        self.refused(slotted, "lacks the field b")

    def test_a_named_tuple_with_attributes_is_refused(self) -> None:
        value = Wide(1)
        value.more = 1  # type: ignore[attr-defined]
        self.refused([value], "S.x[0]", "attributes beside its fields")

    def test_generic_classes(self) -> None:
        for value in (Box[int](5), Box[list[int]]([5]), Box[T]([5]), Box[Color | None](None), Box[dict[str, Frozen]]({})):  # type: ignore[valid-type]
            with self.subTest(value):
                self.assertEqual(self.same(value).__orig_class__, value.__orig_class__)  # type: ignore[attr-defined]
        for model in (Of[int](value=1), Of[Frozen](value=Frozen("a")), Of[list[Of[int]]](value=[Of[int](value=1)])):
            self.assertIs(type(self.same(model)), type(model))

        class Local(pydantic.BaseModel):
            pass

        self.refused([Box[Local](Local())], "S.x[0]")
        self.refused([Of[Local].model_construct(value=1)], "S.x[0]")

    def test_models_come_back_as_they_were(self) -> None:
        model = Model(a=5)
        model._seen.append("x")
        back = self.same(model)
        self.assertEqual((back.model_dump(exclude_unset=True), back._seen, back.log), ({"a": 5}, ["x"], ["made"]))
        for value in (Open(X=1, more=[1]), Open.model_construct(x=1, y=2), Root([1]), Model.model_construct(a="no"), Order(id=1, created="2024-01-01T10:00:00Z", where="https://x.y/z")):  # type: ignore[arg-type]
            with self.subTest(value):
                self.assertEqual(self.same(value), value)
        ring = Open.model_construct(x=[])
        ring.x.append(ring)
        again = reload(ring)
        self.assertIs(again.x[0], again)

    def test_a_private_attribute_that_has_no_form_is_refused_with_its_path(self) -> None:
        model = Model()
        model._seen = [object()]
        self.refused({"m": model}, "S.x.m._seen[0] is of the class object")

    def test_fields_that_a_deploy_added_to_a_model_get_their_defaults(self) -> None:
        back = decode_attribute(b'J{"$model":["Model",{"fields":{"a":3},"set":["a"]}]}', NAMESPACE)
        self.assertEqual((back.a, back.b, back.log, back._seen), (3, 2, [], []))

    def test_secrets_are_refused_also_by_way_of_pickle(self) -> None:
        for value in (pydantic.SecretStr("x"), pydantic.SecretBytes(b"x"), pydantic.Secret[int](1)):
            self.refused([value], "S.x[0] is a Secret", "transient", allow_pickle=True)
        order = Order(id=1, created="2024-01-01T10:00:00Z", password="hunter2")  # type: ignore[arg-type]
        self.refused(order, "S.x.password is a SecretStr")
        self.refused([object(), pydantic.SecretStr("hunter2")], "SecretStr", allow_pickle=True)

    def test_addresses_of_pydantic(self) -> None:
        for value in (pydantic.HttpUrl("https://a.b/c?d#e"), pydantic.AnyUrl("x://y"), pydantic.PostgresDsn("postgres://u@h/d"), pydantic.ByteSize(5)):
            with self.subTest(value):
                self.assertIs(type(self.same([value])[0]), type(value))


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


# Generated values

# More of them with PERSIST_TEST_EXAMPLES=5000.
EXAMPLES = int(os.environ.get("PERSIST_TEST_EXAMPLES", "300"))

zones = st.sampled_from(
    [dt.timezone.utc, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), dt.timezone(dt.timedelta(minutes=-90), "x"), dateutil.tz.tzutc(), dateutil.tz.gettz("America/New_York")]
)
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
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1), timezones=st.none() | zones).map(pd.Timestamp),
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


@st.composite
def frames(draw: Any) -> pd.DataFrame:
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
