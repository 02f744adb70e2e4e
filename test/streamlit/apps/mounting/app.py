"""Components that report a value as soon as they are in the page, beside a run that takes long."""

import time
from pathlib import Path

import streamlit as st
import streamlit.components.v1 as components

state = st.session_state
state.setdefault("messages", 0)
state.setdefault("pieces", 0)
state.runs = state.get("runs", 0) + 1
mounting = components.declare_component("mounting", path=str(Path(__file__).parent))


@st.fragment
def part() -> None:
    state.pieces += 1
    st.text(f"inner: {mounting(key='inner')}")
    st.text(f"pieces: {state.pieces}")


st.text(f"runs: {state.runs}")
st.text(f"name: {st.text_input('Name')}")
st.text(f"check: {st.checkbox('Check')}")
if st.query_params.get("inner") == "yes":
    part()
else:
    st.text(f"outer: {mounting(key='outer')}")
if question := st.chat_input("Say"):
    st.text(f"fresh: {st.selectbox('Fresh', ['one', 'two'])}")
    for number in range(int(question)):
        st.text(f"line {number}: {state.runs}")
        time.sleep(0.1)
    state.messages += 1
st.text(f"messages: {state.messages}")
