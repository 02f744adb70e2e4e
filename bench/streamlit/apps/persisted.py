"""The small app with a persisted class."""

import streamlit as st
from persist_session import persist


@persist("app-state")
class AppState:
    def __init__(self) -> None:
        self.count = 0


state = AppState()
if st.button("add"):
    state.count += 1
st.text(f"count: {state.count}")
st.text_input("name")
st.slider("size", 0, 100)
