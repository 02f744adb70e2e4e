"""Hands the sockets that Streamlit opened to the gateway, and puts everything of this package in
place."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import Any

from ..engine import find_node, gateway_entry
from ..errors import PersistError
from ..own_environment import add_own_variables
from ..streamlit import connect, install
from ..streamlit.resume import install as install_resume
from ..streamlit.start import find_mount, install_peer_in, name_of, raise_open_files, send_at_once, with_app_secret
from .supervisor import Supervisor

_HOST = "127.0.0.1"
_BACKLOG = 2048
"""As many as uvicorn asks for."""


@dataclass(frozen=True)
class Taken:
    listener: socket.socket
    """Where Streamlit must accept connections now. It listens already."""


def hand_over(
    script: str, environment: dict[str, str], sockets: list[socket.socket], served: Any, tls: tuple[str, str] | None
) -> Taken:
    """Starts the gateway on the sockets. Streamlit may continue with them if this raises.

    :param environment: for the gateway: with our variables, which the app does not see
    :param sockets: what Streamlit listens on
    :param served: the configuration of uvicorn, with what it serves; None: Tornado serves a script
    :param tls: the files of a certificate and of its key, if Streamlit would serve HTTPS
    :raises PersistError: the message says what to do
    """
    base_path = _base_path(script, served)
    command = [find_node(environment).program, gateway_entry(), "serve-streamlit", script]
    listener = _listen()
    try:
        port = int(listener.getsockname()[1])
        fields: dict[str, Any] = {
            "upstream": {"host": _HOST, "port": port},
            "basePath": base_path,
            "start": str(uuid.uuid4()),
            "trustedUserHeaders": list(_option("server.trustedUserHeaders") or ()),
        }
        if tls is not None:
            fields["tls"] = {"cert": os.path.abspath(tls[0]), "key": os.path.abspath(tls[1])}
        supervisor = Supervisor(command, with_app_secret(environment), sockets, listener, fields)
        report = supervisor.start()
        try:
            add_own_variables(report)
            raise_open_files()
            _keep_our_modules()
            install_peer_in(served, port)
            install_resume(report)
            install()
            connect()
        except BaseException:
            # Streamlit accepts on its sockets then. Two of them on one port would each get a part
            # of a page.
            supervisor.leave_alone()
            raise
    except BaseException:
        listener.close()
        raise
    return Taken(listener)


def _listen() -> socket.socket:
    send_at_once()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((_HOST, 0))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _base_path(script: str, served: Any) -> str:
    """Where Streamlit's routes are: below the path that ``st.App`` is mounted at, and below
    Streamlit's own base path."""
    own = str(_option("server.baseUrlPath") or "").strip("/")
    mount = "" if served is None or not isinstance(served.app, str) else find_mount(served.loaded_app)
    if mount is None or "{" in mount:
        name = os.path.basename(script)
        what = f"serves a {name_of(served.loaded_app)} in which no st.App is mounted" if mount is None else "mounts st.App below parameters"
        raise PersistError("ERR_NOT_STREAMLIT", f"{name} {what}, so there is no page to keep. Mount st.App, or set PERSIST_SESSION=off.")
    return mount + (f"/{own}" if own else "")


def _option(name: str) -> Any:
    from streamlit import config

    try:
        return config.get_option(name)
    except RuntimeError:
        return None


def _keep_our_modules() -> None:
    """When the app's files change, Streamlit drops every module that it watches. Ours are watched
    unless they are installed."""
    try:
        from streamlit.watcher.folder_black_list import DEFAULT_FOLDER_BLACKLIST as folders

        folders.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    except (ImportError, AttributeError):
        pass  # installed packages are never watched
