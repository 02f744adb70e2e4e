"""A table that is edited: what Python makes of the edits stands below it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

table = pd.DataFrame({"what": ["Train", "Hotel", "Museum"], "price": [89, 240, 18]})
edited = st.data_editor(table, num_rows="dynamic", key="table")
rows = [f"{row.what} {row.price}" for row in edited.itertuples()]
st.text(f"table: {', '.join(rows)}")
st.text(f"edits: {dict(st.session_state.table)}")
if st.button("again"):
    st.text("again: yes")
