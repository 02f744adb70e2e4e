"""deque, Counter, OrderedDict, defaultdict, SimpleNamespace and slice: values of the standard
library that hold others."""

from __future__ import annotations

import collections
import inspect
import sysconfig
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .namespace import Namespace
from .text import SAFE_INTEGER, Malformed, MissingClass
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .encode_value import Encoder
    from .decode_value import Decoder

_FACTORIES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
        *(collections.deque, collections.Counter, collections.OrderedDict),
    )
}
COLLECTION_TAGS = frozenset(("$deque", "$counter", "$ordereddict", "$defaultdict", "$simplenamespace", "$slice"))


def _encode_deque(walk: Encoder, value: Any) -> Any:
    return walk._identified(value, lambda it: {"$deque": [it.maxlen, walk._items(it)]})


def _encode_pairs(tag: str) -> Callable[[Encoder, Any], Any]:
    def encode(walk: Encoder, value: Any) -> Any:
        return walk._identified(value, lambda it: {tag: walk._pairs(_without_attributes(it))})

    return encode


def _encode_defaultdict(walk: Encoder, value: Any) -> Any:
    def make(it: Any) -> Any:
        try:
            factory = _factory_name(it.default_factory, walk.namespace)
        except Unsupported as error:
            raise error.at("default_factory")
        return {"$defaultdict": [factory, walk._pairs(it)]}

    return walk._identified(value, make)


def _without_attributes(value: Any) -> Any:
    if getattr(value, "__dict__", None):
        raise Unsupported(f"is of the class {type(value).__name__} and has attributes of its own", "Keep them beside it.")
    return value


def _factory_name(factory: Any, namespace: Namespace) -> Any:
    """null, the name of a built-in type in a list of one, or the bare name of a class or function
    of the app."""
    if factory is None:
        return None
    name = getattr(factory, "__name__", None)
    if isinstance(name, str) and _FACTORIES.get(name) is factory:
        return [name]
    advice = f"Use a built-in type, or a function defined at the top level of {namespace.module}."
    if isinstance(factory, type) and isinstance(name, str) and namespace.holds(factory):
        return name
    if isinstance(factory, types.FunctionType) and isinstance(name, str):
        found: Any = namespace.scope.get(name)
        if _is_factory(found) and (found is factory or (found.__module__, found.__qualname__) == (factory.__module__, factory.__qualname__)):
            return name
    raise Unsupported("is a function or class that no name leads back to", advice)


def _is_factory(found: Any) -> bool:
    """Whether it is a function of the app itself that needs no arguments. What a library has is not
    called because of bytes."""
    if not isinstance(found, types.FunctionType) or found.__name__ == "<lambda>":
        return False
    places = sysconfig.get_paths()
    file = found.__code__.co_filename
    if any(file.startswith(places[place]) for place in ("stdlib", "purelib", "platlib")):
        return False
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(found).parameters.values()
    return all(it.default is not inspect.Parameter.empty or it.kind in variable for it in parameters)


def _read_factory(payload: Any, namespace: Namespace) -> Any:
    if payload is None:
        return None
    if type(payload) is list and len(payload) == 1 and isinstance(payload[0], str) and payload[0] in _FACTORIES:
        return _FACTORIES[payload[0]]
    if not isinstance(payload, str):
        raise Malformed("is not a factory of a defaultdict")
    found = namespace.find(payload)
    if found is None and _is_factory(namespace.scope.get(payload)):
        found = namespace.scope.get(payload)
    if found is None:
        raise MissingClass("the function", payload, namespace.module)
    return found


def begin_collection(tag: str, payload: Any, namespace: Namespace) -> Any:
    """The value without its content; None if it can only be made whole."""
    if tag == "$deque":
        length, _ = _pair(payload, "a deque")
        if not (length is None or (type(length) is int and 0 <= length <= SAFE_INTEGER)):
            raise Malformed("is not a deque")
        return collections.deque(maxlen=length)
    if tag == "$counter":
        return collections.Counter()
    if tag == "$ordereddict":
        return collections.OrderedDict()
    if tag == "$defaultdict":
        factory, _ = _pair(payload, "a defaultdict")
        return collections.defaultdict(_read_factory(factory, namespace))
    return types.SimpleNamespace() if tag == "$simplenamespace" else None


def fill_collection(tag: str, made: Any, payload: Any, walk: Decoder) -> Any:
    if tag == "$slice":
        return slice(*walk.items(_sized(payload, 3), "a slice"))
    if tag == "$simplenamespace":
        if type(payload) is not dict or any(key[:1] == "$" and key[1:2] != "$" for key in payload):
            raise Malformed("is not an object of attributes")
        made.__dict__.update(walk.fill_dict({}, payload))
        return made
    if tag in ("$counter", "$ordereddict"):
        return walk.fill_pairs(made, payload)
    walk._path.append(1)
    if tag == "$defaultdict":
        walk.fill_pairs(made, payload[1])
    else:
        items = walk.items(payload[1], "a list of items")
        if made.maxlen is not None and len(items) > made.maxlen:
            raise Malformed("is a deque of more items than it may have")
        made.extend(items)
    walk._path.pop()
    return made


def _pair(payload: Any, what: str) -> Any:
    if type(payload) is not list or len(payload) != 2:
        raise Malformed(f"is not {what}")
    return payload


def _sized(payload: Any, count: int) -> Any:
    if type(payload) is not list or len(payload) != count:
        raise Malformed("is not a slice")
    return payload


COLLECTIONS: dict[type, Callable[[Any, Any], Any]] = {
    collections.deque: _encode_deque,
    collections.Counter: _encode_pairs("$counter"),
    collections.OrderedDict: _encode_pairs("$ordereddict"),
    collections.defaultdict: _encode_defaultdict,
    types.SimpleNamespace: lambda walk, value: walk._identified(value, lambda it: {"$simplenamespace": walk._properties(it.__dict__)}),
    slice: lambda walk, value: {"$slice": walk._items((value.start, value.stop, value.step))},
}
