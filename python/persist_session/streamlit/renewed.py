"""Options of classes that the script defines.

Each run of the script makes its classes anew, so a value of an earlier run equals none of the
present options. Older versions of Streamlit then cannot send a page the chosen option, and the run
would end with an error.
"""

from __future__ import annotations

from typing import Any

from ..codec import difference


def renewed(metadata: Any, value: Any) -> Any:
    """The value of a widget, made of the widget's present options if it cannot be sent to a page as
    it is.

    @param metadata: the widget's, as the script has registered it
    """
    if can_be_told(metadata, value):
        return value
    options = getattr(getattr(metadata.serializer, "__self__", None), "options", None)
    if options is None:
        return value
    try:
        return [_among(options, one) for one in value] if type(value) is list else _among(options, value)
    except Exception:
        # Options may be of any kind, and compare in any way.
        return value


def can_be_told(metadata: Any, value: Any) -> bool:
    """Whether the widget has a form of this value in which a page takes it."""
    try:
        form = metadata.serializer(value)
    except Exception:
        return False
    if metadata.value_type == "string_value":
        return form is None or isinstance(form, str)
    if metadata.value_type == "string_array_value":
        return all(isinstance(one, str) for one in form)
    return True


def _among(options: Any, value: Any) -> Any:
    return next((option for option in options if difference(option, value) is None), value)
