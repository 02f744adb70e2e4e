"""The cookies that a page's connection came with, and whom a value names."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote

from .purpose import headers_of

# Claims of a JSON Web Token (RFC 7519), and of streamlit-authenticator's: when it is valid, and its
# own number.
_TIMES = frozenset(("exp", "iat", "nbf", "jti", "auth_time", "exp_date"))


def cookies_of(client: Any) -> dict[str, str]:
    """By name; if several have one name the first, because Streamlit and browsers use the one with
    the longest path."""
    found: dict[str, str] = {}
    for header, text in headers_of(client):
        if header.lower() != "cookie":
            continue
        for pair in text.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                found.setdefault(name.strip(), unquote(value.strip()))
    return found


def text_of(value: object) -> str:
    """A value as the browser's side of the libraries writes it into the cookie."""
    if isinstance(value, str):
        return unquote(value)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def who_in(value: str) -> str:
    """The part of a cookie's value that says who is signed in: for a token its claims without its
    times, so that an extended login is not another one."""
    parts = value.split(".")
    if len(parts) != 3:
        return value
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return value
    if not isinstance(claims, dict):
        return value
    return json.dumps({name: claim for name, claim in claims.items() if name not in _TIMES}, sort_keys=True)
