"""Forms that the page empties when they are submitted: after a reload they must not show the
submitted values again."""

from __future__ import annotations

from functools import wraps
from typing import Any

from ..callers import callers

_DEPTH = 15
"""How many frames lie between the registration of a widget and the method of its element, with up
to two decorators."""


class EmptiedForms:
    """The forms with ``clear_on_submit``, by their ids."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def note(self, form_id: str, *, emptied: bool) -> None:
        if emptied:
            self._ids.add(form_id)
        else:
            self._ids.discard(form_id)

    def has_caller(self) -> bool:
        """Whether the widget that is being registered is in such a form."""
        return bool(self._ids) and _form_of_caller() in self._ids


def install_forms(forms: EmptiedForms) -> None:
    """Learns of each form whether the page empties it."""
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.elements.lib.form_utils import current_form_id

    if not callable(current_form_id):
        raise TypeError("current_form_id is no function")
    # Not the method "form": st.form was bound to it before this runs.
    original = DeltaGenerator._block

    @wraps(original)
    def _block(self: Any, *args: Any, **kwargs: Any) -> Any:
        proto = args[0] if args else kwargs.get("block_proto")
        if proto is not None and proto.form.form_id:
            forms.note(proto.form.form_id, emptied=proto.form.clear_on_submit)
        return original(self, *args, **kwargs)

    DeltaGenerator._block = _block  # type: ignore[method-assign]


def _form_of_caller() -> str | None:
    """The form of the element whose method is calling. Streamlit does not give it when it registers
    the widget."""
    from streamlit.elements.lib.form_utils import current_form_id

    for frame in callers(_DEPTH):
        # A local variable may be anything: only the methods of elements have a "self" with a "dg".
        element = frame.f_locals.get("self") if "elements" in frame.f_code.co_filename else None
        dg = getattr(element, "dg", None)
        if dg is not None:
            return current_form_id(dg)
    return None
