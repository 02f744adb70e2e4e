"""Stores something only when a button is clicked."""

import streamlit as st
from persist_session import persist


@persist("text")
class Text:
    def __init__(self) -> None:
        self.value = ""


size = "unknown"
if st.button("small"):
    text = Text()
    text.value = "small"
    size = str(len(text.value))
if st.button("large"):
    Text().value = "x" * (17 * 1024 * 1024)
if st.button("look"):
    size = str(len(Text().value))
st.text("there: yes")
st.text(f"size: {size}")
