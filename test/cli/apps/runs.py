"""Runs that end early, late, or in part."""

from __future__ import annotations

import time

import streamlit as st

how = st.query_params.get("how", "")
st.session_state.setdefault("runs", 0)
st.session_state.runs += 1

first = st.text_input("first")
if st.button("early"):
    st.session_state.early = True
if how == "slow" and st.session_state.get("slow"):
    # Between the first and the last widget there is time for another click.
    for _ in range(20):
        time.sleep(0.1)
        st.empty()
if how == "stop" and not st.checkbox("open"):
    st.text("stopped: yes")
    st.stop()


@st.fragment
def part() -> None:
    inner = st.text_input("inner")
    st.text(f"inner: {inner}")


part()
last = st.text_input("last")
st.text(f"first: {first}")
st.text(f"last: {last}")
st.text(f"early: {st.session_state.get('early', False)}")
if how == "rerun" and st.session_state.runs % 2 == 1:
    st.rerun()
if st.button("slow"):
    st.session_state.slow = True
