"""A fresh session state begins with what was kept; a page is given the values of its widgets when
they are drawn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ...codec import Namespace, decode_attribute
from ...errors import PersistError
from .encoded import KEY, WIDGET
from .pending import restored
from .settings import KeepSettings
from .withheld import is_value

_LOG = logging.getLogger("persist_session")
_PLAIN = Namespace("st.session_state", {})

Adopt = Callable[[str, dict[str, Any]], None]

waiting: dict[int, Waiting] = {}
"""By the identity of the session state, until its first whole run has ended."""


class Waiting:
    """The values of widgets that have not been drawn yet."""

    def __init__(self, state: Any, adopt: Adopt) -> None:
        # Kept alive: no other state must get the same address.
        self.state = state
        self.wires: dict[str, bytes] = {}
        self.seeds: dict[str, Any] = {}
        """What was put into the session state meanwhile, under the widget's id."""
        self.bases: dict[str, dict[str, Any]] = {}
        self.adopt = adopt


def fill(state: Any, attributes: Mapping[str, bytes], directory: str | None, settings: KeepSettings, adopt: Adopt = lambda widget_id, base: None) -> None:
    """Puts kept values into a fresh session state: all or none.

    @param adopt: takes the edits of a table that a page shows and does not report, because it was
      open all the time
    @raises PersistError `ERR_DECODE`: nothing was put there
    """
    values: dict[str, Any] = {}
    keys: dict[str, str] = {}
    later = Waiting(state, adopt)
    for name, content in attributes.items():
        if name.startswith(KEY):
            key = name.removeprefix(KEY)
            values[key] = restored(f"st.session_state[{key!r}]", content, directory, settings)
        elif name.startswith(WIDGET):
            widget_id = name.removeprefix(WIDGET)
            user_key, wire, value, base = _parts(name, content)
            if base is not None:
                later.bases[widget_id] = base
            later.wires[widget_id] = wire
            if user_key is not None:
                keys[user_key] = widget_id
                if value is not None:
                    later.seeds[widget_id] = restored(f"st.session_state[{user_key!r}]", value, directory, settings)
    for user_key, widget_id in keys.items():
        state._set_key_widget_mapping(widget_id, user_key)
    state._old_state.update(values)
    state._old_state.update(later.seeds)
    if later.wires:
        waiting[id(state)] = later


def _parts(name: str, content: bytes) -> tuple[str | None, bytes, bytes | None, dict[str, Any] | None]:
    parts = decode_attribute(content, _PLAIN, owner=name)
    if isinstance(parts, list) and len(parts) == 4:
        user_key, wire, value, base = parts
        kinds = ((user_key, str), (value, bytes), (base, dict))
        if isinstance(wire, bytes) and all(part is None or isinstance(part, kind) for part, kind in kinds):
            return user_key, wire, value, base
    raise PersistError("ERR_DECODE", f"What is stored for {name} is no widget's value.")


def forget_undrawn(state: Any) -> None:
    """The first whole run has ended: widgets that it did not draw begin anew. A page that was open
    all the time may have been on another page of the app, and reports its widgets only now."""
    later = waiting.get(id(state))
    if later is None:
        return
    later.wires.clear()
    later.seeds.clear()
    if not later.bases:
        del waiting[id(state)]


def still_waiting(state: Any) -> set[str]:
    """The widgets whose kept values no whole run has had the chance to draw: those stay kept."""
    later = waiting.get(id(state))
    if later is None:
        return set()
    return {one for one in later.wires if one not in later.seeds or state._old_state.get(one) is later.seeds[one]}


def install_restored(SessionState: Any, is_shown_again: Callable[[Any], bool]) -> None:
    """Gives each widget its kept value when the script draws it."""
    from streamlit.runtime.state.session_state import WStates

    register, call = SessionState.register_widget, WStates.call_callback

    @wraps(call)
    def call_callback(self: Any, widget_id: str) -> None:
        # A kept value differs from none, so Streamlit takes it for a change. Older versions then
        # expect that the script has drawn the widget.
        if self.widget_metadata.get(widget_id) is not None:
            call(self, widget_id)

    @wraps(register)
    def register_widget(self: Any, metadata: Any, user_key: str | None) -> Any:
        later = waiting.get(id(self)) if waiting else None
        if later is not None and (metadata.id in later.wires or metadata.id in later.bases):
            try:
                _give(later, metadata, user_key, is_shown_again)
            except Exception:
                _LOG.exception("persist-session could not give a widget its kept value")
        return register(self, metadata, user_key)

    SessionState.register_widget = register_widget
    WStates.call_callback = call_callback  # type: ignore[method-assign]


def _give(later: Waiting, metadata: Any, user_key: str | None, is_shown_again: Callable[[Any], bool]) -> None:
    state, widget_id = later.state, metadata.id
    wire, base = later.wires.pop(widget_id, None), later.bases.pop(widget_id, None)
    is_seeded = widget_id in later.seeds
    seed = later.seeds.pop(widget_id, None)
    if widget_id in state._new_widget_state.states and base is not None:
        later.adopt(widget_id, base)
    if wire is None or widget_id in state._new_widget_state.states or (user_key is not None and user_key in state._new_session_state):
        # The page or the app has reported a newer value.
        return
    if (widget_id in state._old_state) != is_seeded or (is_seeded and state._old_state[widget_id] is not seed):
        # The app has deleted it, or has read it already.
        return
    if not is_value(metadata) or not is_shown_again(metadata):
        state._old_state.pop(widget_id, None)
        return
    value = _value(wire, metadata)
    if value is not None:
        state._old_state[widget_id] = value[0]


def _value(wire: bytes, metadata: Any) -> tuple[Any] | None:
    """The value that a widget makes of what a page would send; ``None`` if it takes it no more."""
    from streamlit.proto.WidgetStates_pb2 import WidgetState
    from streamlit.runtime.state.session_state import Serialized, WStates

    try:
        proto = WidgetState.FromString(wire)
        if proto.WhichOneof("value") != metadata.value_type:
            # A widget without a value is told in the same way as one of another kind.
            return None
        return (WStates({metadata.id: Serialized(proto)}, {metadata.id: metadata})[metadata.id],)
    except Exception:
        # The widget has other options now.
        return None
