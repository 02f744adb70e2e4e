"""Values that this language has no form for."""

from __future__ import annotations


class Opaque:
    """A stored value that Python cannot hold.

    It is kept as it is and encodes back to the same bytes. `tag` is the name of the tag, or
    "attribute" if the whole attribute is kept.

    ```python
    import streamlit as st
    from persist_session import Opaque, persist

    @persist("shared-with-node")
    class Shared:
        def __init__(self):
            self.found = None

    shared = Shared()
    if isinstance(shared.found, Opaque):
        st.text(f"Node stored a {shared.found.tag}, which Python cannot hold.")
    ```
    """

    __slots__ = ("_bytes", "_text", "tag")

    def __init__(self, tag: str, text: str = "", content: bytes | None = None) -> None:
        self.tag = tag
        self._text = text
        self._bytes = content

    def __repr__(self) -> str:
        return f"<Opaque {self.tag}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Opaque):
            return NotImplemented
        if self is other:
            return True
        if not self._text and self._bytes is None:
            # Its text comes at the end of the reading: until then it is like no other one, so that
            # a set can hold both.
            return False
        return (self.tag, self._text, self._bytes) == (other.tag, other._text, other._bytes)

    def __hash__(self) -> int:
        return hash(self.tag)

    def __copy__(self) -> Opaque:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Opaque:
        return self

    def __reduce__(self) -> tuple[type[Opaque], tuple[str, str, bytes | None]]:
        return (Opaque, (self.tag, self._text, self._bytes))


def opaque_text(value: Opaque) -> str:
    return value._text


def opaque_bytes(value: Opaque) -> bytes | None:
    return value._bytes


def set_opaque_text(value: Opaque, text: str) -> None:
    """Fills in the text of a value that the decoder has just made."""
    value._text = text
