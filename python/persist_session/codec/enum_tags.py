"""Members of an Enum, and combinations of the members of a Flag."""

from __future__ import annotations

from typing import Any

from .namespace import Namespace, is_enum_type
from .stdlib_leaves import digits_of, read_digits
from .text import Malformed, MissingClass
from .unsupported import Unsupported


def encode_member(kind: Any, value: Any) -> dict[str, Any]:
    """@raises Unsupported"""
    name = value.name
    if isinstance(name, str) and kind.__members__.get(name) is value:
        return {"$enum": [kind.__name__, name]}
    number = value.value
    # Combinations exist once for each number.
    if type(number) is not int or _of_number(kind, number) is not value:
        raise Unsupported(f"is a combination of members of {kind.__name__} that its number does not lead back to", "Store its value.")
    return {"$flag": [kind.__name__, digits_of(number)]}


def decode_flag(name: str, payload: Any, namespace: Namespace) -> Any:
    """@raises Malformed"""
    cls: Any = namespace.find(name)
    if cls is None or not is_enum_type(cls):
        raise MissingClass("the Flag", name, namespace.module)
    member = _of_number(cls, read_digits(payload))
    if member is None:
        raise Malformed(f"needs a Flag {name} with that combination, which the module {namespace.module} does not have")
    return member


def _of_number(kind: Any, number: int) -> Any:
    try:
        member = kind(number)
    except (ValueError, TypeError):
        return None
    return member if type(member) is kind else None
