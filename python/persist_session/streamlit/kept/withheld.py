"""Widgets whose values are never stored: passwords, uploads, and what a component reports about the
browser's cookies."""

from __future__ import annotations

from functools import wraps
from typing import Any

MAX_NOTED = 10_000
"""This many widgets are remembered: an app may make up new ones all the time."""

# Events, and what only memory holds.
_NEVER = ("trigger", "file_uploader", "chat_input")


class Withheld:
    """The widgets that hold secrets, of all sessions: to be one is a matter of the app's code."""

    def __init__(self, components: frozenset[str]) -> None:
        self._components = components
        self._widgets: dict[str, None] = {}
        self._keys: dict[str, None] = {}

    def note(self, delta_type: str, element: Any) -> None:
        """Called for each element that goes to a page."""
        if delta_type == "text_input":
            if element.type == element.PASSWORD:
                _note(self._widgets, element.id)
        elif delta_type == "component_instance" and element.component_name.rpartition(".")[2] in self._components:
            _note(self._widgets, element.id)

    def holds(self, widget_id: str, user_key: str | None) -> bool:
        """Whether the value of a widget is never stored."""
        if widget_id not in self._widgets:
            return False
        if user_key is not None:
            # Streamlit itself may go on with the value under the key alone.
            _note(self._keys, user_key)
        return True

    def holds_key(self, key: str) -> bool:
        return key in self._keys


def is_value(metadata: Any) -> bool:
    """Whether a widget of this kind has a value that can be stored. What is in the URL is not
    stored once more."""
    kind = str(metadata.value_type)
    return not any(part in kind for part in _NEVER) and getattr(metadata, "bind", None) is None


def _note(names: dict[str, None], name: str) -> None:
    names[name] = None
    if len(names) > MAX_NOTED:
        del names[next(iter(names))]


def install_withheld(withheld: Withheld) -> None:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.proto.TextInput_pb2 import TextInput

    if not hasattr(TextInput, "PASSWORD"):
        raise AttributeError("a password is not told from a text")
    enqueue: Any = DeltaGenerator._enqueue

    @wraps(enqueue)
    def _enqueue(self: Any, delta_type: str, element_proto: Any, *args: Any, **kwargs: Any) -> Any:
        if delta_type in ("text_input", "component_instance"):
            withheld.note(delta_type, element_proto)
        return enqueue(self, delta_type, element_proto, *args, **kwargs)

    DeltaGenerator._enqueue = _enqueue  # type: ignore[method-assign]
