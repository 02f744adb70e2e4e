"""From a Python value to what JSON has: the tags of docs/codec.md, sharing and cycles."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from .arrow import encode_arrow, has_identity, is_arrow
from .class_layout import check_layout, is_cached_property, is_filled_by_class, slot_values, slots_of
from .collection_tags import COLLECTIONS
from .enum_tags import encode_member
from .leaves import LEAVES, to_base64
from .models import is_secret, encode_model, encode_pydantic_value, model_name, secret_refused
from .namespace import Namespace, is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type
from .opaque import Opaque, opaque_text
from .same import check_text
from .text import SurrogatePair, has_pair, to_utf8, write_json
from .type_names import generic_parts, encode_type
from .unsupported import Unsupported, unsupported_type
from .zones import encode_zone


class Encoder:
    """One walk over one attribute. `shared` are the ids of the objects that a walk before has met
    more than once."""

    def __init__(self, namespace: Namespace, itself: object = None, shared: frozenset[int] = frozenset()) -> None:
        self.namespace = namespace
        self.leaves: dict[type, Callable[[Any], Any]] = LEAVES
        self.itself = itself
        self.shared = shared
        self.opaque: list[Opaque] = []
        self.repeated: set[int] = set()
        # Whether it holds what may not come back as it is: then the text is read again at once.
        self.doubtful = False
        self.hashed = False
        self._numbers: dict[int, int] = {}
        self._seen: set[int] = set()
        self._sorted: dict[int, list[Any]] = {}
        self._plans: dict[type, Callable[[Any], Any]] = {}

    def encode(self, value: Any) -> Any:
        kind = type(value)
        leaf = self.leaves.get(kind)
        if leaf is not None:
            return leaf(value)
        if value is self.itself and value is not None:
            raise Unsupported("is the state itself", "A state cannot hold itself.", "ERR_SELF_REFERENCE")
        if kind is Opaque:
            return self._encode_opaque(value)
        container = _CONTAINERS.get(kind)
        if container is not None:
            return container(self, value)
        return self._encode_instance(kind, value)

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

    def _encode_list(self, value: list[Any]) -> Any:
        return self._identified(value, self._items)

    def _items(self, items: Any) -> list[Any]:
        result = []
        for index, item in enumerate(items):
            try:
                result.append(self.encode(item))
            except Unsupported as error:
                raise error.at(index)
        return result

    def _encode_dict(self, value: dict[Any, Any]) -> Any:
        return self._identified(value, self._dict)

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if all(type(key) is str for key in value):
            return self._properties(value)
        return {"$map": self._pairs(value)}

    def _pairs(self, value: Any) -> list[Any]:
        pairs = []
        for index, (key, item) in enumerate(value.items()):
            self._hashed(key)
            try:
                pairs.append([self.encode(key), self.encode(item)])
            except Unsupported as error:
                raise error.at(f"<key {index}>")
        return pairs

    def _hashed(self, key: Any) -> None:
        """Keys and members are found by their hash, and that of an object of the app may need what
        is not read yet."""
        self.hashed = True
        if type(key) in LEAVES or (type(key) is tuple and all(type(part) in LEAVES for part in key)):
            return
        self.doubtful = True

    def _properties(self, value: dict[str, Any]) -> dict[str, Any]:
        result = {}
        for key, item in value.items():
            try:
                result["$" + key if key[:1] == "$" else key] = self.encode(item)
            except Unsupported as error:
                raise error.at(key)
        return result

    def _encode_set(self, value: set[Any]) -> Any:
        return self._identified(value, lambda items: {"$set": self._set(items)})

    def _set(self, value: Any) -> list[Any]:
        # Sorted once: sorting encodes each item.
        ordered = self._sorted.get(id(value))
        if ordered is None:
            ordered = self._sorted[id(value)] = sorted(value, key=self._alone)
        result = []
        for item in ordered:
            self._hashed(item)
            try:
                result.append(self.encode(item))
            except Unsupported as error:
                raise error.at("<item>")
        return result

    def _alone(self, item: Any) -> bytes:
        try:
            return encode_to_text(item, self.namespace, self.itself)
        except Unsupported as error:
            raise error.at("<item>")

    def _encode_instance(self, kind: type, value: Any) -> Any:
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = self._plan(kind, value)
        return plan(value)

    def _plan(self, kind: type, value: Any) -> Callable[[Any], Any]:
        """How the instances of a class are written: found once for all of them."""
        if is_arrow(kind):
            make: Callable[[Any], Any] = lambda it: {"$arrow": to_base64(encode_arrow(it, self.namespace))}
            return (lambda it: self._identified(it, make)) if has_identity(kind) else make
        name = kind.__name__
        if is_enum_type(kind):
            self._refuse_unnamed(kind)
            return lambda it: encode_member(kind, it)
        if is_named_tuple_type(kind):
            self._refuse_unnamed(kind)
            return lambda it: {"$namedtuple": [name, self._named_items(it)]}
        if is_model_type(kind):
            self._refuse_unnamed(generic_parts(kind)[0] or kind)
            check_layout(kind)
            named = model_name(kind, self.namespace)
            return lambda it: encode_model(self, named, it)
        if is_dataclass_type(kind):
            self._refuse_unnamed(kind)
            check_layout(kind)
            fields = fields_of(kind)
            return lambda it: self._identified(it, lambda one: {"$dataclass": [name, self._fields(fields(one))]})
        return self._plan_of_library(kind, value)

    def _plan_of_library(self, kind: type, value: Any) -> Callable[[Any], Any]:
        if is_secret(value):
            raise secret_refused(value)
        if kind.__module__.partition(".")[0] in ("pydantic", "pydantic_core"):
            encoded = encode_pydantic_value(value)
            if encoded is not None:
                return lambda it: encoded if it is value else encode_pydantic_value(it)
        if isinstance(value, tzinfo):
            return lambda it: {"$zone": encode_zone(it)}
        raise unsupported_type(value)

    def _named_items(self, value: Any) -> Any:
        if getattr(value, "__dict__", None):
            raise Unsupported(f"is of the class {type(value).__name__} and has attributes beside its fields", "Make it a dataclass.")
        return self._items(value)

    def _fields(self, content: dict[str, Any]) -> dict[str, Any]:
        made = content.get("__orig_class__")
        if made is None:
            return self._properties(content)
        # What a call of a generic class leaves on the instance: Box[int](5).
        result = self._properties({name: item for name, item in content.items() if name != "__orig_class__"})
        try:
            result["__orig_class__"] = {"$generic": encode_type(made, self.namespace)}
        except Unsupported as error:
            raise error.at("__orig_class__")
        return result

    def _refuse_unnamed(self, kind: type) -> None:
        if not self.namespace.holds(kind):
            raise Unsupported(
                f"is of the class {kind.__qualname__}, which is not a name in the module {self.namespace.module}",
                f"Define the class there, at the top level, or import it by name: from … import {kind.__name__}.",
            )

    def _encode_opaque(self, value: Opaque) -> Any:
        if value.tag == "attribute":
            raise Unsupported("is a whole attribute that Python cannot read", "Leave it where it was.")
        self.opaque.append(value)
        return {"$": len(self.opaque) - 1}


def fields_of(kind: Any) -> Callable[[Any], dict[str, Any]]:
    """What an instance holds: its fields in their order, then what else was set on it."""
    names = [field.name for field in dataclasses.fields(kind)]
    needed = [field.name for field in dataclasses.fields(kind) if field.init and not is_filled_by_class(kind, field.name)]
    slots = slots_of(kind)

    def fields(value: Any) -> dict[str, Any]:
        # What stands in the instance itself: a property is worked out from that.
        content: dict[str, Any] = getattr(value, "__dict__", {})
        if list(content) == names and not slots:
            return content
        held = {**slot_values(slots, value), **content}
        for name in needed:
            if name not in held:
                raise Unsupported(f"lacks the field {name} of {kind.__name__}", "Set it.")
        result = {name: held[name] for name in names if name in held}
        for name, item in held.items():
            if name not in result and not is_cached_property(kind, name):
                result[name] = item
        return result

    return fields


def encode_to_text(value: Any, namespace: Namespace, itself: object = None) -> bytes:
    """The JSON text of one attribute, in UTF-8."""
    walk = Encoder(namespace, itself)
    encoded = walk.encode(value)
    if walk.repeated:
        repeated = walk.repeated
        walk = Encoder(namespace, itself, frozenset(repeated))
        encoded = walk.encode(value)
        walk.repeated = repeated
    text = write_json(encoded)
    if walk.opaque:
        text = _put_back(text, walk.opaque)
    if walk.doubtful or (walk.repeated and walk.hashed):
        check_text(text, value, namespace)
    try:
        return to_utf8(text)
    except SurrogatePair:
        walk = Encoder(namespace, itself, walk.shared)
        walk.leaves = {**LEAVES, str: _refuse_pair}
        walk.encode(value)
        raise Unsupported(*_PAIR) from None


_PAIR = ("holds two surrogates that mean one character", "Decode it: text.encode('utf-16', 'surrogatepass').decode('utf-16').")


def _refuse_pair(text: str) -> str:
    if has_pair(text):
        raise Unsupported(*_PAIR)
    return text


def _put_back(text: str, opaque: list[Opaque]) -> str:
    # The name "" is no tag's, and a key of the app's never begins with one $: these objects are
    # ours.
    pieces = text.split('{"$":')
    result = [pieces[0]]
    for piece in pieces[1:]:
        number, _, rest = piece.partition("}")
        result.append(opaque_text(opaque[int(number)]) + rest)
    return "".join(result)


_CONTAINERS: dict[type, Callable[[Encoder, Any], Any]] = {
    list: Encoder._encode_list,
    dict: Encoder._encode_dict,
    set: Encoder._encode_set,
    tuple: lambda walk, value: {"$tuple": walk._items(value)},
    frozenset: lambda walk, value: {"$frozenset": walk._set(value)},
    bytearray: lambda walk, value: walk._identified(value, lambda it: {"$bytearray": to_base64(it)}),
    **COLLECTIONS,
}
