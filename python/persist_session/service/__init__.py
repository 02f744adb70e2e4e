"""The client of the state service (docs/protocol.md)."""

from .address import SERVICE
from .frames import Frame
from .handle import Handle
from .link import Link, Push
from .reply import Disconnected, Reply, too_slow
from .shared import shared_client

__all__ = [
    "Disconnected",
    "Frame",
    "Handle",
    "Link",
    "Push",
    "Reply",
    "SERVICE",
    "shared_client",
    "too_slow",
]
