"""A script of one page with widgets, a query that it shows, and a run that takes long."""

import time

import streamlit as st

state = st.session_state
state.setdefault("clicks", 0)


def click() -> None:
    state.clicks += 1


doc = st.query_params.get("doc", "none")
st.button("click", on_click=click)
st.text(f"clicks: {state.clicks}")
st.text(f"doc: {doc}")
st.text(f"typed: {st.text_input('Name')}")
st.text(f"check: {st.checkbox('Check')}")
if st.button("work"):
    for number in range(600):
        st.text(f"line {number}: {doc}")
        time.sleep(0.1)
st.text("end: yes")
