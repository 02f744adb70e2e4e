"""The tags that hold other values: made empty first, so that a cycle can refer to them, then
filled."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from .class_layout import check_layout, is_filled_by_class, slots_of
from .collection_tags import COLLECTION_TAGS, begin_collection, fill_collection
from .enum_tags import decode_flag
from .leaf_tags import read_base64
from .models import begin_model, fill_former_dataclass, fill_model
from .namespace import Namespace, is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type
from .text import Malformed, MissingClass, Unholdable
from .type_names import decode_type
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .decode_value import Decoder


def begin(tag: str, payload: Any, namespace: Namespace) -> Any:
    """The value without its content; None if there is nothing to begin with."""
    if tag == "$map":
        return {}
    if tag == "$set":
        return set()
    if tag == "$bytearray":
        return bytearray()
    if tag == "$dataclass":
        name, fields = _named(payload)
        if type(fields) is not dict or any(key[:1] == "$" and key[1:2] != "$" for key in fields):
            raise Malformed("is not a list of class name and fields")
        cls = namespace.find(name)
        if cls is None or not (is_dataclass_type(cls) or is_model_type(cls)):
            raise MissingClass("the dataclass", name, namespace.module)
        try:
            check_layout(cls)
        except Unsupported as error:
            raise Malformed(f"needs another definition of the class {name}: it {error.problem}") from None
        made: Any = object.__new__(cls)
        return made
    if tag == "$model":
        name, _ = _pair(payload)
        return begin_model(name, namespace)
    if tag in COLLECTION_TAGS:
        return begin_collection(tag, payload, namespace)
    return None


def fill(tag: str, made: Any, payload: Any, walk: Decoder) -> Any:
    if tag == "$map":
        return fill_pairs(made, payload, walk)
    if tag == "$set":
        made.update(_distinct(walk.items(payload, "a list of items")))
        return made
    if tag == "$frozenset":
        return frozenset(_distinct(walk.items(payload, "a list of items")))
    if tag == "$tuple":
        return tuple(walk.items(payload, "a list of items"))
    if tag == "$bytearray":
        made[:] = read_base64(payload)
        return made
    if tag == "$namedtuple":
        return _named_tuple(payload, walk)
    if tag == "$enum":
        return _member(payload, walk.namespace)
    if tag == "$flag":
        name, number = _named(payload)
        return decode_flag(name, number, walk.namespace)
    if tag == "$generic":
        return decode_type(payload, walk.namespace)
    if tag == "$model":
        _, parts = _pair(payload)
        walk._path.append(1)
        fill_model(made, parts, walk)
        walk._path.pop()
        return made
    if tag in COLLECTION_TAGS:
        return fill_collection(tag, made, payload, walk)
    return _fill_instance(made, payload, walk)


def _pair(payload: Any) -> Any:
    if type(payload) is not list or len(payload) != 2:
        raise Malformed("is not a list of class name and content")
    return payload


def _named(payload: Any) -> tuple[str, Any]:
    if type(payload) is not list or len(payload) != 2 or type(payload[0]) is not str:
        raise Malformed("is not a list of class name and content")
    return payload[0], payload[1]


def _named_tuple(payload: Any, walk: Decoder) -> Any:
    name, items = _named(payload)
    cls: Any = walk.namespace.find(name)
    if cls is None or not is_named_tuple_type(cls):
        raise MissingClass("the named tuple", name, walk.namespace.module)
    if type(items) is not list or len(items) != len(cls._fields):
        raise Malformed(f"has not as many items as {name} has fields")
    walk._path.append(1)
    made = tuple.__new__(cls, walk.items(items, "a list of items"))
    walk._path.pop()
    return made


def _member(payload: Any, namespace: Namespace) -> Any:
    name, member = _named(payload)
    cls: Any = namespace.find(name)
    if cls is None or not is_enum_type(cls):
        raise MissingClass("the Enum", name, namespace.module)
    if type(member) is not str or member not in cls.__members__:
        raise Malformed(f"needs an Enum {name} with that member, which the module {namespace.module} does not have")
    return cls.__members__[member]


def fill_pairs(made: Any, payload: Any, walk: Decoder) -> Any:
    if type(payload) is not list:
        raise Malformed("is not a list of pairs")
    for index, pair in enumerate(payload):
        if type(pair) is not list or len(pair) != 2:
            raise Malformed("is not a list of pairs")
        key, value = walk.child(index, pair)
        _check_new(key, made)
        made[key] = value
    return made


# Two equal ones are the same for JavaScript too. Others, such as two equal dates, are two there.
_SAME_IN_BOTH = frozenset((str, int, float, bool, type(None)))


def _distinct(items: list[Any]) -> set[Any]:
    result: set[Any] = set()
    for item in items:
        _check_new(item, result)
        result.add(item)
    return result


def _check_new(key: Any, holder: dict[Any, Any] | set[Any]) -> None:
    try:
        # Asked for by itself: a set finds another set in it without a hash.
        hash(key)
        if key not in holder:
            return
    except TypeError:
        raise Unholdable from None
    other = next(other for other in holder if other is key or other == key)
    if type(other) is type(key) and type(key) in _SAME_IN_BOTH:
        raise Malformed("has the same key or item twice")
    raise Unholdable


def _fill_instance(made: Any, payload: Any, walk: Decoder) -> Any:
    name, fields = _named(payload)
    walk._path.append(1)
    content = walk.fill_dict({}, fields)
    walk._path.pop()
    if is_model_type(type(made)):
        return fill_former_dataclass(made, content)
    if not made.__dataclass_fields__.keys() <= content.keys():
        _complete(made, content, name)
    slots = slots_of(type(made))
    own = getattr(made, "__dict__", None)
    for key, value in content.items():
        # Into the instance itself: a setter of the app's would run once more.
        if key in slots:
            slots[key].__set__(made, value)
        elif own is not None:
            own[key] = value
        else:
            raise Malformed(f"has the field {key}, for which {name} has no slot")
    return made


def _complete(made: Any, content: dict[str, Any], name: str) -> None:
    """Fields that a deploy has added get their defaults."""
    for field in dataclasses.fields(made):
        if field.name in content or is_filled_by_class(type(made), field.name):
            continue
        if not field.init and field.default is not dataclasses.MISSING and getattr(type(made), field.name, None) is field.default:
            # The class itself has it, as for an instance that the constructor has made.
            continue
        if field.default is not dataclasses.MISSING:
            content[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            content[field.name] = field.default_factory()
        elif field.init:
            raise Malformed(f"has no value for the field {field.name} of {name}, which has no default")
