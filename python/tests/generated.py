"""Values of all kinds, made by a generator with a seed."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import math
import random
from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pydantic

from persist_session.codec import Namespace, decode_attribute, encode_attribute


@dataclass
class Spot:
    x: Any
    y: Any = 0


@dataclass(frozen=True)
class Fixed:
    name: str


@dataclass
class Grown:
    x: int
    tags: list[str] = field(default_factory=list)
    size: int = 3

    @functools.cached_property
    def twice(self) -> int:
        return 2 * self.x


class Plain:
    def __eq__(self, other: object) -> bool:
        return type(other) is Plain


class Color(enum.Enum):
    RED = 1
    SCARLET = 1  # noqa: PIE796
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.Flag):
    READ = 1
    WRITE = 2


class Model(pydantic.BaseModel):
    name: str
    sizes: list[int] = []
    inner: Model | None = None


Pair = namedtuple("Pair", ["a", "b"])
NAMESPACE = Namespace(__name__, globals())


def encode(value: Any, **options: Any) -> bytes:
    return encode_attribute(value, NAMESPACE, **options)


def decode(content: bytes) -> Any:
    return decode_attribute(content, NAMESPACE)


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, depth: int = 4) -> Any:
        pick = self.random.choice
        return pick(self.leaves if depth == 0 else self.leaves + self.containers * 2)(self, depth)

    def text(self, _: int = 0) -> str:
        letters = '$"\\/\n\x00\x7f\x1fü€\U0001f600\u2028\ud800 ab{}[]:,0'
        joined = "".join(self.random.choice(letters) for _ in range(self.random.randrange(6)))
        # Two surrogates that mean one character come back as that.
        return joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")

    def hashable(self, _: int = 0) -> Any:
        return self.random.choice([self.text, self.integer, self.moment, lambda d: (self.text(), self.integer())])(0)

    def integer(self, _: int = 0) -> int:
        return self.random.randrange(-(10 ** self.random.randrange(1, 25)), 10 ** self.random.randrange(1, 25))

    def float(self, _: int = 0) -> float:
        options = [0.0, -0.0, 1.0, 1e16, 5e-324, math.inf, -math.inf, self.random.uniform(-1e20, 1e20)]
        return self.random.choice(options)

    def moment(self, _: int = 0) -> dt.datetime:
        zone = self.random.choice([None, dt.timezone.utc, dt.timezone(dt.timedelta(hours=-5)), ZoneInfo("Europe/Berlin")])
        micro = self.random.choice([0, 1000, 123456])
        # In UTC nothing is told twice.
        fold = 0 if zone is dt.timezone.utc else self.random.randrange(2)
        return dt.datetime(self.random.randrange(1, 10000), 12, 31, 23, 59, 59, micro, zone, fold=fold)

    def other(self, _: int = 0) -> Any:
        return self.random.choice(
            [
                None,
                True,
                b"\x00\xff",
                Decimal("1.10"),
                Decimal("NaN"),
                UUID(int=self.random.getrandbits(128)),
                dt.date(2024, 2, 29),
                dt.time(1, 2, 3, fold=1),
                dt.timedelta(-1, 5, 7),
                complex(-0.0, math.inf),
                Color.RED,
                Color.BLUE,
                Level.LOW,
                Mode.READ,
                bytearray(b"ab"),
                Fixed("é"),
            ]
        )

    def many(self, depth: int) -> list[Any]:
        return [self.value(depth - 1) for _ in range(self.random.randrange(4))]

    leaves: ClassVar[list[Any]] = [text, integer, float, moment, other]
    containers: ClassVar[list[Any]] = [
        many,
        lambda self, depth: tuple(self.many(depth)),
        lambda self, depth: {self.text(): item for item in self.many(depth)},
        lambda self, depth: {self.hashable(): item for item in self.many(depth)},
        lambda self, depth: {self.hashable() for _ in range(3)},
        lambda self, depth: frozenset(self.hashable() for _ in range(3)),
        lambda self, depth: Spot(self.value(depth - 1), self.value(depth - 1)),
        lambda self, depth: Pair(self.value(depth - 1), 1),
        lambda self, depth: Model(name=self.text().replace("\ud800", ""), sizes=[1], inner=Model(name="i")),
        lambda self, depth: (lambda part: [part, part, {"again": part}])(self.many(depth)),
        lambda self, depth: (lambda part: (part.append(part), part)[1])([self.value(0)]),
    ]


def shape(value: Any, seen: dict[int, int] | None = None) -> Any:
    seen = {} if seen is None else seen
    if type(value) in (list, dict, set, bytearray, Spot, Fixed, Model):
        if id(value) in seen:
            return ("again", seen[id(value)])
        seen[id(value)] = len(seen)
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return (kind, [shape(item, seen) for item in value])
    if isinstance(value, dict):
        return (kind, [(shape(key), shape(item, seen)) for key, item in value.items()])
    if isinstance(value, (set, frozenset)):
        return (kind, sorted(repr(shape(item)) for item in value))
    if isinstance(value, Spot):
        return (kind, shape(value.x, seen), shape(value.y, seen))
    if isinstance(value, dt.datetime):
        return (kind, repr(value), value.fold)
    return (kind, repr(value))
