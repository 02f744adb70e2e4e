"""Who was signed in when a tab was stored: another person's page never gets what it holds."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..resume import LOGINS

LOGIN = "login"
"""The name of the attribute."""


@dataclass(frozen=True)
class Person:
    """Who is signed in, to Streamlit and by the cookies that the app uses."""

    user: str
    cookies: tuple[tuple[str, tuple[str | None, ...]], ...]
    """For each cookie: who may be in it. ``None`` stands for no cookie."""


def user_now(context: Any) -> str:
    """Who is signed in to Streamlit, by ``st.login`` or a trusted header."""
    return json.dumps(dict(getattr(context, "user_info", None) or {}), sort_keys=True, default=str)


def person_now(user: str, session_id: str) -> Person | None:
    """Whose the session is now. ``None`` if no page may get it back: a user has signed out."""
    accepted = LOGINS.accepted(session_id)
    if accepted is None:
        return None
    return Person(user, tuple(sorted((name, tuple(who)) for name, who in accepted.items())))


def written(person: Person) -> bytes:
    """The bytes of the attribute. They tell nothing of the person to a reader who cannot guess
    them."""
    salt = secrets.token_hex(16)
    content = {
        "salt": salt,
        "user": _digest(salt, person.user),
        "cookies": {name: [_digest(salt, who) for who in accepted] for name, accepted in person.cookies},
    }
    return b"J" + json.dumps(content).encode()


def is_same(content: bytes | None, user: str, session_id: str) -> bool:
    """Whether the page that comes now is of the person of whom something was stored."""
    try:
        stored = json.loads((content or b"")[1:])
        salt, cookies = stored["salt"], stored["cookies"]
        came = LOGINS.came_with(session_id)
        return stored["user"] == _digest(salt, user) and all(
            _digest(salt, came.get(name)) in accepted for name, accepted in cookies.items()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _digest(salt: str, who: str | None) -> str | None:
    return None if who is None else sha256(f"{salt}\0{who}".encode("utf-8", "surrogatepass")).hexdigest()
