"""Counts each run, in both kinds of state."""

import time

import streamlit as st
from persist_session import persist


@persist("soak")
class Soak:
    def __init__(self) -> None:
        self.count = 0
        self.last: list[int] = []


state = Soak()
state.count += 1
state.last.append(state.count)
del state.last[:-50]
st.session_state["rows"] = list(range(1000))
st.text(f"count: {state.count}")
st.text_input("name", key="name")
if "slow" in st.query_params:
    for number in range(30):
        st.text(f"line: {number}")
        time.sleep(0.1)
    st.text("slow: over")
