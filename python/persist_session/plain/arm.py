"""Waits for the moment when Streamlit's server has its sockets and is about to accept connections.

There are two servers: Tornado up to Streamlit 1.56, uvicorn since. By then Streamlit itself has
read its options, searched for a port, and said what is wrong with them.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
from functools import wraps
from inspect import signature
from typing import Any

from ..errors import PersistError
from ..own_environment import forget_taken_variables, own_variables, take_own_variables
from .alone import alone, alone_after
from .handover import Taken, hand_over

_TORNADO = "streamlit.web.server.server"
_RUNNING = "Uvicorn running on socket"


def arm(script: str, application: str | None) -> None:
    """Prepares the hand-over for the server that Streamlit starts next. Never throws.

    :param script: the path of the app's main script
    :param application: the import string of an ASGI application, if Streamlit serves one in place
      of a script
    """
    if os.name == "nt":
        alone("Windows hands no listening socket to another process. Start the app in WSL.")
        return
    environment = {**os.environ, **own_variables()}
    take_own_variables()
    forget_taken_variables()
    once = _Once(script, environment)
    try:
        hooked = [_arm_tornado(once), _arm_uvicorn(once, application)]
        if not any(hooked):
            raise ImportError("it has none of the known servers")
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        alone(f"This Streamlit's server is unknown ({error}). Start the app by: persist-session run")


class _Once:
    """The hand-over, only for the first server: others are the app's own."""

    def __init__(self, script: str, environment: dict[str, str]) -> None:
        self._script = script
        self._environment = environment
        self._done = False

    @property
    def done(self) -> bool:
        return self._done

    def take(self, sockets: list[socket.socket], served: Any, tls: tuple[str, str] | None) -> Taken | None:
        """What Streamlit must listen on instead; None: on what it has."""
        self._done = True
        try:
            return hand_over(self._script, self._environment, sockets, served, tls)
        except PersistError as error:
            alone_after(error)
        except Exception as error:
            alone(f"The gateway could not be started ({error!r}). Set PERSIST_SESSION=off, or start the app by: persist-session run")
        return None


def _arm_tornado(once: _Once) -> bool:
    """Up to 1.56. Those versions may have uvicorn, too."""
    try:
        server: Any = importlib.import_module(_TORNADO)
        start_listening = server.start_listening
        tcpserver: Any = importlib.import_module("tornado.tcpserver")
    except (ImportError, AttributeError):
        return False
    add_sockets = tcpserver.TCPServer.add_sockets

    @wraps(start_listening)
    def start(*args: Any, **kwargs: Any) -> Any:
        @wraps(add_sockets)
        def add(self: Any, sockets: Any) -> None:
            opened = list(sockets)
            taken = None if once.done else once.take(opened, None, _tls_options())
            if taken is None:
                add_sockets(self, opened)
                return
            self.ssl_options = None
            add_sockets(self, [taken.listener])
            # Tornado closes its sockets. These no longer belong to it: the gateway has them.
            _keep(opened)

        tcpserver.TCPServer.add_sockets = add
        try:
            return start_listening(*args, **kwargs)
        finally:
            tcpserver.TCPServer.add_sockets = add_sockets

    server.start_listening = start
    return True


def _tls_options() -> tuple[str, str] | None:
    from streamlit import config

    files = config.get_option("server.sslCertFile"), config.get_option("server.sslKeyFile")
    return (str(files[0]), str(files[1])) if all(files) else None


def _arm_uvicorn(once: _Once, application: str | None) -> bool:
    try:
        import uvicorn
    except ImportError:
        return False
    startup = uvicorn.Server.startup
    if "sockets" not in signature(startup).parameters:
        raise TypeError("uvicorn.Server.startup takes no sockets")

    @wraps(startup)
    async def start(self: Any, sockets: Any = None) -> None:
        config = self.config
        opened = None if once.done or not _is_streamlits(config, application) else _sockets(config, sockets)
        taken = None if opened is None else once.take(opened, config, _tls_files(config))
        if taken is None:
            if sockets is None:
                for one in opened or ():
                    one.close()
            await startup(self, sockets=sockets)
            return
        config.ssl = None
        _name_public(opened or [], taken.listener)
        await startup(self, sockets=[taken.listener])

    uvicorn.Server.startup = start  # type: ignore[method-assign]
    return True


def _is_streamlits(config: Any, application: str | None) -> bool:
    """Whether it is the server for this app: a module that is served may start others when it is
    imported."""
    return config.uds is None and config.fd is None and (config.app == application if application else not isinstance(config.app, str))


def _tls_files(config: Any) -> tuple[str, str] | None:
    return (str(config.ssl_certfile), str(config.ssl_keyfile)) if config.is_ssl and config.ssl_keyfile else None


def _sockets(config: Any, sockets: list[socket.socket] | None) -> list[socket.socket] | None:
    """What uvicorn listens on: what it was given, or else what it would open now. None: that cannot
    be opened, as uvicorn will say."""
    if sockets is not None:
        return list(sockets)
    opened: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(config.host or None, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = socket.socket(family, kind, protocol)
            opened.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(config.backlog)
            one.setblocking(False)
    except OSError:
        for one in opened:
            one.close()
        return None
    return opened


def _name_public(sockets: list[socket.socket], listener: socket.socket) -> None:
    """uvicorn's log still names the address that browsers use."""
    internal, public = listener.getsockname(), [one.getsockname() for one in sockets]

    def renamed(record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(_RUNNING) and record.args == (internal,) and public:
            record.args = (public[0],)
        return True

    logging.getLogger("uvicorn.error").addFilter(renamed)


_kept: list[socket.socket] = []


def _keep(sockets: list[socket.socket]) -> None:
    """A socket object closes its descriptor when it is collected."""
    _kept.extend(sockets)
