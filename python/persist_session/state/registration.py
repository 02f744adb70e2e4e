"""The options of a persisted class, and what is known of its attributes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import threading
import types
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ..codec import Namespace
from ..errors import PersistError

Owner = Literal["browser", "user", "tab"]
Migrate = Callable[[dict[str, Any], int], Mapping[str, Any]]
# `__orig_class__` is what a call such as AppState[int]() leaves on the instance, each time anew.
_NEVER = frozenset(("__weakref__", "__dict__", "__orig_class__"))
_EPHEMERAL = "_ephemeral_"
"""The prefix of names of attributes that are kept only in memory, as in the package
streamlit-persist-session."""
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


@dataclasses.dataclass(frozen=True)
class Options:
    version: int = 1
    migrate: Migrate | None = None
    ttl: float | None = None
    transient: frozenset[str] = frozenset()
    owner: Owner = "browser"
    allow_pickle: bool = False
    live: bool = False


@dataclasses.dataclass(frozen=True)
class Declared:
    """What the constructor set at its last run: attributes, and names that are not kept (transient,
    functions)."""

    attributes: frozenset[str]
    others: frozenset[str]


class Registration:
    """One class object. Every run of the main script makes another, under the same key."""

    def __init__(self, key: str, cls: type, options: Options, namespace: Namespace) -> None:
        self.key = key
        self.cls = cls
        self.options = options
        self.namespace = namespace
        self.name = cls.__name__
        # The functions before `persist` replaced them.
        self.new: Callable[..., Any] = _original(cls, "__new__")
        self.init: Callable[..., None] = _original(cls, "__init__")
        self.getattribute: Callable[[Any, str], Any] = _original(cls, "__getattribute__")
        self.setattr: Callable[[Any, str, Any], None] = _original(cls, "__setattr__")
        self.delattr: Callable[[Any, str], None] = _original(cls, "__delattr__")
        self.reduce: Callable[[Any, Any], Any] = _original(cls, "__reduce_ex__")
        self.code = _fingerprint(cls)
        # Values of the class that all its instances keep sharing, as far as they have been read.
        self.common: dict[str, Any] = {}
        # They compute their value and keep it in the instance's dictionary themselves.
        bases = [vars(base) for base in cls.__mro__]
        self.cached = {name for base in bases for name, value in base.items() if isinstance(value, functools.cached_property)}

    @property
    def declared(self) -> Declared | None:
        """None until the constructor of this very code has run in this process."""
        return _declared.get((self.key, self.code))

    def is_kept(self, name: str, value: Any) -> bool:
        """Whether an entry of the instance's dictionary is an attribute that is stored."""
        if self.is_in_memory(name) or name in self.cached or name in _NEVER:
            return False
        return not isinstance(value, FUNCTIONS)

    def is_in_memory(self, name: str) -> bool:
        """Whether the app wants no attribute of this name to be stored."""
        return name in self.options.transient or name.startswith(_EPHEMERAL)

    def raw_instance(self, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """An instance whose constructor has not run."""
        return object.__new__(self.cls) if self.new is object.__new__ else self.new(self.cls, *args, **(kwargs or {}))

    def constructed(self, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """A plain instance, as the class would be without `persist`."""
        instance = self.raw_instance(args, kwargs)
        self.init(instance, *args, **(kwargs or {}))
        content = object.__getattribute__(instance, "__dict__")
        kept = frozenset(name for name, value in content.items() if self.is_kept(name, value))
        _declared[(self.key, self.code)] = Declared(kept, frozenset(content) - kept)
        return instance


# The functions that `persist` replaces, and the registration's attributes that keep the originals.
ORIGINALS = {
    "__new__": "new",
    "__init__": "init",
    "__getattribute__": "getattribute",
    "__setattr__": "setattr",
    "__delattr__": "delattr",
    "__reduce_ex__": "reduce",
}


def _original(cls: type, name: str) -> Any:
    """The class's original function, even if it is inherited from another persisted class."""
    function = getattr(cls, name)
    return getattr(function, "_persist_original", function)


# By key and code, and few: an app's classes, and what they were before each change while it is
# being written.
_declared: dict[tuple[str, bytes], Declared] = {}
# Weak on both sides: a registration holds its class, and the functions that `persist` sets hold the
# registration. A strong reference here would keep the class of every run of the main script, and
# everything in the script's variables.
_registered: weakref.WeakKeyDictionary[type, weakref.ref[Registration]] = weakref.WeakKeyDictionary()
_keys: dict[str, weakref.ref[type]] = {}
_lock = threading.Lock()


def registration_of(cls: type) -> Registration | None:
    entry = _registered.get(cls)
    return entry() if entry is not None else None


def register(registration: Registration) -> None:
    """@raises PersistError `ERR_KEY_TAKEN`"""
    with _lock:
        claim = _keys.get(registration.key)
        cls = claim() if claim is not None else None
        before = registration_of(cls) if cls is not None else None
        if before is not None and _is_rival(before, registration):
            raise PersistError(
                "ERR_KEY_TAKEN",
                f'persist("{registration.key}"): the key belongs to the class {before.name} of the module {before.cls.__module__} '
                "already. Give each class a key of its own.",
            )
        _keys[registration.key] = weakref.ref(registration.cls)
        _registered[registration.cls] = weakref.ref(registration)


def _is_rival(before: Registration, registration: Registration) -> bool:
    """The same name again means the main script's next run, or a reloaded module. Another name in
    another run of the same script means a renamed class."""
    if before.cls.__qualname__ == registration.cls.__qualname__:
        return False
    return before.cls.__module__ != registration.cls.__module__ or before.namespace.scope is registration.namespace.scope


def forget_keys() -> None:
    """For tests: forgets the keys that other scripts have declared."""
    with _lock:
        _keys.clear()


def _fingerprint(cls: type) -> bytes:
    """A fingerprint of the class's code. Another run of the same script gives the same."""
    digest = hashlib.sha256()
    for base in cls.__mro__[:-1]:
        digest.update(f"{base.__module__}.{base.__qualname__}".encode())
        for name, value in sorted(vars(base).items()):
            digest.update(name.encode("utf-8", "replace"))
            _add(digest, getattr(value, "__func__", value))
        for field in getattr(base, "__dataclass_fields__", {}).values():
            digest.update(f"{field.name}{type(field.default).__name__}".encode())
            _add(digest, field.default_factory)
    return digest.digest()


def _add(digest: Any, value: Any) -> None:
    code = value if isinstance(value, types.CodeType) else getattr(value, "__code__", None)
    if isinstance(code, types.CodeType):
        digest.update(code.co_code)
        digest.update(repr(code.co_names).encode())
        for constant in code.co_consts:
            _add(digest, constant)
    elif isinstance(value, (str, int, float, bytes, bool, type(None))):
        digest.update(repr(value).encode("utf-8", "replace"))
