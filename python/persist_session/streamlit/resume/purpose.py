"""Why a page opened its WebSocket, according to the gateway."""

from __future__ import annotations

import base64
import json
from typing import Any

from ...assertions import HEADER, assertion_of


def purpose_of(client: Any) -> str | None:
    """``"open"``, ``"resume"`` or ``"reconnect"``; ``None`` if there is no gateway of ours in front
    of Streamlit.

    Not verified: it decides only whether widgets are sent to the page, never whose session it is.
    """
    purpose = (claims_of(client) or {}).get("p")
    return purpose if isinstance(purpose, str) else None


def claims_of(client: Any) -> dict[str, Any] | None:
    """The gateway's statement about the page, not verified; ``None`` if there is none."""
    text = assertion_of(client) or header_of(client, HEADER)
    if text is None:
        return None
    payload = text.partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


def header_of(client: Any, wanted: str) -> str | None:
    """A header of the handshake, by its name in lower case."""
    return next((value for name, value in headers_of(client) if name.lower() == wanted), None)


def headers_of(client: Any) -> list[tuple[str, str]]:
    """The headers of a page's handshake, as pairs."""
    # Streamlit's server as it is now gives the headers of the handshake as pairs; up to 1.5x the
    # client was the handler of Tornado, with the request itself.
    context = getattr(client, "client_context", None)
    if context is not None:
        return list(context.headers)
    request = getattr(client, "request", None)
    return list(request.headers.get_all()) if request is not None else []
