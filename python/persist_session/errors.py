"""The one error class of this package."""

from __future__ import annotations


class PersistError(Exception):
    """A failure of this package.

    `code` identifies the failure and is stable. The message says what was expected and what to do.
    No message holds a secret, a token or stored content.

    ```python
    import streamlit as st
    from persist_session import PersistError, persist

    try:
        persist("")
    except PersistError as error:
        st.text(error.code)  # ERR_KEY_INVALID
    ```
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[type[PersistError], tuple[str, str]]:
        return (PersistError, (self.code, self.message))
