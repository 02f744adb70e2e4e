"""The bytes of an attribute, as docs/codec.md of the project specifies them."""

from __future__ import annotations

from typing import Any

from ..errors import PersistError
from .arrow import decode_arrow, encode_arrow, is_arrow
from .encode_value import encode_to_text
from .namespace import Namespace, is_dataclass_type, is_enum_type, is_model_type, is_named_tuple_type, is_persisted_type
from .opaque import Opaque, opaque_bytes
from .path import show_path
from .pickled import decode_pickle, encode_pickle, names_old_classes
from .plain import is_plain
from .decode_value import KeptWhole, decode_text
from .rows import rows_bytes
from .same import difference
from .text import Malformed, MissingClass, Unholdable, check_depth, from_utf8, to_utf8, with_deep_stack, write_json
from .unsupported import Unsupported
from .class_layout import slot_values, slots_of

MAX_BYTES = 16 * 1024 * 1024

__all__ = [
    "MAX_BYTES",
    "Namespace",
    "Opaque",
    "decode_attribute",
    "difference",
    "encode_attribute",
    "is_dataclass_type",
    "is_enum_type",
    "is_model_type",
    "is_named_tuple_type",
    "is_persisted_type",
    "names_old_classes",
    "slot_values",
    "slots_of",
    "way_out",
]


def encode_attribute(
    value: Any,
    namespace: Namespace,
    *,
    owner: str = "value",
    itself: object = None,
    allow_pickle: bool = False,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """The bytes of one attribute. `owner` is how messages name it: `AppState.todos`.

    @raises PersistError `ERR_VALUE_UNSUPPORTED`, `ERR_SELF_REFERENCE` or `ERR_ATTRIBUTE_TOO_LARGE`
    """
    try:
        content = _encode(value, namespace, itself, allow_pickle)
    except Unsupported as error:
        where = show_path(owner, error.steps)
        raise PersistError(error.code, f"{where} {error.problem}, which cannot be stored. {error.advice}".strip()) from None
    except Malformed as error:
        raise PersistError(
            "ERR_VALUE_UNSUPPORTED", f"{owner} {error.problem}, which cannot be stored. Store it in several attributes."
        ) from None
    except RecursionError:
        raise PersistError(
            "ERR_VALUE_UNSUPPORTED", f"{owner} is nested too deep to be stored. Store it in several attributes."
        ) from None
    if len(content) > max_bytes:
        raise PersistError(
            "ERR_ATTRIBUTE_TOO_LARGE",
            f"{owner} takes {len(content)} bytes, and at most {max_bytes} are stored. "
            "Store it in several attributes, or keep it elsewhere and store where it is.",
        )
    return content


def _encode(value: Any, namespace: Namespace, itself: object, allow_pickle: bool) -> bytes:
    kind = type(value)
    if kind is bytes:
        return b"B" + bytes(value)
    if kind is Opaque and (kept := opaque_bytes(value)) is not None:
        return kept
    if (rows := rows_bytes(value)) is not None:
        return b"J" + rows
    if is_plain(value) and (text := _plain_text(value)) is not None:
        return b"J" + text
    try:
        if is_arrow(kind):
            return b"A" + encode_arrow(value, namespace)
        content = with_deep_stack(lambda: encode_to_text(value, namespace, itself))
    except Unsupported as error:
        if not allow_pickle or not error.pickle or error.code != "ERR_VALUE_UNSUPPORTED":
            raise
        return b"P" + encode_pickle(value, namespace)
    check_depth(content.decode("utf-8"))
    return b"J" + content


def _plain_text(value: Any) -> bytes | None:
    """The text of a value that needs no tags; None if a closer look is needed."""
    try:
        text = write_json(value)
        # The first look for the dollar sign is at the speed of memchr.
        if ("$" in text and '"$' in text) or "-0.0" in text:
            return None
        return to_utf8(text)
    except (ValueError, RecursionError):
        return None


def decode_attribute(content: bytes | memoryview, namespace: Namespace, *, owner: str = "value", allow_pickle: bool = False) -> Any:
    """The value of one attribute.

    @raises PersistError `ERR_DECODE`
    """
    try:
        return _decode(bytes(content), namespace, allow_pickle)
    except KeptWhole:
        return Opaque("attribute", content=bytes(content))
    except Malformed as error:
        at = f" ({error.position})" if error.position else ""
        raise PersistError(
            "ERR_DECODE",
            f"What is stored for {owner} {error.problem}{at}. {_way_out(error, owner)}",
        ) from error.__cause__
    except Exception as error:
        # The app's own classes run here too: a hash, an Enum's _missing_, a default.
        raise PersistError(
            "ERR_DECODE", f"What is stored for {owner} could not be read ({type(error).__name__}). {way_out(owner)}"
        ) from error


def way_out(owner: str) -> str:
    """What an app can do about one attribute that cannot be read. @param owner: `AppState.todos`"""
    state, _, name = owner.rpartition(".")
    clear = f' or call persist_session.clear_attribute({state}, "{name}"),' if state else ""
    return f"It was left as it is, and the other attributes can be used: assign a new value,{clear} to replace it."


def _way_out(error: Malformed, owner: str) -> str:
    if not isinstance(error, MissingClass):
        return way_out(owner)
    name = error.name
    return (
        f"If the class was renamed or moved, keep its old name in {error.module}, the module of the state's "
        f"class: {name} = NewName. Otherwise: {way_out(owner)}"
    )


def _decode(content: bytes, namespace: Namespace, allow_pickle: bool) -> Any:
    form = content[:1]
    if form == b"J":
        text = from_utf8(memoryview(content)[1:])
        return with_deep_stack(lambda: decode_text(text, namespace))
    if form == b"B":
        return content[1:]
    if form == b"A":
        try:
            return decode_arrow(content[1:], namespace)
        except Unholdable:
            return Opaque("attribute", content=content)
    if form == b"P":
        if allow_pickle:
            return decode_pickle(content[1:], namespace)
        return Opaque("attribute", content=content)
    raise Malformed("has an unknown format", "byte 1")
