"""A page whose run takes a while, so that a reload comes in the middle of one."""

import time

import streamlit as st

st.session_state.setdefault("runs", 0)
st.session_state.runs += 1
st.button("again")
st.text(f"run: {st.session_state.runs}")
for number in range(40):
    st.text(f"line {number} of {st.session_state.runs}")
    time.sleep(0.02)
st.text("end: yes")
