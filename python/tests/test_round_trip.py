"""Generated values come back and encode to the same bytes, and what has no form is refused with its path."""

from __future__ import annotations

import datetime as dt
import random
import sys
import unittest
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from persist_session.codec import Opaque, decode_attribute
from persist_session.codec.text import deep_stack
from persist_session.errors import PersistError

from .generated import NAMESPACE, Generator, Grown, Model, Plain, Spot, decode, encode, shape


class RoundTrips(unittest.TestCase):
    def test_generated_values_come_back_and_encode_to_the_same_bytes(self) -> None:
        for seed in range(1500):
            value = Generator(seed).value()
            try:
                content = encode(value)
            except PersistError:
                self.fail(f"seed {seed} could not be encoded")
            result = decode(content)
            self.assertEqual(shape(result), shape(value), f"seed {seed}")
            self.assertEqual(encode(result), content, f"seed {seed}")

    def test_cut_and_changed_bytes_are_an_error_or_another_value_and_never_anything_else(self) -> None:
        chance = random.Random(7)
        for seed in range(150):
            content = bytearray(encode(Generator(seed).value(3)))
            for _ in range(20):
                damaged = bytearray(content)
                damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]"$,:x0\xff\\')
                if chance.random() < 0.3:
                    del damaged[chance.randrange(len(damaged)) :]
                try:
                    decode(bytes(damaged))
                except PersistError as error:
                    self.assertEqual(error.code, "ERR_DECODE")

    def test_models_come_back_whole(self) -> None:
        model = Model(name="a", inner=Model(name="b", sizes=[1]))
        result = decode(encode(model))
        self.assertEqual(result, model)
        self.assertIs(type(result.inner), Model)

    def test_a_field_that_a_deploy_added_gets_its_default(self) -> None:
        result = decode(b'J{"$dataclass":["Grown",{"x":1}]}')
        self.assertEqual(result, Grown(1, [], 3))
        self.assertIsNot(result.tags, decode(b'J{"$dataclass":["Grown",{"x":1}]}').tags)

    def test_a_field_that_a_deploy_removed_is_left_as_it_is(self) -> None:
        content = b'J{"$dataclass":["Grown",{"x":1,"tags":[],"size":3,"old":true}]}'
        self.assertEqual(encode(decode(content)), content)

    def test_what_a_cached_property_holds_is_not_stored(self) -> None:
        grown = Grown(2)
        self.assertEqual(grown.twice, 4)
        self.assertNotIn(b"twice", encode(grown))

    def test_what_python_does_not_know_is_kept_byte_for_byte(self) -> None:
        content = b'J{"a":[{"$url":"https://x/"},{"$future":{ "b" : 1.0, "$$c":[1e2]}}],"n":{"$date":null}}'
        value = decode(content)
        self.assertIsInstance(value["a"][0], Opaque)
        self.assertEqual(encode(value), content)
        value["n"] = 1
        self.assertEqual(encode(value), content.replace(b'{"$date":null}', b"1"))

    def test_a_thousand_levels_are_stored_and_more_are_refused(self) -> None:
        deep: list[Any] = []
        for _ in range(999):
            deep = [deep]
        limit = sys.getrecursionlimit()
        content = encode(deep)
        self.assertEqual(encode(decode(content)), content)
        self.assertEqual(sys.getrecursionlimit(), limit)
        with self.assertRaises(PersistError):
            encode([deep])
        with self.assertRaises(PersistError):
            decode(b"J" + b"[" * 100_000)
        with deep_stack():
            del deep


class Refusals(unittest.TestCase):
    def refuses(self, value: Any, *parts: str, **options: Any) -> None:
        with self.assertRaises(PersistError) as caught:
            encode(value, owner="AppState.todos", **options)
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def test_values_without_a_form_name_the_path(self) -> None:
        class Age(int):
            pass

        class Local:
            pass

        class Odd(dt.tzinfo):
            def utcoffset(self, _: Any) -> dt.timedelta:
                return dt.timedelta(0)

        @dataclass
        class Hidden:
            x: int = 0

        self.refuses([1, {"owner": object()}], "AppState.todos[1].owner is of the class object")
        self.refuses({"two words": [Local()]}, 'AppState.todos["two words"][0] is of the class')
        self.refuses([Age(1)], "[0] is of the class", "subclass of int", "plain int")
        self.refuses([defaultdict(lambda: 0)], "[0].default_factory is a function or class that no name leads back to")
        self.refuses([memoryview(b"x")], "is a memoryview", "bytes(")
        self.refuses({1: {2: object()}}, "[<key 0>][<key 0>]")
        self.refuses([Hidden()], "Hidden, which is not a name in the module")
        self.refuses([Spot(lambda: 0)], "[0].x is of the class function")
        self.refuses(dt.datetime(2024, 1, 1, tzinfo=Odd()), "has a zone of the kind")
        self.refuses(10**5000, "4300 digits")
        self.refuses((x for x in ()), "is of the class generator")

    def test_a_state_cannot_hold_itself(self) -> None:
        state = Spot(1)
        with self.assertRaises(PersistError) as caught:
            encode([state], itself=state)
        self.assertEqual(caught.exception.code, "ERR_SELF_REFERENCE")

    def test_a_value_over_the_limit_is_refused(self) -> None:
        with self.assertRaises(PersistError) as caught:
            encode("x" * 100, max_bytes=100)
        self.assertEqual(caught.exception.code, "ERR_ATTRIBUTE_TOO_LARGE")
        self.assertEqual(encode("x" * 97, max_bytes=100), b'J"' + b"x" * 97 + b'"')

    def test_pickle_is_only_for_who_asks_for_it_and_runs_nothing_otherwise(self) -> None:
        value = Plain()
        self.refuses(value, "is of the class", "allow_pickle=True")
        content = encode(value, allow_pickle=True)
        self.assertEqual(content[:1], b"P")
        self.assertEqual(decode_attribute(content, NAMESPACE, allow_pickle=True), value)
        kept = decode(content)
        self.assertIsInstance(kept, Opaque)
        self.assertEqual(encode(kept), content)


if __name__ == "__main__":
    unittest.main()
