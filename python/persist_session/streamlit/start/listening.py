"""Makes Streamlit listen where the gateway expects it, while its options name the address that
browsers use."""

from __future__ import annotations

import importlib
import logging
from functools import wraps
from inspect import signature
from typing import Any

_LOG = logging.getLogger("persist_session")
_HOST = "127.0.0.1"
_TORNADO = "streamlit.web.server.server"
_ASGI = "streamlit.web.server.starlette.starlette_server"


def listen_at(port: int) -> bool:
    """Each server that this Streamlit may start listens at this port of 127.0.0.1.

    :returns: ``False`` if this is impossible for one of them, with one line in the log: then the
    options must say it
    """
    try:
        _hook(port)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        _LOG.warning("persist-session: this Streamlit cannot be told where to listen (%s); server.port is the internal one.", error)
        return False
    return True


def _hook(port: int) -> None:
    tornado: Any = importlib.import_module(_TORNADO)
    has_tornado = hasattr(tornado, "start_listening_tcp_socket")
    if has_tornado:
        _require(tornado.start_listening_tcp_socket, "http_server")
    asgi = _module(_ASGI)
    if asgi is None and not has_tornado:
        raise ImportError("its server is not known")
    if asgi is not None:
        _require(asgi._bind_socket, "address", "port", "backlog")
    # Everything was found: from here on nothing fails half-way.
    if has_tornado:
        tornado.start_listening_tcp_socket = lambda http_server: http_server.listen(port, _HOST)
    if asgi is not None:
        _hook_asgi(asgi, port)


def _hook_asgi(asgi: Any, port: int) -> None:
    bind = asgi._bind_socket

    @wraps(bind)
    def bind_socket(address: str, asked: int, backlog: int) -> Any:
        return bind(_HOST, port, backlog)

    asgi._bind_socket = bind_socket
    if hasattr(asgi, "_bind_server_socket") or not hasattr(asgi, "UvicornRunner"):
        return
    # Versions whose runner leaves it to uvicorn to bind. In some of them that is an extra: without
    # it, only Tornado can be started.
    uvicorn = _module("uvicorn")
    if uvicorn is None:
        return
    run = uvicorn.run

    @wraps(run)
    def run_there(*args: Any, **kwargs: Any) -> Any:
        return run(*args, **{**kwargs, "host": _HOST, "port": port})

    uvicorn.run = run_there


def _require(function: Any, *parameters: str) -> None:
    if tuple(signature(function).parameters) != parameters:
        raise TypeError(f"{function.__name__} has other arguments")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
