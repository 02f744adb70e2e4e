"""The quick way for long lists gives what the general way gives, byte for byte, or leaves the value to it."""

from __future__ import annotations

import enum
import random
import unittest
from collections import OrderedDict, namedtuple
from typing import Any

from persist_session.codec import Namespace, decode_attribute, encode_attribute
from persist_session.codec.encode_value import encode_to_text
from persist_session.codec.rows import MIN_ITEMS, rows_bytes
from persist_session.codec.text import SAFE_INTEGER
from persist_session.codec.unsupported import Unsupported

NAMESPACE = Namespace(__name__, globals())
Point = namedtuple("Point", "x y")


class Text(str):
    pass


class Number(int):
    pass


class Keys(dict[str, Any]):
    pass


class Colour(enum.IntEnum):
    RED = 1


def general(value: Any) -> bytes | str:
    """What the walk over all values gives, without any quick look before it."""
    try:
        return b"J" + encode_to_text(value, NAMESPACE)
    except Unsupported as error:
        return error.problem


def quick(value: Any) -> bytes | None:
    content = rows_bytes(value)
    return None if content is None else b"J" + content


SCALARS = (
    lambda pick: None,
    lambda pick: pick.random() < 0.5,
    lambda pick: pick.choice((0, 1, -1, 42, SAFE_INTEGER, -SAFE_INTEGER)),
    lambda pick: pick.choice((0.0, 1.0, -1.5, 0.1 + 0.2, 1e16, 1e-7, 5e-324, 1.7976931348623157e308)),
    lambda pick: pick.choice(("", "a", 'a "quoted" \\ text', "\n\t\x00\x7f", "größe 😀", "$5", '"$', "100 %", "\u2028", "-0.0")),
)
ODD = (
    -0.0, float("nan"), float("inf"), SAFE_INTEGER + 1, -SAFE_INTEGER - 1, 10**30, Text("a"), Number(1), Colour.RED, (1, 2), (),
    Point(1, 2), {1, 2}, frozenset((1,)), b"bytes", bytearray(b"b"), 1j, object, Keys(a=1), OrderedDict(a=1), {1: 2}, {"$ref": 0},
    {"$": 1}, {None: 1}, {True: 1}, {Text("a"): 1}, {(1,): 1}, "\ud800", "\udc00", "\ud83d\ude00", [[[]]], {"": {}},
)  # fmt: skip


def column(pick: random.Random, count: int, level: int = 0) -> list[Any]:
    """Many values, mostly of one shape."""
    kind = pick.randrange(4 if level < 3 else 2)
    if kind == 0:
        scalar = pick.choice(SCALARS)
        return [scalar(pick) for _ in range(count)]
    if kind == 1:
        return [pick.choice(SCALARS)(pick) for _ in range(count)]
    if kind == 2:
        even = pick.random() < 0.5
        lengths = [pick.choice((0, 2)) if even else pick.randrange(4) for _ in range(count)]
        if even:
            lengths = [lengths[0]] * count
        items = iter(column(pick, sum(lengths), level + 1) if sum(lengths) else [])
        return [[next(items) for _ in range(length)] for length in lengths]
    keys = pick.sample(("id", "name", "größe", 'a"b', "%s", "tags", ""), pick.randrange(4))
    columns = [column(pick, count, level + 1) for _ in keys]
    return [dict(zip(keys, row)) for row in zip(*columns)] if keys else [{} for _ in range(count)]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Where something can be put: a container and a key."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, list):
        found += [(value, at) for at in range(len(value))]
    elif isinstance(value, dict):
        found += [(value, key) for key in value]
    for container, key in list(found):
        found += places(container[key])
    return found


class Rows(unittest.TestCase):
    def test_the_quick_way_gives_the_bytes_of_the_general_way(self) -> None:
        taken = 0
        for seed in range(400):
            value = column(random.Random(seed), random.Random(seed).randrange(MIN_ITEMS, 3 * MIN_ITEMS))
            found = quick(value)
            taken += found is not None
            self.assertIn(found, (None, general(value)), f"seed {seed}")
            self.assertEqual(encode_attribute(value, NAMESPACE), general(value), f"seed {seed}")
            self.assertEqual(repr(decode_attribute(encode_attribute(value, NAMESPACE), NAMESPACE)), repr(value))
        self.assertGreater(taken, 200)

    def test_one_odd_value_anywhere_is_noticed(self) -> None:
        for seed in range(600):
            pick = random.Random(seed)
            value = column(pick, MIN_ITEMS + 4)
            container, key = pick.choice(places(value))
            container[key] = pick.choice(ODD)
            self.assertIn(quick(value), (None, general(value)), f"seed {seed}")

    def test_an_odd_key_in_one_row_is_noticed(self) -> None:
        for odd in (Text("a"), 1, True, None, 1.5, (1,), "$a", "b"):
            value: list[Any] = [{"a": at} for at in range(100)]
            value[57] = {odd: 57}
            self.assertIn(quick(value), (None, general(value)), repr(odd))

    def test_a_container_that_stands_in_two_places_is_noticed(self) -> None:
        for seed in range(400):
            pick = random.Random(seed)
            value = [{"a": [at], "b": {"c": [at]}, "d": [{"e": at}]} for at in range(MIN_ITEMS + 4)]
            containers = [(holder, key) for holder, key in places(value) if type(holder[key]) in (list, dict)]
            source, target = pick.sample(containers, 2)
            target[0][target[1]] = source[0][source[1]] if seed % 5 else value
            if pick.random() < 0.5:
                # Held by something else: that alone is no sharing.
                keep = [holder[key] for holder, key in containers]
                self.assertIn(quick(value), (None, general(value)), f"seed {seed}")
                del keep
            self.assertIn(quick(value), (None, general(value)), f"seed {seed}")

    def test_what_the_app_holds_elsewhere_is_still_quick(self) -> None:
        value = [{"id": at, "tags": ["a", "b"]} for at in range(100)]
        elsewhere = [*value, *(row["tags"] for row in value)]
        self.assertEqual(quick(value), general(value))
        self.assertEqual(len(elsewhere), 200)
        self.assertIsNone(quick([value[0], *value]))

    def test_rows_of_an_app_are_quick(self) -> None:
        value = [
            {"id": at, "name": f"row {at}", "price": at * 1.5, "at": None, "ok": at % 2 == 0, "tags": ["a", "b"], "more": {"x": [at]}}
            for at in range(1000)
        ]
        self.assertEqual(quick(value), general(value))


if __name__ == "__main__":
    unittest.main()
