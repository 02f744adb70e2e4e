"""Values that a library takes as equal to another one which is not the same: they come back as they were, or are refused."""

from __future__ import annotations

import os
import typing
import unittest
from typing import Any, Generic, TypeVar
from zoneinfo import TZPATH, ZoneInfo

import dateutil.tz
import numpy as np
import pandas as pd
import pydantic

from persist_session.codec import Namespace, decode_attribute, encode_attribute
from persist_session.errors import PersistError

T = TypeVar("T")


class Of(pydantic.BaseModel, Generic[T]):
    value: Any = None




NAMESPACE = Namespace(__name__, globals())


class LookAlikeTest(unittest.TestCase):
    def back(self, value: Any) -> Any:
        return decode_attribute(encode_attribute(value, NAMESPACE, owner="S.x"), NAMESPACE)

    def refused(self, value: Any, *words: str) -> None:
        with self.assertRaises(PersistError) as caught:
            encode_attribute(value, NAMESPACE, owner="S.x")
        self.assertEqual(caught.exception.code, "ERR_VALUE_UNSUPPORTED")
        for word in words:
            self.assertIn(word, caught.exception.message)

    def test_a_generic_model_keeps_its_class_in_whichever_way_its_arguments_are_written(self) -> None:
        arguments: tuple[Any, ...] = (
            *(typing.List[int], list[int], typing.Dict[str, typing.List[int]], typing.Tuple[int, ...], typing.Set[str]),  # noqa: UP006
            *(int | None, typing.Optional[int], typing.Union[int, str], int | str, typing.Literal["a"]),  # noqa: UP007
        )
        for argument in arguments:
            with self.subTest(argument):
                kind = Of.__class_getitem__(argument)
                self.assertIs(type(self.back(kind(value=[1]))), kind)

    def test_a_type_that_cannot_be_put_together_is_an_error_of_the_bytes(self) -> None:
        for name in ('["|",["Any"],["..."]]', '["|",["int"]]', '["of",["typing.List"],["int"],["int"]]'):
            with self.subTest(name), self.assertRaises(PersistError) as caught:
                decode_attribute(('J{"$model":[' + name + ',{"fields":{}}]}').encode(), NAMESPACE)
            self.assertEqual(caught.exception.code, "ERR_DECODE")

    def test_a_zone_that_was_read_from_a_file_is_not_the_one_of_its_key(self) -> None:
        with open(zone_file("Europe/Paris"), "rb") as file:
            zone = ZoneInfo.from_file(file, key="Asia/Tokyo")
        moment = pd.Timestamp("2024-07-01", tz=zone)
        for value in (zone, moment, moment.to_pydatetime(), pd.Series([moment]), pd.DatetimeIndex([moment])):
            with self.subTest(type(value)):
                self.refused({"a": value}, "S.x.a")
        kept = ZoneInfo.no_cache("Asia/Tokyo")
        self.assertEqual(self.back(pd.Series([pd.Timestamp("2024-07-01", tz=kept)])).dt.tz.key, "Asia/Tokyo")

    def test_a_zone_of_dateutil_has_the_names_that_it_had(self) -> None:
        named = pd.DatetimeIndex(["2024-07-01"]).tz_localize(dateutil.tz.gettz("Europe/Paris"))
        self.assertEqual(self.back(named).dtype, named.dtype)
        by_file = pd.DatetimeIndex(["2024-07-01"]).tz_localize(dateutil.tz.tzfile(zone_file("Europe/Paris")))
        try:
            self.assertEqual(self.back(by_file).dtype, by_file.dtype)
        except PersistError as error:
            self.assertEqual(error.code, "ERR_VALUE_UNSUPPORTED")

    def test_records_of_numpy_are_not_plain_ones(self) -> None:
        records: Any = np.rec.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]).view(np.ndarray)
        within = np.zeros(2, dtype=[("n", records.dtype, (2,))])
        for value in (records, records[0], within):
            with self.subTest(value.dtype):
                self.refused([value], "S.x[0]", "numpy.record")
        self.assertEqual(self.back(records.astype(records.dtype.descr))[0].item(), (1, 2))

    def test_what_arrow_cannot_hold_is_refused_with_its_path(self) -> None:
        flat: Any = np.zeros((2, 2))
        values: tuple[Any, ...] = (
            pd.Series(["\ud800"], dtype=pd.StringDtype("python")),
            pd.DataFrame({"a": [1]}, index=pd.Index(["\udc80"], dtype=pd.StringDtype("python"))),
            pd.arrays.NumpyExtensionArray(flat),
            np.zeros(1, dtype={"names": ["a", "b"], "formats": ["i4", "i2"], "offsets": [0, 2]}),
            pd.Timestamp(2024, 10, 27, 2, 30, tz=dateutil.tz.tzstr("EST5EDT")),
        )
        for value in values:
            with self.subTest(type(value)):
                self.refused({"a": [value]}, "S.x.a[0]")


def zone_file(name: str) -> str:
    for directory in TZPATH:
        path = os.path.join(directory, name)
        if os.path.exists(path):
            return path
    raise unittest.SkipTest("this system has no files of zones")


if __name__ == "__main__":
    unittest.main()
