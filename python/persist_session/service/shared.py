"""The one client of this process."""

from __future__ import annotations

import os
import threading

from .address import Address
from .client import Client, clients

_shared: Client | None = None
_sharing = threading.Lock()


def shared_client() -> Client:
    """@raises PersistError `ERR_NO_GATEWAY`"""
    global _shared
    address = Address.from_environment()
    with _sharing:
        if _shared is None or _shared.address != address:
            if _shared is not None:
                _shared.close()
            _shared = Client(address)
            _shared.start()
        return _shared


def _after_fork() -> None:
    global _sharing
    _sharing = threading.Lock()
    for client in list(clients):
        client.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
