"""The small app with the seed package, waiting as its own example does: a placeholder run with a
stop, a sleep after a click."""

import time

import streamlit as st
import streamlit_persist_session


@streamlit_persist_session.persist("app-state")
class AppState:
    def __init__(self) -> None:
        self.count = 0


state = AppState()
if getattr(state, "_is_temp_placeholder", False):
    st.stop()
if st.button("add"):
    state.count += 1
    time.sleep(0.5)  # the cookie is set by an iframe
    st.rerun()
st.text(f"count: {state.count}")
st.text_input("name")
st.slider("size", 0, 100)
