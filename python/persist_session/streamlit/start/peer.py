"""Gives Streamlit's server the connection as the browser made it: its address, and the headers that
it sent.

The gateway says who the browser is in a header of its own, and in ``X-Forwarded-*`` for a server
that does not know that header. All of it is removed before Streamlit and the app see a request.
Each hook is looked for first. If it is missing, Streamlit learns about the browser by
``X-Forwarded-*``, with one line in the log.
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from inspect import signature
from typing import Any

from ... import assertions
from ..loads import LOADS

_LOG = logging.getLogger("persist_session")
_PEER = "x-persist-session-peer"
_PROXIES = ("forwarded", "x-real-ip")
_OF_A_CONNECTION = ("connection", "sec-websocket-extensions")


def install_peer(port: int | None, loaded: Callable[[Any], None] | None = None) -> None:
    """Installs the hooks for the server that this Streamlit has.

    :param port: where the gateway expects Streamlit; ``None``: only the assertion is taken, from
      any connection
    :param loaded: is given the ASGI application that uvicorn serves, once its module was imported
    """
    hooked = False
    for name, install in (("tornado", _install_tornado), ("uvicorn", lambda port: _install_uvicorn(port, loaded))):
        if name not in sys.modules and (name == "tornado" or find_spec(name) is None):
            continue
        try:
            install(port)
            hooked = True
        except (ImportError, AttributeError, TypeError) as error:
            _LOG.warning("persist-session: %s has no place for us (%s); the app sees the gateway's headers.", name, error)
    if not hooked:
        _LOG.warning("persist-session: this Streamlit's server is not known; the app sees the gateway's headers.")
    _install_clients()


def install_peer_in(served: Any, port: int) -> None:
    """The same for a server that has loaded its application and has no connection yet.

    :param served: the configuration of uvicorn; ``None``: the server is Tornado
    """
    try:
        if served is None:
            _install_tornado(port)
        else:
            served.loaded_app = as_sent(served.loaded_app, port)
    except (ImportError, AttributeError, TypeError) as error:
        _LOG.warning("persist-session: the server has no place for us (%s); the app sees the gateway's headers.", error)
    _install_clients()


def _install_uvicorn(port: int | None, loaded: Callable[[Any], None] | None) -> None:
    import uvicorn

    original = uvicorn.Config.load

    @wraps(original)
    def load(self: Any) -> None:
        original(self)
        if loaded is not None:
            loaded(self.loaded_app)
        self.loaded_app = as_sent(self.loaded_app, port)

    uvicorn.Config.load = load  # type: ignore[method-assign]


def as_sent(app: Any, port: int | None) -> Any:
    """An ASGI application that gives ``app`` what the browser sent."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        server = scope.get("server") or (None, None)
        if port is not None and server[1] != port:
            # Another server of the app: nothing that comes there is the gateway's.
            await app(scope, receive, send)
            return
        LOADS.request(scope["path"])
        pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        assertion, peer = _own(pairs)
        if assertion is None and peer is None:
            await app(scope, receive, send)
            return
        cleaned = _cleaned(pairs, peer)
        if peer is not None:
            # The gateway's own connection repeats it, and the server has read it there by now.
            cleaned = [(name, value) for name, value in cleaned if name not in _OF_A_CONNECTION]
            cleaned += [(name, value) for name, value in peer.get("own", [])]
            scope["client"] = tuple(peer["client"])
            if peer.get("server"):
                scope["server"] = tuple(peer["server"])
            schemes = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
            scope["scheme"] = schemes[bool(peer["secure"])]
        scope["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in cleaned]
        token = assertions.arriving.set(assertion)
        try:
            await app(scope, receive, send)
        finally:
            assertions.arriving.reset(token)

    return application


def _install_tornado(port: int | None) -> None:
    httputil: Any = importlib.import_module("tornado.httputil")
    original = httputil.HTTPServerRequest.__init__

    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not _is_ours(self.connection, port):
            return
        LOADS.request(getattr(self, "path", ""))
        assertion, peer = _own((name.lower(), value) for name, value in self.headers.get_all())
        if assertion is None and peer is None:
            return
        pairs = _cleaned(((name, value) for name, value in self.headers.get_all()), peer)
        for name in list(self.headers):
            del self.headers[name]
        for name, value in pairs:
            self.headers.add(name, value)
        if peer is not None:
            self.remote_ip = peer["client"][0]
            self.protocol = "https" if peer["secure"] else "http"
        if assertion is not None:
            assertions.keep(self, assertion)

    httputil.HTTPServerRequest.__init__ = __init__


def _is_ours(connection: Any, port: int | None) -> bool:
    if port is None:
        return True
    try:
        return bool(connection.stream.socket.getsockname()[1] == port)
    except (AttributeError, OSError, IndexError):
        return False


def _own(pairs: Any) -> tuple[str | None, dict[str, Any] | None]:
    """What the gateway says about a request: the assertion, and who the browser is."""
    assertion: str | None = None
    peer: dict[str, Any] | None = None
    for name, value in pairs:
        if name == assertions.HEADER:
            assertion = value
        elif name == _PEER:
            peer = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    return assertion, peer


def _cleaned(pairs: Any, peer: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The headers without the gateway's, and with those of a trusted proxy as that sent them."""
    kept = []
    for name, value in pairs:
        lower = name.lower()
        said_by_proxy = lower.startswith("x-forwarded-") or lower in _PROXIES
        if not lower.startswith(assertions.HEADER) and not (said_by_proxy and peer is not None):
            kept.append((name, value))
    return kept + [(name, value) for name, value in (peer or {}).get("headers", [])]


def _install_clients() -> None:
    """Keeps the assertion for the session client that an ASGI server makes of a WebSocket."""
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager as Manager

    original = Manager.connect_session
    arguments = signature(original)

    @wraps(original)
    def connect_session(self: Any, *args: Any, **kwargs: Any) -> str:
        assertion = assertions.arriving.get()
        if assertion is not None:
            client = arguments.bind(self, *args, **kwargs).arguments.get("client")
            if client is not None:
                assertions.keep(client, assertion)
        return original(self, *args, **kwargs)

    Manager.connect_session = connect_session  # type: ignore[method-assign]
