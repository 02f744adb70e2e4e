"""Keeps its count in the live session alone, so that only resume brings it back."""

import uuid

import streamlit as st

st.session_state.setdefault("count", 0)
st.session_state.setdefault("mark", uuid.uuid4().hex)
if st.button("add"):
    st.session_state.count += 1
st.text(f"count: {st.session_state.count}")
st.text(f"mark: {st.session_state.mark}")
