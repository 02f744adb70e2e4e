"""The content of a session state between two runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...codec import is_persisted_type
from ..renewed import renewed
from .chosen import is_chosen
from .withheld import Withheld, is_value

# Streamlit's own keys, and the ids of elements.
_OWN = "$$"
_ELEMENT = "$$ID"


@dataclass
class Widget:
    """The value of a widget, in the form in which a page would send it and in that in which the app
    sees it."""

    user_key: str | None
    wire: bytes
    value: Any
    base: dict[str, Any] | None = None
    """The edits that a page shows as a part of its table, and does not report."""


@dataclass
class Gathered:
    keys: dict[str, Any] = field(default_factory=dict)
    """The app's own keys."""
    widgets: dict[str, Widget] = field(default_factory=dict)
    """By the ids of the elements."""


def gather(
    state: Any,
    withheld: Withheld,
    is_shown_again: Callable[[Any], bool],
    base_of: Callable[[str], dict[str, Any] | None] = lambda widget_id: None,
) -> Gathered:
    """Reads a session state while no script uses it, and changes nothing in it.

    @param is_shown_again: whether a page can be given the value of a widget with this metadata
    @param base_of: the edits of a table that its page does not report
    """
    gathered = Gathered()
    metadata = state._new_widget_state.widget_metadata
    ids = {key for key in state._old_state if key.startswith(_ELEMENT)} | set(state._new_widget_state.states)
    user_keys = state._key_id_mapper.id_key_mapping
    withheld_keys = set()
    for widget_id in sorted(ids):
        known, user_key = metadata.get(widget_id), user_keys.get(widget_id)
        if known is None:
            # The page has reported it, and no script has drawn it.
            continue
        if withheld.holds(widget_id, user_key) or not is_value(known):
            withheld_keys.add(user_key)
        elif is_chosen(user_key) and is_shown_again(known):
            widget = _widget(state, widget_id, user_key, known)
            if widget is not None:
                widget.base = base_of(widget_id)
                gathered.widgets[widget_id] = widget
    for key, value in own_values(state).items():
        # A state of @persist is stored separately, and the app opens it again if its key is
        # missing.
        is_own = not is_persisted_type(type(value)) and key not in withheld_keys and not withheld.holds_key(key)
        if is_own and is_chosen(key):
            gathered.keys[key] = value
    return gathered


def own_values(state: Any) -> dict[str, Any]:
    """The values that the app has set, and no widget's."""
    values = {key: value for key, value in state._old_state.items() if not key.startswith(_OWN)}
    for key, value in state._new_session_state.items():
        # What was assigned under the key of a widget becomes the widget's value.
        if not key.startswith(_OWN) and state._key_id_mapper.get_id_from_key(key, None) is None:
            values[key] = value
    return values


def has_values(state: Any) -> bool:
    """Whether a script has run with this session state."""
    return bool(own_values(state)) or any(key.startswith(_ELEMENT) for key in state._old_state)


def _widget(state: Any, widget_id: str, user_key: str | None, metadata: Any) -> Widget | None:
    from streamlit.runtime.state.session_state import Value, WStates

    if user_key is not None and user_key in state._new_session_state:
        told: Any = Value(state._new_session_state[user_key])
    else:
        told = state._new_widget_state.states.get(widget_id)
        if told is None:
            told = Value(state._old_state[widget_id])
    alone = WStates({widget_id: told}, {widget_id: metadata})
    try:
        value = renewed(metadata, alone[widget_id])
        alone = WStates({widget_id: Value(value)}, {widget_id: metadata})
        proto = alone.get_serialized(widget_id)
    except Exception:
        # The app has assigned what the widget itself would refuse when it is drawn.
        return None
    return None if proto is None else Widget(user_key, proto.SerializeToString(deterministic=True), value)
