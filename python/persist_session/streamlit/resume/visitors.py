"""Whose each Streamlit session is, as the gateway says: used only to limit how many are kept for a
visitor."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from weakref import WeakKeyDictionary

from .purpose import claims_of, header_of


@dataclass(frozen=True)
class Visitor:
    """A browser with a page."""

    session: str | None
    """The session that the browser's cookie names; ``None`` for a browser without one."""
    address: str
    """Where the browser connects from, as the gateway knows it; of an IPv6 address the network."""


class Visitors:
    """The visitor of each session that came through the gateway. Used on Streamlit's event loop
    alone."""

    def __init__(self) -> None:
        self._visitors: WeakKeyDictionary[Any, Visitor] = WeakKeyDictionary()

    def note(self, session: Any, client: Any) -> None:
        """This page has this session now."""
        claims = claims_of(client)
        if claims is None:
            return
        named = claims.get("s")
        has_cookie = isinstance(named, str) and not claims.get("x")
        self._visitors[session] = Visitor(named if has_cookie else None, _address(client))

    def of(self, session: Any) -> Visitor | None:
        """``None`` for a page that came past the gateway."""
        try:
            return self._visitors.get(session)
        except TypeError:
            return None


def _address(client: Any) -> str:
    # The start module has given the connection the browser's address. Without it the gateway's
    # header has it, at the end.
    text = _remote_ip(client)
    if text in ("", "127.0.0.1", "::1"):
        text = (header_of(client, "x-forwarded-for") or "").rpartition(",")[2].strip() or text
    try:
        address = ip_address(text)
    except ValueError:
        return text
    # One customer of a provider has a whole network of IPv6.
    return text if address.version == 4 else str(ip_network((address, 64), strict=False))


def _remote_ip(client: Any) -> str:
    context = getattr(client, "client_context", None) or getattr(client, "request", None)
    found = getattr(context, "remote_ip", None)
    return found if isinstance(found, str) else ""
