"""Selections after a reload. A selection cannot be sent to a chart in the page, so Python drops it
too: both start without one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_CHARTS = frozenset(("VegaLiteStateSerde", "PlotlyChartSelectionSerde", "PydeckSelectionSerde", "EChartsChartSelectionSerde"))
_TABLE = "DataframeSelectionSerde"


class Selections:
    """Knows the elements whose selection cannot be sent to a page."""

    def __init__(self) -> None:
        self.kinds: frozenset[str] = frozenset()
        """Of their serializers; none where Streamlit keeps the values of widgets in another way."""

    def holds(self, metadata: Any) -> bool:
        return type(getattr(metadata.deserializer, "__self__", None)).__name__ in self.kinds

    def forget(self, state: Any) -> None:
        """Called before the first run after a reload. Later selections come with the runs that the
        page asks for."""
        if not self.kinds:
            return
        told = state._new_widget_state
        for widget_id, metadata in list(told.widget_metadata.items()):
            if not self.holds(metadata):
                continue
            if widget_id in told.states:
                del told.states[widget_id]
            elif widget_id not in state._old_state:
                continue
            # Set and not removed: an app may read st.session_state before it draws the chart.
            state._old_state[widget_id] = metadata.deserializer(None)


def install_selections(selections: Selections) -> None:
    """Finds those elements."""
    from streamlit.runtime.state.session_state import WStates

    if not {"states", "widget_metadata"} <= set(WStates.__dataclass_fields__):
        raise TypeError("WStates has other fields")
    selections.kinds = _CHARTS if _shows_selections_of_tables() else _CHARTS | {_TABLE}


def _shows_selections_of_tables() -> bool:
    """Whether the page's st.dataframe can be given a selection; older versions cannot."""
    for module, name in (("Dataframe_pb2", "Dataframe"), ("Arrow_pb2", "Arrow")):
        try:
            message = getattr(import_module(f"streamlit.proto.{module}"), name)
        except (ImportError, AttributeError):
            continue
        return "selection_state" in message.DESCRIPTOR.fields_by_name
    return False
