"""Types by name, for generic classes: `Box[int]`. Nothing is imported by a name from the bytes."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import functools
import operator
import pathlib
import types
import typing
import uuid
from typing import Any

from .namespace import Namespace
from .text import Malformed, MissingClass
from .unsupported import Unsupported

_TYPES: tuple[Any, ...] = (
    *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, object, range),
    *(datetime.date, datetime.time, datetime.datetime, datetime.timedelta, decimal.Decimal, uuid.UUID, fractions.Fraction),
    *(collections.deque, collections.Counter, collections.OrderedDict, collections.defaultdict),
    *(pathlib.Path, pathlib.PurePath),
)
_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in _TYPES}
_BY_NAME.update({"None": type(None), "Any": Any, "...": ...})
# What `typing` calls them is another type than the built-in one: pydantic makes a class of its own
# for each.
_OLD_NAMES = ("List", "Dict", "Set", "FrozenSet", "Tuple", "Deque", "DefaultDict", "OrderedDict", "Counter")
_OLD: dict[str, Any] = {f"typing.{name}": getattr(typing, name) for name in _OLD_NAMES}
_BY_NAME.update(_OLD)
_NAMES: dict[int, str] = {id(kind): name for name, kind in _BY_NAME.items()}
# Python itself takes any number.
_ARITY: dict[Any, int] = {list: 1, set: 1, frozenset: 1, dict: 2, collections.deque: 1, collections.Counter: 1}
MAX_ARGUMENTS = 100


def encode_type(kind: Any, namespace: Namespace) -> Any:
    """A known type is its name in a list of one; a class of the app its bare name; `X[Y]` a list of
    X and its arguments.

    @raises Unsupported if reading it again would not give the same type
    """
    payload = _payload(kind, namespace)
    try:
        found = decode_type(payload, namespace)
    except Exception:
        found = None
    if found != kind and not _is_outdated(found, kind):
        raise _unknown(kind)
    return payload


def _payload(kind: Any, namespace: Namespace) -> Any:
    known = _NAMES.get(id(kind))
    if known is not None:
        return [known]
    origin, arguments = generic_parts(kind)
    if arguments:
        if typing.get_origin(kind) is typing.Literal:
            return ["Literal", *arguments] if all(type(it) in (str, int, bool, type(None)) for it in arguments) else None
        if typing.get_origin(kind) is types.UnionType:
            return ["|", *(_payload(it, namespace) for it in arguments)]
        if typing.get_origin(kind) is typing.Union:
            return ["Union", *(_payload(it, namespace) for it in arguments)]
        old = None if isinstance(kind, types.GenericAlias) else f"typing.{getattr(kind, '__name__', '')}"
        named = [old] if old in _OLD and typing.get_origin(_OLD[old]) is origin else _payload(origin, namespace)
        return ["of", named, *(_payload(it, namespace) for it in arguments)]
    name = getattr(kind, "__name__", None)
    if isinstance(kind, type) and namespace.holds(kind):
        return name
    if isinstance(kind, typing.TypeVar) and namespace.scope.get(str(name)) is kind:
        return name
    raise _unknown(kind)


def generic_parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a parametrised type was made from; pydantic makes a class of its own for each."""
    about = vars(kind).get("__pydantic_generic_metadata__") if isinstance(kind, type) else None
    if about and about["origin"] is not None:
        return about["origin"], tuple(about["args"])
    return typing.get_origin(kind), typing.get_args(kind)


def _unknown(kind: Any) -> Unsupported:
    return Unsupported(
        f"is of a generic class with the argument {getattr(kind, '__name__', type(kind).__name__)}, which no name leads back to",
        "Use built-in types and classes of the module of the state's class as arguments.",
    )


def _is_outdated(found: Any, kind: Any) -> bool:
    """Whether the two differ only in that the main script's last run has made their classes
    anew."""
    (origin, arguments), (old_origin, old_arguments) = generic_parts(found), generic_parts(kind)
    if isinstance(found, type) and isinstance(kind, type) and not arguments:
        return found.__module__ == kind.__module__ and found.__qualname__ == kind.__qualname__
    if len(arguments) != len(old_arguments) or not arguments:
        return bool(found == kind)
    pairs = zip((origin, *arguments), (old_origin, *old_arguments), strict=True)
    return all(one == other or _is_outdated(one, other) for one, other in pairs)


def decode_type(payload: Any, namespace: Namespace) -> Any:
    """@raises Malformed"""
    if isinstance(payload, str):
        found = namespace.find(payload) or namespace.scope.get(payload)
        if isinstance(found, (type, typing.TypeVar)):
            return found
        raise MissingClass("the class", payload, namespace.module)
    if type(payload) is not list or not payload or len(payload) > MAX_ARGUMENTS:
        raise Malformed("is not a type")
    kind, *rest = payload
    if len(payload) == 1 and isinstance(kind, str) and kind in _BY_NAME:
        return _BY_NAME[kind]
    if kind == "Literal" and rest and all(type(it) in (str, int, bool, type(None)) for it in rest):
        return typing.Literal[tuple(rest)]
    if kind == "Union" and rest:
        return typing.Union[tuple(decode_type(it, namespace) for it in rest)]  # noqa: UP007
    if kind == "|" and len(rest) > 1:
        parts = [decode_type(it, namespace) for it in rest]
        try:
            return functools.reduce(operator.or_, (type(None) if part is None else part for part in parts))
        except TypeError:
            raise Malformed("is not a type") from None
    if kind == "of" and len(rest) > 1:
        origin, *arguments = (decode_type(it, namespace) for it in rest)
        if origin in _ARITY and len(arguments) != _ARITY[origin]:
            raise Malformed("is not a type")
        try:
            return origin[arguments[0] if len(arguments) == 1 else tuple(arguments)]
        except Exception:
            raise Malformed("is not a type") from None
    raise Malformed("is not a type")
