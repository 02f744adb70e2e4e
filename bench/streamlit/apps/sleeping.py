"""Forty elements, after a sleep of this many seconds."""

import os
import time

import streamlit as st

time.sleep(float(os.environ["BENCH_SLEEP"]))
for number in range(39):
    st.text(f"element {number}")
st.session_state.setdefault("count", 0)
st.button("add", on_click=lambda: st.session_state.update(count=st.session_state["count"] + 1))
st.text("element 39")
