"""Charts and tables of which a part can be selected."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

frame = pd.DataFrame({"letter": ["a", "b", "c"], "number": [3, 3, 3]})
picked = alt.selection_point(name="picked", fields=["letter"])
shade = alt.condition(picked, alt.value(1), alt.value(0.2))
bars = alt.Chart(frame, width=300, height=200).mark_bar().encode(x="letter", y="number", opacity=shade).add_params(picked)


def letters(selected: Any) -> list[str]:
    return [point["letter"] for point in selected["selection"].get("picked", [])]


# Read before the chart is drawn, as an app may do from its second run on.
before = letters(st.session_state.keyed) if "keyed" in st.session_state else []
free = st.altair_chart(bars, on_select="rerun", theme=None)
keyed = st.vega_lite_chart(bars.to_dict(), on_select="rerun", key="keyed", theme=None)
table = st.dataframe(frame, on_select="rerun", selection_mode="multi-row", key="table")
if st.button("count"):
    st.session_state.count = st.session_state.get("count", 0) + 1
st.text(f"number: {st.session_state.get('count', 0)}")
st.text(f"free: {letters(free)}")
st.text(f"keyed: {letters(keyed)}")
st.text(f"before: {before}")
st.text(f"table: {table['selection']['rows']}")
