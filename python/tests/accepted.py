"""Classes whose objects attributes take, and the check that a value is equal after each of two reloads."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import unittest
from typing import Any, Generic, NamedTuple, TypeVar

import pydantic

from persist_session.codec import Namespace, decode_attribute, encode_attribute
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
