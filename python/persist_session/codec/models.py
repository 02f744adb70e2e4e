"""pydantic: models as they are, its addresses, its secrets. Imports pydantic only if the app has
done so."""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any

from .class_layout import is_cached_property, slots_of, static_attribute
from .namespace import Namespace, is_model_type
from .text import Malformed
from .type_names import generic_parts, encode_type, decode_type
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .encode_value import Encoder
    from .decode_value import Decoder

_OWN = frozenset(("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"))
_PARTS = frozenset(("fields", "set", "extra", "private"))


def encode_model(walk: Encoder, name: Any, value: Any) -> Any:
    return walk._identified(value, lambda it: {"$model": [name, _parts(walk, it)]})


def model_name(kind: type, namespace: Namespace) -> Any:
    """The bare name; for one of a generic class, with its arguments."""
    return encode_type(kind, namespace) if generic_parts(kind)[1] else kind.__name__


def _parts(walk: Encoder, value: Any) -> dict[str, Any]:
    kind = type(value)
    if any(name not in _OWN for name in slots_of(kind)):
        raise Unsupported(f"is of the model {kind.__name__}, which has __slots__ of its own", "Use private attributes: PrivateAttr.")
    content = {name: item for name, item in value.__dict__.items() if not is_cached_property(kind, name)}
    for name, field in kind.model_fields.items():
        if name not in content and not field.is_required():
            raise Unsupported(f"lacks the field {name}, for which it would be given the default", "Set it.")
    parts: dict[str, Any] = {"fields": walk._properties(content), "set": sorted(value.__pydantic_fields_set__)}
    if value.__pydantic_extra__ is not None:
        parts["extra"] = walk._properties(value.__pydantic_extra__)
    private = value.__pydantic_private__
    if private is not None:
        for name in _private_defaults(kind):
            if name not in private:
                raise Unsupported(f"lacks the private attribute {name}, for which it would be given the default", "Set it.")
        parts["private"] = walk._properties(private)
    elif kind.__private_attributes__:
        parts["private"] = None
    return parts


def begin_model(name: Any, namespace: Namespace) -> Any:
    """@raises Malformed"""
    kind = decode_type(name, namespace)
    if not isinstance(kind, type) or not is_model_type(kind):
        raise Malformed("needs a pydantic model of a name that is no longer one")
    made: Any = object.__new__(kind)
    # What it refers to may refer back to it, and look at it, before it is filled.
    _set(made, {}, set(), None, None)
    return made


def fill_model(made: Any, parts: Any, walk: Decoder) -> Any:
    """No constructor, validator or `model_post_init` runs: the model comes back as it was."""
    if type(parts) is not dict or not parts.keys() <= _PARTS or type(parts.get("fields")) is not dict:
        raise Malformed("is not a model with its fields")
    named = parts.get("set", [])
    if type(named) is not list or any(type(name) is not str for name in named):
        raise Malformed("is not a model with the names of the fields that were set")
    found: dict[str, Any] = {}
    for part in ("fields", "extra", "private"):
        node = parts.get(part)
        if node is None:
            continue
        if type(node) is not dict or any(key[:1] == "$" and key[1:2] != "$" for key in node):
            raise Malformed("is not a model with its fields")
        walk._path.append(part)
        found[part] = walk.fill_dict({}, node)
        walk._path.pop()
    fields = found["fields"]
    complete_model(type(made), fields)
    given_up = "private" in parts and parts["private"] is None
    private = None if given_up else _private(type(made), found.get("private"))
    _set(made, fields, set(named), found.get("extra"), private)
    return made


def complete_model(kind: Any, content: dict[str, Any]) -> None:
    """Fields that a deploy has added get their defaults."""
    for name, field in kind.model_fields.items():
        if name in content or field.is_required():
            continue
        if getattr(field, "default_factory_takes_validated_data", False):
            content[name] = field.get_default(call_default_factory=True, validated_data=content)
        else:
            content[name] = field.get_default(call_default_factory=True)


def _private(kind: Any, stored: dict[str, Any] | None) -> dict[str, Any] | None:
    if not kind.__private_attributes__:
        return stored
    private = dict(stored or {})
    for name, attribute in _private_defaults(kind).items():
        if name not in private:
            factory = attribute.default_factory
            private[name] = copy.deepcopy(attribute.default) if factory is None else factory()
    return private


def _private_defaults(kind: Any) -> dict[str, Any]:
    """The private attributes that have a default."""
    return {
        name: attribute
        for name, attribute in kind.__private_attributes__.items()
        if attribute.default_factory is not None or type(attribute.default).__name__ != "PydanticUndefinedType"
    }


def fill_former_dataclass(made: Any, content: dict[str, Any]) -> Any:
    """What was stored while the class was a dataclass."""
    known = {name for name in content if name in type(made).model_fields}
    complete_model(type(made), content)
    _set(made, content, known, None, _private(type(made), None))
    return made


def _set(made: Any, fields: dict[str, Any], named: set[str], extra: Any, private: Any) -> None:
    object.__setattr__(made, "__dict__", fields)
    for name, item in (("__pydantic_fields_set__", named), ("__pydantic_extra__", extra), ("__pydantic_private__", private)):
        # A RootModel has a None of the class in place of some of them.
        slot = static_attribute(type(made), name)
        if hasattr(slot, "__set__"):
            slot.__set__(made, item)


# Values of pydantic's own types

_SIZES = {"ByteSize": int}


def is_secret(value: object) -> bool:
    """Whether it is one of pydantic's secrets, which are not to be seen in a store."""
    secret = getattr(sys.modules.get("pydantic"), "SecretStr", None)
    if secret is None:
        return False
    return any(base.__module__ == "pydantic.types" and base.__name__ in ("SecretStr", "SecretBytes", "Secret") for base in type(value).__mro__)


def secret_refused(value: object) -> Unsupported:
    return Unsupported(
        f"is a {type(value).__name__}, and a store would hold it in the clear",
        "Keep it in st.secrets or with transient=(…,), and store what it belongs to. If it may be stored in the clear, store get_secret_value().",
        pickle=False,
    )


def encode_pydantic_value(value: Any) -> dict[str, Any] | None:
    """A URL, a DSN or a size; None for what is none of them. @raises Unsupported"""
    kind = type(value)
    if _pydantic_type(kind.__name__) is not kind:
        return None
    text = str(int(value)) if kind.__name__ in _SIZES else str(value)
    try:
        same = decode_pydantic_value([kind.__name__, text]) == value
    except Malformed:
        same = False
    if not same:
        raise Unsupported(f"is a {kind.__name__} that its text does not lead back to", "Store its text.")
    return {"$pydantic": [kind.__name__, text]}


def decode_pydantic_value(payload: Any) -> Any:
    """@raises Malformed, ImportError"""
    if type(payload) is not list or len(payload) != 2 or any(type(part) is not str for part in payload):
        raise Malformed("is not a value of pydantic")
    name, text = payload
    kind = _pydantic_type(name)
    if kind is None:
        raise Malformed("is of an unknown type of pydantic")
    try:
        return kind(_SIZES[name](text)) if name in _SIZES else kind(text)
    except ValueError:
        raise Malformed(f"is not a {name}") from None


def _pydantic_type(name: str) -> Any:
    """By name, among pydantic's types of addresses and sizes alone."""
    import pydantic
    import pydantic_core

    if name in ("Url", "MultiHostUrl"):
        return getattr(pydantic_core, name)
    found = getattr(pydantic, name, None) if name.isidentifier() else None
    if name in _SIZES:
        return found
    if not isinstance(found, type) or found.__module__ != "pydantic.networks":
        return None
    return found if any(base.__name__ in ("_BaseUrl", "_BaseMultiHostUrl") for base in found.__mro__) else None
