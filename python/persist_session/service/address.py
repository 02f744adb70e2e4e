"""The address of the state service."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import PersistError
from ..own_environment import own_variables

SERVICE = "PERSIST_SESSION_SERVICE"
TOKEN = "PERSIST_SESSION_SERVICE_TOKEN"


@dataclass(frozen=True)
class Address:
    """`unix:/path`, or `tcp:127.0.0.1:PORT` with the token that it needs."""

    text: str
    token: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Address:
        environ = own_variables() if environ is None else environ
        text = environ.get(SERVICE, "")
        if not text:
            raise PersistError(
                "ERR_NO_GATEWAY",
                "This app was started without persist-session, which keeps its state. Start it with "
                "`persist-session run app.py` (from npm: `npx persist-session run app.py`), or with `PERSIST_SESSION=on streamlit run app.py`. "
                "In a test, use persist_session.testing.test_session().",
            )
        return cls(text, environ.get(TOKEN) or None)

    def connect(self, timeout: float) -> socket.socket:
        """@raises OSError, PersistError"""
        kind, _, rest = self.text.partition(":")
        if kind == "unix" and rest:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            target: str | tuple[str, int] = rest
        elif kind == "tcp" and rest.rpartition(":")[2].isdigit():
            host, _, port = rest.rpartition(":")
            sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
            target = (host.strip("[]"), int(port))
        else:
            raise PersistError(
                "ERR_SERVICE_ADDRESS",
                f"{SERVICE} must be unix:/path/of/service.sock or tcp:127.0.0.1:PORT. The gateway prints the value.",
            )
        try:
            sock.settimeout(timeout)
            sock.connect(target)
            if kind == "tcp":
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            sock.close()
            raise
        return sock
