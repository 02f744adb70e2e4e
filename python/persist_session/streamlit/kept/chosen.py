"""The app's choice of keys: the only ones that are kept, and those that it makes itself."""

from __future__ import annotations

from ...errors import PersistError

_kept: set[str] = set()
_forgotten: set[str] = set()


def keep(*keys: str) -> None:
    """With ``--keep``: keeps these keys of ``st.session_state`` alone, for all visitors.

    The keys may be the app's own or those of widgets. Several calls add up. Without a call, all
    keys are kept, or none if one of them cannot be stored. Does nothing without ``--keep``.

    ```python
    import streamlit as st
    from persist_session import keep

    keep("draft", "filters")
    st.text_area("Draft", key="draft")
    ```

    Args:
        keys: The keys, at least one.

    Raises:
        PersistError: `ERR_OPTION_INVALID` if a key is no text.
    """
    _kept.update(_checked("keep", keys))


def forget(*keys: str) -> None:
    """With ``--keep``: never stores these keys of ``st.session_state``.

    For what cannot be stored, such as a connection: the app makes it itself if it is missing.
    Several calls add up. Does nothing without ``--keep``.

    ```python
    import sqlite3

    import streamlit as st
    from persist_session import forget

    forget("connection")
    if "connection" not in st.session_state:
        st.session_state.connection = sqlite3.connect(":memory:")
    ```

    Args:
        keys: The keys, at least one.

    Raises:
        PersistError: `ERR_OPTION_INVALID` if a key is no text.
    """
    _forgotten.update(_checked("forget", keys))


def is_chosen(key: str | None) -> bool:
    """Whether the value under a key is kept. ``None`` is the key of a widget without one."""
    if _kept:
        return key in _kept and key not in _forgotten
    return key not in _forgotten


def choose_all() -> None:
    """For tests: forgets what the app has said."""
    _kept.clear()
    _forgotten.clear()


def _checked(name: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if keys and all(isinstance(key, str) and key for key in keys):
        return keys
    raise PersistError("ERR_OPTION_INVALID", f'{name}() takes the keys of st.session_state as texts: {name}("draft").')
