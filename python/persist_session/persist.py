"""The decorator."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .state import ORIGINALS, Arguments, Migrate, Options, Owner, Registration, live_state_of, register, registration_of, seconds
from .beside import check_installed_beside
from .codec import Namespace, is_model_type
from .compatible import check_secret_key, names_of, one_key
from .errors import PersistError

C = TypeVar("C", bound=type)
_REPLACING = frozenset(
    function.__code__ for name in ("replace", "_replace") if (function := getattr(dataclasses, name, None)) is not None
)
_BUILTINS = (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)


def persist(
    key: str = "",
    *,
    version: int = 1,
    migrate: Migrate | None = None,
    ttl: float | str | None = None,
    transient: Iterable[str] = (),
    owner: Owner = "browser",
    allow_pickle: bool = False,
    live: bool = False,
    cookie_key: str | None = None,
    secret_key: str | bytes | None = None,
    exclude_fields: Iterable[str] | None = None,
) -> Callable[[C], C]:
    """Marks a class: `AppState()` gives this browser's instance, which keeps itself saved.

    ```python
    import streamlit as st
    from persist_session import persist

    @persist("cart")
    class Cart:
        def __init__(self):
            self.items = []

    cart = Cart()
    if st.button("Add tea"):
        cart.items.append("tea")
    st.text(f"{len(cart.items)} items")  # 0 items
    ```

    Args:
        key: The name that the state is stored under, the same in every release of the app.
        version: The shape's version, from 1. Raise it together with a `migrate`.
        migrate: Turns the stored attributes of an older version into today's:
            `migrate(old, from_version) -> dict`.
        ttl: How long the state is kept after its last change, in seconds or as "30d"; at most as
            long as the session.
        transient: Attributes that are not kept: they start anew with each Streamlit session.
        owner: Whose the state is: this "browser"'s, the signed-in "user"'s (by `st.login`), or this
            "tab"'s.
        allow_pickle: Whether values that have no other form may be stored as pickle. They are
            sealed.
        live: Whether this page runs again when another tab has changed the state.
        cookie_key: The same as `key`, for code that was written for streamlit-persist-session.
        secret_key: For such code too: is refused if it is easy to guess, and is not used. The
            gateway has the secret.
        exclude_fields: The same as `transient`, for such code. Attributes named `_ephemeral_…` are
            never kept either.

    Raises:
        PersistError: `ERR_KEY_INVALID`, `ERR_KEY_TAKEN`, `ERR_NOT_A_CLASS`, `ERR_CLASS_SLOTS`,
            `ERR_OPTION_INVALID`, `ERR_SECRET_TOO_SHORT`, `ERR_PACKAGE_CONFLICT`, at once.
    """
    check_installed_beside()
    key = one_key(key, cookie_key)
    _check_key(key)
    check_secret_key(key, secret_key)
    excluded = () if exclude_fields is None else exclude_fields
    in_memory = names_of(key, "transient", transient) | names_of(key, "exclude_fields", excluded)
    options = _options(key, version, migrate, ttl, in_memory, owner, allow_pickle, live)
    scope = sys._getframe(1).f_globals

    def decorate(cls: C) -> C:
        if not isinstance(cls, type):
            raise PersistError(
                "ERR_NOT_A_CLASS",
                f'persist("{key}") marks a class, and was given something else. Write @persist("{key}") directly above "class".',
            )
        _check_layout(cls)
        module = sys.modules.get(cls.__module__)
        own = scope if scope.get("__name__") == cls.__module__ else vars(module) if module is not None else {}
        registration = Registration(key, cls, options, Namespace(cls.__module__, own))
        register(registration)
        _install(cls, registration)
        return cls

    return decorate


def _check_key(key: Any) -> None:
    if not isinstance(key, str) or not 0 < len(key) <= 200 or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in key):
        raise PersistError(
            "ERR_KEY_INVALID",
            'The key of a persisted class is a text of 1 to 200 characters: @persist("app-state").',
        )
    if key == "st.session_state":
        raise PersistError(
            "ERR_KEY_INVALID", 'persist("st.session_state"): that is the name of what --keep stores. Choose another: @persist("app-state").'
        )


def _options(
    key: str,
    version: Any,
    migrate: Any,
    ttl: Any,
    transient: frozenset[str],
    owner: Any,
    allow_pickle: Any,
    live: Any,
) -> Options:
    def refuse(option: str, expected: str) -> PersistError:
        return PersistError("ERR_OPTION_INVALID", f'persist("{key}"): the option {option} must be {expected}.')

    if type(version) is not int or version < 1:
        raise refuse("version", "a whole number from 1")
    if migrate is not None and not callable(migrate):
        raise refuse("migrate", "a function (old, from_version) that returns a dict of all attributes")
    lasting = seconds(ttl)
    if ttl is not None and lasting is None:
        raise refuse("ttl", 'a number of seconds, or a text such as "90s", "30m", "12h" or "30d", of at most 36500 days')
    if owner not in ("browser", "user", "tab"):
        raise refuse("owner", '"browser", "user" or "tab"')
    return Options(version, migrate, lasting, transient, owner, bool(allow_pickle), bool(live))


def _check_layout(cls: type) -> None:
    if is_model_type(cls):
        raise PersistError(
            "ERR_NOT_A_CLASS",
            f"{cls.__name__} is a pydantic model, which keeps its fields in a way of its own. "
            f"Give a plain class an attribute that holds the model: self.model = {cls.__name__}(…).",
        )
    slotted = [base for base in cls.__mro__[:-1] if "__slots__" in vars(base)]
    if not cls.__dictoffset__ or any(vars(base)["__slots__"] for base in slotted):
        raise PersistError(
            "ERR_CLASS_SLOTS",
            f"{cls.__name__} has __slots__, and a persisted class keeps its attributes in a dictionary. "
            "Leave out __slots__ (and slots=True of a dataclass).",
        )
    if issubclass(cls, _BUILTINS):
        raise PersistError(
            "ERR_NOT_A_CLASS",
            f"{cls.__name__} is a kind of {next(b.__name__ for b in _BUILTINS if issubclass(cls, b))}, whose content is not in "
            "attributes. Give a plain class an attribute that holds it.",
        )


def _install(cls: Any, registration: Registration) -> None:
    """Replaces the methods that Python calls on use of the class. Its name, type and attributes
    stay."""

    @functools.wraps(registration.init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        # Python calls it on whatever __new__ gave, also on an instance that has long been in use.
        if live_state_of(self) is None:
            registration.init(self, *args, **kwargs)

    def __new__(asked: Any, *args: Any, **kwargs: Any) -> Any:
        if asked is cls:
            if kwargs and sys._getframe(1).f_code in _REPLACING:
                # dataclasses.replace() makes a copy, and a copy is a plain object.
                return registration.raw_instance()
            from .session import instance_of

            return instance_of(registration, Arguments(args, kwargs))
        if registration_of(asked) is None:
            raise PersistError(
                "ERR_NOT_PERSISTED",
                f"{asked.__name__} is a subclass of the persisted class {cls.__name__}, and has no key of its own. "
                f'Write @persist("…") above {asked.__name__} too.',
            )
        return object.__new__(asked) if registration.new is object.__new__ else registration.new(asked, *args, **kwargs)

    def __getattribute__(self: Any, name: str) -> Any:
        state = live_state_of(self)
        if state is None or not state.is_of(cls):
            return registration.getattribute(self, name)
        return state.read(self, name)

    def __setattr__(self: Any, name: str, value: Any) -> None:
        state = live_state_of(self)
        if state is None or not state.is_of(cls):
            registration.setattr(self, name, value)
        else:
            state.assign(self, name, value)

    def __delattr__(self: Any, name: str) -> None:
        state = live_state_of(self)
        if state is None or not state.is_of(cls):
            registration.delattr(self, name)
        else:
            state.delete(self, name)

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        state = live_state_of(self)
        if type(self) is not cls or registration.reduce is not object.__reduce_ex__:
            return registration.reduce(self, protocol)
        # A copy is a plain object, and what it holds is up to the app.
        content = dict(self.__dict__) if state is None else dict(state.read(self, "__dict__"))
        getstate = getattr(cls, "__getstate__", None)
        if getstate is not None and getstate is not getattr(object, "__getstate__", None):
            content = getstate(self)
        return _plain, (cls,), content

    __new__.__wrapped__ = registration.init  # type: ignore[attr-defined]
    own: list[Any] = [__new__, __init__, __getattribute__, __setattr__, __delattr__, __reduce_ex__]
    # The class's own function may have another name: a constructor may carry a decorator of the
    # app.
    for name, function in zip(ORIGINALS, own, strict=True):
        function.__name__ = name
        function.__qualname__ = f"{cls.__qualname__}.{name}"
        function.__module__ = cls.__module__
        # For a persisted subclass, which puts its own over what the class had before.
        function._persist_original = getattr(registration, ORIGINALS[name])
        setattr(cls, name, function)
    if "clear_cookie_state" not in vars(cls):
        cls.clear_cookie_state = clear_cookie_state


def _plain(cls: type) -> Any:
    """Makes an empty, plain instance, for copies and for pickle."""
    registration = registration_of(cls)
    return registration.raw_instance() if registration is not None else object.__new__(cls)


def clear_cookie_state(self: Any) -> None:
    """Clears this state, in every tab. `AppState()` gives a fresh one afterwards."""
    from .session import clear

    clear(self)
