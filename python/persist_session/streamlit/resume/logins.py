"""Logins that an app keeps in a cookie of its own, by the libraries that set cookies from Python.

A live Streamlit session remembers who was signed in. A reloaded page must not get it back once the
cookie has gone or has become another's, for example by a logout in another tab: without resume, the
app would read the cookie anew. If the session itself has set or deleted the cookie, this does not
count.

Those cookies count that the app reads, sets or deletes through such a library; which ones these are
shows as the app runs.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import signature
from typing import Any

from .cookies import cookies_of, text_of, who_in
from .current import current_session_id
from .purpose import purpose_of

_LOG = logging.getLogger("persist_session")

# The last part of the components' names: extra-streamlit-components (which streamlit-authenticator
# uses), streamlit-cookies-controller.
COOKIE_COMPONENTS = frozenset(("cookie_manager", "cookie_controller"))

# Where an app names a cookie that it reads: the module, the class, the method, and how the name is
# found.
_READERS: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("streamlit_authenticator.models.cookie_model", "CookieModel", "get_cookie", lambda self, *_: self.cookie_name),
    ("extra_streamlit_components.CookieManager", "CookieManager", "get", lambda _, cookie: cookie),
    ("streamlit_cookies_controller.cookie_controller", "CookieController", "get", lambda _, name: name),
)

MAX_NAMES = 1000
"""At most this many cookie names count: an app that always uses new ones must not fill the
memory."""
MAX_OWN = 8
"""This many values that a session set itself are remembered for each cookie: the browser may not
have taken the last one yet."""

ABSENT = None


class Logins:
    """What each session knows about the cookies: those that it came with, and those that it has
    set."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def named(self, name: object) -> None:
        """The app uses a cookie of that name."""
        if isinstance(name, str) and name and len(self._names) < MAX_NAMES:
            self._names.add(name)

    def changed(self, session_id: str | None, name: object, value: object) -> None:
        """A session sets a cookie, or deletes it (ABSENT)."""
        self.named(name)
        seen = None if session_id is None else self._seen.get(session_id)
        if seen is None or not isinstance(name, str):
            return
        with self._lock:
            if value is ABSENT:
                before = seen.own.get(name, [seen.came.get(name, ABSENT)])
                # A logout: what the session still holds of the cookie, such as the last value of a
                # component, must not sign in again.
                seen.own[name] = [ABSENT] if before == [ABSENT] else []
            else:
                seen.own[name] = [*seen.own.get(name, []), who_in(text_of(value))][-MAX_OWN:]

    def connected(self, session_id: str, session: Any, cookies: Mapping[str, str]) -> None:
        """A page has got this session, and came with these cookies."""
        with self._lock:
            self._seen = {key: seen for key, seen in self._seen.items() if seen.session() is not None}
            self._seen[session_id] = _Seen(weakref.ref(session), {name: who_in(value) for name, value in cookies.items()})

    def fresh(self, session_id: str) -> bool:
        """The session is not given back after a reload. Returns whether it is known here."""
        seen = self._seen.get(session_id)
        if seen is None:
            return False
        seen.is_over = True
        return True

    def allow(self, session_id: str, cookies: Mapping[str, str]) -> bool:
        """Whether a reloaded page with these cookies may get the session back."""
        seen = self._seen.get(session_id)
        if seen is None:
            return True
        if seen.is_over:
            return False
        with self._lock:
            return all(_fits(seen, name, cookies.get(name)) for name in self._names)

    def accepted(self, session_id: str) -> dict[str, list[str | None]] | None:
        """For each cookie that the app uses: who may be in it for a page to get the session back.
        None if no page may."""
        seen = self._seen.get(session_id)
        if seen is None:
            return {}
        with self._lock:
            found = {name: list(seen.own.get(name, (seen.came.get(name, ABSENT),))) for name in self._names}
        return None if seen.is_over or not all(found.values()) else found

    def came_with(self, session_id: str) -> Mapping[str, str]:
        """Who was in each cookie of the page that has this session."""
        seen = self._seen.get(session_id)
        return {} if seen is None else seen.came


class _Seen:
    __slots__ = ("came", "is_over", "own", "session")

    def __init__(self, session: weakref.ref[Any], came: dict[str, str]) -> None:
        self.session = session
        self.came = came
        self.own: dict[str, list[str | None]] = {}
        self.is_over = False


def _fits(seen: _Seen, name: str, value: str | None) -> bool:
    now = ABSENT if value is None else who_in(value)
    return now in seen.own.get(name, (seen.came.get(name, ABSENT),))


LOGINS = Logins()


def install_logins() -> None:
    """Refuses sessions to pages whose login is another one now."""
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager as Manager

    original = Manager.connect_session
    arguments = signature(original)
    if not {"client", "existing_session_id"} <= arguments.parameters.keys():
        raise TypeError("connect_session has other arguments")

    @wraps(original)
    def connect_session(self: Any, *args: Any, **kwargs: Any) -> str:
        call = arguments.bind(self, *args, **kwargs)
        client, wanted = call.arguments["client"], call.arguments.get("existing_session_id")
        cookies = cookies_of(client)
        is_reload = purpose_of(client) == "resume"
        if wanted is not None and is_reload and not LOGINS.allow(wanted, cookies):
            call.arguments["existing_session_id"] = None
        session_id = original(*call.args, **call.kwargs)
        # A page that only lost its connection keeps its session.
        if session_id != wanted or is_reload:
            active = self.get_active_session_info(session_id)
            if active is not None:
                LOGINS.connected(session_id, active.session, cookies)
        return session_id

    Manager.connect_session = connect_session  # type: ignore[method-assign]


def install_cookie_components() -> None:
    """Notes which cookies an app sets, deletes and reads."""
    from streamlit.components.v1.custom_component import CustomComponent

    original = CustomComponent.create_instance

    @wraps(original)
    def create_instance(self: Any, *args: Any, **kwargs: Any) -> Any:
        if str(getattr(self, "name", "")).rpartition(".")[2] in COOKIE_COMPONENTS:
            _hear(kwargs)
            _hear_readers(_READERS)
        return original(self, *args, **kwargs)

    CustomComponent.create_instance = create_instance  # type: ignore[method-assign]


def _hear(call: Mapping[str, Any]) -> None:
    name = call.get("cookie", call.get("name"))
    method = call.get("method")
    if method == "set":
        value = call.get("value")
        LOGINS.changed(current_session_id(), name, "" if value is None else value)
    elif method in ("delete", "remove"):
        LOGINS.changed(current_session_id(), name, ABSENT)


_heard: set[str] = set()


def _hear_readers(readers: Iterable[tuple[str, str, str, Callable[..., Any]]]) -> None:
    """Hooks into those libraries that the app has imported by now."""
    import sys

    for module_name, class_name, method, name_of in readers:
        module = sys.modules.get(module_name)
        if module is None or module_name in _heard:
            continue
        _heard.add(module_name)
        try:
            _hear_reader(getattr(module, class_name), method, name_of)
        except AttributeError as error:
            _LOG.warning(
                "persist-session: this version of %s does not tell which cookie it reads (%s): give its name by --login-cookie, "
                "or a reload may show who was signed in before.",
                module_name.partition(".")[0],
                error,
            )


def _hear_reader(owner: Any, method: str, name_of: Callable[..., Any]) -> None:
    original = getattr(owner, method)

    @wraps(original)
    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            LOGINS.named(name_of(self, *args, **kwargs))
        except Exception:
            # If something is wrong with the call, the library itself says so.
            _LOG.debug("persist-session could not tell which cookie %s reads", owner.__name__, exc_info=True)
        return original(self, *args, **kwargs)

    setattr(owner, method, read)
