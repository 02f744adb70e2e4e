"""Encodes and decodes the values of a state."""

from __future__ import annotations

from typing import Any, Protocol

from ..codec import Opaque, decode_attribute, encode_attribute
from ..errors import PersistError
from .arguments import Arguments, check_arguments
from .registration import Registration
from .slot import Slot


# What is stored for an attribute that was cleared by itself: it starts with the class's default
# again (docs/codec.md).
DEFAULT_MARK = b'J{"$default":null}'


def registration_defaults(registration: Registration, arguments: Arguments) -> dict[str, Any]:
    """What the constructor gives the attributes, made anew.
    @raises PersistError `ERR_CLASS_ARGUMENTS`"""
    check_arguments(registration, arguments)
    content = object.__getattribute__(registration.constructed(arguments.positional, arguments.named), "__dict__")
    return {name: value for name, value in content.items() if registration.is_kept(name, value)}


class Limits(Protocol):
    @property
    def most_bytes(self) -> int:
        """The most bytes of one attribute."""
        ...


class Values:
    """Encodes and decodes the attributes of one instance."""

    def __init__(self, registration: Registration, limits: Limits) -> None:
        self.registration = registration
        self.instance: Any = None
        self.arguments = Arguments()
        self._limits = limits

    def encode(self, name: str, value: Any) -> bytes:
        """@raises PersistError"""
        registration = self.registration
        return encode_attribute(
            value,
            registration.namespace,
            owner=f"{registration.name}.{name}",
            itself=self.instance,
            allow_pickle=registration.options.allow_pickle,
            max_bytes=self._limits.most_bytes,
        )

    def decode(self, name: str, content: bytes) -> Any:
        """@raises PersistError `ERR_DECODE`"""
        registration = self.registration
        owner = f"{registration.name}.{name}"
        if content == DEFAULT_MARK:
            return self._default(name, owner)
        allowed = registration.options.allow_pickle
        value = decode_attribute(content, registration.namespace, owner=owner, allow_pickle=allowed)
        if type(value) is Opaque and content[:1] == b"P":
            raise PersistError(
                "ERR_DECODE",
                f"{owner} is stored as pickle, and the class does not allow that any more. It was left as it is. "
                f'Write @persist("{registration.key}", allow_pickle=True), or assign a new value.',
            )
        return value

    def has_default(self, name: str) -> bool:
        return name in registration_defaults(self.registration, self.arguments)

    def _default(self, name: str, owner: str) -> Any:
        defaults = registration_defaults(self.registration, self.arguments)
        if name not in defaults:
            raise PersistError("ERR_DECODE", f"{owner} was cleared by itself, and the class has no default for it. Assign a new value.")
        return defaults[name]

    def is_stored(self, name: str, slot: Slot, content: bytes) -> bool:
        """Whether this value equals the stored one, which another language or version may have
        encoded."""
        if slot.is_baseline(content):
            return True
        if slot.sent is not None or slot.implicit or slot.cell is None or slot.cell.content is None:
            return False
        if slot.own is None:
            try:
                slot.own = self.encode(name, self.decode(name, slot.cell.content))
            except PersistError:
                # The stored bytes cannot be read, and the app has assigned another value, which
                # repairs the attribute.
                return False
        return slot.own == content
