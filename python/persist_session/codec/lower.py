"""From a Python value to what JSON has: the tags of docs/codec.md, sharing and cycles."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from .arrow import encode_arrow, is_arrow
from .leaves import LEAVES, to_base64
from .namespace import Namespace, is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type
from .opaque import Opaque, opaque_text
from .text import to_utf8, write_json
from .unsupported import Unsupported, unsupported_type


class Lowering:
    """One walk over one attribute. `shared` are the ids of the objects that a walk before has met more than once."""

    def __init__(self, namespace: Namespace, itself: object = None, shared: frozenset[int] = frozenset()) -> None:
        self.namespace = namespace
        self.itself = itself
        self.shared = shared
        self.opaque: list[Opaque] = []
        self.repeated: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._seen: set[int] = set()
        self._sorted: dict[int, list[Any]] = {}
        self._plans: dict[type, Callable[[Any], Any]] = {}

    def lower(self, value: Any) -> Any:
        kind = type(value)
        leaf = LEAVES.get(kind)
        if leaf is not None:
            return leaf(value)
        if value is self.itself and value is not None:
            raise Unsupported("is the state itself", "A state cannot hold itself.", "ERR_SELF_REFERENCE")
        if kind is Opaque:
            return self._lower_opaque(value)
        container = _CONTAINERS.get(kind)
        if container is not None:
            return container(self, value)
        return self._lower_instance(kind, value)

    def _identified(self, value: Any, make: Callable[[Any], Any]) -> Any:
        """For what has an identity: a definition at the first place, references at the others."""
        key = id(value)
        if key not in self.shared:
            if key in self._seen:
                self.repeated.add(key)
                return None
            self._seen.add(key)
            return make(value)
        number = self._numbers.get(key)
        if number is not None:
            return {"$ref": number}
        number = self._numbers[key] = len(self._numbers)
        return {"$def": [number, make(value)]}

    def _lower_list(self, value: list[Any]) -> Any:
        return self._identified(value, self._items)

    def _items(self, items: Any) -> list[Any]:
        result = []
        for index, item in enumerate(items):
            try:
                result.append(self.lower(item))
            except Unsupported as error:
                raise error.at(index)
        return result

    def _lower_dict(self, value: dict[Any, Any]) -> Any:
        return self._identified(value, self._dict)

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if all(type(key) is str for key in value):
            return self._properties(value)
        pairs = []
        for index, (key, item) in enumerate(value.items()):
            try:
                pairs.append([self.lower(key), self.lower(item)])
            except Unsupported as error:
                raise error.at(f"<key {index}>")
        return {"$map": pairs}

    def _properties(self, value: dict[str, Any]) -> dict[str, Any]:
        result = {}
        for key, item in value.items():
            try:
                result["$" + key if key[:1] == "$" else key] = self.lower(item)
            except Unsupported as error:
                raise error.at(key)
        return result

    def _lower_set(self, value: set[Any]) -> Any:
        return self._identified(value, lambda items: {"$set": self._set(items)})

    def _set(self, value: Any) -> list[Any]:
        # Sorted once: sorting encodes each item.
        ordered = self._sorted.get(id(value))
        if ordered is None:
            ordered = self._sorted[id(value)] = sorted(value, key=self._alone)
        result = []
        for item in ordered:
            try:
                result.append(self.lower(item))
            except Unsupported as error:
                raise error.at("<item>")
        return result

    def _alone(self, item: Any) -> bytes:
        try:
            return lower_to_text(item, self.namespace, self.itself)
        except Unsupported as error:
            raise error.at("<item>")

    def _lower_instance(self, kind: type, value: Any) -> Any:
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = self._plan(kind, value)
        return plan(value)

    def _plan(self, kind: type, value: Any) -> Callable[[Any], Any]:
        """How the instances of a class are written: found once for all of them."""
        if is_arrow(kind):
            return lambda it: {"$arrow": to_base64(encode_arrow(it, self.namespace))}
        name = kind.__name__
        if is_enum_type(kind):
            self._known(kind)
            return lambda it: {"$enum": [name, _member(kind, it)]}
        if is_named_tuple_type(kind):
            self._known(kind)
            return lambda it: {"$namedtuple": [name, self._items(it)]}
        if is_dataclass_type(kind) or is_model_type(kind):
            self._known(kind)
            fields = fields_of(kind)
            return lambda it: self._identified(it, lambda one: {"$dataclass": [name, self._properties(fields(one))]})
        raise unsupported_type(value)

    def _known(self, kind: type) -> None:
        if not self.namespace.holds(kind):
            raise Unsupported(
                f"is of the class {kind.__qualname__}, which is not a name in the module {self.namespace.module}",
                f"Define the class there, at the top level, or import it by name: from … import {kind.__name__}.",
            )

    def _lower_opaque(self, value: Opaque) -> Any:
        if value.tag == "attribute":
            raise Unsupported("is a whole attribute that Python cannot read", "Leave it where it was.")
        self.opaque.append(value)
        return {"$": len(self.opaque) - 1}


def _member(kind: Any, value: Any) -> str:
    name = value.name
    if not isinstance(name, str) or kind.__members__.get(name) is not value:
        raise Unsupported(f"is a combination of members of {kind.__name__}", "Store its value.")
    return name


def fields_of(kind: Any) -> Callable[[Any], dict[str, Any]]:
    """What an instance holds: its fields in their order, then what else was set on it."""
    if is_model_type(kind):
        return lambda value: {**value.__dict__, **(value.__pydantic_extra__ or {})}
    names = [field.name for field in dataclasses.fields(kind)]

    def fields(value: Any) -> dict[str, Any]:
        content: dict[str, Any] = getattr(value, "__dict__", {})
        if list(content) == names:
            return content
        result = {name: getattr(value, name) for name in names if hasattr(value, name)}
        for name, item in content.items():
            if name not in result and not isinstance(getattr(kind, name, None), functools.cached_property):
                result[name] = item
        return result

    return fields


def lower_to_text(value: Any, namespace: Namespace, itself: object = None) -> bytes:
    """The JSON text of one attribute, in UTF-8."""
    walk = Lowering(namespace, itself)
    lowered = walk.lower(value)
    if walk.repeated:
        walk = Lowering(namespace, itself, frozenset(walk.repeated))
        lowered = walk.lower(value)
    text = write_json(lowered)
    if walk.opaque:
        text = _put_back(text, walk.opaque)
    return to_utf8(text)


def _put_back(text: str, opaque: list[Opaque]) -> str:
    # The name "" is no tag's, and a key of the app's never begins with one $: these objects are ours.
    pieces = text.split('{"$":')
    result = [pieces[0]]
    for piece in pieces[1:]:
        number, _, rest = piece.partition("}")
        result.append(opaque_text(opaque[int(number)]) + rest)
    return "".join(result)


_CONTAINERS: dict[type, Callable[[Lowering, Any], Any]] = {
    list: Lowering._lower_list,
    dict: Lowering._lower_dict,
    set: Lowering._lower_set,
    tuple: lambda walk, value: {"$tuple": walk._items(value)},
    frozenset: lambda walk, value: {"$frozenset": walk._set(value)},
    bytearray: lambda walk, value: walk._identified(value, lambda it: {"$bytearray": to_base64(it)}),
}
