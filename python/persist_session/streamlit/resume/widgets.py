"""Widgets after a reload: the page shows defaults until it gets the values that Python knows."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from functools import wraps
from typing import Any

from ..callers import callers
from ..renewed import can_be_told, renewed
from .editors import Editors
from .forms import EmptiedForms
from .marks import Marks
from .selections import Selections


def install_widgets(marks: Marks, editors: Editors, forms: EmptiedForms, selections: Selections) -> None:
    """Sends the values of widgets to a reloaded page, and keeps Streamlit from dropping them before
    its first run.

    The page of a resumed session reports no widget in its first message. Streamlit takes that for
    "unchanged" and would not send a value, so the page would show the default and report it with
    the next interaction.
    """
    from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
    from streamlit.runtime.state.common import RegisterWidgetResult
    from streamlit.runtime.state.session_state import SessionState

    if not is_dataclass(RegisterWidgetResult):
        raise TypeError("RegisterWidgetResult is no dataclass")
    if not {"_old_state", "_new_widget_state"} <= set(SessionState.__dataclass_fields__):
        raise TypeError("SessionState has other fields")
    for name in (_BEFORE, _AFTER):
        getattr(ScriptRunner, name)
    register, begin, finish = (
        SessionState.register_widget,
        SessionState.on_script_will_rerun,
        SessionState.on_script_finished,
    )

    @wraps(register)
    def register_widget(self: Any, metadata: Any, user_key: str | None) -> Any:
        mark = marks.find()
        lost = mark is not None and mark.thread is not None and _unknown_to_page(self, metadata)
        lost = lost and not forms.has_caller()
        metadata = editors.prepare(self, metadata, mark if lost else None)
        result = register(self, metadata, user_key)
        if not lost:
            return result
        value = renewed(metadata, result.value)
        # A value that cannot be sent would end the run with an error, so the widget gets its
        # default.
        return replace(result, value=value, value_changed=True) if can_be_told(metadata, value) else result

    @wraps(begin)
    def on_script_will_rerun(self: Any, *args: Any, **kwargs: Any) -> Any:
        if marks.begin():
            selections.forget(self)
        return begin(self, *args, **kwargs)

    @wraps(finish)
    def on_script_finished(self: Any, *args: Any, **kwargs: Any) -> Any:
        if marks.find() is None:
            return finish(self, *args, **kwargs)
        moment = _moment()
        if moment is _BEFORE:
            # To Streamlit the page differs from that of the last run, because a first message names
            # none. Widgets that really belong to another page are dropped at the end of the run.
            return None
        result = finish(self, *args, **kwargs)
        # If a run is replaced by the next one, the page may have received nothing of it.
        if moment is _AFTER:
            marks.end()
        return result

    SessionState.register_widget = register_widget  # type: ignore[method-assign]
    SessionState.on_script_will_rerun = on_script_will_rerun  # type: ignore[method-assign]
    SessionState.on_script_finished = on_script_finished  # type: ignore[method-assign]


_BEFORE = "_run_script"
_AFTER = "_on_script_finished"


def _moment() -> str | None:
    """When the script runner cleans up: before a run, or after a run that is not repeated at
    once."""
    for frame in callers(8):
        name = frame.f_code.co_name
        if name == _AFTER:
            event = frame.f_locals.get("event")
            return None if getattr(event, "name", None) == "SCRIPT_STOPPED_FOR_RERUN" else _AFTER
        if name == _BEFORE:
            return _BEFORE
    return None


def _unknown_to_page(state: Any, metadata: Any) -> bool:
    # A button's press is an event, not a value: repeating it would press it again.
    if "trigger" in metadata.value_type or metadata.value_type == "chat_input_value":
        return False
    return metadata.id in state._old_state and metadata.id not in state._new_widget_state
