"""A dashboard whose part runs by itself every second, and takes most of that second."""

import time

import streamlit as st

state = st.session_state
state.setdefault("ticks", 0)
state.setdefault("clicks", 0)
state.runs = state.get("runs", 0) + 1
st.text(f"runs: {state.runs}")


@st.fragment(run_every=1)
def part() -> None:
    state.ticks += 1
    st.text(f"tick: {state.ticks}")
    if st.button("part"):
        state.clicks += 1
        for number in range(100):
            st.text(f"piece {number}: {state.clicks}")
            time.sleep(0.1)
    time.sleep(0.8)
    st.text(f"clicks: {state.clicks}")


part()
