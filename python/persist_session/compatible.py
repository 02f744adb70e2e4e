"""The arguments of `persist` that are those of the package streamlit-persist-session."""

from __future__ import annotations

import logging
from typing import Any

from .errors import PersistError

_LOG = logging.getLogger("persist_session")


def one_key(key: Any, cookie_key: Any) -> Any:
    """@raises PersistError `ERR_OPTION_INVALID` if both are given"""
    if cookie_key is None:
        return key
    if key != "":
        raise PersistError(
            "ERR_OPTION_INVALID",
            'persist(…): cookie_key is another name for the key, so give one of the two: @persist("app-state").',
        )
    return cookie_key


def names_of(key: str, option: str, names: Any) -> frozenset[str]:
    """Names of attributes. @raises PersistError `ERR_OPTION_INVALID`"""
    try:
        # A text is a list of its letters, which is never meant.
        listed = None if isinstance(names, (str, bytes)) else tuple(names)
    except TypeError:
        listed = None
    if listed is None or not all(isinstance(name, str) for name in listed):
        raise PersistError(
            "ERR_OPTION_INVALID",
            f'persist("{key}"): the option {option} must be names of attributes, for example ["cache"].',
        )
    return frozenset(listed)


# The same bounds as for the gateway's reading of such a secret, in src/identity/passphrase.ts.
_MIN_CHARACTERS = 16
_MIN_DISTINCT = 8
_REMEDY = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
_told: set[str] = set()


def check_secret_key(key: str, secret: Any) -> None:
    """Refuses a secret that is easy to guess. A good one has no use here: the cookie is signed and
    the values are encrypted by the gateway, whose secret was there before the class was.

    @raises PersistError `ERR_OPTION_INVALID`, `ERR_SECRET_TOO_SHORT`
    """
    if secret is None:
        return
    if not isinstance(secret, (str, bytes)):
        raise PersistError("ERR_OPTION_INVALID", f'persist("{key}"): the option secret_key must be a text or bytes. {_REMEDY}')
    text = (secret if isinstance(secret, str) else secret.decode("latin-1")).strip()
    # A text that repeats itself is found again in its double before its own end.
    unit = (text + text).find(text, 1)
    if len(text) < _MIN_CHARACTERS or len(set(text)) < _MIN_DISTINCT or unit < _MIN_DISTINCT:
        raise PersistError(
            "ERR_SECRET_TOO_SHORT",
            f'persist("{key}"): the secret_key is easy to guess. At least {_MIN_CHARACTERS} characters are needed, of which '
            f"{_MIN_DISTINCT} differ. {_REMEDY}",
        )
    if key not in _told:
        _told.add(key)
        _LOG.warning(
            'persist("%s"): the secret_key is not used. The gateway signs the cookie and protects what is stored with its own secret. '
            "To give it yours, move it out of the code: STREAMLIT_PERSIST_SECRET_KEY in .streamlit/secrets.toml or in the environment.",
            key,
        )
